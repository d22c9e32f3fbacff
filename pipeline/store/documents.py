"""Documents and batches in the database: every change of a document's state goes through here."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.errors import DeskError
from pipeline.store.blobs import Stored
from pipeline.store.database import Database
from pipeline.store.schema import (
    CaseRow,
    DocumentRow,
    ItemRow,
    ReadingRow,
    RunRow,
    now,
)
from pipeline.store.states import MOVES, State


def case_id(sha256: str, ordinal: int) -> str:
    """The id of a document's letter number `ordinal` (from 0): 12 hex digits, the same on every
    machine, telling nothing about the patient."""
    return hashlib.sha256(f"{sha256}:{ordinal}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a batch."""

    id: int
    path: Path


class Documents:
    """Batches, their items and the documents they brought."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def new_run(self, out: Path, paths: Sequence[Path]) -> tuple[str, list[Item]]:
        """Note a batch and its files, in their order; returns the batch's id and its items."""
        run = secrets.token_hex(6)
        rows = [
            ItemRow(run_id=run, position=at, path=storable(path)) for at, path in enumerate(paths)
        ]
        with self.database.session() as session:
            session.add(RunRow(id=run, out=storable(out)))
            session.flush()
            session.add_all(rows)
        return run, [Item(row.id, path) for row, path in zip(rows, paths, strict=True)]

    def finish_run(self, run: str) -> None:
        with self.database.session() as session:
            session.execute(update(RunRow).where(RunRow.id == run).values(finished_at=now()))

    def receive(self, item: Item, stored: Stored) -> State:
        """Tie a stored blob to its item and to its document, made if new; returns its state.

        A document in quarantine is received afresh: the reason may have been mended.
        """
        name = Path(storable(item.path)).name
        with self.database.session() as session:
            row = session.get(DocumentRow, stored.sha256, with_for_update=True)
            known_as = None
            if row is None:
                row = DocumentRow(
                    sha256=stored.sha256, source=name, size=stored.size, state=State.RECEIVED
                )
                session.add(row)
                session.flush()
            elif _earlier_item(session, stored.sha256, item.id) or row.state == State.WRITTEN:
                known_as = row.source
            if row.state == State.QUARANTINED:
                _set(session, stored.sha256, State.QUARANTINED, State.RECEIVED, _CLEARED)
            session.execute(
                update(ItemRow)
                .where(ItemRow.id == item.id)
                .values(sha256=stored.sha256, known_as=known_as)
            )
            return State(session.get_one(DocumentRow, stored.sha256).state)

    def refuse(self, item_id: int, reason: DeskError) -> None:
        """Note why a file gave no document."""
        with self.database.session() as session:
            session.execute(update(ItemRow).where(ItemRow.id == item_id).values(_reason(reason)))

    def state(self, sha256: str) -> State:
        with self.database.reading() as session:
            return State(session.get_one(DocumentRow, sha256).state)

    def source(self, sha256: str) -> str:
        """The name a document first came under."""
        with self.database.reading() as session:
            return session.get_one(DocumentRow, sha256).source

    def reading(self, sha256: str) -> bytes:
        """The stored reading, as `save_reading` was given it."""
        with self.database.reading() as session:
            return session.get_one(ReadingRow, sha256).body

    def save_reading(
        self,
        sha256: str,
        body: bytes,
        pages: int,
        media_type: str,
        warnings: Sequence[str],
        second_looks: int = 0,
    ) -> bool:
        """Store what was read and move on; False where another command was first."""
        with self.database.session() as session:
            values: dict[str, Any] = {
                "pages": pages,
                "second_looks": second_looks,
                "media_type": media_type,
                "warnings": list(warnings),
                "tries": 0,
            }
            if not _set(session, sha256, State.RECEIVED, State.READ, values):
                return False
            session.merge(ReadingRow(sha256=sha256, body=body))
            return True

    def quarantine(self, sha256: str, was: State, reason: DeskError) -> bool:
        """Set a document aside with its reason."""
        with self.database.session() as session:
            return _set(session, sha256, was, State.QUARANTINED, _reason(reason))

    def tried(self, sha256: str) -> int:
        """Count one more passing fault; returns how many there were in a row."""
        with self.database.session() as session:
            row = session.get_one(DocumentRow, sha256)
            row.tries += 1
            return row.tries

    def save_letters(self, sha256: str, letters: Sequence[dict[str, Any]]) -> bool:
        """Store a document's letters, each `{"pages": ..., "fields": ...}`, as its cases; its
        `fingerprint`, where it has one, tells whether an earlier case is the same letter."""
        from extractors.fingerprint import back
        from pipeline.store.corrections import kept_over
        from pipeline.store.likeness import columns_of, earlier_copy

        with self.database.session() as session:
            if not _set(session, sha256, State.READ, State.EXTRACTED, _STEP_DONE):
                return False
            # There are some where an earlier try failed after this step, and where it was read
            # again; what persons said of them is kept apart and laid over what comes now.
            known = select(CaseRow.id, CaseRow.version).where(CaseRow.sha256 == sha256)
            versions = {row.id: row.version for row in session.execute(known)}
            session.execute(delete(CaseRow).where(CaseRow.sha256 == sha256))
            for at, letter in enumerate(letters):
                body = {key: value for key, value in letter.items() if key != "fingerprint"}
                case = case_id(sha256, at)
                body = kept_over(session, case, body)
                row = CaseRow(id=case, sha256=sha256, ordinal=at, body=body)
                row.version = versions.get(case, 0) + 1
                if raw := letter.get("fingerprint"):
                    mark = back(raw)
                    row.same_as = earlier_copy(session, mark)
                    for name, value in columns_of(mark).items():
                        setattr(row, name, value)
                session.add(row)
                session.flush()
            return True

    def save_cases(self, sha256: str, bodies: Sequence[dict[str, Any]]) -> bool:
        """Store a document's decided cases, in the order of its letters."""
        from pipeline.store.reviews import keep_decided

        with self.database.session() as session:
            if not _set(session, sha256, State.EXTRACTED, State.ROUTED, _STEP_DONE):
                return False
            for at, body in enumerate(bodies):
                keep_decided(session, case_id(sha256, at), body)
            return True

    def written(self, sha256: str) -> bool:
        """Move on after the last packet was written."""
        with self.database.session() as session:
            return _set(session, sha256, State.ROUTED, State.WRITTEN, _STEP_DONE)


