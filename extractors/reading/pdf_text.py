"""Words, lines and tables of PDF pages with a text layer, through pdfplumber."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from math import atan2, degrees
from types import TracebackType
from typing import Any

import pdfplumber

from extractors.reading.layout import lay_out
from models.document import Cell, Page, PageSource, Table, Word
from models.geometry import Box

SPACE = 0.18
"""A gap wider than this share of the letter size parts two words."""

MOST_RULES = 3000
"""With more drawn lines than this a page is a picture and no table is looked for."""


class Words:
    """The text pages of one PDF, opened when the first is asked for."""

    def __init__(self, data: bytes, turned: Callable[[bytes, int, int], bytes]) -> None:
        """`turned(data, page, degrees)` gives one page as a PDF of its own, turned clockwise."""
        self._data = data
        self._turned = turned
        self._pdf: Any = None
        self._broken = False

    def __enter__(self) -> Words:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pdf is not None:
            with suppress(Exception):  # it looks at all pages once more, also at damaged ones
                self._pdf.close()

    def page(self, index: int, part: int) -> Page | None:
        """The page by its text layer, upright; None where pdfplumber cannot read it."""
        if self._broken:
            return None
        try:
            if self._pdf is None:
                self._pdf = pdfplumber.open(io.BytesIO(self._data), password="")
            page = self._pdf.pages[index]
        except Exception:  # pdfminer raises anything at all on a damaged file
            self._broken = True
            return None
        try:
            turn = text_turn(page)
            return self._upright(index, turn, part) if turn else _page(page, part)
        except Exception:  # as above
            return None
        finally:
            page.close()  # 65 open pages held 190 MB

    def _upright(self, index: int, turn: int, part: int) -> Page | None:
        with pdfplumber.open(io.BytesIO(self._turned(self._data, index, turn))) as turned:
            read = _page(turned.pages[0], part)
        return None if read is None else replace(read, rotation=turn)


def text_turn(page: Any) -> int:
    """The clockwise quarter turn that sets most of a page's letters upright."""
    turns = Counter(
        round(degrees(atan2(char["matrix"][1], char["matrix"][0])) / 90) % 4 * 90
        for char in page.chars
    )
    return turns.most_common(1)[0][0] if turns else 0


def _page(page: Any, part: int) -> Page | None:
    left, top, right, bottom = (float(v) for v in page.cropbox)
    words = [
        Word(text, box)
        for item in page.extract_words(
            x_tolerance_ratio=SPACE, y_tolerance=2, use_text_flow=False, keep_blank_chars=False
        )
        if item["upright"] and (text := item["text"].strip())
        if (box := _box(item, left, top)).width > 0
    ]
    if not words:
        return None
    tables = _tables(page, left, top)
    return Page(
        number=0,
        width=right - left,
        height=bottom - top,
        lines=lay_out([(word,) for word in words], tables),
        source=PageSource.TEXT,
        rotation=0,
        tables=tables,
        part=part,
    )


def _box(item: Any, left: float, top: float) -> Box:
    return Box(
        round(float(item["x0"]) - left, 2),
        round(float(item["top"]) - top, 2),
        round(float(item["x1"]) - left, 2),
        round(float(item["bottom"]) - top, 2),
    )


def _tables(page: Any, left: float, top: float) -> tuple[Table, ...]:
    """Ruled tables of more than one cell."""
    rules = len(page.lines) + len(page.rects) + len(page.curves)
    if rules < 3 or rules > MOST_RULES:
        return ()
    return tuple(
        _table(found, left, top)
        for found in page.find_tables()
        if sum(cell is not None for row in found.rows for cell in row.cells) > 1
    )


def _table(found: Any, left: float, top: float) -> Table:
    texts = found.extract(x_tolerance_ratio=SPACE)
    rows = tuple(
        tuple(
            None
            if cell is None
            else Cell(
                (text or "").strip(),
                Box(cell[0] - left, cell[1] - top, cell[2] - left, cell[3] - top),
            )
            for cell, text in zip(row.cells, row_texts, strict=True)
        )
        for row, row_texts in zip(found.rows, texts, strict=True)
    )
    x0, y0, x1, y1 = found.bbox
    return Table(Box(x0 - left, y0 - top, x1 - left, y1 - top), rows)
