"""Print on a text page that its text layer does not hold: names in logos, pasted pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from extractors.reading.repair import ink
from extractors.reading.sheets import Grey
from models.document import Page
from models.geometry import Box

LOOK_DPI = 72
"""One pixel a point."""

LARGE = 0.03
"""Share of the page from which unread print is more than a logo."""


def unread_print(look: Grey, page: Page) -> list[Box]:
    """Boxes on a page drawn at `LOOK_DPI` that look like lines of print without a text layer."""
    dark = ink(look)
    for box in (word.box for word in page.words):
        top, left = max(int(box.top) - 2, 0), max(int(box.x0) - 2, 0)
        dark[top : int(box.bottom) + 3, left : int(box.x1) + 3] = 0
    for shape in ((1, 40), (40, 1)):
        rules = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        dark[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0] = 0
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3, 13), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    return [
        Box(float(x) - 4, float(y) - 4, float(x + w) + 4, float(y + h) + 4)
        for x, y, w, h, area in stats[1:count]
        if w >= 24 and h >= 5 and area >= 0.2 * w * h
    ]


def share_of_page(boxes: Sequence[Box], page: Page) -> float:
    """How much of the page the boxes cover, 0 to 1."""
    return sum(box.area for box in boxes) / max(page.width * page.height, 1.0)


def only(grey: Grey, boxes: Sequence[Box], dpi: float) -> Grey:
    """The picture with everything outside of the boxes (in points) painted white."""
    kept = np.full_like(grey, 255)
    for box in boxes:
        rows = slice(max(int(box.top * dpi / 72), 0), int(box.bottom * dpi / 72))
        columns = slice(max(int(box.x0 * dpi / 72), 0), int(box.x1 * dpi / 72))
        kept[rows, columns] = grey[rows, columns]
    return kept
