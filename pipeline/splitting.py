"""A document cut into letters by a person: letters that get other pages are read and decided anew.

A letter that keeps its first page keeps its id, and with it what persons said of it; one that keeps
all its pages is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.errors import UsageError
from pipeline.desk import Tools
from pipeline.reviewing import ReviewDesk, StaleVersion
from pipeline.store import corrections, reviews
from pipeline.store.documents import case_id as id_of
from pipeline.store.entries import Entries
from pipeline.store.listing import forget
from pipeline.store.review_tables import ReviewRow, SplitRow
from pipeline.store.reviews import Status
from pipeline.store.schema import CaseRow, now

_SECONDS = 300.0
_RANGE = re.compile(r"(\d{1,4})\s*(?:[-–]\s*(\d{1,4}))?")


def groups_in(said: str, pages: int) -> list[list[int]]:
    """`1-2, 3-5` as lists of page numbers; `1-2 + 6, 3-5` where a letter's pages do not stand
    together. Raises UsageError unless every page is in one."""
    groups = [
        [page for part in letter.split("+") for page in _range(part.strip())]
        for letter in said.split(",")
        if letter.strip()
    ]
    if sorted(page for group in groups for page in group) != list(range(1, pages + 1)):
        raise UsageError(f"Each of the pages 1 to {pages} belongs to exactly one letter", "")
    if not all(groups):
        raise UsageError("A letter has at least one page", "")
    return groups


def _range(part: str) -> range:
    found = _RANGE.fullmatch(part)
    if not found:
        raise UsageError("Write the letters' pages like 1-2, 3-5", "")
    first, last = int(found.group(1)), int(found.group(2) or found.group(1))
    return range(first, last + 1)


def groups_out(letters: Sequence[Sequence[int]]) -> str:
    """The pages of letters as `groups_in` reads them."""
    return ", ".join(_spelled(pages) for pages in letters)


def _spelled(pages: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][-1] == page - 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return " + ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def cut_again(tools: Tools, desk: ReviewDesk, case_id: str, said: str, who: str) -> str:
    """Cut a case's document into letters as `said`; returns the id of the letter that has the
    case's first page. Raises UsageError where a letter of it went out already."""
    case = desk.case(case_id)
    groups = groups_in(said, len(desk.document(case.sha256).pages))

    def note_split(session: Session) -> None:
        session.merge(SplitRow(sha256=case.sha256, groups=groups, who=who, at=now()))

    reading = tools.documents.reading(case.sha256)
    recut(tools, desk, case.sha256, reading, groups, (who, "split"), note_split)
    first = case.body["pages"][0]
    return next(each.id for each in tools.cases.of(case.sha256) if first in each.body["pages"])


def recut(
    tools: Tools,
    desk: ReviewDesk,
    sha256: str,
    reading: bytes,
    groups: Sequence[Sequence[int]],
    event: tuple[str, str],
    also: Callable[[Session], None],
) -> None:
    """Give a document's letters the pages of `groups`, of its `reading`; in the transaction that
    stores them `also` is called, and (who, what) noted as an `event` of each that changed.

    Raises UsageError where a letter that would vanish went out already, StaleVersion where one was
    changed meanwhile.
    """
    known = {other.body["pages"][0]: other for other in tools.cases.of(sha256)}
    groups = [list(group) for group in groups]
    kept = {known[group[0]].id for group in groups if group[0] in known}
    gone = {other.id for other in known.values()} - kept
    changed = [
        group for group in groups if group[0] not in known or known[group[0]].body["pages"] != group
    ]
    free = max(other.ordinal for other in known.values()) + 1
    placed: list[tuple[str, int, dict[str, Any]]] = []
    letters = tools.pool.call("split", reading, changed, seconds=_SECONDS) if changed else []
    for letter in letters:
        held = known.get(letter["pages"][0])
        ordinal = held.ordinal if held else free
        free += 0 if held else 1
        body = {key: value for key, value in letter.items() if key != "fingerprint"}
        placed.append((id_of(sha256, ordinal), ordinal, body))
    database = tools.cases.database
    with database.session() as session:
        bodies = [corrections.kept_over(session, place, body) for place, _, body in placed]
    entered = Entries(database).for_workers([place for place, _, _ in placed])
    decided = tools.pool.call("route", reading, bodies, desk.day(), entered, seconds=_SECONDS)
    seen = {other.id: other.version for other in known.values()}
    who, what = event
    with database.session() as session:
        for each in sorted(gone):
            _refuse_sent(session, each)
            session.execute(delete(CaseRow).where(CaseRow.id == each))
            forget(session, each)
        for (place, ordinal, _), body in zip(placed, decided, strict=True):
            _put(session, (place, sha256, ordinal), body, seen.get(place))
            reviews.note_event(session, place, who, what, pages=body["pages"])
        also(session)


def _refuse_sent(session: Session, case_id: str) -> None:
    if (row := session.get(ReviewRow, case_id)) and row.status == Status.SENT:
        raise UsageError("A letter of this document went out already", "")


def _put(
    session: Session, place: tuple[str, str, int], body: dict[str, Any], seen: int | None
) -> None:
    """Store a letter of a document at its (id, document, ordinal). One that was approved is open
    to review again: nobody has seen what was read now."""
    case_id, sha256, ordinal = place
    held = session.get(CaseRow, case_id, with_for_update=True)
    if (held.version if held is not None else None) != seen:
        raise StaleVersion("Someone changed this case meanwhile", "Load it again and compare.")
    if held is None:
        session.add(CaseRow(id=case_id, sha256=sha256, ordinal=ordinal, body=body))
    else:
        held.body, held.version, held.packet = body, held.version + 1, None
    session.flush()
    reviews.keep_decided(session, case_id, body)
    review = session.get_one(ReviewRow, case_id)
    if review.status == Status.APPROVED:
        review.status = Status.IN_REVIEW.value
