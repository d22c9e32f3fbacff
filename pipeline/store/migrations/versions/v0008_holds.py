"""Legal holds: cases that no deletion touches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("case_id", sa.String(12), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_holds_sha256", "holds", ["sha256"])


def downgrade() -> None:
    op.drop_table("holds")
