"""The lines and blocks of claims: when care was given, where no label says so.

On remittances and statements a line holds a date, a procedure's code and sums; in a letter about a
claim the block above the salutation names the care with its day or days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from extractors.candidates import Candidate
from extractors.columns import printed_rows
from extractors.dates import compact_dates, find_dates, is_fax_header
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import ordered

SUM = re.compile(r"(?<![\w.,])\$?\s?(?P<sum>\d{1,3}(?:,\d{3})+\.\d\d|\d+\.\d\d)(?![\w%])")
"""A sum of money with cents, as lines of claims print it."""
PROCEDURE = r"(?<![\w-])(?:[A-EGHJ-MPQR-V]\d{4}|\d{5}|\d{4}[FTU])(?![\w-])"
"""A code of the shape of HCPCS level II, CPT, or CPT of category II or III."""
_CODE = re.compile(PROCEDURE)
_OTHER = re.compile(
    r"\b(?:check|statement|processed|received|rec'?d|mailed|notice|letter|dated?|printed|birth|dob|"
    r"born|paid on|run|page|due|by|effective|term\w*|request\w*|appeal\w*|decided|decision|until|"
    r"approv\w+|authoriz\w+|valid|expires?)\b[^,;]{0,25}$",
    re.I,
)
_COMPACT = re.compile(
    r"(?<!\d)(?:\d{4} (?P<day>\d{6})|(?P<first>\d{8}|\d{6})[ -](?=\d{6,8}\b)(?:\d{8}|\d{6}))(?!\d)"
)
"""A day in figures alone, with its short form or its end: `0804 080426`, `06022026 06022026`."""


def find_claim_dates(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of date_of_service: from lines of a claim, and from the block of a letter about
    one."""
    yield from _lines(analysis)
    yield from _services(analysis)
    yield from _block(analysis)


def _lines(analysis: Analysis) -> Iterator[Candidate]:
    for row in printed_rows(analysis.segments):
        whole = "  ".join(analysis.text[cell.start : cell.end] for cell in row)
        sums = len(SUM.findall(whole))
        coded = _CODE.search(SUM.sub(" ", whole)) is not None
        if sums + coded < 2:
            continue
        for cell in row:
            text = analysis.text[cell.start : cell.end]
            dates = [m for m in find_dates(text) if not _OTHER.search(text[: m.start])]
            if dates:
                start, end = cell.start + dates[0].start, cell.start + dates[0].end
                yield _candidate(dates[0].value, start, end, 0.78, "claim_line")
                break
            compact = _COMPACT.search(text) if sums >= 2 or coded else None
            if compact is not None:
                group = "day" if compact["day"] else "first"
                at, end = cell.start + compact.start(group), cell.start + compact.end(group)
                for mention in compact_dates(analysis.text, at, end):
                    yield _candidate(mention.value, mention.start, mention.end, 0.72, "claim_line")
                break


def _services(analysis: Analysis) -> Iterator[Candidate]:
    """The days beside a service under its label: `Service: speech therapy, 3/2/2026 to ...`."""
    letter = _letter_day(analysis)
    for pair in analysis.pairs_of("service", "hcpcs"):
        dates = find_dates(pair.value)
        if dates and dates[0].start > 3 and not _OTHER.search(pair.value[: dates[0].start]):
            first = dates[0]
            if letter is None or first.value < letter:
                start = pair.value_start + first.start
                end = pair.value_start + first.end
                yield _candidate(first.value, start, end, 0.7, "service_days")


def _block(analysis: Analysis) -> Iterator[Candidate]:
    """In the head of a letter about a claim: a day beside what was done or who did it."""
    head = next((s.end for s in analysis.sections if s.kind == "head"), 0)
    claim = any("claim_number" in p.keys and p.label_start < head for p in analysis.pairs)
    if not claim:
        return
    letter = _letter_day(analysis)
    labelled = [
        (p.value_start, p.value_end)
        for p in analysis.pairs
        if p.keys and "service" not in p.keys and "claim_number" not in p.keys
    ]
    for cell in analysis.segments:
        if cell.start >= head:
            return
        text = analysis.text[cell.start : cell.end]
        for mention in find_dates(text):
            start = cell.start + mention.start
            before = text[: mention.start]
            if (
                not re.search(r"[A-Za-z]{4}", before)
                or _OTHER.search(before)
                or (letter is not None and mention.value >= letter)
                or is_fax_header(analysis.view, start)
                or any(a <= start < b for a, b in labelled)
                or any(p.search(before) and role != "date_of_service" for role, _, p in _roles())
            ):
                break
            yield _candidate(mention.value, start, cell.start + mention.end, 0.64, "claim_block")
            break


def _roles() -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    return tuple(entry for entry in ordered("before_date") if entry[0] != "request_date")


def _letter_day(analysis: Analysis) -> date | None:
    """The latest date printed in the letter's head: the notice's own, as a rule."""
    head = analysis.text[: max(len(analysis.text) // 2, 400)]
    days = [m.value for m in find_dates(head)]
    return max(days, default=None)


def _candidate(day: date, start: int, end: int, score: float, because: str) -> Candidate:
    return Candidate("date_of_service", day, start, end, score, because)
