"""Files whose letters are deleted: what a purge that was killed had still to remove."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("doomed", sa.Column("sha256", sa.String(64), primary_key=True))


def downgrade() -> None:
    op.drop_table("doomed")
