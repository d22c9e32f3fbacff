"""Separator sheets: a page put between letters in a scan to part them.

A sheet bears a patch code, a Code 128 or a QR code, or says what it is, and next to nothing else.
Letters bear bar codes too, for the mail and the archive; they are told apart by their words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.reading.code128 import read_code128
from extractors.reading.sheets import Grey
from models.document import Page

MOST_WORDS = 40
"""Words of three letters or more on a separator sheet (bars are read as short ones); a page with
more is not looked at for codes."""

_SAYS_SO = re.compile(
    r"\b(patch ?t|(document|batch|file|letter|page|scan) separator|separator (sheet|page)|"
    r"separat(or|ion) sheet|(insert|place) between documents)\b",
    re.I,
)
_FOR_PEOPLE = re.compile(r"https?:|www\.|mailto:|tel:", re.I)


def marked(page: Page, *pictures: Grey) -> Page:
    """The page, `separator` told from its words and from its pictures, as received and repaired."""
    kind = separator_of(page, *pictures)
    return replace(page, separator=kind) if kind else page


def could_be_one(page: Page) -> bool:
    """Whether a page has so few words that its picture is worth a look."""
    return sum(sum(c.isalnum() for c in word.text) >= 3 for word in page.words) <= MOST_WORDS


def separator_of(page: Page, *pictures: Grey) -> str | None:
    """`text`, `patch`, `code128` or `qr`; None for a page that parts nothing."""
    if not could_be_one(page):
        return None
    if _SAYS_SO.search(page.text):
        return "text"
    for grey in pictures:
        if min(grey.shape) >= 200 and (kind := _code_on(page, grey)):
            return kind
    return None


def _code_on(page: Page, grey: Grey) -> str | None:
    dark = inked(grey)
    if is_patch(dark):
        return "patch"
    found, kind = read_code128(dark), "code128"
    if found is None:
        found, kind = _qr(grey), "qr"
    if not found or _FOR_PEOPLE.search(found):
        return None
    # A last page with a few closing words may bear the archive's code; a sheet says nothing.
    return kind if _SAYS_SO.search(found) or _says_nothing(page) else None


_SPEAKS = re.compile(
    r"\b(sincerely|regards|dear|you|your|we|our|appeal|member|page \d+ of|enclosure|cc:)\b", re.I
)


def _says_nothing(page: Page) -> bool:
    return not _SPEAKS.search(page.text)


def inked(grey: Grey) -> NDArray[np.bool_]:
    """Ink of a page by one threshold, its own."""
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(grey <= level, dtype=np.bool_)


def _qr(grey: Grey) -> str | None:
    scale = min(1200 / max(grey.shape), 1.0)
    look = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    try:
        found, _, _ = cv2.QRCodeDetector().detectAndDecode(look)
    except cv2.error:
        return None  # corners that OpenCV cannot make a square of
    return found or None


_WIDE = 2.5
"""A patch code's wide bar in narrow ones (0.20 and 0.08 inch); its three spaces are narrow."""
_LEAST, _MOST = 0.004, 0.015
"""Thickness of a narrow bar as a share of the page's height."""
_ACROSS = 0.18
"""Share of the page's width along which the four bars must run."""


def is_patch(dark: NDArray[np.bool_]) -> bool:
    """Whether a patch code runs along an edge of the page: four long bars of two widths. Looked
    for in columns (and rows), so that it may lie a little askew."""
    clean = np.asarray(cv2.medianBlur(dark.astype(np.uint8), 5), dtype=np.bool_)
    return any(_patch_down(image) for image in (clean, clean.T))


def _patch_down(dark: NDArray[np.bool_]) -> bool:
    columns = dark[:, ::8].T
    return sum(_has_bars(column) for column in columns) > _ACROSS * len(columns)


def _has_bars(column: NDArray[np.bool_]) -> bool:
    """Whether a column of pixels crosses the four bars."""
    edges = np.flatnonzero(np.diff(column.astype(np.int8))) + 1
    starts = [int(at) for at in edges if column[at]]
    ends = [int(at) for at in edges if not column[at] and at > (starts[0] if starts else 0)]
    bars = list(zip(starts, ends, strict=False))
    return any(_one_patch(bars[at : at + 4], column.size) for at in range(len(bars) - 3))


def _one_patch(bars: list[tuple[int, int]], height: int) -> bool:
    thick = [end - start for start, end in bars]
    spaces = [b[0] - a[1] for a, b in pairwise(bars)]
    narrow = (min(thick) + sum(spaces)) / 4
    if not _LEAST * height < narrow < _MOST * height:
        return False
    if not all(0.6 * narrow < space < 1.5 * narrow for space in spaces):
        return False
    wide = [t > 1.75 * narrow for t in thick]
    fits = all(
        abs(t / narrow - (_WIDE if w else 1)) < 0.8 for t, w in zip(thick, wide, strict=True)
    )
    return fits and any(wide) and not all(wide)
