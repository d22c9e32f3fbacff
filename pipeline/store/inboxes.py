"""Inboxes in the database: their settings, and what was seen in them. Every change of a message's
state goes through here."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from models.errors import DeskError, UsageError
from pipeline.sources.base import Listed
from pipeline.store.blobs import Stored
from pipeline.store.database import Database
from pipeline.store.inbox_tables import InboxRunRow, MessageRow, PieceRow, SourceRow
from pipeline.store.leases import changed, insert_new, insert_new_ones, is_due, let_go, moment, take
from pipeline.store.schema import DocumentRow, now
from pipeline.store.states import MESSAGE_MOVES, MessageState, State

MOST_TRIES = 3
"""How often a message is tried before its passing fault counts as lasting."""
FIRST_PAUSE = timedelta(seconds=30)
"""After a message's first passing fault; three times as long after each further one."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """An inbox as stored."""

    id: str
    name: str
    kind: str
    settings: dict[str, Any]
    schedule: dict[str, Any] | None
    paused: bool
    failures: int
    error: tuple[str, str, str] | None
    checked_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that lay in an inbox."""

    id: int
    key: str
    name: str
    size: int | None
    state: MessageState
    rule: str | None
    error: tuple[str, str, str] | None
    tries: int
    first_seen: datetime
    acknowledged_at: datetime | None
    pieces: tuple[PieceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """What was in a message, ready to be stored: a blob, a rule or a reason."""

    name: str
    stored: Stored | None = None
    rule: str | None = None
    error: tuple[str, str, str] | None = None


class Inboxes:
    """The inboxes of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- inboxes ------------------------------------------------------------------------------

    def add(
        self, name: str, kind: str, settings: dict[str, Any], schedule: dict[str, Any] | None
    ) -> Inbox:
        """A new inbox. Raises UsageError where the name is taken."""
        row = {
            "id": secrets.token_hex(6), "name": name, "kind": kind, "settings": settings,
            "schedule": schedule, "paused": False, "failures": 0, "created_at": now(),
        }  # fmt: skip
        with self.database.session() as session:
            if not insert_new(session, SourceRow, row):
                raise UsageError(
                    f"There is an inbox {name} already",
                    "Give another --name, or remove it with `denialdesk inbox remove`.",
                )
        return self.one(name)

    def all(self) -> list[Inbox]:
        with self.database.reading() as session:
            return [_inbox(row) for row in session.scalars(select(SourceRow).order_by("name"))]

    def one(self, given: str) -> Inbox:
        """An inbox by its name or id. Raises UsageError."""
        with self.database.reading() as session:
            row = session.scalars(
                select(SourceRow).where(or_(SourceRow.name == given, SourceRow.id == given))
            ).first()
            if row is None:
                raise UsageError(
                    f"There is no inbox {given}", "`denialdesk inbox list` shows all of them."
                )
            return _inbox(row)

    def remove(self, inbox: Inbox) -> None:
        """Forget an inbox and what was seen in it. Its letters and cases stay."""
        with self.database.session() as session:
            messages = select(MessageRow.id).where(MessageRow.source_id == inbox.id)
            session.execute(delete(PieceRow).where(PieceRow.message_id.in_(messages)))
            session.execute(delete(MessageRow).where(MessageRow.source_id == inbox.id))
            session.execute(delete(InboxRunRow).where(InboxRunRow.source_id == inbox.id))
            session.execute(delete(SourceRow).where(SourceRow.id == inbox.id))

    def set_paused(self, inbox: Inbox, paused: bool) -> None:
        self._set(inbox.id, paused=paused)

    def well(self, source: str) -> None:
        """Note that a run looked through all of it."""
        self._set(source, checked_at=now(), failures=0, **_no_reason())

    def failing(self, source: str, reason: DeskError) -> None:
        """Note why a run could not use it."""
        self._set(source, failures=SourceRow.failures + 1, **_reason(reason))

    def _set(self, source: str, **values: Any) -> None:
        with self.database.session() as session:
            session.execute(update(SourceRow).where(SourceRow.id == source).values(**values))

    # --- whose it is just now -----------------------------------------------------------------

    def take(self, source: str, owner: str) -> bool:
        """Lease an inbox, or lengthen the lease; False where another run has it."""
        with self.database.session() as session:
            return take(session, SourceRow, source, owner)

    def let_go(self, owner: str) -> None:
        with self.database.session() as session:
            let_go(session, SourceRow, owner)

    # --- what was seen ------------------------------------------------------------------------

    def known(self, source: str, keys: Sequence[str]) -> set[str]:
        if not keys:
            return set()
        given = {name: key for key in keys for name in (key, hidden_key(key))}
        with self.database.reading() as session:
            found = session.scalars(
                select(MessageRow.key).where(
                    MessageRow.source_id == source, MessageRow.key.in_(list(given))
                )
            )
            return {given[key] for key in found}

    def last(self, source: str, prefix: str) -> str | None:
        with self.database.reading() as session:
            return session.execute(
                select(func.max(MessageRow.key)).where(
                    MessageRow.source_id == source,
                    MessageRow.key.startswith(prefix, autoescape=True),
                )
            ).scalar()

    def note(self, source: str, run: str, listed: Sequence[Listed]) -> dict[str, int]:
        """Note what was found. Returns how many were new, ignored and failed among them."""
        counts = {"new": 0, "ignored": 0, "failed": 0}
        states = {each.key: _first_state(each) for each in listed}
        rows = [
            {
                "source_id": source, "key": each.key, "name": _clean(each.name),
                "size": each.size, "state": states[each.key], "rule": each.rule or None,
                "tries": 0, "run_id": run, "first_seen": now(), "changed_at": now(),
                **(_reason(each.error) if each.error is not None else _no_reason()),
            }
            for each in listed
        ]  # fmt: skip
        with self.database.session() as session:
            for key in insert_new_ones(session, MessageRow, rows, MessageRow.key):
                state = states[key]
                counts["new" if state is MessageState.FOUND else state.value] += 1
        return counts

    def due(self, source: str) -> list[Message]:
        """Messages to be fetched now, in the order in which they were seen."""
        with self.database.reading() as session:
            at = moment(session)
            rows = session.scalars(
                select(MessageRow)
                .where(
                    MessageRow.source_id == source,
                    MessageRow.state == MessageState.FOUND,
                    is_due(MessageRow, at),
                )
                .order_by(MessageRow.id)
            )
            return [_message(row) for row in rows]

    def unacknowledged(self, source: str) -> list[Message]:
        """Messages of which the inbox does not know yet that they are stored."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(MessageRow)
                .where(
                    MessageRow.source_id == source,
                    MessageRow.state == MessageState.STORED,
                    MessageRow.acknowledged_at.is_(None),
                )
                .order_by(MessageRow.id)
            )
            return [_message(row) for row in rows]

    def store(self, message: int, run: str, raw: Stored, pieces: Sequence[Piece]) -> MessageState:
        """Store a message, its pieces and their documents, all of it or nothing; returns its
        state, which is the one that another run gave it where that was first."""
        with self.database.session() as session:
            state = _outcome(pieces)
            reason = next((piece.error for piece in pieces if piece.error), None)
            rule = next((piece.rule for piece in pieces if piece.rule), "empty")
            done = _move(
                session, message, state, run_id=run, sha256=raw.sha256, size=raw.size,
                rule=rule if state is MessageState.IGNORED else None,
                retry_at=None, **_told(reason),
            )  # fmt: skip
            if not done:
                return MessageState(session.get_one(MessageRow, message).state)
            session.execute(delete(PieceRow).where(PieceRow.message_id == message))
            for position, piece in enumerate(pieces):
                session.add(_piece_row(session, message, position, piece))
            return state

    def put_off(self, message: int, run: str, reason: DeskError) -> bool:
        """Note a passing fault; False once there were too many: the message has failed."""
        with self.database.session() as session:
            row = session.get_one(MessageRow, message)
            if row.tries + 1 >= MOST_TRIES:
                values = {"tries": row.tries + 1, "run_id": run, **_reason(reason)}
                _move(session, message, MessageState.FAILED, **values)
                return False
            row.tries += 1
            row.retry_at = moment(session) + FIRST_PAUSE * 3 ** (row.tries - 1)
            for name, value in _reason(reason).items():
                setattr(row, name, value)
            return True

    def fail(self, message: int, run: str, reason: DeskError) -> None:
        """Note why a message cannot be stored."""
        with self.database.session() as session:
            _move(session, message, MessageState.FAILED, run_id=run, **_reason(reason))

    def acknowledged(self, message: int) -> None:
        with self.database.session() as session:
            session.execute(
                update(MessageRow).where(MessageRow.id == message).values(acknowledged_at=now())
            )

    def retry(self, source: str | None, ids: Sequence[int] = ()) -> int:
        """Have failed messages looked at again, and letters in quarantine worked on again; with
        `ids` those alone, ignored ones too. Returns how many."""
        states = [MessageState.FAILED] + ([MessageState.IGNORED] if ids else [])
        wanted = select(MessageRow.id).where(MessageRow.state.in_(states))
        mine = select(PieceRow.sha256).join(MessageRow, PieceRow.message_id == MessageRow.id)
        if source is not None:
            wanted = wanted.where(MessageRow.source_id == source)
            mine = mine.where(MessageRow.source_id == source)
        if ids:
            wanted = wanted.where(MessageRow.id.in_(ids))
            mine = mine.where(MessageRow.id.in_(ids))
        with self.database.session() as session:
            found = list(session.scalars(wanted))
            for each in found:
                _move(
                    session, each, MessageState.FOUND, tries=0, retry_at=None, rule=None,
                    **_no_reason(),
                )  # fmt: skip
            letters = session.execute(
                update(DocumentRow)
                .where(DocumentRow.state == State.QUARANTINED, DocumentRow.sha256.in_(mine))
                .values(
                    state=State.RECEIVED, tries=0, takeovers=0, retry_at=None, queued_at=now(),
                    **_no_reason(),
                )
                .execution_options(synchronize_session=False)
            )  # fmt: skip
            return len(found) + int(getattr(letters, "rowcount", 0))

    def messages(
        self, source: str | None = None, state: str | None = None, limit: int = 100
    ) -> list[Message]:
        """What was seen, the newest first, with what was in each."""
        wanted = select(MessageRow).order_by(MessageRow.id.desc()).limit(limit)
        if source is not None:
            wanted = wanted.where(MessageRow.source_id == source)
        if state is not None:
            wanted = wanted.where(MessageRow.state == state)
        with self.database.reading() as session:
            rows = list(session.scalars(wanted))
            pieces: dict[int, list[PieceRow]] = {}
            for piece in session.scalars(
                select(PieceRow)
                .where(PieceRow.message_id.in_([row.id for row in rows]))
                .order_by(PieceRow.message_id, PieceRow.position)
            ):
                pieces.setdefault(piece.message_id, []).append(piece)
            return [_message(row, pieces.get(row.id, ())) for row in rows]


def hidden_key(key: str) -> str:
    """What stands for a message's key once it is deleted: a file's name may name a patient."""
    return f"deleted:{hashlib.sha256(key.encode()).hexdigest()}"


def _first_state(listed: Listed) -> MessageState:
    if listed.rule:
        return MessageState.IGNORED
    return MessageState.FOUND if listed.error is None else MessageState.FAILED


def _outcome(pieces: Sequence[Piece]) -> MessageState:
    if any(piece.error for piece in pieces):
        return MessageState.FAILED
    if any(piece.stored for piece in pieces):
        return MessageState.STORED
    return MessageState.IGNORED


def _move(session: Session, message: int, to: MessageState, **values: Any) -> bool:
    """Compare and set: move a message to `to` from a state that may lead there."""
    before = [state for state, moves in MESSAGE_MOVES.items() if to in moves]
    return changed(
        session.execute(
            update(MessageRow)
            .where(MessageRow.id == message, MessageRow.state.in_(before))
            .values(state=to, changed_at=now(), **values)
            .execution_options(synchronize_session="fetch")
        )
    )


def _piece_row(session: Session, message: int, position: int, piece: Piece) -> PieceRow:
    row = PieceRow(
        message_id=message, position=position, name=_clean(piece.name), rule=piece.rule,
        state="ignored", **_told(piece.error),
    )  # fmt: skip
    if piece.error:
        row.state = "failed"
    elif piece.stored:
        row.sha256 = piece.stored.sha256
        row.state = "stored" if queue_document(session, piece.name, piece.stored) else "duplicate"
    return row


def queue_document(session: Session, name: str, stored: Stored) -> bool:
    """Put a document that has its blob into the queue of the workers; False where its bytes came
    before. One that is known and whose work never ended is queued, too."""
    new = insert_new(
        session,
        DocumentRow,
        {
            "sha256": stored.sha256, "source": _clean(name), "size": stored.size,
            "state": State.RECEIVED, "tries": 0, "takeovers": 0, "warnings": [],
            "received_at": now(), "changed_at": now(), "queued_at": now(),
        },
    )  # fmt: skip
    if not new:
        session.execute(
            update(DocumentRow)
            .where(DocumentRow.sha256 == stored.sha256, DocumentRow.queued_at.is_(None))
            .values(queued_at=now())
            .execution_options(synchronize_session=False)
        )
    return new


def _clean(name: str) -> str:
    """A name as text that every database takes."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.replace("\0", "")


def _told(reason: tuple[str, str, str] | None) -> dict[str, str | None]:
    if reason is None:
        return _no_reason()
    return dict(zip(("error_kind", "error_message", "error_mend"), reason, strict=True))


def _reason(reason: DeskError) -> dict[str, str | None]:
    return _told((reason.kind, reason.message, reason.mend))


def _no_reason() -> dict[str, str | None]:
    return {"error_kind": None, "error_message": None, "error_mend": None}


def _error(row: Any) -> tuple[str, str, str] | None:
    if not row.error_kind:
        return None
    return row.error_kind, row.error_message or "", row.error_mend or ""


def _inbox(row: SourceRow) -> Inbox:
    return Inbox(
        row.id, row.name, row.kind, row.settings, row.schedule, row.paused, row.failures,
        _error(row), row.checked_at, row.created_at,
    )  # fmt: skip


def _message(row: MessageRow, pieces: Sequence[PieceRow] = ()) -> Message:
    return Message(
        row.id, row.key, row.name, row.size, MessageState(row.state), row.rule, _error(row),
        row.tries, row.first_seen, row.acknowledged_at, tuple(pieces),
    )  # fmt: skip
