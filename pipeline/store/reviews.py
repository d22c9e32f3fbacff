"""Reviews in the database: how far a case's review is, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.fields import FIELD_SPECS
from pipeline.store import listing
from pipeline.store.cases import columns_of
from pipeline.store.review_tables import EventRow, ReviewRow
from pipeline.store.schema import CaseRow, DocumentRow, now

Json = dict[str, Any]

LOCK = timedelta(minutes=3)
"""How long a case stays someone's after their last sign of life."""


class Status(StrEnum):
    """How far the review of a case is."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SENT = "sent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a case's history."""

    id: int
    case_id: str
    at: datetime
    who: str
    what: str
    detail: Json


def open_fields(body: Json) -> list[str]:
    """The key fields that a person must look at before the case can be approved: unsure ones,
    and facts that the route cannot do without and that nobody found."""
    from extractors.calibration import threshold
    from knowledge.routing import key_fields
    from models.serial import fields_in

    fields = body["fields"]
    found = [
        key
        for key, spec in FIELD_SPECS.items()
        if spec.is_key and not is_sure(key, fields.get(key))
    ]
    typed = fields_in(fields)
    kind = fields.get("document_kind", {}).get("value")
    for needed in key_fields():
        lacking = not any(typed[key].value not in (None, ()) for key in needed.any_of)
        seen = any(typed[key].set_by is not None for key in needed.any_of)
        asked = kind is None or kind in needed.kinds
        if (
            asked
            and lacking
            and not seen
            and needed.trouble(typed, threshold)
            and needed.any_of[0] not in found
        ):
            found.append(needed.any_of[0])
    order = {key: at for at, key in enumerate(FIELD_SPECS)}
    return sorted(found, key=lambda key: order[key])


def is_sure(key: str, field: Json | None) -> bool:
    """Whether a field as stored need not be looked at: it is empty, a person set it, or it is as
    sure as the desk's risk asks of it."""
    from extractors.calibration import threshold
    from knowledge.routing import look_risk

    if not field or field.get("set_by") or field["value"] in (None, []):
        return True
    return bool(field["confidence"] >= threshold(key, look_risk()))


def keep_decided(session: Session, case_id: str, body: Json) -> None:
    """Store a case's body as decided, with a person's choice of route over it, and its row in
    the queue."""
    case = session.get_one(CaseRow, case_id)
    document = session.get_one(DocumentRow, case.sha256)
    review = session.get(ReviewRow, case_id)
    if review is not None:
        body = with_choices(body, review)
    case.body = body
    for name, value in columns_of(body).items():
        setattr(case, name, value)
    listing.put(session, case, document, body, len(open_fields(body)))


def with_choices(body: Json, review: ReviewRow) -> Json:
    """A decided body under what a person chose for the case."""
    body = dict(body)
    if chosen := review.route_set:
        machine = body["route"]
        body["route"] = {
            **machine,
            "route": chosen["route"],
            "rule": f"Chosen by {chosen['who']}: {chosen['reason']}",
            "reasons": [f"the rules would say {machine['route'].replace('_', ' ')}: "
                        f"{machine['rule']}", *machine["reasons"]],
        }  # fmt: skip
    return body


def note_event(session: Session, case_id: str, who: str, what: str, **detail: Any) -> None:
    """Add a line to a case's history."""
    session.add(EventRow(case_id=case_id, who=who, what=what, detail=detail))


def events(session: Session, case_id: str | None = None, most: int = 200) -> list[Event]:
    """The newest lines of history, of one case or of all."""
    wanted = select(EventRow).order_by(EventRow.id.desc()).limit(most)
    if case_id is not None:
        wanted = wanted.where(EventRow.case_id == case_id)
    rows: Sequence[EventRow] = session.scalars(wanted).all()
    return [Event(r.id, r.case_id, r.at, r.who, r.what, r.detail) for r in rows]


def holder(review: ReviewRow, at: datetime | None = None) -> str | None:
    """Who has the case open now, None where nobody has."""
    if review.locked_by is None or review.locked_at is None:
        return None
    return review.locked_by if (at or now()) - review.locked_at < LOCK else None


def missing_rows(session: Session, most: int = 500) -> list[str]:
    """Decided cases that the queue does not show yet: those from before it was made."""
    wanted = (
        select(CaseRow.id)
        .join(ReviewRow, ReviewRow.case_id == CaseRow.id, isouter=True)
        .where(ReviewRow.case_id.is_(None), CaseRow.route.is_not(None))
        .limit(most)
    )
    return list(session.scalars(wanted))


def clock_of(body: Json, kind: str) -> date | None:
    """The first due day of a case's clocks of a kind (`ours`, `plan`)."""
    days = [c["safe_due"] or c["due"] for c in body["deadlines"] if c["kind"] == kind]
    known = [date.fromisoformat(day) for day in days if day]
    return min(known, default=None)
