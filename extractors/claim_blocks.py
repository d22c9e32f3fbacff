"""Statements on several claims: which claim's number and day belong to the line that was refused.

A statement prints one block for each claim: its number and day stand above its lines (a heading)
or below them (`Total for claim ...`). Of several blocks the one with the refused line is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from extractors.candidates import Candidate
from extractors.columns import printed_rows
from extractors.dates import find_dates
from extractors.line_verdicts import LineVerdict, money_verdicts
from extractors.nlp.analysis import Analysis

_KEYS = ("claim_number", "date_of_service")
_SURE = 0.45
_OTHERS = 0.5
"""What is left of the score of another claim's number."""
_MOST_ROWS = 9
_ALONE = re.compile(r"(?i)\W*(?:dates?(?: of service)?|dos|service dates?|from|on|\w+day)?\W*")


_FOOT = re.compile(r"(?i)\btotals?\b[^\n]{0,24}$")
"""Words before a number that close a claim's block."""


def find_block_dates(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of date_of_service: a day alone in its row above a claim's lines that print
    none, in a statement that labels its own date before."""
    rows = printed_rows(analysis.segments)
    dated = min((p.value_start for p in analysis.pairs_of("letter_date", "plain_date")), default=-1)
    if dated < 0:
        return
    starts = {cells[0].start: index for index, cells in enumerate(rows)}
    for verdict in money_verdicts(analysis):
        index = starts.get(verdict.places[0][0])
        if index is None or any(find_dates(analysis.text[a:b]) for a, b in verdict.places):
            continue
        for row in reversed(rows[max(0, index - _MOST_ROWS) : index]):
            text = analysis.text[row[0].start : row[-1].end]
            dates = find_dates(text)
            if (
                row[0].start > dated
                and len(row) == 1
                and dates
                and _ALONE.fullmatch(text[: dates[0].start])
            ):
                if not re.search(r"[A-Za-z]{2}", text[dates[-1].end :]):
                    first = dates[0]
                    start, end = row[0].start + first.start, row[0].start + first.end
                    yield Candidate("date_of_service", first.value, start, end, 0.78, "claim_line")
                break


def refused_claim(analysis: Analysis, found: Sequence[Candidate]) -> list[Candidate]:
    """Candidates with those doubted that are of another claim than the refused one."""
    verdicts = money_verdicts(analysis)
    if len({v.refused for v in verdicts}) < 2:
        return list(found)
    others: set[tuple[str, int]] = set()
    for key in _KEYS:
        own = [c for c in found if c.key == key and c.score >= _SURE]
        if len({str(c.value) for c in own}) > 1:
            others |= {(key, c.start) for c in _of_others(analysis, own, verdicts)}
    return [
        c.weighed(_OTHERS, "another claim's") if (c.key, c.start) in others else c for c in found
    ]


def _of_others(
    analysis: Analysis, own: Iterable[Candidate], verdicts: Sequence[LineVerdict]
) -> list[Candidate]:
    """Those of one field that stand in no block with a refused line."""

    def height(offset: int) -> tuple[int, float]:
        cell = analysis.segment_at(offset)
        return cell.page, cell.box.middle[1]

    ordered = sorted(own, key=lambda c: height(c.start))
    inside = [c for c in ordered if any(v.holds(c.start) for v in verdicts)]
    if inside:
        hit = [c for c in inside if any(v.refused and v.holds(c.start) for v in verdicts)]
        kept = {str(c.value) for c in hit}
    else:
        refused = [height(v.places[0][0]) for v in verdicts if v.refused]
        first = ordered[0].start
        heads = height(first) < min(height(v.places[0][0]) for v in verdicts)
        heads = heads and not _FOOT.search(analysis.text, max(0, first - 40), first)
        kept = set()
        for at in refused:
            near = [c for c in ordered if (height(c.start) < at) == heads]
            kept |= {str(near[-1 if heads else 0].value)} if near else set()
    return [c for c in ordered if kept and str(c.value) not in kept]
