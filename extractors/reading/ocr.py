"""A page picture to a page of words: repair, one pass of Tesseract, a second look where bad."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from extractors.reading import repair, tesseract
from extractors.reading.layout import lay_out
from extractors.reading.sheets import Grey, Picture
from extractors.reading.tesseract import Seen
from models.document import Page, PageSource, Word
from models.geometry import Box

LEAST_DPI, MOST_DPI = 150, 220
BEST_DPI = 200
GOOD = 0.80
"""Mean confidence above which a first pass stands."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of a prepared image; `turn` is the clockwise quarter turn it took."""

    words: tuple[Seen, ...]
    dpi: float
    shape: tuple[int, int]
    turn: int = 0

    @property
    def quality(self) -> float:
        """Mean confidence, weighed by the length of the words; 0 for none."""
        total = sum(len(word.text) for word in self.words)
        return sum(len(w.text) * w.confidence for w in self.words) / total if total else 0.0

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
    state = repair.look_at(picture.grey, picture.dpi)
    if state.blank:
        return Page(
            0, picture.width, picture.height, (), PageSource.BLANK, part=picture.part,
            dpi=round(picture.dpi),
        )  # fmt: skip
    turn = 90 if state.sideways else 0
    grey, dpi = at_reading_size(repair.quarter(picture.grey, turn), picture.dpi)
    best = _read(grey, dpi, state.skew, turn, seconds)
    if best.quality < GOOD:
        best = _second_look(best, grey, dpi, state.skew, seconds)
    return page_of(best, picture)


def at_reading_size(grey: Grey, dpi: float) -> tuple[Grey, float]:
    """The image at a resolution that Tesseract reads well, and that resolution."""
    if LEAST_DPI <= dpi <= MOST_DPI:
        return grey, dpi
    scale = BEST_DPI / dpi
    size = max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=how), dtype=np.uint8), BEST_DPI


def _read(grey: Grey, dpi: float, skew: float, turn: int, seconds: float, psm: int = 3) -> Pass:
    if abs(skew) >= repair.LEAST_SKEW:
        grey = repair.turned(grey, skew, int(np.percentile(grey[::8, ::8], 90)))
    words = tesseract.read_words(grey, dpi, psm=psm, seconds=seconds)
    height, width = grey.shape
    return Pass(words, dpi, (height, width), turn)


def _second_look(first: Pass, grey: Grey, dpi: float, skew: float, seconds: float) -> Pass:
    """Another preparation of a page that read badly; the better pass is kept."""
    best = first
    if first.quality < 0.6:
        over = _read(repair.quarter(grey, 180), dpi, skew, (first.turn + 180) % 360, seconds)
        best = max(best, over, key=lambda p: p.worth)
    return best


_SPECK = re.compile(r"^[^\w]+$")
_KEPT_MARKS = frozenset("•-–—*☐☑☒□&$#%+=@:;.,/()[]©®™§\"'“”‘’?!")


def is_noise(word: Seen, dpi: float) -> bool:
    """Whether a word is a speck or a ruled line and not writing."""
    if any(c.isalnum() for c in word.text):
        tiny = word.bottom - word.top < dpi * 0.03 and len(word.text) > 1
        return word.confidence < 0.02 and (tiny or len(word.text) <= 2)
    if not set(word.text) & _KEPT_MARKS:
        return True
    return word.confidence < 0.3


def page_of(read: Pass, picture: Picture) -> Page:
    """The page of a pass, its words placed in points on the upright page."""
    points = 72 / read.dpi
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for seen in read.words:
        if is_noise(seen, read.dpi):
            continue
        box = Box(seen.x0 * points, seen.top * points, seen.x1 * points, seen.bottom * points)
        text = seen.text.strip("|")
        if text:
            lines.setdefault(seen.line, []).append(Word(text, box, round(seen.confidence, 3)))
    wide, high = picture.width, picture.height
    if read.turn in (90, 270):
        wide, high = high, wide
    return Page(
        number=0,
        width=wide,
        height=high,
        lines=lay_out(lines.values()),
        source=PageSource.OCR,
        quality=quality_of(tuple(w for line in lines.values() for w in line)),
        rotation=read.turn,
        part=picture.part,
        dpi=round(picture.dpi),
    )


def quality_of(words: Sequence[Word]) -> float:
    """Mean confidence of words, weighed by their length; 0 for none."""
    total = sum(len(word.text) for word in words)
    return round(sum(len(w.text) * w.confidence for w in words) / total, 4) if total else 0.0
