"""The outline of a page in a photo, and the page flattened out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.reading.pixels import level
from extractors.reading.sheets import Grey

LEAST_SHARE, MOST_SHARE = 0.25, 0.98
"""Share of the photo that a page takes for its outline to be worth flattening."""

BRIGHTER = 1.10
"""How much brighter paper is than what lies just outside of its edge."""

ALONG = 0.8
"""Share of each edge along which it must be so."""

_SHEETS = ((8.5, 11.0), (8.5, 14.0), (8.27, 11.69))
"""Inches of the sheets that letters are printed on."""

Points = NDArray[Any]
"""Corners as rows of x, y: top left, top right, bottom right, bottom left."""


def page_outline(look: Grey) -> Points | None:
    """Corners of the page as shares of the photo's width and height; None unless four straight
    edges of bright paper stand out from what lies around it."""
    if min(look.shape) < 100 or not _framed(look):
        return None
    # Print is closed over; what stays is paper and surroundings.
    smooth = np.asarray(
        cv2.GaussianBlur(
            cv2.morphologyEx(look, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (3, 3), 0
        ),
        dtype=np.uint8,
    )
    total = look.shape[0] * look.shape[1]
    best: tuple[float, Points] | None = None
    for corners in (*_by_brightness(smooth), *_by_edges(smooth)):
        area = float(cv2.contourArea(corners.astype(np.float32)))
        if not LEAST_SHARE * total < area < MOST_SHARE * total or not _sane(corners):
            continue
        clear = min(_clear(smooth, corners[i], corners[(i + 1) % 4]) for i in range(4))
        if clear >= ALONG and (best is None or area * clear > best[0]):
            best = area * clear, corners
    if best is None:
        return None
    return best[1] / np.array([look.shape[1], look.shape[0]], dtype=np.float64)


def _framed(look: Grey) -> bool:
    """Whether the photo's rim is darker than its middle: a scan is white to its edges."""
    rim = np.concatenate(
        (look[:4].ravel(), look[-4:].ravel(), look[:, :4].ravel(), look[:, -4:].ravel())
    )
    return level(rim, 0.5) < 0.88 * level(look, 0.85)


def _by_brightness(smooth: Grey) -> Iterator[Points]:
    """Outlines of the largest bright patch, at several levels."""
    level, _ = cv2.threshold(smooth, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    for share in (1.0, 0.8, 0.62):
        bright = (smooth > level * share).astype(np.uint8)
        bright = np.asarray(cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)))
        shapes, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not shapes:
            continue
        hull = cv2.convexHull(max(shapes, key=cv2.contourArea))
        length = cv2.arcLength(hull, True)
        for slack in (0.02, 0.03, 0.05):
            four = cv2.approxPolyDP(hull, slack * length, True)
            if len(four) == 4 and cv2.contourArea(four) > 0.92 * cv2.contourArea(hull):
                yield _clockwise(np.asarray(four).reshape(4, 2).astype(np.float64))
                break


@dataclass(frozen=True, slots=True)
class _Edge:
    """A straight edge through two points."""

    start: Points
    end: Points

    @property
    def length(self) -> float:
        return float(np.linalg.norm(self.end - self.start))


def _by_edges(smooth: Grey) -> Iterator[Points]:
    """Outlines of four straight edges: light falls off smoothly and a shadow has no corner, so
    that edges of the paper's brightness *ratio* are found where brightness itself misleads."""
    height, width = smooth.shape
    ratio = (np.log(smooth.astype(np.float32) + 8) * 40).astype(np.uint8)
    lines = cv2.HoughLinesP(
        cv2.Canny(ratio, 12, 30), 1, np.pi / 360, 40, minLineLength=0.22 * min(height, width),
        maxLineGap=12,
    )  # fmt: skip
    if lines is None:
        return
    sides: dict[str, list[_Edge]] = {"top": [], "right": [], "bottom": [], "left": []}
    for x0, y0, x1, y1 in np.asarray(lines).reshape(-1, 4).astype(np.float64):
        edge = _Edge(np.array([x0, y0]), np.array([x1, y1]))
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        if abs(y1 - y0) < 0.5 * abs(x1 - x0):
            sides["top" if y < height / 2 else "bottom"].append(edge)
        elif abs(x1 - x0) < 0.5 * abs(y1 - y0):
            sides["left" if x < width / 2 else "right"].append(edge)
    picked = [_longest_apart(sides[name]) for name in ("top", "right", "bottom", "left")]
    for top, right, bottom, left in product(*picked):
        corners = [
            _crossing(*pair)
            for pair in ((top, left), (top, right), (bottom, right), (bottom, left))
        ]
        if all(corner is not None for corner in corners):
            yield np.array(corners, dtype=np.float64)


