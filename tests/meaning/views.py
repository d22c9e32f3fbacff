"""Plain text set out on pages as a reader would give it, for tests."""

from __future__ import annotations

import re

from extractors.letter_view import LetterView
from extractors.nlp.analysis import Analysis, analyse
from models.document import Line, Page, PageSource, Word
from models.geometry import Box


def analysed(text: str, source: PageSource = PageSource.TEXT) -> Analysis:
    """The analysis of a typewritten text; a form feed parts pages, an empty line parts blocks."""
    pages = tuple(_page(n, part, source) for n, part in enumerate(text.split("\f"), 1))
    return analyse(LetterView.of(pages))


def _page(number: int, text: str, source: PageSource) -> Page:
    lines: list[Line] = []
    block = 0
    for row, printed in enumerate(text.split("\n")):
        if not printed.strip():
            block += 1
            continue
        words = tuple(
            Word(
                m.group(),
                Box(36 + m.start() * 5.5, 36 + row * 12, 36 + m.end() * 5.5, 46 + row * 12),
            )
            for m in re.finditer(r"\S+", printed)
        )
        lines.append(Line(words, block))
    return Page(number, 612, 792, tuple(lines), source)
