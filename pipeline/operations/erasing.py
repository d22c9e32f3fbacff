"""Which rows go with a letter: all that hang on its case or its document, found by their columns,
so that a table that is added later is emptied too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select, text, union, update
from sqlalchemy.orm import Session

from pipeline.store.audit_tables import AuditRow, DoomedPacketRow, DoomedRow, HoldRow
from pipeline.store.documents import case_id as id_of
from pipeline.store.inbox_tables import MessageRow, PieceRow
from pipeline.store.listing import forget
from pipeline.store.review_tables import AttachedRow, SendingRow
from pipeline.store.schema import CaseRow, DocumentRow, ItemRow
from pipeline.store.schema import Table as Base

DELETED = "deleted"
"""What stands for the name of what was deleted."""
_MOST_LETTERS = 1000
"""More letters than one document has, however often it was cut anew."""
_LAST = (DocumentRow, CaseRow)
"""Rows that others refer to."""
_EMPTIED = (ItemRow, PieceRow, MessageRow)
"""Rows of batches and inboxes: they lose their names and contents, and stay as counts."""
_KEPT = (AuditRow, DoomedRow, DoomedPacketRow)
"""Who did what: ids and codes alone, kept for as long as the installation lives; and what is still
to be removed."""


def _tables(column: str) -> list[Table]:
    """Tables with a column of this name, apart from those that are seen to by themselves."""
    apart = {row.__table__ for row in (*_LAST, *_EMPTIED, *_KEPT)}
    return [
        table
        for table in reversed(Base.metadata.sorted_tables)
        if column in table.c and table not in apart
    ]


def cases_of(session: Session, keys: Collection[str]) -> list[str]:
    """Ids of the cases of some documents, also of those whose own row is gone: letters that became
    part of another one when their document was cut anew."""
    by_document = [t for t in _tables("sha256") if "case_id" in t.c]
    wanted = union(
        select(CaseRow.id).where(CaseRow.sha256.in_(keys)),
        *(select(t.c.case_id).where(t.c.sha256.in_(keys)) for t in by_document),
    )
    found = {*session.scalars(wanted)}
    if orphans := _orphans(session):
        found |= orphans & {id_of(key, at) for key in keys for at in range(_MOST_LETTERS)}
    return sorted(found)


def _orphans(session: Session) -> set[str]:
    """Ids under which there are rows and no case."""
    alive = select(CaseRow.id)
    tables = _tables("case_id")
    return {
        *session.scalars(
            union(*(select(t.c.case_id).where(t.c.case_id.not_in(alive)) for t in tables))
        )
    }


def split_away(session: Session, before: datetime) -> list[str]:
    """Ids under which there are words of persons, none younger than `before`, and no case."""
    dated = [table for table in _tables("case_id") if "at" in table.c]
    young = union(*(select(table.c.case_id).where(table.c.at >= before) for table in dated))
    return sorted(_orphans(session) - {*session.scalars(young)} - held_cases(session))


def held_cases(session: Session) -> set[str]:
    """Ids of all letters of documents on hold, also of those that became parts of others."""
    return {
        id_of(sha256, ordinal)
        for sha256 in session.scalars(select(HoldRow.sha256).distinct())
        for ordinal in range(_MOST_LETTERS)
    } | {*session.scalars(select(HoldRow.case_id))}


def proofs_of(session: Session, cases: Collection[str]) -> set[str]:
    """The blobs of the proofs that letters of these cases went out."""
    return {
        proof
        for proof in session.scalars(select(SendingRow.proof).where(SendingRow.case_id.in_(cases)))
        if proof
    }


def further_of(session: Session, keys: Collection[str]) -> set[str]:
    """The blobs of the files whose pages were added to some documents."""
    return set(session.scalars(select(AttachedRow.blob).where(AttachedRow.sha256.in_(keys))))


def erase_cases(session: Session, cases: Collection[str]) -> None:
    """Delete all that is known of some cases, and what they are found by."""
    for case in cases:
        forget(session, case)
    session.execute(
        update(CaseRow).where(CaseRow.same_as.in_(cases)).values(same_as=None)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    for table in _tables("case_id"):
        if "same_as" in table.c:
            session.execute(update(table).where(table.c.same_as.in_(cases)).values(same_as=None))
        session.execute(delete(table).where(table.c.case_id.in_(cases)))
    _delete(session, CaseRow.id, cases)


def erase_documents(session: Session, keys: Collection[str]) -> None:
    """Delete all that is known of some documents whose cases are erased."""
    session.execute(
        update(ItemRow).where(ItemRow.sha256.in_(keys)).values(
            sha256=None, path=DELETED, known_as=None
        )
    )  # fmt: skip
    for table in _tables("sha256"):
        session.execute(delete(table).where(table.c.sha256.in_(keys)))
    _delete(session, DocumentRow.sha256, keys)


def _delete(session: Session, column: Any, among: Iterable[str]) -> None:
    session.execute(
        delete(column.class_).where(column.in_(list(among)))
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def forget_deleted_words(session: Session) -> None:
    """Have SQLite's search index let go of words that are deleted: it keeps them in its older
    parts until it merges these."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO case_words (case_words) VALUES ('optimize')"))
