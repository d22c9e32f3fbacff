"""Ruled tables on a page image: the boxes of their cells."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.reading.pixels import components
from extractors.reading.repair import ink, small
from extractors.reading.sheets import Grey
from models.document import Cell, Table
from models.geometry import Box

RULE_DPI = 100
FAINT = 0.18
"""Thin rules fade where the image is made small; of black print this share is left."""

THICK = 5
"""Pixels at `RULE_DPI` from which a bar is no rule."""

PIECE = 0.3
"""Share of the shortest rule that a piece of it is long."""

LEAST_ACROSS = 0.7
LEAST_DOWN = 0.18
"""Inches of the shortest rules, across and down the page."""


def ruled_tables(grey: Grey, dpi: float) -> tuple[Table, ...]:
    """Tables of at least two closed cells on a level page, in points, their cells still empty."""
    look = small(grey, dpi, RULE_DPI)
    at = dpi * look.shape[1] / grey.shape[1]
    dark = ink(look, FAINT)
    # Rules down the page are the rarer ones: without them there is nothing to look for.
    down = _rules(dark, round(LEAST_DOWN * at), level=False)
    if not down.any():
        return ()
    across = _rules(dark, round(LEAST_ACROSS * at), level=True)
    if not across.any():
        return ()
    grid = across | down
    count, labels, stats = components(grid)
    tables = []
    for number in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[number])
        if w < 0.8 * at or h < 0.3 * at:
            continue
        cells = _cells((labels[y : y + h, x : x + w] == number).astype(np.uint8), at)
        if len(cells) >= 2:
            tables.append(_table(cells, x, y, 72 / at))
    return tuple(tables)


def _rules(dark: NDArray[np.uint8], least: int, level: bool) -> NDArray[np.uint8]:
    """Thin straight strokes of at least `least` pixels, across the page where `level`, else down.

    A faint rule, or one that is not quite level, is a row of pieces: pieces are joined first.
    """
    image = dark if level else np.ascontiguousarray(dark.T)
    piece = round(least * PIECE) if level else least
    closed = cv2.morphologyEx(image, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    strokes = np.array(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8)))
    # What is as thick as letters are high is a line of print.
    strokes[cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones((THICK, 1), np.uint8)) > 0] = 0
    strokes = np.array(cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8)))
    if not strokes.any():
        return np.zeros_like(dark)
    thick = cv2.dilate(strokes, np.ones((3, 1), np.uint8))
    reach = np.ones((1, least * 2 // 3), np.uint8)
    joined = np.asarray(cv2.morphologyEx(thick, cv2.MORPH_CLOSE, reach), dtype=np.uint8)
    # Outlines of a few strokes are found many times quicker than labels of all pixels.
    shapes, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    long = [shape for shape in shapes if cv2.boundingRect(shape)[2] >= least]
    whole = cv2.drawContours(np.zeros_like(joined), long, -1, 1, cv2.FILLED)
    rules = np.asarray(whole, dtype=np.uint8) & joined
    return np.ascontiguousarray(rules if level else rules.T)


def _cells(grid: NDArray[np.uint8], dpi: float) -> list[tuple[int, int, int, int]]:
    """Closed rectangles of a grid as x, y, width, height."""
    free = 1 - np.pad(grid, 1)
    count, _, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    high, wide = free.shape
    found = []
    for number in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[number])
        outside = x == 0 or y == 0 or x + w == wide or y + h == high
        if outside or w < 0.2 * dpi or h < 0.1 * dpi or area < 0.85 * w * h:
            continue
        found.append((x - 1, y - 1, w, h))
    return found


def _table(cells: list[tuple[int, int, int, int]], x: int, y: int, points: float) -> Table:
    rows: list[list[Cell]] = []
    last = None
    for cx, cy, w, h in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        if last is None or cy - last > 6:
            rows.append([])
            last = cy
        left, top = (x + cx) * points, (y + cy) * points
        rows[-1].append(Cell("", Box(left, top, left + w * points, top + h * points)))
    box = Box.around(cell.box for row in rows for cell in row)
    ordered = tuple(tuple(sorted(row, key=lambda cell: cell.box.x0)) for row in rows)
    return Table(box, ordered)
