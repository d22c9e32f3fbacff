"""Page repair: what a page image shows decides what is done to it before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.reading.sheets import Grey

LOOK_DPI = 75
"""Resolution at which a page's state is judged: a millisecond a look."""

MOST_SKEW = 8.0
"""Degrees within which skew is searched."""

LEAST_SKEW = 0.25
"""Degrees below which turning would only blur the letters."""


def small(grey: Grey, dpi: float) -> Grey:
    """The page at `LOOK_DPI`, or as it is where it has less."""
    scale = LOOK_DPI / dpi
    if scale >= 1:
        return grey
    size = max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def ink(look: Grey) -> NDArray[np.uint8]:
    """1 where a small page image is darker than the paper around it, without its border."""
    if min(look.shape) < 16:
        return np.zeros_like(look)
    paper = cv2.morphologyEx(
        cv2.medianBlur(look, 3), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)
    ).astype(np.int16)
    depth = paper - look
    dark = (depth > max(24, 0.35 * float(np.percentile(depth, 99.5)))).astype(np.uint8)
    edge = max(round(0.012 * max(look.shape)), 2)
    dark[:edge] = dark[-edge:] = 0
    dark[:, :edge] = dark[:, -edge:] = 0
    return dark


def is_blank(dark: NDArray[np.uint8]) -> bool:
    """Whether a page's ink is no more than specks: nothing that an eye could read."""
    if not dark.any():
        return True
    # Letters of a word run together along the line; specks stay alone.
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, 7), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    if count <= 1:
        return True
    width, area = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_AREA]
    return not bool(((width >= 5) & (area >= 10)).any())


def _profile_energy(dark: NDArray[Any]) -> float:
    """How sharply rows of ink and white alternate down the page."""
    rows = dark.sum(axis=1, dtype=np.int64)
    return float((np.diff(rows) ** 2).sum())


def turned(image: NDArray[np.uint8], degrees: float, paper: int = 255) -> NDArray[np.uint8]:
    """An image turned clockwise by a small angle about its middle, its size kept."""
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return np.asarray(
        cv2.warpAffine(
            image,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=paper,
        ),
        dtype=np.uint8,
    )


def skew_of(dark: NDArray[np.uint8]) -> tuple[float, float]:
    """Clockwise turn in degrees that levels the lines of text, and the energy it reaches."""
    scaled = dark * 255

    def energy(angle: float) -> float:
        return _profile_energy(turned(scaled, angle, 0) // 128)

    best = max(np.arange(-MOST_SKEW, MOST_SKEW + 0.1, 1.0), key=energy)
    for step in (0.5, 0.25, 0.1):
        best = max((best - step, best, best + step), key=energy)
    return float(best), energy(float(best))


def quarter(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """An image turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(image, -(degrees // 90) % 4))


@dataclass(frozen=True, slots=True)
class State:
    """What a look at a page tells: `sideways` lines run up the page, `skew` the clockwise turn
    in degrees that levels them (after a clockwise quarter turn where sideways)."""

    blank: bool
    sideways: bool = False
    skew: float = 0.0


def look_at(grey: Grey, dpi: float) -> State:
    """The state of a page image, judged at low resolution."""
    dark = ink(small(grey, dpi))
    if is_blank(dark):
        return State(blank=True)
    skew, level = skew_of(dark)
    side = quarter(dark, 90)
    side_skew, upright = skew_of(side)
    # Ruled tables have strong lines both ways; only a clear win turns a page.
    sideways = upright > 1.6 * level
    return State(False, sideways, side_skew if sideways else skew)
