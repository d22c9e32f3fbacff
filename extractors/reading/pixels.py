"""Measures of a grey image, told from its histogram: quick, since they are taken of every page."""

from __future__ import annotations

import cv2
import numpy as np

from extractors.reading.sheets import Grey


def level(values: Grey, share: float) -> float:
    """The grey level below which `share` (0 to 1) of an image's pixels lie."""
    counts = np.cumsum(cv2.calcHist([values], [0], None, [256], [0, 256]).ravel())
    return float(np.searchsorted(counts, share * counts[-1]))
