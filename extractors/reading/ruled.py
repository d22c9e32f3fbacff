"""Ruled tables on a page image: the boxes of their cells."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.reading.repair import ink, small
from extractors.reading.sheets import Grey
from models.document import Cell, Table
from models.geometry import Box

RULE_DPI = 100
FAINT = 0.18
"""Thin rules fade where the image is made small; of black print this share is left."""

THICK = 5
"""Pixels at `RULE_DPI` from which a bar is no rule."""

LEAST_ACROSS = 0.4
LEAST_DOWN = 0.18
"""Inches of the shortest rules, across and down the page."""


def ruled_tables(grey: Grey, dpi: float) -> tuple[Table, ...]:
    """Tables of at least two closed cells on a level page, in points, their cells still empty."""
    look = small(grey, dpi, RULE_DPI)
    at = dpi * look.shape[1] / grey.shape[1]
    dark = ink(look, FAINT)
    across = _rules(dark, (1, round(LEAST_ACROSS * at)))
    down = _rules(dark, (round(LEAST_DOWN * at), 1))
    if not across.any() or not down.any():
        return ()
    grid = across | down
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=8)
    tables = []
    for number in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[number])
        if w < 0.8 * at or h < 0.3 * at:
            continue
        cells = _cells((labels[y : y + h, x : x + w] == number).astype(np.uint8), at)
        if len(cells) >= 2:
            tables.append(_table(cells, x, y, 72 / at))
    return tuple(tables)


def _rules(dark: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    # Faint rules break up; a gap of a few pixels is closed along their way.
    level = shape[0] == 1
    gap, across = ((1, 3), (THICK, 1)) if level else ((3, 1), (1, THICK))
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones(gap, np.uint8))
    rules = np.array(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones(shape, np.uint8)))
    # What is as thick as letters are high is a line of print.
    rules[cv2.morphologyEx(rules, cv2.MORPH_OPEN, np.ones(across, np.uint8)) > 0] = 0
    rules = cv2.morphologyEx(rules, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
    # A rule that is not quite level is a row of steps, thickened and joined to one.
    thick = cv2.dilate(rules, np.ones((3, 1) if level else (1, 3), np.uint8))
    joined = tuple(length * 2 // 3 if length > 1 else 1 for length in shape)
    return np.asarray(
        cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones(joined, np.uint8)), dtype=np.uint8
    )


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
