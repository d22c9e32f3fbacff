"""Which printed date is the notice's, the request's, the service's: roles from labels, from the
words around, and from the place on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.candidates import Candidate
from extractors.dates import DateMention, compact_dates, find_dates, is_fax_header
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Pair
from extractors.nlp.wordings import ordered, wording

PAIR_SCORES = {
    "colon": 0.95,
    "beside": 0.93,
    "column": 0.86,
    "below": 0.86,
    "bare": 0.82,
    "inline": 0.7,
}
_DATE_KEYS = (
    "letter_date", "plain_date", "request_date", "date_of_service", "requested_service_date",
    "birth_date", "print_date", "other_date", "appeal_deadline",
)  # fmt: skip

TOP = 0.5
"""A date that stands alone is the notice's only in the upper half of a letter's first page."""


@dataclass(frozen=True, slots=True)
class RoledDate:
    """A date with the role it plays: a date role of `data/labels.toml`, or `fax_header`."""

    mention: DateMention
    role: str
    score: float
    because: str


def roled_dates(analysis: Analysis) -> tuple[RoledDate, ...]:
    """Every date of the letter that has a role, in the order of the text."""
    mentions = find_dates(analysis.text)
    found: list[RoledDate] = []
    placed: set[int] = set()
    for pair in analysis.pairs_of(*_DATE_KEYS):
        for roled in _from_pair(analysis, pair, mentions):
            found.append(roled)
            placed.add(roled.mention.start)
    for mention in mentions:
        if mention.start in placed:
            continue
        roled_date = _from_context(analysis, mention)
        if roled_date is not None:
            found.append(roled_date)
    return tuple(sorted(found, key=lambda r: r.mention.start))


def _from_pair(
    analysis: Analysis, pair: Pair, mentions: tuple[DateMention, ...]
) -> Iterator[RoledDate]:
    start, end = pair.value_start, pair.value_end
    inside = [m for m in mentions if start <= m.start < end]
    if pair.how == "column" or (not inside and pair.how in {"beside", "below"}):
        inside = inside or list(compact_dates(analysis.text, start, end))
    if not inside or inside[0].start - start > 24:
        return
    role = next(key for key in _DATE_KEYS if key in pair.keys)
    score = PAIR_SCORES[pair.how] * (1.0 if pair.exact else 0.85)
    lead = pair.label + " " + analysis.text[start : inside[0].start]
    if role == "letter_date":
        score *= next((w for _, w, p in ordered("label_of_date") if p.search(pair.label)), 1.0)
    elif role == "date_of_service" and wording("dates", "future_service").search(lead):
        role = "requested_service_date"
    if role == "plain_date":
        score *= 0.95
    yield RoledDate(inside[0], role, score, f"label:{role}:{pair.how}")
    for other in inside[1:]:
        yield RoledDate(other, "other_date", score, "label:second_date")


def _from_context(analysis: Analysis, mention: DateMention) -> RoledDate | None:
    view, text = analysis.view, analysis.text
    if is_fax_header(view, mention.start):
        return RoledDate(mention, "fax_header", 0.9, "fax_header")
    cell = analysis.segment_at(mention.start)
    line = view.line_at(mention.start)
    page = next(p for p in view.pages if p.number == line.page)
    height = cell.box.top / max(page.height, 1.0)
    around = text[cell.start : mention.start] + text[mention.end : cell.end]
    first = line.page in _first_pages(analysis)
    sentence = analysis.sentence_at(mention.start)
    above = text[: cell.start].rstrip("\n").rpartition("\n")[2]
    titled = all(not word[:1].islower() for word in above.split())
    run_on = re.search(r"[a-z,]\s*$", text[: cell.start]) and not titled
    alone = sentence.start >= cell.start or not run_on
    if (
        alone
        and "." not in around
        and not re.search(
            r"\w{3}",
            re.sub(
                r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bdate\b", "", around, flags=re.I
            ),
        )
    ):
        if first and height < TOP and not re.search(r"\d", around):
            score = 0.82 if height < 0.35 else 0.72
            return RoledDate(mention, "letter_date", score, "standalone")
        return RoledDate(mention, "letter_date", 0.3, "standalone:low")
    before = text[max(sentence.start, mention.start - 110) : mention.start].replace("\n", " ")
    before = _SHORTENED.sub(r"\1 ", before)
    whole = text[sentence.start : sentence.end]
    after = text[mention.end : min(sentence.end, mention.end + 90)].replace("\n", " ")
    if wording("dates", "request_after").match(after):
        return RoledDate(mention, "request_date", 0.85, "cue_after:request_date")
    for role, score, pattern in ordered("before_date"):
        if not pattern.search(before):
            continue
        if role == "appeal_deadline":
            near = whole + text[max(0, sentence.start - 160) : sentence.start]
            if not wording("dates", "appeal").search(near) or not _closes(whole, before):
                continue
        if role == "request_date" and not wording("dates", "request").search(before):
            continue
        if role == "date_of_service" and _ASKED_ON.search(before):
            role = "request_date"
        if role == "date_of_service" and wording("dates", "history").search(whole):
            score *= 0.5
        return RoledDate(mention, role, score, f"cue:{role}")
    if (
        wording("dates", "printed").search(line.text)
        and not wording("dates", "revision").search(line.text)
        and len(line.text) < 90
    ):
        return RoledDate(mention, "print_date", 0.7, "print")
    return None


_SHORTENED = re.compile(r"\b(St|Dr|Dra|Mr|Mrs|Ms|Mt|Ft|No|[A-Z])\. ")
"""A stop that ends a short form and no sentence; of one length with what stands for it."""
_ASKED_ON = re.compile(
    r"\b(?:received|got|sent|submitted|made)\b[^.;]{0,40}\b(?:request|form|fax|referral)\b[^.;]{0,60}"
    r"\b(?:on|dated)[\s:,(]*$",
    re.I,
)
"""What was received on the day is a request for a service, not the service."""


def _first_pages(analysis: Analysis) -> frozenset[int]:
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


def find_date_fields(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of letter_date, request_date, date_of_service and appeal_deadline."""
    dates = roled_dates(analysis)
    yield from _same_day(analysis, dates)
    first_pages = _first_pages(analysis)
    for roled in dates:
        key, score = roled.role, roled.score
        page = analysis.view.line_at(roled.mention.start).page
        if key in {"letter_date", "plain_date"}:
            key = "letter_date"
            score *= 1.0 if page in first_pages else 0.85
            score *= _order(roled, dates)
        elif key == "print_date":
            key, score = "letter_date", 0.45 * score
        if not roled.mention.certain:
            score *= 0.93
        if key in {"letter_date", "request_date", "date_of_service", "appeal_deadline"}:
            mention = roled.mention
            yield Candidate(key, mention.value, mention.start, mention.end, score, roled.because)


def _same_day(analysis: Analysis, dates: tuple[RoledDate, ...]) -> Iterator[Candidate]:
    """`received on June 1 ... and decided the same day`."""
    for roled in dates:
        sentence = analysis.sentence_at(roled.mention.start)
        after = analysis.text[roled.mention.end : sentence.end]
        if roled.role == "request_date" and wording("dates", "same_day").search(after):
            mention = roled.mention
            yield Candidate(
                "letter_date", mention.value, mention.start, mention.end, 0.62, "cue:same_day"
            )


def _order(roled: RoledDate, dates: tuple[RoledDate, ...]) -> float:
    """A notice is dated no earlier than the request and the service that it speaks of."""
    earlier = any(
        other.role in {"request_date", "date_of_service"}
        and other.score > 0.8
        and other.mention.value > roled.mention.value
        for other in dates
    )
    return 0.8 if earlier else 1.0
