"""Page repair: what a page image shows decides what is done to it before it is read.

Everything is judged on a small copy (milliseconds) and done to the full image only where the
small copy asks for it. Angles are clockwise and in degrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.reading.outline import flattened, page_outline
from extractors.reading.pixels import components, level
from extractors.reading.sheets import Grey

LOOK_DPI = 75
"""Resolution at which a page's state is judged."""

MOST_SKEW = 9.0
"""Degrees within which skew is searched."""

LEAST_SKEW = 0.25
"""Degrees below which turning would only blur the letters."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An image fit for Tesseract and the way back to the image as received.

    `back` is a 3 x 3 matrix from its pixels to those of the received image turned upright by
    `turn`; `steps` names what was done; `sure` says whether up and down could be told.
    """

    grey: Grey
    dpi: float
    back: Matrix
    turn: int = 0
    sure: bool = False
    steps: tuple[str, ...] = ()


def resized(grey: Grey, scale: float) -> Grey:
    """The image with `scale` times the pixels each way."""
    size = max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1)
    if size == (grey.shape[1], grey.shape[0]):
        return grey
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=how), dtype=np.uint8)


def small(grey: Grey, dpi: float, at: float = LOOK_DPI) -> Grey:
    """The page at `at` dots an inch, or as it is where it has less."""
    while dpi >= 2 * at and min(grey.shape) > 64:
        # Halving is many times quicker than any other scale.
        height, width = grey.shape
        grey = np.asarray(
            cv2.resize(grey, (width // 2, height // 2), interpolation=cv2.INTER_AREA),
            dtype=np.uint8,
        )
        dpi /= 2
    return resized(grey, at / dpi) if at < dpi else grey


def ink(look: Grey, share: float = 0.35) -> NDArray[np.uint8]:
    """1 where a small page image is darker than the paper around it, by `share` of the blackest
    print's depth, without its border."""
    if min(look.shape) < 16:
        return np.zeros_like(look)
    paper = cv2.morphologyEx(cv2.medianBlur(look, 3), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    depth = np.asarray(cv2.subtract(paper, look), dtype=np.uint8)
    dark = (depth > max(24.0, share * level(depth, 0.995))).astype(np.uint8)
    edge = max(round(0.012 * max(look.shape)), 2)
    dark[:edge] = dark[-edge:] = 0
    dark[:, :edge] = dark[:, -edge:] = 0
    return dark


def is_blank(dark: NDArray[np.uint8]) -> bool:
    """Whether a page's ink is no more than specks: nothing that an eye could read."""
    if not dark.any():
        return True
    # Letters of a word run together along the line; specks stay alone.
    close = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, 7), np.uint8))
    joined = np.asarray(close, dtype=np.uint8)
    count, _, stats = components(joined)
    if count <= 1:
        return True
    width, area = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_AREA]
    return not bool(((width >= 5) & (area >= 10)).any())


def turning(shape: tuple[int, ...], degrees: float) -> Matrix:
    """The 3 x 3 matrix that turns an image of a shape clockwise about its middle."""
    height, width = shape[:2]
    return np.vstack(
        [cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0), [0.0, 0.0, 1.0]]
    )


def turned(
    image: NDArray[np.uint8], degrees: float, paper: int = 255, how: int = cv2.INTER_LINEAR
) -> NDArray[np.uint8]:
    """An image turned clockwise by a small angle about its middle, its size kept."""
    height, width = image.shape
    done = cv2.warpAffine(
        image,
        turning(image.shape, degrees)[:2],
        (width, height),
        flags=how,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=paper,
    )
    return np.asarray(done, dtype=np.uint8)