def _longest_apart(edges: Sequence[_Edge], count: int = 4) -> list[_Edge]:
    """The longest edges that are not the same edge found twice."""
    kept: list[_Edge] = []
    for edge in sorted(edges, key=lambda e: -e.length):
        if all(
            np.abs(edge.start + edge.end - other.start - other.end).max() > 12 for other in kept
        ):
            kept.append(edge)
        if len(kept) == count:
            break
    return kept


def _crossing(one: _Edge, other: _Edge) -> Points | None:
    a, b = one.end - one.start, other.end - other.start
    cross = float(a[0] * b[1] - a[1] * b[0])
    if abs(cross) < 1e-6:
        return None
    away = other.start - one.start
    return np.asarray(one.start + a * float(away[0] * b[1] - away[1] * b[0]) / cross)


def _clockwise(points: Points) -> Points:
    middle = points.mean(axis=0)
    turned = points[np.argsort(np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0]))]
    return np.roll(turned, -int(np.argmin(turned.sum(axis=1))), axis=0)


def _sane(corners: Points) -> bool:
    """Opposite edges of like length, corners not far from square."""
    edges = [corners[(i + 1) % 4] - corners[i] for i in range(4)]
    lengths = [float(np.linalg.norm(edge)) for edge in edges]
    if min(lengths) < 1:
        return False
    alike = all(0.6 < lengths[i] / lengths[i + 2] < 1.67 for i in (0, 1))
    square = all(
        abs(float(edges[i] @ edges[(i + 1) % 4])) < 0.45 * lengths[i] * lengths[(i + 1) % 4]
        for i in range(4)
    )
    return alike and square


def _clear(smooth: Grey, start: Points, end: Points) -> float:
    """Share of an edge along which the paper inside is brighter than what is outside.

    Corners run clockwise, so that inside lies to the right of an edge's way.
    """
    height, width = smooth.shape
    way = end - start
    inward = np.array([-way[1], way[0]]) / max(float(np.linalg.norm(way)), 1e-6)
    places = start + np.linspace(0.06, 0.94, 40)[:, None] * way
    inside = (places + 7 * inward).round().astype(int)
    outside = (places - 6 * inward).round().astype(int)
    for spots in (inside, outside):
        if ((spots < -8) | (spots > np.array([width + 8, height + 8]))).any():
            return 0.0
        np.clip(spots, 0, [width - 1, height - 1], out=spots)
    within = smooth[inside[:, 1], inside[:, 0]].astype(np.float64)
    beyond = smooth[outside[:, 1], outside[:, 0]].astype(np.float64)
    return float((within > BRIGHTER * beyond + 4).mean())


def flattened(grey: Grey, shares: Points) -> tuple[Grey, float, NDArray[np.float64]]:
    """The page as a flat sheet, its resolution, and the matrix back to the photo's pixels."""
    corners = shares * np.array([grey.shape[1], grey.shape[0]])
    top, right, bottom, left = (
        float(np.linalg.norm(corners[(i + 1) % 4] - corners[i])) for i in range(4)
    )
    wide, high = (top + bottom) / 2, (left + right) / 2
    sheet = _sheet(wide, high)
    dpi = min(max(wide / sheet[0], high / sheet[1], 100.0), 300.0)
    size = round(sheet[0] * dpi), round(sheet[1] * dpi)
    flat = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=np.float32)
    there = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
    done = cv2.warpPerspective(
        grey, there, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    back = np.asarray(np.linalg.inv(np.asarray(there)), dtype=np.float64)
    return np.asarray(done, dtype=np.uint8), dpi, back


def _sheet(wide: float, high: float) -> tuple[float, float]:
    """The sheet in inches that a page of these proportions most likely is."""
    lying = wide > high
    share = min(wide, high) / max(wide, high)
    near = min(_SHEETS, key=lambda sheet: abs(sheet[0] / sheet[1] - share))
    if abs(near[0] / near[1] - share) > 0.12:
        near = (11.0 * share, 11.0)
    return (near[1], near[0]) if lying else near
