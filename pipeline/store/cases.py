"""Cases in the database: the contract's JSON of each, and the columns that lists need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.errors import UsageError
from models.fields import FIELD_SPECS
from pipeline.store.database import Database
from pipeline.store.schema import CaseRow, DocumentRow, ItemRow

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as stored. `body` is the contract's entry of `cases`; `packet` the file names of
    its packet, None while none was written."""

    id: str
    sha256: str
    source: str
    ordinal: int
    version: int
    body: Json
    packet: tuple[str, ...] | None
    due: date | None
    created_at: datetime
    media_type: str | None
    same_as: str | None = None
    """An earlier case that is probably the same letter, received twice."""

    def value(self, key: str) -> Any:
        """A field's value, as the contract prints it."""
        return self.body["fields"].get(key, {}).get("value")

    @property
    def route(self) -> Json:
        decided: Json = self.body.get("route", {})
        return decided

    @property
    def due_step(self) -> str | None:
        """What must be done by `due`."""
        clock = _next_clock(self.body.get("deadlines", ()))
        return str(clock["step"]) if clock else None

    @property
    def confidence(self) -> float | None:
        """The least confidence among the key fields that have a value."""
        known = [
            self.body["fields"][key]["confidence"]
            for key, spec in FIELD_SPECS.items()
            if spec.is_key and self.value(key) not in (None, [])
        ]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of a batch. `error` is (kind, message, what mends it)."""

    path: str
    sha256: str | None
    state: str | None
    pages: int | None
    known_as: str | None
    error: tuple[str, str, str] | None
    warnings: tuple[str, ...]
    cases: tuple[StoredCase, ...]
    second_looks: int = 0


def columns_of(body: Json) -> Json:
    """The columns of `CaseRow` that repeat a case's body."""

    def value(key: str) -> str | None:
        found = body["fields"][key]["value"]
        return None if found is None else str(found).replace("\0", "")  # PostgreSQL refuses NUL

    return {
        "route": body["route"]["route"],
        "urgent": body["urgent"],
        "payer": value("payer"),
        "drug": value("drug") or value("drug_generic") or value("service"),
        "category": value("denial_category"),
        "due": next_due(body["deadlines"]),
    }


def _next_clock(deadlines: Sequence[Json]) -> Json | None:
    """The first clock by which the member must act, None where none is known."""
    ours = [c for c in deadlines if c["kind"] == "ours" and (c["safe_due"] or c["due"])]
    return min(ours, key=lambda clock: str(clock["safe_due"] or clock["due"]), default=None)


def next_due(deadlines: Sequence[Json]) -> date | None:
    """The first day by which the member must act, None where none is known."""
    clock = _next_clock(deadlines)
    return date.fromisoformat(clock["safe_due"] or clock["due"]) if clock else None


class Cases:
    """The cases of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self, route: str | None = None) -> list[StoredCase]:
        """Decided cases in the order in which their documents came, perhaps of one route."""
        wanted = (
            select(CaseRow, DocumentRow)
            .join(DocumentRow, CaseRow.sha256 == DocumentRow.sha256)
            .where(CaseRow.route.is_not(None))
            .order_by(DocumentRow.received_at, CaseRow.sha256, CaseRow.ordinal)
        )
        if route is not None:
            wanted = wanted.where(CaseRow.route == route)
        with self.database.reading() as session:
            return [_stored(case, document) for case, document in session.execute(wanted)]

    def of(self, sha256: str) -> list[StoredCase]:
        """A document's cases, in the order of its letters."""
        with self.database.reading() as session:
            return _of(session, sha256)

    def one(self, given: str) -> StoredCase:
        """A case by its id or by the start of it. Raises UsageError where that names no one."""
        prefix = given.strip().lower()
        wanted = (
            select(CaseRow, DocumentRow)
            .join(DocumentRow, CaseRow.sha256 == DocumentRow.sha256)
            .where(CaseRow.id.startswith(prefix, autoescape=True), CaseRow.route.is_not(None))
            .limit(2)
        )
        with self.database.reading() as session:
            found = [_stored(case, document) for case, document in session.execute(wanted)]
        if not prefix or not found:
            raise UsageError("There is no such case", "`denialdesk case list` shows all of them.")
        if len(found) > 1:
            raise UsageError("More than one case begins with that", "Give more of its id.")
        return found[0]

    def decided(self, case: str, body: Json, was: int) -> bool:
        """Store a case as decided anew, over the version that was read; False where someone else
        changed it since. A route that a person chose holds, and the queue shows the change."""
        from pipeline.store.reviews import keep_decided

        with self.database.session() as session:
            done = session.execute(
                update(CaseRow)
                .where(CaseRow.id == case, CaseRow.version == was)
                .values(version=was + 1)
            )
            if getattr(done, "rowcount", 0) != 1:
                return False
            keep_decided(session, case, body)
            return True

    def set_packet(self, case: str, names: Sequence[str]) -> None:
        """Note which files a case's packet has."""
        with self.database.session() as session:
            session.execute(update(CaseRow).where(CaseRow.id == case).values(packet=list(names)))

    def outcomes(self, run: str) -> list[Outcome]:
        """What became of each file of a batch, in their order."""
        with self.database.reading() as session:
            items = session.execute(
                select(ItemRow, DocumentRow)
                .join(DocumentRow, ItemRow.sha256 == DocumentRow.sha256, isouter=True)
                .where(ItemRow.run_id == run)
                .order_by(ItemRow.position)
            )
            return [_outcome(session, item, document) for item, document in items]


def _of(session: Session, sha256: str) -> list[StoredCase]:
    rows = session.execute(
        select(CaseRow, DocumentRow)
        .join(DocumentRow, CaseRow.sha256 == DocumentRow.sha256)
        .where(CaseRow.sha256 == sha256)
        .order_by(CaseRow.ordinal)
    )
    return [_stored(case, document) for case, document in rows]


def _stored(case: CaseRow, document: DocumentRow) -> StoredCase:
    return StoredCase(
        id=case.id,
        sha256=case.sha256,
        source=document.source,
        ordinal=case.ordinal,
        version=case.version,
        body=case.body,
        packet=None if case.packet is None else tuple(case.packet),
        due=case.due,
        created_at=case.created_at,
        media_type=document.media_type,
        same_as=case.same_as,
    )


def _outcome(session: Session, item: ItemRow, document: DocumentRow | None) -> Outcome:
    failed = document if document is not None and document.error_kind else item
    return Outcome(
        path=item.path,
        sha256=item.sha256,
        state=document.state if document else None,
        pages=document.pages if document else None,
        known_as=item.known_as,
        error=(
            (failed.error_kind, failed.error_message or "", failed.error_mend or "")
            if failed.error_kind
            else None
        ),
        warnings=tuple(document.warnings) if document else (),
        second_looks=(document.second_looks or 0) if document else 0,
        cases=() if document is None or failed.error_kind else tuple(_of(session, document.sha256)),
    )
