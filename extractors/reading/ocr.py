"""A page picture to a page of words: repair, one pass of Tesseract, a second look where bad."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import cv2
import numpy as np

from extractors.reading import repair, separators, spanish, tesseract
from extractors.reading.dropped import CROSSED, crosses
from extractors.reading.layout import lay_out
from extractors.reading.marks import (
    is_bar,
    is_bullet,
    is_graphic,
    is_noise,
    printed,
    with_boxes_whole,
    without_edges,
    without_specks,
)
from extractors.reading.rejoin import rejoined
from extractors.reading.repair import Prepared
from extractors.reading.roles import is_taglines
from extractors.reading.ruled import ruled_tables
from extractors.reading.second_look import LOOK, THIRD, Look, bettered, doubtful
from extractors.reading.sheets import LONG_EDGE, Picture
from extractors.reading.spaces import parted
from extractors.reading.spelling import is_word, respelled
from extractors.reading.tesseract import Seen
from extractors.reading.tight import ink_of, tightened
from models.document import Cell, Line, Page, PageSource, Straightened, Table, Word
from models.errors import TimedOut
from models.geometry import Box

GOOD = 0.80
"""Mean confidence from which a first pass stands."""

HOPELESS = 0.60
"""Mean confidence below which a page may stand on its head."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of a prepared image; `looks` counts the runs of Tesseract it took in all."""

    words: tuple[Seen, ...]
    image: Prepared
    looks: int = 1

    @property
    def quality(self) -> float:
        """Mean confidence, weighed by the length of the words; 0 for none."""
        total = sum(len(word.text) for word in self.words)
        return sum(len(w.text) * w.confidence for w in self.words) / total if total else 0.0

    @property
    def text(self) -> str:
        lines = groupby(self.words, key=lambda word: word.line)
        return "\n".join(" ".join(word.text for word in line) for _, line in lines)

    @property
    def worth(self) -> float:
        """Letters and digits read with confidence."""
        return sum(
            sum(c.isalnum() for c in w.text) * w.confidence
            for w in self.words
            if w.confidence > 0.5
        )


def read_picture(picture: Picture, seconds: float) -> Page:
    """The page of a picture. Raises TimedOut, SetupError."""
    if picture.over is not None:
        return _completed(picture, picture.over, seconds)
    ends = time.monotonic() + seconds
    image = repair.prepared(picture.grey, _print_dpi(picture), picture.two_toned)
    if image is None:
        return Page(
            number=0,
            width=picture.width,
            height=picture.height,
            lines=(),
            source=PageSource.BLANK,
            part=picture.part,
            dpi=round(picture.dpi),
        )
    best = _read(image, seconds)
    if is_taglines(best.text):
        # Other languages read badly with the English model however often they are read.
        return page_of(best, picture)
    for again in _second_looks(best):
        left = ends - time.monotonic()
        if left < 0.2 * seconds:
            break
        other = _read(again, left)
        best = replace(max(best, other, key=lambda p: p.worth), looks=best.looks + 1)
        if best.quality >= GOOD:
            break
    best = replace(best, words=parted(best.words, best.image.grey))
    for look in (LOOK, THIRD) if picture.two_toned else (LOOK,):
        best = _doubtful_again(best, look, ends - time.monotonic())
    page = page_of(replace(best, words=_respelled(best.words)), picture)
    return separators.marked(page, best.image.grey, picture.grey)


POSTER = 25.0
"""Inches of a page's longer edge from which its stated size is not believed: programs on phones
make a page as many points long as the photo has pixels."""


def _print_dpi(picture: Picture) -> float:
    """The resolution that the print has, for all that can be told of the page's size."""
    if max(picture.width, picture.height) <= POSTER * 72:
        return picture.dpi
    return float(max(picture.grey.shape) / LONG_EDGE)


IN_ENGLISH = 0.6
"""Share of a page's small words that letters are written in, from which it is in their language."""


def _respelled(words: Sequence[Seen]) -> tuple[Seen, ...]:
    """The words with what was plainly misread spelled as it was printed; those of a page in
    another language as they are."""
    small = [word.text for word in words if len(word.text) > 2 and word.text.islower()]
    if not words or sum(map(is_word, small)) < IN_ENGLISH * len(small):
        return tuple(words)
    following = [other.text for other in words[1:]] + [""]
    return tuple(
        replace(word, text=respelled(word.text, word.confidence, after))
        for word, after in zip(words, following, strict=True)
    )


def _doubtful_again(read: Pass, look: Look, seconds: float) -> Pass:
    image = read.image
    if seconds <= 1 or not doubtful(read.words, image.grey.shape, image.dpi):
        return read
    try:
        words = bettered(read.words, image.grey, image.dpi, seconds, look)
    except TimedOut:
        return read
    return replace(read, words=words, looks=read.looks + 1)


LOGO_SURE = 0.7
"""Confidence from which a word read out of a logo or picture joins a page's text."""


def _completed(picture: Picture, over: Page, seconds: float) -> Page:
    """A text page with the words that only its picture shows."""
    image = Prepared(picture.grey, picture.dpi, np.eye(3))
    points = 72 / image.dpi
    try:
        seen = tesseract.read_words(image.grey, image.dpi, psm=11, seconds=seconds)
    except TimedOut:
        return over
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in seen:
        if word.confidence >= LOGO_SURE and sum(c.isalnum() for c in word.text) >= 2:
            box = Box(word.x0 * points, word.top * points, word.x1 * points, word.bottom * points)
            lines.setdefault(word.line, []).append(Word(word.text, box, word.confidence))
    if not lines:
        return over
    pieces = [(word,) for word in over.words] + [tuple(line) for line in lines.values()]
    return replace(over, lines=lay_out(pieces, over.tables))


