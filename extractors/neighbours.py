"""Cells and those around them on the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from extractors.letter_view import LetterView
from extractors.nlp.spans import Segment

JUNK = " \t|*_·•-–—.:~='\"“”‘’"
"""What may stand between a label and its value: leaders, rules, specks read as signs."""


@dataclass(frozen=True)
class Neighbours:
    """What stands beside and below each cell of one letter."""

    view: LetterView
    segments: tuple[Segment, ...]

    @cached_property
    def by_page(self) -> dict[int, list[Segment]]:
        """The cells of each page."""
        pages: dict[int, list[Segment]] = {}
        for segment in self.segments:
            pages.setdefault(segment.page, []).append(segment)
        return pages

    def right(self, segment: Segment) -> Segment | None:
        """The nearest cell of the same row to the right."""
        beside = [
            s
            for s in self.by_page[segment.page]
            if s.box.x0 >= segment.box.x1 - 1
            and s.box.rows_overlap(segment.box) > 0.5
            and self.view.text[s.start : s.end].strip(JUNK)
        ]
        return min(beside, key=lambda s: s.box.x0, default=None)

    def below(self, segment: Segment) -> Segment | None:
        """The nearest cell of the same column, at most two lines below."""
        reach = 2.2 * max(segment.box.height, 6.0)
        under = [
            s
            for s in self.by_page[segment.page]
            if s.box.middle[1] - segment.box.middle[1] - 0.5 * segment.box.height >= 0
            and s.box.top - segment.box.bottom < reach
            and s.box.columns_overlap(segment.box) > 0.4
        ]
        return min(under, key=lambda s: s.box.top, default=None)

    def room(self, segment: Segment) -> float:
        """How far to the right a line of this cell could go: to the next column of its own row or
        of those close by, else to where the longest line of its block ends."""
        page, height = self.by_page[segment.page], segment.box.height
        columns = [
            s.box.x0 - height
            for s in page
            if s.box.x0 > segment.box.x1 and abs(s.box.top - segment.box.top) < 3 * height
        ]
        lines = [s.box.x1 for s in page if s.block == segment.block]
        return min(columns, default=max(lines))