_STEP_DONE: dict[str, Any] = {"tries": 0, "takeovers": 0}
"""Tries and dead workers are counted anew at each step."""

_CLEARED: dict[str, Any] = {
    "error_kind": None,
    "error_message": None,
    "error_mend": None,
    "tries": 0,
}


def _set(session: Session, sha256: str, was: State, to: State, values: dict[str, Any]) -> bool:
    """Compare and set: move a document from `was` to `to`, unless someone else moved it."""
    if to not in MOVES[was]:
        raise ValueError(f"no move from {was} to {to}")
    done = session.execute(
        update(DocumentRow)
        .where(DocumentRow.sha256 == sha256, DocumentRow.state == was)
        .values(state=to, changed_at=now(), **values)
        .execution_options(synchronize_session="fetch")
    )
    return bool(getattr(done, "rowcount", 0) == 1)


def _earlier_item(session: Session, sha256: str, item_id: int) -> bool:
    """Whether another file of the same batch brought these bytes before."""
    mine = select(ItemRow.run_id).where(ItemRow.id == item_id).scalar_subquery()
    found = session.execute(
        select(ItemRow.id).where(
            ItemRow.sha256 == sha256, ItemRow.run_id == mine, ItemRow.id != item_id
        )
    ).first()
    return found is not None


def _reason(reason: DeskError) -> dict[str, Any]:
    return {
        "error_kind": reason.kind,
        "error_message": reason.message,
        "error_mend": reason.mend,
    }


def storable(path: Path) -> str:
    """A path as text: a file name may hold bytes that are no UTF-8; the database wants text."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
