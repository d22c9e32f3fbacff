"""Lines of a claim: what was charged and what was paid, on statements and remittances."""

from __future__ import annotations

import re

from extractors.claim_lines import PROCEDURE, SUM
from extractors.columns import printed_rows
from extractors.nlp.analysis import Analysis

_STATEMENT = re.compile(
    r"\b(?:claims?|remittance|remit|explanation of (?:benefits?|payment)|eob|billed|charged?|chg|"
    r"service date|date of service|proc(?:edure)?|plan paid|we paid|prov pd)\b",
    re.I,
)
_ITEM = re.compile(
    PROCEDURE + r"|\d{1,2}/\d{1,2}/\d{2,4}|\b(?:charged?|billed|chg|claim|line|paid)\b",
    re.I,
)
_NO_LINE = re.compile(
    r"\b(?:totals?|deductible|out.of.pocket|year to date|copay|coinsurance|met)\b", re.I
)


def unpaid_line(analysis: Analysis) -> tuple[int, int] | None:
    """The first line of a claim that was charged and not paid at all, by its place: after the
    charge it prints zeros, at most the charge again. None where there is none."""
    if not _STATEMENT.search(analysis.text):
        return None
    lines = _charged(analysis)
    return next((places[0] for places, paid in lines if not paid), None)


def paid_places(analysis: Analysis) -> tuple[tuple[int, int], ...]:
    """Where the lines of a claim stand that were paid, if others were not."""
    if not _STATEMENT.search(analysis.text):
        return ()
    lines = _charged(analysis)
    if all(paid for _, paid in lines):
        return ()
    return tuple(place for places, paid in lines if paid for place in places)


def _charged(analysis: Analysis) -> list[tuple[tuple[tuple[int, int], ...], bool]]:
    """The lines that charge something: where their cells stand, and whether anything was paid.
    Of an unpaid line, what follows the charge is zeros and at most the charge again."""
    found = []
    for row in printed_rows(analysis.segments):
        text = "  ".join(analysis.text[cell.start : cell.end] for cell in row)
        sums = [float(m["sum"].replace(",", "")) for m in SUM.finditer(text)]
        if len(sums) < 2 or sums[0] == 0.0 or _NO_LINE.search(text) or not _ITEM.search(text):
            continue
        unpaid = 0.0 in sums[1:] and all(amount in (0.0, sums[0]) for amount in sums[1:])
        found.append((tuple((cell.start, cell.end) for cell in row), not unpaid))
    return found
