"""Packets whose letters are deleted: what a purge that was killed had still to remove. And names
of saved views without a limit: they are sealed, as they may name a patient."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doomed_packets",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    with op.batch_alter_table("saved_views") as views:
        views.alter_column("name", type_=sa.Text(), existing_type=sa.String(64))


def downgrade() -> None:
    with op.batch_alter_table("saved_views") as views:
        views.alter_column("name", type_=sa.String(64), existing_type=sa.Text())
    op.drop_table("doomed_packets")
