"""A document cut into letters by a person: its letters are read and decided anew from its pages.

A letter that keeps its first page keeps its id, and with it what persons said of it.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import delete, select

from models.errors import UsageError
from pipeline.desk import Tools
from pipeline.reviewing import ReviewDesk
from pipeline.store import corrections, reviews
from pipeline.store.documents import case_id as id_of
from pipeline.store.listing import forget
from pipeline.store.review_tables import ReviewRow, SplitRow
from pipeline.store.schema import CaseRow, now

_SECONDS = 300.0


def groups_in(said: str, pages: int) -> list[list[int]]:
    """`1-2, 3-5` as lists of page numbers. Raises UsageError unless every page is in one."""
    groups = []
    for part in filter(None, (part.strip() for part in said.split(","))):
        found = re.fullmatch(r"(\d{1,4})\s*(?:[-–]\s*(\d{1,4}))?", part)
        if not found:
            raise UsageError("Write the letters' pages like 1-2, 3-5", "")
        first, last = int(found.group(1)), int(found.group(2) or found.group(1))
        groups.append(list(range(first, last + 1)))
    if sorted(page for group in groups for page in group) != list(range(1, pages + 1)):
        raise UsageError(f"Each of the pages 1 to {pages} belongs to exactly one letter", "")
    if not all(groups):
        raise UsageError("A letter has at least one page", "")
    return groups


def cut_again(tools: Tools, desk: ReviewDesk, case_id: str, said: str, who: str) -> str:
    """Cut a case's document into letters as `said`; returns the id of the letter that has the
    case's first page. Raises UsageError where a letter of it went out already."""
    case = desk.case(case_id)
    sha256 = case.sha256
    reading = tools.documents.reading(sha256)
    groups = groups_in(said, len(desk.document(sha256).pages))
    letters = tools.pool.call("split", reading, groups, seconds=_SECONDS)
    known = {other.body["pages"][0]: other for other in tools.cases.of(sha256)}
    free = max(other.ordinal for other in known.values()) + 1
    placed: list[tuple[str, int, dict[str, Any]]] = []
    for letter in letters:
        kept = known.get(letter["pages"][0])
        ordinal = kept.ordinal if kept else free
        free += 0 if kept else 1
        body = {key: value for key, value in letter.items() if key != "fingerprint"}
        placed.append((id_of(sha256, ordinal), ordinal, body))
    with tools.cases.database.session() as session:
        bodies = [corrections.kept_over(session, place, body) for place, _, body in placed]
    decided = tools.pool.call("route", reading, bodies, desk.day(), seconds=_SECONDS)
    with tools.cases.database.session() as session:
        gone = {other.id for other in known.values()} - {place for place, _, _ in placed}
        for each in gone:
            if (row := session.get(ReviewRow, each)) and row.status == "sent":
                raise UsageError("A letter of this document went out already", "")
        for each in sorted(gone):
            session.execute(delete(CaseRow).where(CaseRow.id == each))
            forget(session, each)
        for (place, ordinal, _), body in zip(placed, decided, strict=True):
            held = session.scalars(select(CaseRow).where(CaseRow.id == place)).first()
            if held is None:
                session.add(CaseRow(id=place, sha256=sha256, ordinal=ordinal, body=body))
            else:
                held.body, held.version, held.packet = body, held.version + 1, None
            session.flush()
            reviews.keep_decided(session, place, body)
            reviews.note_event(session, place, who, "split", pages=body["pages"])
        session.merge(SplitRow(sha256=sha256, groups=groups, who=who, at=now()))
    first = case.body["pages"][0]
    return next(place for place, _, body in placed if first in body["pages"])
