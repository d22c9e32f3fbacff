"""Deletion that deletes: rows, blobs, packets and what inboxes noted, of letters received before
a day. Letters that are still being worked on stay."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pipeline.home import Settings
from pipeline.logs import log
from pipeline.store.blobs import BlobStore, disk_fault, sync_folder
from pipeline.store.database import Database
from pipeline.store.inbox_tables import InboxRunRow, MessageRow, PieceRow, SourceRow
from pipeline.store.inboxes import hidden_key
from pipeline.store.schema import CaseRow, DocumentRow, ItemRow, ReadingRow, RunRow
from pipeline.store.states import ENDS, MessageState, RunState

_AT_ONCE = 200
DELETED = "deleted"
"""What stands for the name of what was deleted."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was deleted."""

    documents: int
    cases: int
    messages: int
    blobs: int


def purge(settings: Settings, database: Database, before: datetime) -> Purged:
    """Delete all that was received before a moment. May be killed and run again."""
    documents = cases = blobs = 0
    store = BlobStore(settings.blob_folder)
    while True:
        with database.session() as session:
            keys = list(
                session.scalars(
                    select(DocumentRow.sha256)
                    .where(DocumentRow.received_at < before, DocumentRow.state.in_(ENDS))
                    .limit(_AT_ONCE)
                )
            )
            packets = session.scalars(select(CaseRow.id).where(CaseRow.sha256.in_(keys))).all()
        if not keys:
            break
        for case in packets:  # first: once the rows are gone, nothing names them any more
            _remove_packet(settings, case)
        with database.session() as session:
            raw = _raw_of(session, keys)
            _delete_documents(session, keys)
            kept = _still_named(session, {*keys, *raw})
        for sha256 in {*keys, *raw} - kept:
            blobs += _remove_blob(store, sha256)
        documents, cases = documents + len(keys), cases + len(packets)
    messages, freed = _purge_messages(database, store, before)
    _hide_keys(database)
    _compact(database)
    log("purged", documents=documents, cases=cases, messages=messages, blobs=blobs + freed)
    return Purged(documents, cases, messages, blobs + freed)


def _raw_of(session: Session, keys: list[str]) -> set[str]:
    """Blobs of the messages that brought these documents, each emptied of its name and content.
    A message's key stays, so that it is not fetched again."""
    ids = list(
        session.scalars(select(PieceRow.message_id).where(PieceRow.sha256.in_(keys)).distinct())
    )
    raw = set(session.scalars(select(MessageRow.sha256).where(MessageRow.id.in_(ids))).all())
    session.execute(delete(PieceRow).where(PieceRow.sha256.in_(keys)))
    left = set(
        session.scalars(
            select(PieceRow.message_id).where(
                PieceRow.message_id.in_(ids), PieceRow.sha256.is_not(None)
            )
        )
    )
    done = [each for each in ids if each not in left]
    session.execute(delete(PieceRow).where(PieceRow.message_id.in_(done)))
    session.execute(
        update(MessageRow).where(MessageRow.id.in_(done)).values(sha256=None, name=DELETED)
    )
    return {each for each in raw if each}


def _delete_documents(session: Session, keys: list[str]) -> None:
    session.execute(
        update(ItemRow).where(ItemRow.sha256.in_(keys)).values(
            sha256=None, path=DELETED, known_as=None
        )
    )  # fmt: skip
    mine = select(CaseRow.id).where(CaseRow.sha256.in_(keys))
    session.execute(
        update(CaseRow).where(CaseRow.same_as.in_(mine)).values(same_as=None)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    for table in (CaseRow, ReadingRow, DocumentRow):
        column: Any = table.sha256
        session.execute(delete(table).where(column.in_(keys)))


def _still_named(session: Session, keys: set[str]) -> set[str]:
    """Those of some blobs that a document or a message still names."""
    return {
        *session.scalars(select(DocumentRow.sha256).where(DocumentRow.sha256.in_(keys))),
        *(
            key
            for key in session.scalars(select(MessageRow.sha256).where(MessageRow.sha256.in_(keys)))
            if key
        ),
    }


def _purge_messages(database: Database, store: BlobStore, before: datetime) -> tuple[int, int]:
    """Old messages that brought no letter: their names and contents go, their keys stay. Runs and
    batches of the same age go whole."""
    with database.session() as session:
        old = session.execute(
            select(MessageRow.id, MessageRow.sha256).where(
                MessageRow.first_seen < before, MessageRow.name != DELETED,
                MessageRow.state != MessageState.FOUND,
                MessageRow.id.not_in(
                    select(PieceRow.message_id).where(PieceRow.sha256.is_not(None))
                ),
            )
        ).all()  # fmt: skip
        ids = [row.id for row in old]
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            session.execute(delete(PieceRow).where(PieceRow.message_id.in_(some)))
            session.execute(
                update(MessageRow)
                .where(MessageRow.id.in_(some))
                .values(sha256=None, name=DELETED, error_message=None, error_mend=None)
            )
        session.execute(
            delete(InboxRunRow).where(
                InboxRunRow.started_at < before,
                InboxRunRow.state.in_((RunState.DONE, RunState.FAILED, RunState.SKIPPED)),
            )
        )
        gone = select(RunRow.id).where(RunRow.started_at < before)
        named = select(ItemRow.run_id).where(ItemRow.sha256.is_not(None))
        session.execute(
            delete(ItemRow).where(ItemRow.run_id.in_(gone), ItemRow.run_id.not_in(named))
        )
        session.execute(
            delete(RunRow).where(
                RunRow.started_at < before, RunRow.id.not_in(select(ItemRow.run_id))
            )
        )
        keys = {row.sha256 for row in old if row.sha256}
        keys -= _still_named(session, keys) if keys else set()
    return len(ids), sum(_remove_blob(store, sha256) for sha256 in keys)


def _hide_keys(database: Database) -> None:
    """File names in the keys of deleted messages; a mailbox's keys are numbers."""
    with database.session() as session:
        rows = session.execute(
            select(MessageRow.id, MessageRow.key)
            .join(SourceRow, MessageRow.source_id == SourceRow.id)
            .where(
                MessageRow.name == DELETED, SourceRow.kind != "imap",
                MessageRow.key.not_like("deleted:%"),
            )
        ).all()  # fmt: skip
        for number, key in rows:
            session.execute(
                update(MessageRow).where(MessageRow.id == number).values(key=hidden_key(key))
            )


def _remove_packet(settings: Settings, case: str) -> None:
    folder: Path = settings.packet_folder / case
    if folder.is_dir():
        shutil.rmtree(folder)


def _remove_blob(store: BlobStore, sha256: str) -> int:
    path = store.path(sha256)
    try:
        path.unlink()
        sync_folder(path.parent)
    except FileNotFoundError:
        return 0
    except OSError as broken:
        raise disk_fault(broken, "The file store") from broken
    return 1


def _compact(database: Database) -> None:
    """Deleted rows stay in SQLite's file and in its log until they are written over."""
    if database.engine.dialect.name != "sqlite":
        return
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("VACUUM").close()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
