"""Printed lines cut into cells, at wide gaps and at the rules of tables."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from extractors.letter_view import LetterView, PlacedWord
from extractors.nlp.spans import Segment
from models.document import Page, Table
from models.geometry import Box

WIDE_GAP = 1.75
"""A gap of so many character widths parts two cells. Typewriter text has 1 between words and 2 or
more between columns; proportional type about 0.6, justified lines seldom over 1.5."""


def segments(view: LetterView) -> tuple[Segment, ...]:
    """The cells of every line, in the order of the text."""
    pages = {page.number: page for page in view.pages}
    widths = {number: _char_width(page) for number, page in pages.items()}
    rows: dict[int, list[PlacedWord]] = {}
    for placed in view.words:
        rows.setdefault(placed.line, []).append(placed)
    found: list[Segment] = []
    for index, row in rows.items():
        line = view.lines[index]
        page = pages[line.page]
        barred = _barred(row)
        for group in barred or _cells(row, widths[line.page], page.tables):
            box = Box.around(placed.word.box for placed in group)
            found.append(Segment(group[0].start, group[-1].end, line.page, index, line.block, box))
    return tuple(found)


_BAR = "|"
_LEAST_BARS = 3


def _barred(row: list[PlacedWord]) -> list[list[PlacedWord]]:
    """The cells of a row drawn with bars, `| Plan | Silver |`; [] for any other line."""
    bars = sum(placed.word.text == _BAR for placed in row)
    if bars < _LEAST_BARS or not (row[0].word.text == row[-1].word.text == _BAR):
        return []
    groups: list[list[PlacedWord]] = [[]]
    for placed in row:
        if placed.word.text == _BAR:
            groups.append([])
        else:
            groups[-1].append(placed)
    return [group for group in groups if group]


def _char_width(page: Page) -> float:
    widths = [w.box.width / len(w.text) for w in page.words if len(w.text) > 2 and w.box.width > 0]
    return median(widths) if widths else 5.0


def _cells(
    row: list[PlacedWord], page_width: float, tables: tuple[Table, ...]
) -> Iterator[list[PlacedWord]]:
    own = [p.word.box.width / len(p.word.text) for p in row if len(p.word.text) > 2]
    width = max(page_width, median(own) if own else 0.0)
    group: list[PlacedWord] = []
    for placed in row:
        if group:
            gap = placed.word.box.x0 - group[-1].word.box.x1
            if gap > WIDE_GAP * width or _ruled_apart(group[-1], placed, tables):
                yield group
                group = []
        group.append(placed)
    if group:
        yield group


def _ruled_apart(left: PlacedWord, right: PlacedWord, tables: tuple[Table, ...]) -> bool:
    """Whether both words stand in one ruled table but in different cells."""
    for table in tables:
        if not (_holds(table.box, left.word.box) and _holds(table.box, right.word.box)):
            continue
        for row in table.rows:
            for cell in row:
                if cell is not None and _holds(cell.box, left.word.box):
                    return not _holds(cell.box, right.word.box)
    return False


def _holds(outer: Box, inner: Box) -> bool:
    x, y = inner.middle
    return outer.x0 <= x <= outer.x1 and outer.top <= y <= outer.bottom
