"""The queue: cases as slim rows, found by filters and words, page after page.

Pages are told by where the last one ended (`after`), never by a number of rows to skip, so the
thousandth page is as quick as the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, delete, func, or_, select, table, text
from sqlalchemy.orm import Session

from models.fields import FIELD_SPECS
from pipeline.store.cases import columns_of
from pipeline.store.database import Database
from pipeline.store.review_tables import ReviewRow
from pipeline.store.schema import CaseRow, DocumentRow
from pipeline.store.search_words import indexed, terms

Json = dict[str, Any]

WORDS = table("case_words", column("case_id"), column("words"))
"""What cases are found by: an FTS5 table on SQLite, a plain one with an index on PostgreSQL."""

CLOSED = ("closed",)
SORTS: Mapping[str, tuple[Any, bool]] = {
    "deadline": (ReviewRow.place, False),
    "received": (ReviewRow.received_at, True),
    "confidence": (func.coalesce(ReviewRow.confidence, 0.0), False),
    "payer": (func.coalesce(ReviewRow.payer, ""), False),
}
"""Name to (what is sorted by, whether the greatest comes first)."""
EXACT = ("route", "category", "plan_type", "status", "assignee", "kind")
_FAR = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; empty texts ask for nothing."""

    q: str = ""
    payer: str = ""
    drug: str = ""
    route: str = ""
    category: str = ""
    plan_type: str = ""
    status: str = ""
    assignee: str = ""
    kind: str = ""
    due_within: int | None = None
    doubtful: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the queue."""

    case_id: str
    sha256: str
    urgent: bool
    due: date | None
    received_at: datetime
    payer: str | None
    drug: str | None
    category: str | None
    plan_type: str | None
    kind: str | None
    route: str
    patient: str | None
    confidence: float | None
    doubtful: int
    same_as: str | None
    status: str
    assignee: str | None
    locked_by: str | None
    locked_at: datetime | None
    cursor: str = ""

    def days_left(self, today: date) -> int | None:
        return None if self.due is None else (self.due - today).days


class Listing:
    """The queue of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def page(
        self, filters: Filters, today: date, sort: str = "deadline", after: str = "", size: int = 50
    ) -> list[Listed]:
        """At most `size` rows beyond `after`, the `cursor` of the last row shown."""
        by, downwards = SORTS.get(sort, SORTS["deadline"])
        ids = ReviewRow.case_id
        wanted = self._narrowed(select(ReviewRow, by.label("by")), filters, today)
        if after and len(parts := after.rsplit("~", 1)) == 2:
            value, last = _typed(sort, parts[0]), parts[1]
            if value is not None:
                beyond = by < value if downwards else by > value
                wanted = wanted.where(or_(beyond, and_(by == value, ids > last)))
        wanted = wanted.order_by(by.desc() if downwards else by, ids).limit(size)
        with self.database.reading() as session:
            return [_listed(row, _told(value)) for row, value in session.execute(wanted)]

    def count(self, filters: Filters, today: date) -> int:
        """How many cases there are to page through."""
        wanted = self._narrowed(select(func.count()).select_from(ReviewRow), filters, today)
        with self.database.reading() as session:
            return int(session.execute(wanted).scalar_one())

    def ids(self, filters: Filters, today: date, most: int) -> list[str]:
        """The ids of the first cases of a view, in the queue's order."""
        wanted = self._narrowed(select(ReviewRow.case_id), filters, today)
        with self.database.reading() as session:
            return list(session.scalars(wanted.order_by(ReviewRow.place).limit(most)))

    def next_after(self, case_id: str, filters: Filters, today: date) -> str | None:
        """The case that follows in the queue's order, from the start once the end is reached."""
        with self.database.reading() as session:
            here = session.get(ReviewRow, case_id)
            place = here.place if here else ""
            base = self._narrowed(select(ReviewRow.case_id), filters, today).where(
                ReviewRow.status.in_(("open", "in_review")), ReviewRow.case_id != case_id
            )
            ordered = base.order_by(ReviewRow.place).limit(1)
            found = session.scalars(ordered.where(ReviewRow.place > place)).first()
            return found or session.scalars(ordered).first()

    def alike(self, case_id: str, same_as: str | None) -> list[str]:
        """The other cases that probably have the same letter, the earliest first."""
        origin = same_as or case_id
        wanted = select(ReviewRow.case_id).where(
            or_(ReviewRow.same_as == origin, ReviewRow.case_id == origin),
            ReviewRow.case_id != case_id,
        )
        with self.database.reading() as session:
            found = session.scalars(wanted.order_by(ReviewRow.received_at, ReviewRow.case_id))
            return list(found)

    def values(self, name: str, most: int = 200) -> list[str]:
        """The values of a column that occur, most frequent first."""
        held = getattr(ReviewRow, name)
        wanted = (
            select(held)
            .where(held.is_not(None))
            .group_by(held)
            .order_by(func.count().desc(), held)
            .limit(most)
        )
        with self.database.reading() as session:
            return [str(value) for value in session.scalars(wanted)]

    def _narrowed(self, wanted: Select[Any], filters: Filters, today: date) -> Select[Any]:
        for condition in self._conditions(filters, today):
            wanted = wanted.where(condition)
        return wanted

    def _conditions(self, filters: Filters, today: date) -> Iterator[ColumnElement[bool]]:
        for name in EXACT:
            value = getattr(filters, name)
            if name == "assignee" and value == "-":
                yield ReviewRow.assignee.is_(None)
            elif value:
                yield getattr(ReviewRow, name) == value
        if not filters.status:
            yield ReviewRow.status.not_in(CLOSED)
        for name in ("payer", "drug"):
            if value := getattr(filters, name):
                yield getattr(ReviewRow, name).icontains(value, autoescape=True)
        if filters.due_within is not None:
            yield ReviewRow.due <= date.fromordinal(today.toordinal() + filters.due_within)
        if filters.doubtful:
            yield ReviewRow.doubtful > 0
        if filters.urgent:
            yield ReviewRow.urgent.is_(True)
        if asked := terms(filters.q):
            yield ReviewRow.case_id.in_(self._found(asked))

    def _found(self, asked_for: Sequence[Sequence[str]]) -> Select[Any]:
        """Cases with every word; a word in any of its ways."""
        if self.database.engine.dialect.name == "sqlite":
            asked = _joined(asked_for, " AND ", " OR ", '"{}"*')
            match = text("case_words MATCH :asked").bindparams(asked=asked)
        else:
            asked = _joined(asked_for, " & ", " | ", "{}:*")
            match = text("to_tsvector('simple', words) @@ to_tsquery('simple', :asked)").bindparams(
                asked=asked
            )
        return select(WORDS.c.case_id).where(match)


