"""What persons enter for a case: clinical facts, and answers that decide it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import AnyJson, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("case_id", sa.String(12), primary_key=True),
        sa.Column(
            "sha256",
            sa.String(64),
            sa.ForeignKey("documents.sha256", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", AnyJson, nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("entries")
