"""Further pages of a case, the second factor, sign-in through a provider, and an index by which
open pages learn that the queue has changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import AnyJson, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attached_pages",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first_page", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("reading", sa.LargeBinary(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
    )
    op.create_index("ix_attached_pages_sha256", "attached_pages", ["sha256", "first_page"])
    op.create_index("ix_reviews_changed", "reviews", ["changed_at"])
    op.create_index("ix_reviews_same_as", "reviews", ["same_as"])
    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("totp", sa.Text()))
        table.add_column(sa.Column("totp_next", sa.Text()))
        table.add_column(sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("subject", sa.Text()))
    op.create_index("ix_users_subject", "users", ["subject"], unique=True)
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False, index=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("used_at", UtcTime()),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("detail", AnyJson, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
    )


def downgrade() -> None:
    for name in ("sign_ins", "recovery_codes", "attached_pages"):
        op.drop_table(name)
    op.drop_index("ix_users_subject", "users")
    with op.batch_alter_table("users") as table:
        for column in ("totp", "totp_next", "totp_step", "subject"):
            table.drop_column(column)
    op.drop_index("ix_reviews_same_as", "reviews")
    op.drop_index("ix_reviews_changed", "reviews")
