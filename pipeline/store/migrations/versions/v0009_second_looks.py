"""How many of a document's pages were read twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("second_looks", sa.Integer()))


def downgrade() -> None:
    op.drop_column("documents", "second_looks")
