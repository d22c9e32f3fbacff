"""An index by which cases that were stored lately are found."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_created", "cases", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_cases_created", "cases")
