"""Runs of inboxes in the database, and the report on each: counts alone, no patient data."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.errors import DeskError
from pipeline.store.database import Database
from pipeline.store.inbox_tables import InboxRunRow, MessageRow, PieceRow, SourceRow
from pipeline.store.leases import changed
from pipeline.store.schema import CaseRow, DocumentRow, now
from pipeline.store.states import ENDS, RUN_MOVES, RunState, State

SOON = timedelta(days=7)
"""Deadlines this near are counted in a report."""


@dataclass(frozen=True, slots=True)
class InboxRun:
    """A run as stored. `report` is there once each of its letters is at its end."""

    id: str
    source_id: str
    inbox: str
    cause: str
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, Any]
    report: dict[str, Any] | None
    error: tuple[str, str, str] | None
    told: str | None


class InboxRuns:
    """The runs of the inboxes of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, source: str, cause: str) -> str:
        run = secrets.token_hex(6)
        with self.database.session() as session:
            session.add(
                InboxRunRow(
                    id=run, source_id=source, cause=cause, state=RunState.COLLECTING, counts={}
                )
            )
        return run

    def collected(self, run: str, counts: dict[str, Any]) -> None:
        """All that is new is stored; workers go on."""
        self._move(run, RunState.WORKING, collected_at=now(), counts=counts)

    def failed(self, run: str, reason: DeskError, counts: dict[str, Any]) -> None:
        self._move(
            run, RunState.FAILED, finished_at=now(), counts=counts, error_kind=reason.kind,
            error_message=reason.message, error_mend=reason.mend,
        )  # fmt: skip

    def skipped(self, run: str) -> None:
        self._move(run, RunState.SKIPPED, finished_at=now())

    def abandoned(self, source: str, but: str) -> None:
        """End the runs of an inbox whose collecting died; `but` is the one that has it now."""
        with self.database.reading() as session:
            left = session.scalars(
                select(InboxRunRow.id).where(
                    InboxRunRow.source_id == source,
                    InboxRunRow.state == RunState.COLLECTING,
                    InboxRunRow.id != but,
                )
            ).all()
        for run in left:
            self._move(run, RunState.WORKING, collected_at=now(), counts={"cut_off": 1})

    def close_finished(self, today: date) -> list[str]:
        """Write the report of each run whose letters are all at their end. Returns those that
        this call closed: of any number of workers, one closes a run."""
        closed = []
        with self.database.reading() as session:
            runs = [
                run
                for run in session.scalars(
                    select(InboxRunRow.id).where(InboxRunRow.state == RunState.WORKING)
                )
                if not _open_letters(session, run)
            ]
        for run in runs:
            with self.database.session() as session:
                if _open_letters(session, run):  # one of them is tried again since
                    continue
                row = session.get_one(InboxRunRow, run)
                if self._set(
                    session, run, RunState.DONE, finished_at=now(),
                    report=_report(session, row, today),
                ):  # fmt: skip
                    closed.append(run)
        return closed

    def note_told(self, run: str, trouble: str) -> None:
        """Note that a report was sent, or why it could not be."""
        with self.database.session() as session:
            session.execute(update(InboxRunRow).where(InboxRunRow.id == run).values(told=trouble))

    def one(self, run: str) -> InboxRun:
        with self.database.reading() as session:
            return _run(*session.execute(_select().where(InboxRunRow.id == run)).one())

    def all(self, source: str | None = None, limit: int = 1000) -> list[InboxRun]:
        """Runs, the newest first."""
        wanted = _select().order_by(InboxRunRow.started_at.desc()).limit(limit)
        if source is not None:
            wanted = wanted.where(InboxRunRow.source_id == source)
        with self.database.reading() as session:
            return [_run(row, name) for row, name in session.execute(wanted)]

    def working(self, source: str) -> int:
        """How many runs of an inbox have letters that are not at their end."""
        with self.database.reading() as session:
            return session.execute(
                select(func.count()).where(
                    InboxRunRow.source_id == source, InboxRunRow.state == RunState.WORKING
                )
            ).scalar_one()

    def last_begun(self, source: str) -> datetime | None:
        """When the last run began that was not skipped."""
        with self.database.reading() as session:
            return session.scalars(
                select(InboxRunRow.started_at)
                .where(InboxRunRow.source_id == source, InboxRunRow.state != RunState.SKIPPED)
                .order_by(InboxRunRow.started_at.desc())
                .limit(1)
            ).first()

    def _move(self, run: str, to: RunState, **values: Any) -> bool:
        with self.database.session() as session:
            return self._set(session, run, to, **values)

    def _set(self, session: Session, run: str, to: RunState, **values: Any) -> bool:
        before = [state for state, moves in RUN_MOVES.items() if to in moves]
        return changed(
            session.execute(
                update(InboxRunRow)
                .where(InboxRunRow.id == run, InboxRunRow.state.in_(before))
                .values(state=to, **values)
                .execution_options(synchronize_session=False)
            )
        )


