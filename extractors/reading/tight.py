"""Boxes of words drawn in to their print.

Tesseract's box of a word holds whatever dark spots lie beside it: on a noisy page specks make it
half as high again, and rows of words are then told apart less well too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from extractors.reading.pixels import components
from extractors.reading.sheets import Grey
from extractors.reading.tesseract import Seen

TALL = 0.5
"""Share of a word's highest patch of ink from which a patch is a letter and no dot or speck."""

WHOLE = 0.6
"""Share of a word's width that its letters must span for its box to be drawn in to them: less is
left where print touches a rule or the next line, or is faint."""

GROWN = 0.2
"""Share of a word's height by which its letters may stick out of its box."""


def ink_of(grey: Grey) -> Grey:
    """1 where a page has ink."""
    cut, _ = cv2.threshold(grey[::2, ::2].copy(), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(cv2.threshold(grey, cut, 1, cv2.THRESH_BINARY_INV)[1], dtype=np.uint8)


def tightened(words: Sequence[Seen], dark: Grey) -> tuple[Seen, ...]:
    """The words of a level page, each with the box of its letters where they can be told. `dark`
    is 1 where the page has ink."""
    return tuple(_drawn_in(word, dark) for word in words)


def _drawn_in(word: Seen, dark: Grey) -> Seen:
    wide, high = word.x1 - word.x0, word.bottom - word.top
    margin = max(round(GROWN * high), 1)
    left, above = max(word.x0 - margin, 0), max(word.top - margin, 0)
    place = dark[above : word.bottom + margin, left : word.x1 + margin]
    if min(place.shape) < 1:
        return word
    _, _, stats = components(np.ascontiguousarray(place))
    patches = stats[1:, :4].copy()
    patches[:, 2:] += patches[:, :2]  # left, top, right and bottom, as the word's own
    patches += (left, above, left, above)
    x, y = (patches[:, 0] + patches[:, 2]) / 2, (patches[:, 1] + patches[:, 3]) / 2
    held = patches[(x >= word.x0) & (x <= word.x1) & (y >= word.top) & (y <= word.bottom)]
    if not len(held):
        return word
    heights = held[:, 3] - held[:, 1]
    letters = held[heights >= TALL * heights.max()]
    top, bottom = int(letters[:, 1].min()), int(letters[:, 3].max())
    if top == above or bottom == above + len(place):
        return word  # a rule, or the line above or below, touches a letter
    level = held[(held[:, 1] < bottom) & (held[:, 3] > top)]
    x0, x1 = int(level[:, 0].min()), int(level[:, 2].max())
    return replace(word, x0=x0, top=top, x1=x1, bottom=bottom) if x1 - x0 >= WHOLE * wide else word