def _read(image: Prepared, seconds: float) -> Pass:
    return Pass(tesseract.read_words(image.grey, image.dpi, seconds=seconds), image)


def _second_looks(first: Pass) -> Iterator[Prepared]:
    """Other preparations for a page that read badly, the likeliest first."""
    if first.quality >= GOOD:
        return
    image = first.image
    if first.quality < HOPELESS:
        turn, sure = tesseract.orientation(image.grey, image.dpi)
        if turn and sure > 0.5:
            yield repair.turned_over(image, turn)
        elif not sure:  # too little text for Tesseract to tell
            yield repair.turned_over(image, 180)
    yield repair.thresholded(image)


WHOLE = 0.85
"""Share of the words inside a table's outline that its cells must hold for it to be believed."""


def _holds_its_words(table: Table, words: Sequence[Seen], points: float) -> bool:
    cells = [cell.box for row in table.rows for cell in row if cell is not None]
    places = [
        Box(w.x0 * points, w.top * points, w.x1 * points, w.bottom * points)
        for w in words
        if any(c.isalnum() for c in w.text)
    ]
    level = [box for box in places if _inside(box, table.box)]
    held = sum(any(_inside(box, cell) for cell in cells) for box in level)
    return bool(level) and held >= WHOLE * len(level)


def _edges(tables: Sequence[Table]) -> set[float]:
    """Where cells of tables begin and end across the page, in points."""
    cells = [cell for table in tables for row in table.rows for cell in row if cell is not None]
    return {x for cell in cells for x in (cell.box.x0, cell.box.x1)}


def page_of(read: Pass, picture: Picture) -> Page:
    """The page of a pass, its words placed in points on the straightened page."""
    image = read.image
    points = 72 / image.dpi
    tables = tuple(
        table
        for table in ruled_tables(image.grey, image.dpi)
        if _holds_its_words(table, read.words, points)
    )
    edges = [x / points for x in _edges(tables)]
    lines: dict[tuple[int, int, int], list[Word]] = {}
    dark = ink_of(image.grey)
    tight = tightened(tuple(_doubted(read, picture)), dark)
    words = with_boxes_whole(rejoined(tuple(without_specks(tight, image.dpi)), dark))
    for before, seen, after in zip((None, *words), words, (*words[1:], None), strict=False):
        text = without_edges(seen, edges)
        if is_bar(seen, before, after, dark):
            text = seen.text
        elif not text or is_noise(seen, image.dpi) or is_graphic(seen, image.grey, image.dpi):
            continue
        if is_bullet(seen, image.grey, image.dpi):
            text = "•"
        text = printed(text, after.text if after is not None else "")
        box = Box(seen.x0 * points, seen.top * points, seen.x1 * points, seen.bottom * points)
        lines.setdefault(seen.line, []).append(Word(text, box, round(seen.confidence, 3)))
    laid = spanish.put_right(lay_out(lines.values(), tables))
    height, width = image.grey.shape
    return Page(
        number=0,
        width=round(width * points, 2),
        height=round(height * points, 2),
        lines=laid,
        source=PageSource.OCR,
        quality=quality_of(tuple(word for line in laid for word in line.words)),
        rotation=image.turn,
        tables=tuple(filled(table, laid) for table in tables),
        part=picture.part,
        dpi=round(picture.dpi),
        straightened=_straightened(image, picture),
        looks=read.looks,
    )


def _doubted(read: Pass, picture: Picture) -> Iterator[Seen]:
    """The words, those that a dropped row of a fax crosses no longer sure."""
    if not picture.dropped:
        yield from read.words
        return
    turn = repair.quarter_matrix(picture.grey.shape, read.image.turn)
    back = np.linalg.inv(turn) @ read.image.back
    for word in read.words:
        places = ((word.x0, word.top), (word.x1, word.top), (word.x0, word.bottom))
        corners = np.array([*places, (word.x1, word.bottom)], dtype=np.float64)
        if crosses(cv2.perspectiveTransform(corners[None], back)[0], picture.dropped):
            word = replace(word, confidence=min(word.confidence, CROSSED))
        yield word


def _straightened(image: Prepared, picture: Picture) -> Straightened | None:
    """The way back to the page as received, turned upright; None where it is the same place."""
    own, received = 72 / image.dpi, 72 / picture.dpi
    matrix = np.diag([received, received, 1.0]) @ image.back @ np.diag([1 / own, 1 / own, 1.0])
    matrix = matrix / matrix[2, 2]
    if np.allclose(matrix, np.eye(3), atol=0.02):
        return None
    wide, high = picture.width, picture.height
    if image.turn in (90, 270):
        wide, high = high, wide
    return Straightened(tuple(float(v) for v in matrix.ravel()), wide, high)


def filled(table: Table, lines: Sequence[Line]) -> Table:
    """A table with the words that lie in its cells."""
    rows = []
    for row in table.rows:
        cells: list[Cell | None] = []
        for cell in row:
            if cell is None:
                cells.append(None)
                continue
            texts = []
            for line in lines:
                inside = [w.text for w in line.words if _inside(w.box, cell.box)]
                if inside:
                    texts.append(" ".join(inside))
            cells.append(replace(cell, text="\n".join(texts)))
        rows.append(tuple(cells))
    return replace(table, rows=tuple(rows))


def _inside(word: Box, cell: Box) -> bool:
    x, y = word.middle
    return cell.x0 <= x <= cell.x1 and cell.top <= y <= cell.bottom


def quality_of(words: Sequence[Word]) -> float:
    """Mean confidence of words, weighed by their length; 0 for none."""
    total = sum(len(word.text) for word in words)
    return round(sum(len(w.text) * w.confidence for w in words) / total, 4) if total else 0.0