def _select() -> Any:
    return select(InboxRunRow, SourceRow.name).join(
        SourceRow, InboxRunRow.source_id == SourceRow.id
    )


def _open_letters(session: Session, run: str) -> int:
    wanted = (
        select(func.count())
        .select_from(PieceRow)
        .join(MessageRow, PieceRow.message_id == MessageRow.id)
        .join(DocumentRow, PieceRow.sha256 == DocumentRow.sha256)
        .where(MessageRow.run_id == run, DocumentRow.state.not_in(ENDS))
    )
    return session.execute(wanted).scalar_one()


def _report(session: Session, run: InboxRunRow, today: date) -> dict[str, Any]:
    """The summary of a run: counts, and nothing that tells of a person."""
    states = Counter(
        session.scalars(select(MessageRow.state).where(MessageRow.run_id == run.id)).all()
    )
    pieces = session.execute(
        select(PieceRow.state, PieceRow.sha256)
        .join(MessageRow, PieceRow.message_id == MessageRow.id)
        .where(MessageRow.run_id == run.id)
    ).all()
    kinds = Counter(state for state, _ in pieces)
    own = {sha256 for state, sha256 in pieces if state == "stored" and sha256}
    documents = _documents(session, own)
    cases = _cases(session, own)
    last = today + SOON
    return {
        "seen": run.counts.get("seen", sum(states.values())),
        "new": sum(states.values()),
        "letters": len(own),
        "duplicates": kinds["duplicate"],
        "ignored": states["ignored"] + kinds["ignored"],
        "failed": states["failed"],
        "cases": dict(Counter(case.route for case in cases if case.route)),
        "quarantined": sum(state == State.QUARANTINED for state, _ in documents),
        "deadlines_within_7_days": sum(
            case.due is not None and today <= case.due <= last for case in cases
        ),
        "pages": sum(pages or 0 for _, pages in documents),
        "seconds": max(round((now() - run.started_at).total_seconds(), 1), 0.0),
    }


def _documents(session: Session, keys: set[str]) -> Sequence[Any]:
    return [
        row
        for some in _some(keys)
        for row in session.execute(
            select(DocumentRow.state, DocumentRow.pages).where(DocumentRow.sha256.in_(some))
        )
    ]


def _cases(session: Session, keys: set[str]) -> Sequence[Any]:
    return [
        row
        for some in _some(keys)
        for row in session.execute(
            select(CaseRow.route, CaseRow.due).where(CaseRow.sha256.in_(some))
        )
    ]


def _some(keys: set[str], at_once: int = 500) -> list[list[str]]:
    ordered = sorted(keys)
    return [ordered[at : at + at_once] for at in range(0, len(ordered), at_once)]


def _run(row: InboxRunRow, inbox: str) -> InboxRun:
    error = None
    if row.error_kind:
        error = (row.error_kind, row.error_message or "", row.error_mend or "")
    return InboxRun(
        row.id, row.source_id, inbox, row.cause, RunState(row.state), row.started_at,
        row.finished_at, row.counts, row.report, error, row.told,
    )  # fmt: skip