def _energy(dark: NDArray[np.uint8]) -> Callable[[float], float]:
    """How sharply rows of ink and white alternate down the page when it is turned by an angle.

    Only the places of the ink are turned, not the image: there is little ink on a page.
    """
    down, across = np.nonzero(dark)
    x, y = across - dark.shape[1] / 2, down.astype(np.float64)
    size = 2 * sum(dark.shape)

    @cache
    def turned_by(angle: float) -> float:
        rows = y * math.cos(math.radians(angle)) + x * math.sin(math.radians(angle)) + size / 2
        whole = rows.astype(np.int64)
        part = rows - whole  # a place between two rows counts for both
        counts = np.bincount(whole, 1 - part, size) + np.bincount(whole + 1, part, size)
        return float((np.diff(counts) ** 2).sum())

    return turned_by


def coarse_skew(dark: NDArray[np.uint8]) -> tuple[float, float]:
    """The whole degree that levels the lines of text best, and the energy it reaches."""
    angles = [float(a) for a in np.arange(-MOST_SKEW, MOST_SKEW + 0.1, 1.0)]
    energy = _energy(dark)
    best = max(angles, key=energy)
    return best, energy(best)


def fine_skew(dark: NDArray[np.uint8], near: float) -> float:
    """The turn that levels the lines of text, searched near a whole degree."""
    energy, best = _energy(dark), near
    for step in (0.5, 0.25, 0.1):
        best = max((best, best - step, best + step), key=energy)
    return best


def quarter(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """An image turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(image, -(degrees // 90) % 4))


def upright_score(dark: NDArray[np.uint8]) -> float:
    """Whether level lines of text stand on their feet: above 0 upright, below 0 on their heads.

    Letters that rise above the small ones (b, d, h, capitals, digits) are far more frequent
    than those that hang below the line (g, p, y). Near 0 where too little text shows it.
    """
    rows = dark.sum(axis=1, dtype=np.float64)
    above = below = 0.0
    lines = 0
    for start, end in _bands(rows > 0.004 * dark.shape[1]):
        if not 7 <= end - start <= 40:
            continue
        band = rows[start:end]
        core = np.flatnonzero(band >= 0.55 * np.sort(band)[round(0.85 * (len(band) - 1))])
        lines += 1
        above += band[: core[0]].sum()
        below += band[core[-1] + 1 :].sum()
    total = above + below
    return float((above - below) / total) if lines >= 4 and total > 60 else 0.0


def _bands(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], on.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


@dataclass(frozen=True, slots=True)
class State:
    """What a look at a page tells: the quarter `turn` that sets it upright, whether that is
    `sure`, and then the `skew` that remains."""

    blank: bool
    turn: int = 0
    sure: bool = False
    skew: float = 0.0


SURE = 0.25

UPRIGHT_DPI = 100
"""Resolution at which up and down are told: half of what most scans have, which is quick."""


def look_at(grey: Grey, dpi: float, look: Grey | None = None) -> State:
    """The state of a page image, judged at low resolution."""
    dark = ink(small(grey, dpi) if look is None else look)
    if is_blank(dark):
        return State(blank=True)
    coarse = np.asarray((resized(dark * 255, 0.66) > 90).astype(np.uint8))
    skew, level = coarse_skew(coarse)
    side_skew, upright = coarse_skew(quarter(coarse, 90))
    # Ruled tables have strong lines both ways; only a clear win turns a page.
    turn = 90 if upright > 1.6 * level else 0
    skew = fine_skew(quarter(dark, turn), side_skew if turn else skew)
    finer = ink(small(grey, dpi, UPRIGHT_DPI))
    score = upright_score(turned(quarter(finer, turn) * 255, skew, 0) // 128)
    if score < -SURE:
        turn += 180
    return State(False, turn, abs(score) > SURE, skew)


UNEVEN = 45
"""Grey levels between the brightest and darkest tenth of the paper that call for evening out."""


def paper_of(look: Grey) -> Grey:
    """The paper without its print, at low resolution."""
    less = resized(look, 0.5)
    filled = cv2.morphologyEx(less, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(cv2.GaussianBlur(cv2.medianBlur(filled, 9), (0, 0), 2.5), dtype=np.uint8)


def evened(grey: Grey, paper: Grey) -> Grey:
    """The image with its paper, given at low resolution, brought to one brightness."""
    full = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, np.maximum(full, 20), scale=235), dtype=np.uint8)


_NEIGHBOURS = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


def specks(grey: Grey) -> float:
    """Share of pixels far darker or brighter than all eight neighbours: salt and pepper."""
    high, wide = grey.shape
    part = grey[high // 4 : high // 4 + 600, wide // 4 : wide // 4 + 600]
    dark = cv2.subtract(cv2.erode(part, _NEIGHBOURS), part)
    bright = cv2.subtract(part, cv2.dilate(part, _NEIGHBOURS))
    return float((cv2.max(dark, bright) > 80).mean())


def grain(grey: Grey) -> float:
    """Noise of the paper in grey levels (standard deviation), whatever is printed on it."""
    high, wide = grey.shape
    part = grey[high // 4 : high // 4 + 600, wide // 4 : wide // 4 + 600].astype(np.float32)
    rough = cv2.filter2D(part, -1, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    return float(np.median(np.abs(rough)) / 0.6745 / 6)


MOSTLY_DARK = 0.55
"""Share of a bar's pixels that are dark, white letters and all."""

SOLID = 0.85
"""Share of dark pixels just inside of a bar's upper and lower edge."""


def with_bars_inverted(grey: Grey, look: Grey) -> tuple[Grey, bool]:
    """White print on dark bars turned to dark print on white, which Tesseract needs; the bars are
    found on the small `look` of the same page."""
    bright = level(look, 0.8)
    solid = (look < 0.55 * bright).astype(np.uint8)
    whole = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    bars = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((9, 25), np.uint8))
    if not bars.any():
        return grey, False
    count, _, stats, _ = cv2.connectedComponentsWithStats(bars, connectivity=4)
    scale_x, scale_y = grey.shape[1] / look.shape[1], grey.shape[0] / look.shape[0]
    found = False
    for x, y, w, h, area in stats[1:count]:
        at_edge = x <= 1 or y <= 1 or x + w >= look.shape[1] - 1 or y + h >= look.shape[0] - 1
        tall = h > 0.5 * look.shape[0]
        if area < 0.8 * w * h or tall or (at_edge and w < 0.9 * look.shape[1]):
            continue
        rows = slice(round(y * scale_y), round((y + h) * scale_y))
        columns = slice(round(x * scale_x), round((x + w) * scale_x))
        if not _is_bar(grey[rows, columns] < 0.55 * bright):
            continue  # rules and bold print close to one another
        if not found:
            grey, found = grey.copy(), True
        grey[rows, columns] = 255 - grey[rows, columns]
    return grey, found


