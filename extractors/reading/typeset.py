"""Text that has no pages of its own, set in Courier onto Letter pages so words have places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from extractors.reading.layout import lay_out
from extractors.reading.sheets import LETTER
from models.document import Page, PageSource, Word
from models.geometry import Box

MARGIN = 54.0
ROWS = 57
NARROW = 84
"""Characters on a line of 10 point Courier between the margins."""
WIDE = 200
"""The most characters that a line of columns may take; the letters shrink to fit."""

PAGE_BREAK = "\f"
_COLUMNS = re.compile(r"\S {3,}\S")
_WORD = re.compile(r"\S+")


def set_pages(lines: Sequence[str], part: int = 0) -> Iterator[Page]:
    """Pages of a text's lines; a line that is a form feed ends the page.

    Long lines are wrapped at blanks, except lines of columns, which make the letters smaller.
    """
    across = columns_of(lines)
    held: list[str] = []
    pages = 0
    for line in wrapped(lines, across):
        if line == PAGE_BREAK or len(held) == ROWS:
            if any(text.strip() for text in held) or (line == PAGE_BREAK and held):
                yield _page(held, across, part)
                pages += 1
            held = []
        if line != PAGE_BREAK:
            held.append(line)
    if any(text.strip() for text in held) or not pages:
        yield _page(held, across, part)


def columns_of(lines: Sequence[str]) -> int:
    """Characters across the page that a text's lines of columns need."""
    widest = max((len(line) for line in lines if _COLUMNS.search(line)), default=0)
    return min(max(widest, NARROW), WIDE)


def wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines, those longer than `width` broken at blanks and a longer word cut."""
    for line in lines:
        rest = line.rstrip() if line != PAGE_BREAK else line
        while len(rest) > width:
            cut = rest.rfind(" ", 1, width + 1)
            if cut <= 0 or not rest[:cut].strip():
                cut = width
            yield rest[:cut].rstrip()
            rest = rest[cut:].lstrip()
        yield rest


def _page(rows: Sequence[str], across: int, part: int) -> Page:
    advance = (LETTER[0] - 2 * MARGIN) / across
    leading = (LETTER[1] - 2 * MARGIN) / ROWS
    words = []
    for number, row in enumerate(rows):
        top = MARGIN + number * leading
        # Letters that had to shrink are narrow, not low: else each line would stand alone.
        height = leading * 0.83
        for found in _WORD.finditer(row):
            x0 = MARGIN + found.start() * advance
            x1 = MARGIN + found.end() * advance
            words.append((Word(found.group(), Box(x0, top, x1, top + height)),))
    return Page(
        number=0,
        width=LETTER[0],
        height=LETTER[1],
        lines=lay_out(words, wide=2.5 * advance),
        source=PageSource.TEXT if words else PageSource.BLANK,
        part=part,
    )
