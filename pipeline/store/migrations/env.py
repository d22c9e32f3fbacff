"""Alembic's entry: migrates over the connection that `pipeline.store.database` hands in."""

from __future__ import annotations

from alembic import context

from pipeline.store import review_tables  # noqa: F401  # their tables belong to the metadata
from pipeline.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
with context.begin_transaction():
    context.run_migrations()
