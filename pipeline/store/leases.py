"""Leases: who has something in hand, and until when. Judged by the database's own clock where it
has one, so that machines whose clocks differ agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pipeline.store.schema import Table, now

LEASE = timedelta(seconds=90)
"""How long a worker that says nothing keeps what it has in hand."""
LONGEST_PAUSE = timedelta(hours=1)
"""More than any pause before another try."""


def is_free(table: type[Any], at: datetime) -> ColumnElement[bool]:
    """Whether nobody has a row in hand. A lease of more than any that is given was given by a clock
    that has been set back since: whoever lives lengthens it soon by the right one."""
    until = table.lease_until
    return or_(until.is_(None), until < at, until > at + 2 * LEASE)


def is_due(table: type[Any], at: datetime) -> ColumnElement[bool]:
    """Whether a row's pause is over; one that is too long is of a clock set back since."""
    retry = table.retry_at
    return or_(retry.is_(None), retry <= at, retry > at + LONGEST_PAUSE)


def moment(session: Session) -> datetime:
    """Now, as the database sees it."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(datetime, session.execute(select(func.clock_timestamp())).scalar_one())
    return now()


def take(session: Session, table: type[Any], key: str, owner: str) -> bool:
    """Lease one row, unless someone else has it."""
    at = moment(session)
    return changed(
        session.execute(
            update(table)
            .where(
                table.id == key,
                or_(is_free(table, at), table.lease_owner == owner),
            )
            .values(lease_owner=owner, lease_until=at + LEASE)
        )
    )


def let_go(session: Session, table: type[Any], owner: str) -> None:
    """Give back all that `owner` has of a table."""
    session.execute(
        update(table).where(table.lease_owner == owner).values(lease_owner=None, lease_until=None)
    )


def changed(result: Any) -> bool:
    """Whether a statement changed exactly one row."""
    return cast("CursorResult[Any]", result).rowcount == 1


def insert_new(session: Session, table: type[Table], values: dict[str, Any]) -> bool:
    """Insert a row unless its keys are taken; whether it was."""
    # Of an insert the number of rows is told only where it is asked for.
    statement = _insert(session, table).values(values)
    return changed(session.execute(statement, execution_options={"preserve_rowcount": True}))


def insert_new_ones(
    session: Session, table: type[Table], rows: Sequence[dict[str, Any]], told: Any
) -> list[Any]:
    """Insert rows, all with the same columns, but for those whose keys are taken; returns the
    column `told` of those that were. One statement is put together, not one a row."""
    if not rows:
        return []
    return list(session.scalars(_insert(session, table).returning(told), list(rows)))


def _insert(session: Session, table: type[Table]) -> Any:
    dialect = session.get_bind().dialect.name
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table.__table__).on_conflict_do_nothing()