def _is_bar(dark: NDArray[np.bool_]) -> bool:
    """Whether a region is a bar with print in it and not bold print: a bar is solid above and
    below its letters."""
    high = len(dark)
    rim, inner = round(0.04 * high) + 1, round(0.14 * high) + 2
    if high < 3 * inner:
        return False
    edges = np.concatenate((dark[rim:inner], dark[high - inner : high - rim]))
    return float(dark.mean()) >= MOSTLY_DARK and float(edges.mean()) >= SOLID


GRAIN, HEAVY_GRAIN = 14, 30
"""Noise of the paper from which it is smoothed between the edges of strokes, and from which a
median is worth the strokes it costs: below, it triples the errors. At a noise of 17 a blur cost a
third more errors than nothing, at 28 nothing can be read without smoothing."""

LEAST_DPI, MOST_DPI = 180, 220
BEST_DPI = 200
"""Resolutions that are read as they are, and the one that others are brought to: small print at
150 dpi is read with a quarter fewer errors after enlarging it."""


def prepared(grey: Grey, dpi: float, two_toned: bool = False) -> Prepared | None:
    """A page image made ready for its first reading; None where it is blank.

    `two_toned` pages came in pure black and white: their jagged strokes are read with a fifth
    fewer errors when they are softened.
    """
    steps: list[str] = []
    back: Matrix = np.eye(3)
    outline = page_outline(small(grey, dpi, 50))
    if outline is not None:
        grey, dpi, back = flattened(grey, outline)
        steps.append("flattened")
    look = small(grey, dpi)
    paper = paper_of(look)
    spread = level(paper, 0.9) - level(paper, 0.1)
    if spread > UNEVEN:
        grey, look = evened(grey, paper), evened(look, paper)
        steps.append("evened")
    state = look_at(grey, dpi, look)
    if state.blank:
        return None
    if not LEAST_DPI <= dpi <= MOST_DPI:
        scale = BEST_DPI / dpi
        grey = resized(grey, scale)
        back = back @ np.diag([1 / scale, 1 / scale, 1.0])
        dpi = BEST_DPI
    rough = grain(grey)
    if specks(grey) > 0.004 or rough > HEAVY_GRAIN:
        grey = np.asarray(cv2.medianBlur(grey, 3), dtype=np.uint8)
        steps.append("despeckled")
    elif rough > GRAIN:
        grey = np.asarray(cv2.bilateralFilter(grey, 5, 60, 2), dtype=np.uint8)
        steps.append("smoothed")
    elif two_toned:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.6), dtype=np.uint8)
        steps.append("softened")
    grey, inverted = with_bars_inverted(grey, look)
    if inverted:
        steps.append("inverted")
    made = Prepared(grey, dpi, back, 0, state.sure, tuple(steps))
    if state.turn % 360:
        made = replace(turned_over(made, state.turn % 360), sure=state.sure)
    return levelled(made, state.skew)


