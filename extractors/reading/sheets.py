"""What a file reader hands on for each page: a page already read, or its picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.document import Page

Grey = NDArray[np.uint8]
"""A page image, height x width, 0 black to 255 white."""

LETTER = (612.0, 792.0)
"""US Letter in points."""

LONG_EDGE = 11.0
"""Inches of a page's longer edge where its size is not told, or not believed."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page image to be read by OCR, with square pixels.

    `width` and `height` are the page's size in points; `flat` says that the picture was rendered
    from a file, so that no camera was involved; `part` as in `Page`. `over` is the page's text
    layer where only what it lacks is to be read from the picture; `dropped` the rows of pixels
    that the fax line dropped; `two_toned` says that it came in pure black and white.
    """

    grey: Grey = field(repr=False)
    width: float
    height: float
    flat: bool = False
    part: int = 0
    over: Page | None = None
    dropped: tuple[float, ...] = ()
    two_toned: bool = False

    @property
    def dpi(self) -> float:
        """Pixels an inch."""
        return float(self.grey.shape[1] * 72 / self.width)


Sheet = Page | Picture
