"""The audit, to which lines can only be added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import AnyJson

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_REFUSE = "CREATE TRIGGER audit_no_{word} BEFORE {word} ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END"  # noqa: E501
_POSTGRES = (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is never changed'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(12)),
        sa.Column("document", sa.String(64)),
        sa.Column("detail", AnyJson, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_case", "audit", ["case_id", "number"])
    if op.get_bind().dialect.name == "sqlite":
        statements = tuple(_REFUSE.format(word=word) for word in ("UPDATE", "DELETE"))
    else:
        statements = _POSTGRES
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_refuse()")
