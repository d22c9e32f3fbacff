"""The review desk: reviews, corrections, history, notes, sendings, results, people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import AnyJson, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE case_words USING fts5"
            "(case_id UNINDEXED, words, tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
        )
        return
    op.create_table(
        "case_words",
        sa.Column("case_id", sa.String(12), primary_key=True),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.execute("CREATE INDEX ix_case_words ON case_words USING gin (to_tsvector('simple', words))")


def downgrade() -> None:
    for name in _TABLES:
        op.drop_table(name)


_TABLES = (
    "reviews",
    "corrections",
    "machine_fields",
    "case_events",
    "notes",
    "sendings",
    "results",
    "splits",
    "users",
    "sessions",
    "api_tokens",
    "saved_views",
    "case_words",
    "page_images",
)


def _create_tables() -> None:
    op.create_table(
        "reviews",
        sa.Column("case_id", sa.String(12), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("due", sa.Date()),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("payer", sa.Text()),
        sa.Column("drug", sa.Text()),
        sa.Column("category", sa.String(32)),
        sa.Column("plan_type", sa.String(32)),
        sa.Column("kind", sa.String(32)),
        sa.Column("route", sa.String(32), nullable=False),
        sa.Column("patient", sa.Text()),
        sa.Column("confidence", sa.Float()),
        sa.Column("doubtful", sa.Integer(), nullable=False),
        sa.Column("same_as", sa.String(12)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("assignee", sa.String(64)),
        sa.Column("locked_by", sa.String(64)),
        sa.Column("locked_at", UtcTime()),
        sa.Column("route_set", AnyJson),
        sa.Column("changed_at", UtcTime(), nullable=False),
    )
    op.create_index("ix_reviews_place", "reviews", ["place"])
    op.create_index("ix_reviews_received", "reviews", ["received_at", "case_id"])
    op.create_index("ix_reviews_sha256", "reviews", ["sha256"])
    op.create_index("ix_reviews_status", "reviews", ["status", "place"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.String(12), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("value", AnyJson),
        sa.Column("before", AnyJson),
        sa.Column("evidence", AnyJson, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
    )
    op.create_index("ix_corrections_case", "corrections", ["case_id", "key"])
    op.create_table(
        "machine_fields",
        sa.Column("case_id", sa.String(12), primary_key=True),
        sa.Column("fields", AnyJson, nullable=False),
    )
    op.create_table(
        "case_events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.String(12), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("detail", AnyJson, nullable=False),
    )
    op.create_index("ix_case_events_case", "case_events", ["case_id", "id"])
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.String(12), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", AnyJson, nullable=False),
    )
    op.create_index("ix_notes_case", "notes", ["case_id", "id"])
    op.create_table(
        "sendings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.String(12), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("how", sa.String(24), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("proof", sa.String(64)),
        sa.Column("proof_name", sa.Text()),
        sa.Column("plan_due", sa.Date()),
    )
    op.create_index("ix_sendings_case", "sendings", ["case_id"])
    op.create_table(
        "results",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.String(12), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("level", sa.String(24)),
        sa.Column("payer", sa.Text()),
        sa.Column("category", sa.String(32)),
    )
    op.create_index("ix_results_case", "results", ["case_id"])
    op.create_table(
        "splits",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("groups", AnyJson, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
    )
    op.create_table(
        "users",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False, index=True),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False, index=True),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime()),
        sa.Column("revoked_at", UtcTime()),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False, index=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
    )
    op.create_table(
        "page_images",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("page", sa.Integer(), primary_key=True),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
    )
