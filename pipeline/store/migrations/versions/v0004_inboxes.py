"""Inboxes, what was seen in them, and the leases by which workers share letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import AnyJson, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _reasons() -> list[sa.Column[str]]:
    return [
        sa.Column("error_kind", sa.String(32)),
        sa.Column("error_message", sa.Text()),
        sa.Column("error_mend", sa.Text()),
    ]


def upgrade() -> None:
    with op.batch_alter_table("documents") as table:
        table.add_column(sa.Column("queued_at", UtcTime()))
        table.add_column(sa.Column("lease_owner", sa.String(100)))
        table.add_column(sa.Column("lease_until", UtcTime()))
        table.add_column(sa.Column("retry_at", UtcTime()))
        table.add_column(sa.Column("takeovers", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_documents_queued_at", "documents", ["queued_at"])
    op.create_table(
        "sources",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("settings", AnyJson, nullable=False),
        sa.Column("schedule", AnyJson),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        *_reasons(),
        sa.Column("checked_at", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("lease_owner", sa.String(100)),
        sa.Column("lease_until", UtcTime()),
    )
    op.create_table(
        "inbox_runs",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("source_id", sa.String(12), sa.ForeignKey("sources.id", ondelete="CASCADE"),
                  nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("collected_at", UtcTime()),
        sa.Column("finished_at", UtcTime()),
        sa.Column("counts", AnyJson, nullable=False),
        sa.Column("report", AnyJson),
        *_reasons(),
        sa.Column("told", sa.Text()),
    )  # fmt: skip
    op.create_index("ix_inbox_runs_state", "inbox_runs", ["state"])
    op.create_index("ix_inbox_runs_source", "inbox_runs", ["source_id", "started_at"])
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("source_id", sa.String(12), sa.ForeignKey("sources.id", ondelete="CASCADE"),
                  nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("sha256", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rule", sa.String(32)),
        *_reasons(),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcTime()),
        sa.Column("run_id", sa.String(12), sa.ForeignKey("inbox_runs.id", ondelete="SET NULL")),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("acknowledged_at", UtcTime()),
        sa.UniqueConstraint("source_id", "key"),
    )  # fmt: skip
    op.create_index("ix_messages_state", "messages", ["source_id", "state"])
    op.create_index("ix_messages_sha256", "messages", ["sha256"])
    op.create_index("ix_messages_run_id", "messages", ["run_id"])
    op.create_table(
        "pieces",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("messages.id", ondelete="CASCADE"),
                  nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("documents.sha256")),
        sa.Column("rule", sa.String(32)),
        *_reasons(),
        sa.UniqueConstraint("message_id", "position"),
    )  # fmt: skip
    op.create_index("ix_pieces_sha256", "pieces", ["sha256"])


def downgrade() -> None:
    for name in ("pieces", "messages", "inbox_runs", "sources"):
        op.drop_table(name)
    op.drop_index("ix_documents_queued_at", "documents")
    with op.batch_alter_table("documents") as table:
        for name in ("queued_at", "lease_owner", "lease_until", "retry_at", "takeovers"):
            table.drop_column(name)