def quarter_matrix(shape: tuple[float, ...], turn: int) -> Matrix:
    """The 3 x 3 matrix of a clockwise quarter turn of an image of (height, width)."""
    height, width = shape[0], shape[1]
    rows = {
        0: ((1, 0, 0), (0, 1, 0)),
        90: ((0, -1, height), (1, 0, 0)),
        180: ((-1, 0, width), (0, -1, height)),
        270: ((0, 1, 0), (-1, 0, width)),
    }[turn]
    return np.array([*rows, (0, 0, 1)], dtype=np.float64)


def levelled(image: Prepared, skew: float) -> Prepared:
    """The image with its lines of text level.

    Dots between dots are told by cubic interpolation: on copies of copies a third fewer errors
    than by linear, which blurs, for 15 milliseconds a page.
    """
    if abs(skew) < LEAST_SKEW:
        return image
    paper = int(np.percentile(image.grey[::8, ::8], 75))
    back = image.back @ np.linalg.inv(turning(image.grey.shape, skew))
    straight = turned(image.grey, skew, paper, cv2.INTER_CUBIC)
    return replace(image, grey=straight, back=back, steps=(*image.steps, "levelled"))


def turned_over(image: Prepared, turn: int) -> Prepared:
    """The same image turned clockwise by 90, 180 or 270 degrees more."""
    own = quarter_matrix(image.grey.shape, turn)
    height, width = image.grey.shape
    far = image.back @ np.array([width, height, 1.0])
    shown = quarter_matrix((far[1] / far[2], far[0] / far[2]), turn)
    return replace(
        image,
        grey=quarter(image.grey, turn),
        back=shown @ image.back @ np.linalg.inv(own),
        turn=(image.turn + turn) % 360,
        sure=True,
    )


def thresholded(image: Prepared) -> Prepared:
    """Black and white by each place's own surroundings, for a second look."""
    window = round(image.dpi * 0.2) | 1
    smooth = cv2.GaussianBlur(image.grey, (0, 0), 1.0)
    done = cv2.adaptiveThreshold(
        smooth, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, window, 12
    )
    return replace(
        image, grey=np.asarray(done, dtype=np.uint8), steps=(*image.steps, "thresholded")
    )
