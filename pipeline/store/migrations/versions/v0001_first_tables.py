"""The first tables: documents, readings, cases, runs and their items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import AnyJson, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(100)),
        sa.Column("pages", sa.Integer()),
        sa.Column("warnings", AnyJson, nullable=False),
        sa.Column("error_kind", sa.String(32)),
        sa.Column("error_message", sa.Text()),
        sa.Column("error_mend", sa.Text()),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
    )
    op.create_table(
        "readings",
        sa.Column(
            "sha256",
            sa.String(64),
            sa.ForeignKey("documents.sha256", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column(
            "sha256",
            sa.String(64),
            sa.ForeignKey("documents.sha256", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", AnyJson, nullable=False),
        sa.Column("route", sa.String(32), index=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("payer", sa.Text()),
        sa.Column("drug", sa.Text()),
        sa.Column("category", sa.String(32)),
        sa.Column("due", sa.Date()),
        sa.Column("packet", AnyJson),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("sha256", "ordinal"),
    )
    op.create_index("ix_cases_due", "cases", ["due"])
    op.create_table(
        "runs",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("out", sa.Text(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime()),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "run_id", sa.String(12), sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("documents.sha256"), index=True),
        sa.Column("known_as", sa.Text()),
        sa.Column("error_kind", sa.String(32)),
        sa.Column("error_message", sa.Text()),
        sa.Column("error_mend", sa.Text()),
        sa.UniqueConstraint("run_id", "position"),
    )


def downgrade() -> None:
    for name in ("items", "runs", "cases", "readings", "documents"):
        op.drop_table(name)
