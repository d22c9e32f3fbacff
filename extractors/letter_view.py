"""One letter as text that remembers its places.

Recognisers work on character offsets of `LetterView.text`; the view turns any span of it back
into evidence (page, box, printed words) and into the reader's confidence in those words.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from models.document import Line, Page, PageRole, Word
from models.fields import Evidence
from models.geometry import Box


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word, where it starts and ends in the view's text, and where it is printed."""

    start: int
    end: int
    page: int
    line: int
    word: Word


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A printed line: `text[start:end]`; `block` is unique across the letter's pages."""

    start: int
    end: int
    page: int
    index: int
    block: int
    role: PageRole
    box: Box
    text: str


@dataclass(frozen=True)
class LetterView:
    """The pages of one letter joined to one text: words by a blank, lines by a newline,
    blocks and pages by an empty line. A word that is parted at its hyphen over the end of a line
    (`1-866-` / `555-0120`) is whole: nothing stands between its halves."""

    pages: tuple[Page, ...]
    text: str
    words: tuple[PlacedWord, ...]
    lines: tuple[PlacedLine, ...]

    @staticmethod
    def of(pages: tuple[Page, ...]) -> LetterView:
        """The view of a letter's pages, in their order."""
        parts: list[str] = []
        words: list[PlacedWord] = []
        lines: list[PlacedLine] = []
        at = 0
        block = -1
        last: tuple[int, int] | None = None
        for page in pages:
            printed = [line for line in page.lines if line.words]
            for line, after in zip_longest(printed, printed[1:]):
                here = (page.number, line.block)
                if here != last:
                    block += 1
                    if parts:
                        parts.append("\n")
                        at += 1
                last = here
                at = _place(line, page, block, at, parts, words, lines)
                if after is not None and after.block == line.block and _parted(line, after):
                    parts.pop()
                    at -= 1
        return LetterView(pages, "".join(parts), tuple(words), tuple(lines))

    def whole_word(self, end: int) -> int:
        """Where the word ends whose first half a line's end at `end` parts; else `end`."""
        while self.text[end - 1 : end] == "-" and not self.text[end : end + 1].isspace():
            halves = self.words_in(end, end + 1)
            if not halves:
                return end
            end = halves[0].end
        return end

    @cached_property
    def _starts(self) -> list[int]:
        return [w.start for w in self.words]

    @cached_property
    def _line_starts(self) -> list[int]:
        return [line.start for line in self.lines]

    def words_in(self, start: int, end: int) -> tuple[PlacedWord, ...]:
        """Every word that `text[start:end]` touches."""
        first = bisect_right(self._starts, start) - 1
        if first < 0 or self.words[first].end <= start:
            first += 1
        return self.words[first : bisect_left(self._starts, end)]

    def line_at(self, offset: int) -> PlacedLine:
        """The line that holds (or, between lines, precedes) a text offset."""
        return self.lines[max(bisect_right(self._line_starts, offset) - 1, 0)]

    def evidence(self, start: int, end: int, supports: str | None = None) -> tuple[Evidence, ...]:
        """One `Evidence` for each printed line that the span runs over, in reading order."""
        rows: dict[int, list[PlacedWord]] = {}
        for placed in self.words_in(start, end):
            rows.setdefault(placed.line, []).append(placed)
        return tuple(
            Evidence(
                row[0].page,
                self.text[max(start, row[0].start) : min(end, row[-1].end)],
                Box.around(self._page(row[0].page).as_shown(placed.word.box) for placed in row),
                supports,
            )
            for row in rows.values()
        )

    def _page(self, number: int) -> Page:
        return next(page for page in self.pages if page.number == number)

    def reading_confidence(self, start: int, end: int) -> float:
        """The least of the reader's confidences in the words of the span; 1 where there is none."""
        return min((w.word.confidence for w in self.words_in(start, end)), default=1.0)


def _last_cell(line: Line) -> list[Word]:
    """The words at the end of a line with no wide gap between them."""
    cell = [line.words[-1]]
    for word in reversed(line.words[:-1]):
        if cell[0].box.x0 - word.box.x1 > _WIDE_GAP * line.box.height:
            break
        cell.insert(0, word)
    return cell


_WIDE_GAP = 0.9
"""A gap of so many heights of the line parts two cells."""
_PARTED = re.compile(r"[0-9A-Za-z]-$")
_GOES_ON = re.compile(r"[0-9A-Za-z]")


def _parted(line: Line, after: Line) -> bool:
    """Whether a word is broken at its hyphen over the line's end: `1-866-` / `555-0120`."""
    if not _PARTED.search(line.words[-1].text) or not _GOES_ON.match(after.words[0].text):
        return False
    cell = _last_cell(line)
    slack = 1.5 * line.box.height
    return cell[0].box.x0 - slack < after.words[0].box.x0 <= cell[-1].box.x0


def _place(
    line: Line,
    page: Page,
    block: int,
    at: int,
    parts: list[str],
    words: list[PlacedWord],
    lines: list[PlacedLine],
) -> int:
    """Append one line to the growing text; returns the offset after its newline."""
    start = at
    index = len(lines)
    for position, word in enumerate(line.words):
        if position:
            parts.append(" ")
            at += 1
        parts.append(word.text)
        words.append(PlacedWord(at, at + len(word.text), page.number, index, word))
        at += len(word.text)
    parts.append("\n")
    lines.append(PlacedLine(start, at, page.number, index, block, page.role, line.box, line.text))
    return at + 1