def _joined(words: Sequence[Sequence[str]], every: str, either: str, form: str) -> str:
    return every.join(f"({either.join(form.format(way) for way in ways)})" for ways in words)


def _told(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _typed(sort: str, value: str) -> Any:
    try:
        if sort == "received":
            return datetime.fromisoformat(value)
        return float(value) if sort == "confidence" else value
    except ValueError:
        return None


def _listed(row: ReviewRow, value: str) -> Listed:
    names = [name for name in Listed.__dataclass_fields__ if name != "cursor"]
    return Listed(**{name: getattr(row, name) for name in names}, cursor=f"{value}~{row.case_id}")


def place_of(urgent: bool, due: date | None, case_id: str) -> str:
    """Where a case stands in the queue: urgent ones first, then by deadline."""
    return f"{0 if urgent else 1} {due.isoformat() if due else _FAR} {case_id}"


def put(
    session: Session, case: CaseRow, document: DocumentRow, body: Json, doubtful: int
) -> ReviewRow:
    """Make or renew a case's row and its words; what persons decided of it stays."""
    held = columns_of(body)

    def value(key: str) -> str | None:
        found = body["fields"].get(key, {}).get("value")
        return None if found in (None, []) else str(found).replace("\0", "")

    row = session.get(ReviewRow, case.id)
    if row is None:
        row = ReviewRow(case_id=case.id, sha256=case.sha256)
        row.received_at, row.status = document.received_at, "open"
        session.add(row)
    for name in ("route", "urgent", "payer", "drug", "category", "due"):
        setattr(row, name, held[name])
    row.place = place_of(row.urgent, row.due, case.id)
    row.plan_type, row.kind, row.patient = (
        value("plan_type"), value("document_kind"), value("patient_name"),
    )  # fmt: skip
    row.confidence, row.same_as, row.doubtful = _least_sure(body), case.same_as, doubtful
    session.flush()
    _put_words(session, case.id, _words(case.id, body))
    return row


def forget(session: Session, case_id: str) -> None:
    """Take a case out of the queue: its letter is part of another now."""
    session.execute(delete(ReviewRow).where(ReviewRow.case_id == case_id))
    _put_words(session, case_id, None)


def _put_words(session: Session, case_id: str, words: str | None) -> None:
    if session.get_bind().dialect.name != "sqlite":
        session.execute(delete(WORDS).where(WORDS.c.case_id == case_id))
        if words is not None:
            session.execute(WORDS.insert().values(case_id=case_id, words=words))
        return
    # FTS5 finds a row quickly by its number alone; an id is a number in hex digits.
    values = {"row": int(case_id, 16), "case_id": case_id, "words": words}
    session.execute(text("DELETE FROM case_words WHERE rowid = :row"), values)
    if words is None:
        return
    session.execute(
        text("INSERT INTO case_words (rowid, case_id, words) VALUES (:row, :case_id, :words)"),
        values,
    )


def _least_sure(body: Json) -> float | None:
    known = [
        body["fields"][key]["confidence"]
        for key, spec in FIELD_SPECS.items()
        if spec.is_key and body["fields"].get(key, {}).get("value") not in (None, [])
    ]
    return min(known, default=None)


def put_words_again(session: Session, case: CaseRow) -> None:
    """Renew what a case is found by, under the key of now."""
    _put_words(session, case.id, _words(case.id, case.body))


def _words(case_id: str, body: Json) -> str:
    said = [case_id]
    for held in body["fields"].values():
        value = held["value"]
        if isinstance(value, list):
            said += [str(item) for item in value]
        elif isinstance(value, str):
            said.append(value)
    return indexed(" ".join(said).replace("\0", ""))
