"""The role a printed date plays, told from its place on the page and from the words around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.dates import DateMention, is_fax_header
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Segment
from extractors.nlp.wordings import ordered, wording

TOP = 0.5
"""A date that stands alone is the notice's only in the upper half of a letter's first page."""


@dataclass(frozen=True, slots=True)
class RoledDate:
    """A date with the role it plays: a date role of `data/labels.toml`, or `fax_header`."""

    mention: DateMention
    role: str
    score: float
    because: str


_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b,?", re.I)
_WEEKDAY_LEADS = re.compile(rf"(?:{_WEEKDAY.pattern})\s*$", re.I)
_AMOUNT = re.compile(r"\d\.\d\d\b")
_OPENED = re.compile(r"\([^()]{0,110}$")
_FEWEST_CELLS = 4
"""A row of so many cells with sums in it is one of a table."""
_BEFORE = 200
"""Signs of its sentence before a date that may speak of it."""


def from_context(analysis: Analysis, mention: DateMention) -> RoledDate | None:
    """The role of a date that stands beside no label, or None where nothing tells it."""
    view, text = analysis.view, analysis.text
    if is_fax_header(view, mention.start):
        return RoledDate(mention, "fax_header", 0.9, "fax_header")
    cell = analysis.segment_at(mention.start)
    if _alone(analysis, mention, cell):
        return _of_lone_date(analysis, mention, cell)
    sentence = analysis.sentence_at(mention.start)
    first = max(sentence.start, mention.start - _BEFORE)
    whole = text[sentence.start : sentence.end]
    if ")" in text[mention.end : mention.end + 2] and "(" not in text[first : mention.start]:
        first = max(0, mention.start - _BEFORE)  # the bracket was opened on the line above
        opened = _OPENED.search(text[first : mention.start])
        first = mention.start - len(opened.group()) if opened else mention.start
    after = text[mention.end : min(sentence.end, mention.end + 150)]
    told = _by_words(analysis, mention, text[first : mention.start], whole, after)
    if told is not None:
        return told
    line = view.line_at(mention.start)
    if (
        wording("dates", "printed").search(line.text)
        and not wording("dates", "revision").search(line.text)
        and len(line.text) < 90
    ):
        return RoledDate(mention, "print_date", 0.7, "print")
    return None


def _alone(analysis: Analysis, mention: DateMention, cell: Segment) -> bool:
    """Whether a date makes up its cell, and no sentence runs over it."""
    text = analysis.text
    around = text[cell.start : mention.start] + text[mention.end : cell.end]
    above = text[: cell.start].rstrip("\n").rpartition("\n")[2]
    titled = all(not word[:1].islower() for word in above.split())
    run_on = re.search(r"[a-z,]\s*$", text[: cell.start]) and not titled
    if analysis.sentence_at(mention.start).start < cell.start and run_on:
        return False
    words = re.sub(r"(?i)\bdate\b", "", _WEEKDAY.sub("", around))
    return "." not in around and not re.search(r"\w{3}", words)


def _of_lone_date(analysis: Analysis, mention: DateMention, cell: Segment) -> RoledDate:
    """The notice's date on top of a letter; the deadline that the line above leads to; what the
    cell beside it tells happened on the day."""
    text = analysis.text
    page = next(p for p in analysis.view.pages if p.number == cell.page)
    height = cell.box.top / max(page.height, 1.0)
    row = [c for c in analysis.segments if c.page == cell.page and _level(c, cell)]
    beside = next((c for c in row if c.box.x0 > cell.box.x1), None)
    low = RoledDate(mention, "letter_date", 0.3, "standalone:low")
    if beside is not None and (
        wording("dates", "request_after").match(" " + text[beside.start : beside.end])
    ):
        return RoledDate(mention, "request_date", 0.8, "row:request_date")
    last = analysis.sentence_at(max(cell.start - 1, 0))
    lead = text[last.start : cell.start].rstrip().replace("\n", " ")
    if lead.endswith(":") and last.end <= cell.start:
        told = _by_words(analysis, mention, lead[-110:] + " ", lead, "")
        if told is not None and told.role == "appeal_deadline":
            return told
    table = len(row) >= _FEWEST_CELLS and any(
        _AMOUNT.search(text, c.start, c.end) for c in row if c is not cell
    )
    around = text[cell.start : mention.start] + text[mention.end : cell.end]
    if cell.page in first_pages(analysis) and height < TOP and not re.search(r"\d", around):
        score = 0.82 if height < 0.35 else 0.72
        return low if table else RoledDate(mention, "letter_date", score, "standalone")
    return low


def _level(one: Segment, other: Segment) -> bool:
    return one.box.rows_overlap(other.box) > 0.5


def _by_words(
    analysis: Analysis, mention: DateMention, before: str, whole: str, after: str
) -> RoledDate | None:
    """The role that the words right before or after a date tell."""
    before = _SHORTENED.sub(r"\1 ", _WEEKDAY_LEADS.sub("", before.replace("\n", " ")))
    after = _SHORTENED.sub(r"\1 ", after.replace("\n", " "))
    if wording("dates", "request_after").match(after):
        return RoledDate(mention, "request_date", 0.85, "cue_after:request_date")
    for role, score, pattern in ordered("before_date"):
        if not pattern.search(before):
            continue
        if role == "appeal_deadline":
            start = analysis.sentence_at(mention.start).start
            near = whole + analysis.text[max(0, start - 160) : start]
            if not wording("dates", "appeal").search(near) or not _closes(whole, before):
                continue
            if wording("dates", "keeps").search(whole):
                return RoledDate(mention, "other_date", score, "cue:keeps")
        if role == "request_date" and not wording("dates", "request").search(before):
            continue
        if role == "date_of_service" and _ASKED_ON.search(before):
            role = "request_date"
        if role == "date_of_service" and wording("dates", "history").search(whole):
            score *= 0.5
        if role == "date_of_service" and _no_care(analysis, before, after):
            score *= 0.4
        return RoledDate(mention, role, score, f"cue:{role}")
    return None


def _no_care(analysis: Analysis, before: str, after: str) -> bool:
    """Whether a day is that of a finding or of an earlier approval, or the letter speaks of no
    care that was given and charged: then it is told as a reason."""
    return (
        wording("dates", "result").match(after) is not None
        or wording("dates", "no_care").search(before) is not None
        or wording("dates", "billed").search(analysis.text) is None
    )


_SHORTENED = re.compile(r"\b(St|Dr|Dra|Mr|Mrs|Ms|Mt|Ft|No|[A-Z])\. ?(?=[A-Z(])")
"""A stop that ends a short form and no sentence."""
_ASKED_ON = re.compile(
    r"\b(?:received|got|sent|submitted|made)\b[^.;]{0,40}\b(?:request|form|fax|referral)\b[^.;]{0,60}"
    r"\b(?:on|dated)[\s:,(]*$",
    re.I,
)
"""What was received on the day is a request for a service, not the service."""


def first_pages(analysis: Analysis) -> frozenset[int]:
    """The first page of the letter and of every document attached to a mail."""
    firsts: dict[int, int] = {}
    for page in analysis.view.pages:
        if page.lines:
            firsts.setdefault(page.part, page.number)
    return frozenset(firsts.values())


def _closes(sentence: str, before: str) -> bool:
    """Whether a date after these words ends a time to act: not `received by ... on`."""
    if before.rstrip().endswith("(") and not re.search(r"within|deadline|days", before, re.I):
        return False
    return wording("dates", "not_a_deadline").search(before) is None
