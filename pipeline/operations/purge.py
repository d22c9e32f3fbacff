"""Deletion that deletes: rows, blobs, packets and what inboxes noted, of letters received before
a day. Letters that are still being worked on stay."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from pipeline.batch import open_blobs
from pipeline.home import Settings
from pipeline.logs import log
from pipeline.operations.erasing import (
    DELETED,
    cases_of,
    erase_cases,
    erase_documents,
    forget_deleted_words,
    further_of,
    held_cases,
    proofs_of,
    split_away,
)
from pipeline.sources import PACKETS_MARK
from pipeline.store.audit_tables import DoomedPacketRow, DoomedRow, HoldRow
from pipeline.store.blobs import BlobStore, disk_fault
from pipeline.store.database import Database
from pipeline.store.inbox_tables import InboxRunRow, MessageRow, PieceRow, SourceRow
from pipeline.store.inboxes import hidden_key
from pipeline.store.named import still_named
from pipeline.store.review_tables import ReviewRow
from pipeline.store.schema import CaseRow, DocumentRow, ItemRow, RunRow
from pipeline.store.states import ENDS, MessageState, RunState, State

_AT_ONCE = 200
_LOCKED = 20
"""Packets or files that are removed while others wait with what they write."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was deleted. `out_of_reach`: folders of `process --out` that were not there, so
    that packets in them are left."""

    documents: int
    cases: int
    messages: int
    blobs: int
    out_of_reach: tuple[Path, ...] = ()
    held: int = 0
    """Documents that stay for a legal hold."""


def purge(
    settings: Settings, database: Database, before: datetime, statuses: Collection[str] = ()
) -> Purged:
    """Delete all that was received before a moment; with `statuses`, only letters whose cases all
    have one of these. What is on hold stays. May be killed and run again."""
    documents = cases = 0
    store = open_blobs(settings)
    blobs, away = _remove_doomed(database, store)  # what a purge that was killed had still to do
    while True:
        with database.session() as session:
            keys = _to_delete(session, before, statuses)
            mine = cases_of(session, keys)
            free = _raw_of(session, keys) | proofs_of(session, mine) | set(keys)
            free |= further_of(session, keys)
            _doom_packets(session, settings, keys)
            erase_cases(session, mine)
            erase_documents(session, keys)
            _doom(session, free)
        if not keys:
            break
        freed, gone = _remove_doomed(database, store)
        documents, cases, blobs = documents + len(keys), cases + len(mine), blobs + freed
        away |= gone
    with database.reading() as session:
        stay = select(func.count()).select_from(DocumentRow).where(
            *_of_age(before, statuses), DocumentRow.sha256.in_(_HELD)
        )  # fmt: skip
        held = session.execute(stay).scalar_one()
    if statuses:  # what else is old has no status
        compact(database)
        return _told(Purged(documents, cases, 0, blobs, tuple(sorted(away)), held))
    blobs += _purge_split_away(database, store, before)
    _sweep_packets(settings, database, before)
    if not settings.packets_dir:  # in the home, where there is none before its first packet
        away.discard(settings.packet_folder)
    messages, freed = _purge_messages(database, store, before)
    _hide_keys(database)
    compact(database)
    return _told(Purged(documents, cases, messages, blobs + freed, tuple(sorted(away)), held))


_HELD = select(HoldRow.sha256)


def _of_age(before: datetime, statuses: Collection[str]) -> list[ColumnElement[bool]]:
    found = [DocumentRow.received_at < before, DocumentRow.state.in_(ENDS)]
    if statuses:
        mine = select(ReviewRow.case_id).where(ReviewRow.sha256 == DocumentRow.sha256)
        found += [exists(mine), ~exists(mine.where(ReviewRow.status.not_in(tuple(statuses))))]
    return found


def _doom(session: Session, free: set[str]) -> None:
    """Note files to be removed, in the transaction that deletes what named them: should this run
    be killed before it has removed them, the next one does."""
    known = set(session.scalars(select(DoomedRow.sha256).where(DoomedRow.sha256.in_(free))))
    session.add_all(DoomedRow(sha256=key) for key in free - known - still_named(session, free))


def _to_delete(session: Session, before: datetime, statuses: Collection[str]) -> list[str]:
    """Some letters that are to go. Nobody may put one on hold until the transaction ends: holds
    lock a letter's row, too (on SQLite there is one writer anyhow)."""
    wanted = (
        select(DocumentRow.sha256)
        .where(*_of_age(before, statuses), DocumentRow.sha256.not_in(_HELD))
        .order_by(DocumentRow.sha256)
        .limit(_AT_ONCE)
        .with_for_update()
    )
    locked = list(session.scalars(wanted))
    # Once more, now that the rows are locked: a hold may have come while this waited for one.
    held = set(session.scalars(select(HoldRow.sha256).where(HoldRow.sha256.in_(locked))))
    return [key for key in locked if key not in held]


