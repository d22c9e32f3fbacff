"""The queue of letters that workers share: leases on documents, taken with FOR UPDATE SKIP LOCKED
on PostgreSQL and under SQLite's write lock.

A lease runs out unless its worker lengthens it; the letter of a worker that died is taken over,
and one that workers die of again and again is set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import and_, case, func, not_, select, update
from sqlalchemy.orm import Session

from models.errors import Damaged
from pipeline.owner import is_dead
from pipeline.store.database import Database
from pipeline.store.inbox_tables import SourceRow
from pipeline.store.leases import LEASE, is_due, is_free, moment
from pipeline.store.schema import DocumentRow
from pipeline.store.states import WORKABLE, State

MOST_TAKEOVERS = 20
"""How many workers may die over one letter before it is set aside."""
FIRST_PAUSE = timedelta(seconds=2)
"""After a step's first passing fault; four times as long after each further one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long the queue is: letters ready, in hand, put off; and since when the oldest waits."""

    ready: int
    in_hand: int
    put_off: int
    oldest: datetime | None

    @property
    def total(self) -> int:
        return self.ready + self.in_hand + self.put_off


class Queue:
    """The queue of one store, for one owner of leases."""

    def __init__(self, database: Database, owner: str, tmp: Path) -> None:
        self.database = database
        self.owner = owner
        self._tmp = tmp

    def claim(self) -> str | None:
        """Take the letter that has waited longest; None where none is ready."""
        with self.database.session() as session:
            at = moment(session)
            row = session.scalars(
                select(DocumentRow)
                .where(
                    DocumentRow.queued_at.is_not(None),
                    DocumentRow.state.in_(WORKABLE),
                    is_free(DocumentRow, at),
                    is_due(DocumentRow, at),
                )
                .order_by(DocumentRow.queued_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if row is None:
                return None
            if row.lease_owner is not None:  # whoever had it said nothing any more
                row.takeovers += 1
                if row.takeovers >= MOST_TAKEOVERS:
                    _set_aside(row)
                    return None
            row.lease_owner, row.lease_until = self.owner, at + LEASE
            return row.sha256

    def keep(self, keys: Sequence[str]) -> None:
        """Lengthen the leases of letters in hand."""
        if not keys:
            return
        with self.database.session() as session:
            session.execute(
                update(DocumentRow)
                .where(DocumentRow.sha256.in_(keys), DocumentRow.lease_owner == self.owner)
                .values(lease_until=moment(session) + LEASE, changed_at=DocumentRow.changed_at)
                .execution_options(synchronize_session=False)
            )

    def give_back(self, sha256: str, pause: timedelta | None = None) -> None:
        """Let go of a letter; with `pause`, nobody takes it before that."""
        values: dict[str, Any] = {"lease_owner": None, "lease_until": None, "retry_at": None}
        with self.database.session() as session:
            if pause is not None:
                values["retry_at"] = moment(session) + pause
            session.execute(
                update(DocumentRow)
                .where(DocumentRow.sha256 == sha256, DocumentRow.lease_owner == self.owner)
                .values(changed_at=DocumentRow.changed_at, **values)
                .execution_options(synchronize_session=False)
            )

    def pause_after(self, sha256: str) -> timedelta:
        """How long to wait after the passing faults that a letter's step has met."""
        with self.database.reading() as session:
            tries = session.get_one(DocumentRow, sha256).tries
        pause: timedelta = FIRST_PAUSE * 4 ** max(tries - 1, 0)
        return pause

    def free_dead(self) -> int:
        """Free the letters of workers of this machine that have ended. Returns how many."""
        return _free_dead(self.database, DocumentRow, self._tmp)

    def waiting(self) -> Waiting:
        with self.database.reading() as session:
            return waiting(session)


def waiting(session: Session) -> Waiting:
    """How long the queue is."""
    at = moment(session)
    held = not_(is_free(DocumentRow, at))
    later = and_(is_free(DocumentRow, at), not_(is_due(DocumentRow, at)))
    total, in_hand, put_off, oldest = session.execute(
        select(
            func.count(),
            func.count(case((held, 1))),
            func.count(case((later, 1))),
            func.min(DocumentRow.queued_at),
        ).where(DocumentRow.queued_at.is_not(None), DocumentRow.state.in_(WORKABLE))
    ).one()
    return Waiting(total - in_hand - put_off, in_hand, put_off, oldest)


def free_dead_inboxes(database: Database, tmp: Path) -> None:
    """Free the inboxes of runs on this machine that have ended without a word."""
    _free_dead(database, SourceRow, tmp)


def _free_dead(database: Database, table: type[Any], tmp: Path) -> int:
    with database.reading() as session:
        owners = session.scalars(
            select(table.lease_owner)
            .where(table.lease_owner.is_not(None), table.lease_until.is_not(None))
            .distinct()
        ).all()
    dead = [owner for owner in owners if owner and is_dead(owner, tmp)]
    freed = 0
    if dead:
        with database.session() as session:
            freed = sum(_free(session, table, owner) for owner in dead)
    return freed


def _free(session: Session, table: type[Any], owner: str) -> int:
    values: dict[str, Any] = {"lease_until": None}
    if table is not DocumentRow:
        values["lease_owner"] = None  # a letter keeps it: the next to take it counts it
    done = session.execute(
        update(table)
        .where(table.lease_owner == owner, table.lease_until.is_not(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(done, "rowcount", 0))


def _set_aside(row: DocumentRow) -> None:
    reason = Damaged(
        f"{MOST_TAKEOVERS} workers in a row ended while they had this file in hand",
        "See whether the machine has memory enough; then `denialdesk inbox retry`.",
    )
    row.state = State.QUARANTINED
    row.lease_owner = row.lease_until = None
    row.error_kind, row.error_message, row.error_mend = reason.kind, reason.message, reason.mend
