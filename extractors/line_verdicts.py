"""What lines of claims and of lists of requests tell of themselves: paid, granted or refused.

A statement, a remittance or a letter on several items prints one line for each. What was paid or
approved is not what was denied. A line tells by its sums (charged, and nothing paid), by a word of
its own (`DENIED`, `Yes`), or by a zero under a heading such as `Not covered`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.claim_lines import PROCEDURE, SUM
from extractors.columns import printed_rows
from extractors.dates import find_dates
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Segment
from extractors.nlp.wordings import wording

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
_CODE = re.compile(PROCEDURE)
_ZERO = re.compile(r"\$?0(?:\.0+)?")
_MOST_HEADER = 5
"""Rows above a figure that its heading may be."""
_MOST_PENDING = 3
"""Rows of one item at most, before the one that ends with its verdict."""

_KEPT, _KEPT_SUMS = "line verdicts", "line verdicts by sums"
"""Where a letter's verdicts are kept: several recognisers ask for them."""
Places = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """A line with what it tells: where its cells stand, and whether the item was refused."""

    places: Places
    refused: bool

    def holds(self, offset: int) -> bool:
        """Whether a place of the text is in the line."""
        return any(start <= offset < end for start, end in self.places)


def line_verdicts(analysis: Analysis) -> tuple[LineVerdict, ...]:
    """Every line that tells, from the top: by its sums where it is a claim's, else by a word."""
    kept = analysis.doc.user_data.get(_KEPT)
    if kept is not None:
        return tuple(kept)
    rows = printed_rows(analysis.segments)
    found = list(money_verdicts(analysis))
    known = {verdict.places[0][0] for verdict in found}
    found += [v for v in _worded(analysis, rows) if v.places[0][0] not in known]
    analysis.doc.user_data[_KEPT] = tuple(found)
    return tuple(found)


def money_verdicts(analysis: Analysis) -> tuple[LineVerdict, ...]:
    """The lines of claims that tell by their sums, from the top: refused where after the charge
    stand zeros, at most the charge again."""
    kept = analysis.doc.user_data.get(_KEPT_SUMS)
    if kept is not None:
        return tuple(kept)
    told = _STATEMENT.search(analysis.text) is not None
    found = tuple(_charged(analysis, printed_rows(analysis.segments))) if told else ()
    analysis.doc.user_data[_KEPT_SUMS] = found
    return found


def granted_places(verdicts: Sequence[LineVerdict]) -> Places:
    """Where the lines stand that were paid or granted, if others were not."""
    if not any(verdict.refused for verdict in verdicts):
        return ()
    return tuple(place for v in verdicts if not v.refused for place in v.places)


def _charged(analysis: Analysis, rows: list[tuple[Segment, ...]]) -> Iterator[LineVerdict]:
    """The lines that charge something: where their cells stand, and whether anything was paid.
    Of an unpaid line, what follows the charge is zeros and at most the charge again."""
    for row in rows:
        text = "  ".join(analysis.text[cell.start : cell.end] for cell in row)
        sums = [float(m["sum"].replace(",", "")) for m in SUM.finditer(text)]
        if len(sums) < 2 or sums[0] == 0.0 or not _ITEM.search(text):
            continue
        if _NO_LINE.search(text) and not (_CODE.search(text) and find_dates(text)):
            continue
        unpaid = 0.0 in sums[1:] and all(amount in (0.0, sums[0]) for amount in sums[1:])
        yield LineVerdict(tuple((cell.start, cell.end) for cell in row), unpaid)


def _worded(analysis: Analysis, rows: list[tuple[Segment, ...]]) -> Iterator[LineVerdict]:
    """The lines with a verdict in words or by a figure; it holds for the lines of the item above
    that have none of their own."""
    pending: list[Segment] = []
    bottom = 0.0
    for index, row in enumerate(rows):
        gap = row[0].box.top - bottom
        if gap > 0.9 * row[0].box.height or gap < -row[0].box.height or len(pending) > 12:
            pending = []
        bottom = row[0].box.bottom
        refused = _word_of(analysis, row)
        if refused is None:
            refused = _figure_of(analysis, rows, index)
        if refused is None:
            pending.extend(row)
            continue
        coded = any(_CODE.search(analysis.text, c.start, c.end) for c in row)
        lines = sorted({c.line for c in pending})[-_MOST_PENDING:]
        above = [] if coded else [c for c in pending if c.line in lines]
        yield LineVerdict(tuple((c.start, c.end) for c in (*row, *above)), refused)
        pending = []


def _word_of(analysis: Analysis, row: tuple[Segment, ...]) -> bool | None:
    """Whether a line says that its item is refused: a cell of that alone, or behind leaders."""
    for cell in row:
        text = analysis.text[cell.start : cell.end].strip(" .*|_-\t")
        if cell is not row[0] or len(row) > 1:
            for name, verdict in (("refused", True), ("granted", False)):
                if wording("lines", name).fullmatch(text):
                    return verdict
        led = re.search(r"(?:\.{3,}|…|\s[|–—]|\s-{1,2}>?|->|=>?|:)\s*([A-Za-z -]{2,24}?)\W*$", text)
        if led and (_CODE.search(text) or "..." in text):
            for name, verdict in (("refused", True), ("granted", False)):
                if wording("lines", name).fullmatch(led.group(1).strip()):
                    return verdict
    return None


def _figure_of(analysis: Analysis, rows: list[tuple[Segment, ...]], index: int) -> bool | None:
    """Whether a line with a procedure has a figure, or a zero, under a heading of what is refused
    (`Hours not approved`); None where there is none."""
    row = rows[index]
    if not any(_CODE.search(analysis.text, c.start, c.end) for c in row):
        return None
    for cell in row[1:]:
        text = analysis.text[cell.start : cell.end].strip()
        if not re.fullmatch(r"\$?[\d,]+(?:\.\d+)?", text):
            continue
        head = column_head(analysis, rows, index, cell)
        if wording("lines", "refused_column").search(head):
            return _ZERO.fullmatch(text) is None
    return None


def column_head(
    analysis: Analysis, rows: list[tuple[Segment, ...]], index: int, cell: Segment
) -> str:
    """The words that stand over a cell of row `index`: those of the rows above, from the nearest
    that holds words alone, over at most three lines."""
    words: list[str] = []
    for row in reversed(rows[max(0, index - _MOST_HEADER) : index]):
        if row[0].page != cell.page or len(words) == 3:
            break
        over = [c for c in row if c.box.columns_overlap(cell.box) > 0.3]
        text = " ".join(analysis.text[c.start : c.end] for c in over)
        if re.search(r"[A-Za-z]{2}", text) and not re.search(r"\d", text):
            words.insert(0, text)
        elif words and re.search(r"\d", text):
            break
    return " ".join(words)
