"""Which rows name blobs: what a backup must hold, and what a deletion must leave."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Connection, Select, delete, select, union
from sqlalchemy.orm import Session

from pipeline.store.audit_tables import DoomedRow
from pipeline.store.blobs import BlobStore, Stored
from pipeline.store.database import Database
from pipeline.store.inbox_tables import MessageRow
from pipeline.store.review_tables import AttachedRow, SendingRow
from pipeline.store.schema import DocumentRow

BLOB_COLUMNS: tuple[Any, ...] = (
    DocumentRow.sha256, MessageRow.sha256, SendingRow.proof, AttachedRow.blob,
)  # fmt: skip
"""Every column that holds a blob's SHA-256 and keeps it: letters, whole messages, proofs, files of
further pages."""

_AT_ONCE = 500


def blobs_named(connection: Connection) -> set[str]:
    """The SHA-256 of all blobs that some row names."""
    wanted: list[Select[Any]] = [
        select(column).where(column.is_not(None)) for column in BLOB_COLUMNS
    ]
    return {key for (key,) in connection.execute(union(*wanted))}


def still_named(session: Session, keys: Collection[str]) -> set[str]:
    """Those of some blobs that a row still names."""
    asked, found = sorted(keys), set()
    for at in range(0, len(asked), _AT_ONCE):
        some = asked[at : at + _AT_ONCE]
        for column in BLOB_COLUMNS:
            found |= set(session.scalars(select(column).where(column.in_(some))))
    return found


def keep_named(
    database: Database, blobs: BlobStore, stored: Stored, put_anew: Callable[[], object]
) -> None:
    """See to a blob that a row has come to name just now: a deletion of the same bytes may have
    removed it in between, or been killed while it did. `put_anew` stores it over what is there."""
    mine = DoomedRow.sha256 == stored.sha256
    with database.reading() as session:
        doomed = session.scalars(select(DoomedRow.sha256).where(mine)).first() is not None
    if doomed:
        with database.session() as session:  # waits for a deletion that has it in hand
            session.execute(delete(DoomedRow).where(mine))
    if doomed or not blobs.has(stored):
        put_anew()
