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


@dataclass(frozen=True, slots=True)
class Picture:
    """A page image to be read by OCR, with square pixels.

    `width` and `height` are the page's size in points; `flat` says that the picture was rendered
    from a file, so that no camera was involved; `part` as in `Page`. `over` is the page's text
    layer where only what it lacks is to be read from the picture.
    """

    grey: Grey = field(repr=False)
    width: float
    height: float
    flat: bool = False
    part: int = 0
    over: Page | None = None

    @property
    def dpi(self) -> float:
        """Pixels an inch."""
        return float(self.grey.shape[1] * 72 / self.width)


Sheet = Page | Picture
