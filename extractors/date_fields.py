"""Which printed date is the notice's, the request's, the service's: roles from labels, from the
words around, and from the place on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from extractors.candidates import Candidate
from extractors.date_context import RoledDate, first_pages, from_context
from extractors.dates import DateMention, compact_dates, find_dates
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Pair
from extractors.nlp.wordings import ordered, wording
from extractors.yearless import yearless_dates

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
        roled_date = from_context(analysis, mention)
        if roled_date is not None:
            found.append(roled_date)
    found.extend(_without_year(analysis, mentions, found))
    return tuple(sorted(found, key=lambda r: r.mention.start))


_TOLD_WITHOUT_YEAR = 0.95
_OF_PAST = {"cue_after:request_date", "row:request_date", "cue:request_date", "cue:letter_date"}
"""What happened before the letter was written, so that its year can be told."""


def _without_year(
    analysis: Analysis, mentions: tuple[DateMention, ...], found: list[RoledDate]
) -> Iterator[RoledDate]:
    """Dates without a year, in the year in which a letter of its date must mean them."""
    dated = [r for r in found if r.role in {"letter_date", "plain_date", "print_date"}]
    notice = max(dated, key=lambda r: r.score, default=None)
    if notice is None or notice.mention.value.year < _OLDEST:
        return
    for mention in yearless_dates(analysis.text, mentions, notice.mention.value):
        roled = from_context(analysis, mention)
        if roled is not None and roled.because in _OF_PAST:
            yield replace(roled, score=roled.score * _TOLD_WITHOUT_YEAR)


_OLDEST = 1990


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
    if role == "other_date" and _PORTAL.search(pair.label) and analysis.pairs_of("decision"):
        role, score = "letter_date", score * _PORTALS
    if role == "plain_date" and _heads_a_mail(analysis, pair):
        score *= _MAILS
    if role == "letter_date":
        score *= next((w for _, w, p in ordered("label_of_date") if p.search(pair.label)), 1.0)
    elif role == "date_of_service" and wording("dates", "future_service").search(lead):
        role = "requested_service_date"
    if role == "plain_date":
        score *= 0.95
    yield RoledDate(inside[0], role, score, f"label:{role}:{pair.how}")
    for other in inside[1:]:
        yield RoledDate(other, "other_date", score, "label:second_date")


_PORTAL = re.compile(r"(?i)\blast (?:updated?|changed?|action|activity)\b")
_PORTALS = 0.5
"""The last change of a request on a portal's page, beside its status, is that of the decision."""
_MAILS = 0.7
"""A mail's date is the notice's unless the mail tells of a letter and its date."""
_MAIL_LINE = re.compile(r"(?mi)^\W{0,2}(?:from|to|subject|cc)\s*:")


def _heads_a_mail(analysis: Analysis, pair: Pair) -> bool:
    near = analysis.text[max(0, pair.label_start - 200) : pair.value_end + 160]
    kinds = {m.group().strip(" :>").lower() for m in _MAIL_LINE.finditer(near)}
    return {"from", "subject"} <= kinds


def find_date_fields(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of letter_date, request_date, date_of_service and appeal_deadline."""
    dates = roled_dates(analysis)
    yield from _same_day(analysis, dates)
    firsts = first_pages(analysis)
    for roled in dates:
        key, score = roled.role, roled.score
        page = analysis.view.line_at(roled.mention.start).page
        if key in {"letter_date", "plain_date"}:
            key = "letter_date"
            score *= 1.0 if page in firsts else 0.85
            score *= _order(roled, dates)
        elif key == "print_date":
            key, score = "letter_date", 0.45 * score
        if not roled.mention.certain:
            score *= 0.93
        if key in {"letter_date", "request_date", "date_of_service", "appeal_deadline"}:
            mention = roled.mention
            yield Candidate(key, mention.value, mention.start, mention.end, score, roled.because)
    yield from _sent_by_fax(analysis, dates)


_SENT = 0.32
_GREETING = re.compile(r"(?mi)^\W{0,3}(?:dear|estimad[oa])\b")


def _sent_by_fax(analysis: Analysis, dates: tuple[RoledDate, ...]) -> Iterator[Candidate]:
    """The strip above a form that is answered by fax: its only date, the day it was sent. A letter
    has a date of its own."""
    if any(r.role in {"letter_date", "plain_date", "print_date"} for r in dates):
        return
    if _GREETING.search(analysis.text):
        return
    for roled in dates:
        mention = roled.mention
        if roled.role == "fax_header" and analysis.view.line_at(mention.start).index == 0:
            yield Candidate(
                "letter_date", mention.value, mention.start, mention.end, _SENT, "fax_header"
            )


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
