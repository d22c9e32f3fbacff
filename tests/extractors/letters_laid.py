"""Invented letters laid out on a page, for tests of extraction."""

from __future__ import annotations

import re

from extractors.letter_view import LetterView
from extractors.nlp.analysis import Analysis, analyse
from models.document import Line, Page, PageSource, Word
from models.geometry import Box

CHARACTER, LINE = 6.0, 12.0


def laid(text: str, confidence: float = 1.0) -> tuple[Page, ...]:
    """Typewriter text as pages: columns stay where they are, an empty line parts blocks, a form
    feed parts pages."""
    pages: list[Page] = []
    for number, sheet in enumerate(text.strip("\n").split("\f"), start=1):
        lines: list[Line] = []
        block, top = 0, 36.0
        for raw in sheet.split("\n"):
            words = tuple(
                Word(
                    m.group(),
                    Box(36 + m.start() * CHARACTER, top, 36 + m.end() * CHARACTER, top + 10),
                    confidence,
                )
                for m in re.finditer(r"\S+", raw)
            )
            top += LINE
            if words:
                lines.append(Line(words, block))
            else:
                block += 1
        height = max(792.0, top + 36)
        pages.append(Page(number, 612.0, height, tuple(lines), PageSource.TEXT, confidence))
    return tuple(pages)


def analysed(text: str) -> Analysis:
    """The analysis of a laid-out text."""
    return analyse(LetterView.of(laid(text)))
