"""A second look at the lines that read badly: cut out, enlarged, read again in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from extractors.reading import tesseract
from extractors.reading.sheets import Grey
from extractors.reading.tesseract import Seen

WEAK = 0.4
"""A word below this confidence has its line read again."""

LEAST_SURE = 0.55
"""Sureness that a second reading of a line must reach: of two guesses the first is kept."""

HEAD, FOOT = 0.04, 0.08
"""Shares of the page's height that hold fax headers and page numbers."""

MOST_LINES = 14
"""With more weak lines than this the page itself is at fault."""

ENLARGED = 2.0
SOFTENED = 1.2
"""Enlargement and blur (in pixels) that read best: of 62 words lost on ten damaged pages, 23
were found so, 11 by enlarging alone."""

MARGIN, SPACE = 20, 40
"""White around and between the strips, in enlarged pixels."""

LineKey = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Strip:
    """A weak line, the corner where it was cut out, and where it stands on the new image."""

    key: LineKey
    words: tuple[Seen, ...]
    left: int
    top: int
    at: int
    height: int


def weak_lines(words: Sequence[Seen], height: int) -> dict[LineKey, tuple[Seen, ...]]:
    """Lines with a word that was read without confidence and is worth a second reading.

    `height` is that of the page, in pixels. Page numbers and fax headers at its edges, and the
    one or two signs that a logo or a bullet is taken for, are left alone: of 18 damaged pages 13
    had no other weak line, and no second reading of those bettered a word.
    """
    first, last = HEAD * height, (1 - FOOT) * height
    lines: dict[LineKey, list[Seen]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return {
        key: tuple(line)
        for key, line in lines.items()
        if first < line[0].top < last and any(map(_worth_a_look, line))
    }


def _worth_a_look(word: Seen) -> bool:
    return word.confidence < WEAK and sum(c.isalnum() for c in word.text) >= 3


def bettered(words: Sequence[Seen], grey: Grey, dpi: float, seconds: float) -> tuple[Seen, ...]:
    """The words, weak lines replaced where a second reading is surer. Raises TimedOut."""
    weak = weak_lines(words, grey.shape[0])
    if not 0 < len(weak) <= MOST_LINES:
        return tuple(words)
    image, strips = _cut_out(weak, grey, dpi)
    seen = tesseract.read_words(image, dpi * ENLARGED, psm=6, seconds=seconds)
    better = {strip.key: again for strip in strips if (again := _surer(strip, seen))}
    out: list[Seen] = []
    for word in words:
        if word.line not in better:
            out.append(word)
        elif better[word.line]:
            out += better[word.line]
            better[word.line] = ()
    return tuple(out)


def _cut_out(
    weak: dict[LineKey, tuple[Seen, ...]], grey: Grey, dpi: float
) -> tuple[Grey, list[_Strip]]:
    high, wide = grey.shape
    paper = int(np.percentile(grey[::8, ::8], 75))
    pad_x, pad_y = round(dpi * 0.06), round(dpi * 0.035)
    pieces, strips, at = [], [], MARGIN
    for key, words in weak.items():
        left = max(min(w.x0 for w in words) - pad_x, 0)
        right = min(max(w.x1 for w in words) + pad_x, wide)
        top = max(min(w.top for w in words) - pad_y, 0)
        bottom = min(max(w.bottom for w in words) + pad_y, high)
        soft = cv2.GaussianBlur(
            without_rules(grey[top:bottom, left:right], paper), (0, 0), SOFTENED
        )
        piece = cv2.resize(soft, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
        pieces.append(np.asarray(piece, dtype=np.uint8))
        strips.append(_Strip(key, words, left, top, at, piece.shape[0]))
        at += piece.shape[0] + SPACE
    image = np.full((at, max(p.shape[1] for p in pieces) + 2 * MARGIN), paper, np.uint8)
    for strip, piece in zip(strips, pieces, strict=True):
        image[strip.at : strip.at + strip.height, MARGIN : MARGIN + piece.shape[1]] = piece
    return image, strips


def without_rules(strip: Grey, paper: int) -> Grey:
    """A strip without the ruled lines that cross it from edge to edge."""
    dark = strip < 0.7 * paper
    across = dark.mean(axis=1) > 0.8
    down = dark[~across].mean(axis=0) > 0.92 if not across.all() else np.zeros(0, bool)
    clean = strip.copy()
    for rules, axis in ((across, 0), (down, 1)):
        # A rule's own soft edges go with it.
        for at in np.flatnonzero(rules):
            low, high = max(at - 2, 0), at + 3
            if axis:
                clean[:, low:high] = paper
            else:
                clean[low:high] = paper
    return clean


def _surer(strip: _Strip, seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """The words of a strip's second reading at their place on the page; none if no better."""
    again = tuple(
        replace(
            word,
            x0=round(strip.left + (word.x0 - MARGIN) / ENLARGED),
            x1=round(strip.left + (word.x1 - MARGIN) / ENLARGED),
            top=round(strip.top + (word.top - strip.at) / ENLARGED),
            bottom=round(strip.top + (word.bottom - strip.at) / ENLARGED),
            line=strip.key,
        )
        for word in seen
        if strip.at - 8 <= (word.top + word.bottom) / 2 <= strip.at + strip.height + 8
    )
    whole = sum(len(word.text) for word in again) >= 0.6 * sum(len(w.text) for w in strip.words)
    surer = _sureness(again) > max(_sureness(strip.words) + 0.03, LEAST_SURE)
    return again if whole and surer else ()


def _sureness(words: Sequence[Seen]) -> float:
    total = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / total if total else 0.0