def _remove_doomed(database: Database, store: BlobStore) -> tuple[int, set[Path]]:
    """Remove packets and files that nothing names any more; returns how many files there were, and
    the packets' folders that were not there."""
    with database.reading() as session:
        packets = session.scalars(select(DoomedPacketRow.place)).all()
        doomed = session.scalars(select(DoomedRow.sha256)).all()
    away: set[Path] = set()
    for at in range(0, len(packets), _LOCKED):
        with database.session() as session:
            some = DoomedPacketRow.place.in_(packets[at : at + _LOCKED])
            for row in session.scalars(select(DoomedPacketRow).where(some).with_for_update()):
                if not _is_back(session, row.sha256):
                    away |= _remove_packets([Path(row.place)])
            session.execute(delete(DoomedPacketRow).where(some))
    removed = 0
    for at in range(0, len(doomed), _LOCKED):
        with database.session() as session:  # nobody names them meanwhile
            mine = DoomedRow.sha256.in_(doomed[at : at + _LOCKED])
            marked = set(session.scalars(select(DoomedRow.sha256).where(mine).with_for_update()))
            for sha256 in sorted(marked - still_named(session, marked)):
                removed += store.remove(sha256)
            session.execute(delete(DoomedRow).where(mine))
    return removed, away


def _is_back(session: Session, sha256: str) -> bool:
    """Whether a deleted letter was received again and has its packet written anew."""
    state = select(DocumentRow.state).where(DocumentRow.sha256 == sha256)
    return session.scalars(state).first() == State.WRITTEN


def _told(done: Purged) -> Purged:
    log("purged", documents=done.documents, cases=done.cases, messages=done.messages,
        blobs=done.blobs, held=done.held)  # fmt: skip
    return done


def _doom_packets(session: Session, settings: Settings, keys: list[str]) -> None:
    """Note the packets of these letters' cases for removal: in the folder for packets, and in those
    that `process --out` named when it brought the letters."""
    found = session.execute(
        select(CaseRow.id, CaseRow.sha256, RunRow.out)
        .join(ItemRow, ItemRow.sha256 == CaseRow.sha256, isouter=True)
        .join(RunRow, RunRow.id == ItemRow.run_id, isouter=True)
        .where(CaseRow.sha256.in_(keys))
    ).all()
    places = {str(Path(out) / case): sha256 for case, sha256, out in found if out}
    places |= {str(settings.packet_folder / case): sha256 for case, sha256, _ in found}
    for place, sha256 in places.items():
        session.merge(DoomedPacketRow(place=place, sha256=sha256))


def _remove_packets(places: Collection[Path]) -> set[Path]:
    """Remove packets; returns the folders that were not there, as when a share is not mounted."""
    away = set()
    for place in places:
        if not (place.parent / PACKETS_MARK).exists():  # also a folder that is no longer ours
            away.add(place.parent)
        elif place.is_dir() and not place.is_symlink():
            try:
                shutil.rmtree(place)
            except OSError as broken:
                raise disk_fault(broken, f"The folder {place.parent} for packets") from broken
    return away


def _purge_split_away(database: Database, store: BlobStore, before: datetime) -> int:
    """What persons said of letters that are part of others now."""
    with database.session() as session:
        gone = split_away(session, before)
        free = proofs_of(session, gone)
        erase_cases(session, gone)
        _doom(session, free)
        forget_deleted_words(session)
    return _remove_doomed(database, store)[0]


def _sweep_packets(settings: Settings, database: Database, before: datetime) -> None:
    """Remove old packets in the folder for packets whose case is no longer there."""
    try:
        found = [
            entry.name
            for entry in os.scandir(settings.packet_folder)
            if re.fullmatch(r"[0-9a-f]{12}", entry.name)
            and entry.stat(follow_symlinks=False).st_mtime < before.timestamp()
        ]
    except FileNotFoundError:
        return
    with database.reading() as session:
        known = held_cases(session) | {
            case
            for at in range(0, len(found), _AT_ONCE)
            for case in session.scalars(
                select(CaseRow.id).where(CaseRow.id.in_(found[at : at + _AT_ONCE]))
            )
        }
    _remove_packets([settings.packet_folder / name for name in set(found) - known])


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
        _doom(session, keys)
    return len(ids), _remove_doomed(database, store)[0]


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


def compact(database: Database) -> None:
    """Deleted rows stay in SQLite's file and in its log until they are written over."""
    if database.engine.dialect.name != "sqlite":
        return
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("VACUUM").close()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
