"""Lines that a fax machine dropped: rows of dots sent white, or black, from edge to edge.

A white row cuts the letters it runs through, so that a 6 is read as a 4 with confidence. The
strokes that go on above and below are joined again; what stood in that row alone is lost, so words
that such a row crosses are never certain.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.reading.sheets import Grey

LEAST_STROKES = 8
"""Columns with ink right above and right below a white row, from which it cuts through print."""

NEARLY_WHITE = 0.05
"""Ink left in a dropped row, as a share of the ink beside it."""

MOST = 24
"""More such rows than this on a page are its pattern and no fault of the line."""

STREAK = 0.75
"""Share of a row that is black in a black line across the page."""


def mended(grey: Grey) -> tuple[Grey, tuple[int, ...]]:
    """A fax page with its white dropped rows closed, and all rows, white or black, that a word may
    have been spoiled by. Other pages as they are: only an image of pure black and white is looked
    at, in the rows that it came in.
    """
    if min(grey.shape) < 64 or not two_toned(grey):
        return grey, ()
    ink = _ink_of_rows(grey)
    white = [row for row in _white_rows(ink) if _cuts(grey, row)]
    if len(white) > MOST:
        return grey, ()
    if white:
        grey = grey.copy()
        for row in white:
            grey[row] = np.maximum(grey[row - 1], grey[row + 1])  # black where both are
    return grey, tuple(sorted({*white, *_black_rows(ink, grey.shape[1])}))


def two_toned(grey: Grey) -> bool:
    """Whether an image is pure black and white, judged by a few hundred of its rows."""
    part = grey[:: max(grey.shape[0] // 200, 1)]
    return bool(((part == 0) | (part == 255)).all())


def _ink_of_rows(grey: Grey) -> NDArray[np.int32]:
    """Black dots in each row."""
    sums = cv2.reduce(255 - grey, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    return np.asarray(sums, dtype=np.int32).ravel() // 255


def _white_rows(ink: NDArray[np.int32]) -> list[int]:
    """Rows without ink between two rows with ink."""
    beside = np.minimum(ink[:-2], ink[2:])
    found = (beside >= LEAST_STROKES) & (ink[1:-1] <= NEARLY_WHITE * beside)
    return [int(row) + 1 for row in np.flatnonzero(found)]


def _cuts(grey: Grey, row: int) -> bool:
    """Whether strokes go on below a row that stand above it."""
    return int(((grey[row - 1] < 128) & (grey[row + 1] < 128)).sum()) >= LEAST_STROKES


def _black_rows(ink: NDArray[np.int32], width: int) -> list[int]:
    """Rows that are black from edge to edge, one or two at a time; a thicker one is a rule."""
    black = np.flatnonzero(ink > STREAK * width)
    runs = np.split(black, np.flatnonzero(np.diff(black) > 1) + 1)
    return [int(run[0]) for run in runs if 0 < len(run) <= 2][:MOST]


CROSSED = 0.5
"""The most confidence in a word that a dropped row crosses."""

INNER = 0.12
"""Share of a word's height, above and below, where a row does it no harm."""


def crosses(corners: NDArray[np.float64], rows: Sequence[float]) -> bool:
    """Whether one of the rows runs through a word whose corners (x, y) are given in the same
    pixels."""
    top, bottom = float(corners[:, 1].min()), float(corners[:, 1].max())
    edge = INNER * (bottom - top)
    return any(top + edge < row < bottom - edge for row in rows)
