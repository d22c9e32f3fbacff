"""Fingerprints of letters, so that one that was scanned or faxed twice is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import AnyJson

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("sketch", sa.LargeBinary()))
        table.add_column(sa.Column("marks", AnyJson))
        table.add_column(sa.Column("same_as", sa.String(12)))


def downgrade() -> None:
    with op.batch_alter_table("cases") as table:
        for name in ("sketch", "marks", "same_as"):
            table.drop_column(name)
