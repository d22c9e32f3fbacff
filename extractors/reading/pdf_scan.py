"""A PDF page that is one picture and nothing else, as scanners write it: the picture itself.

Taking it out costs a third of drawing the page, and its dots come as they were scanned. Whatever
is not plainly so (masks, clips, turned or mirrored pictures, stamps) is left to be drawn.
"""

from __future__ import annotations

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from extractors.reading.images import picture_of
from extractors.reading.sheets import Picture

MOST_DPI = 250
"""A finer picture is drawn: that brings it to the resolution that is read more quickly than we can,
and in less memory."""

WITHIN = 1.0
"""Points by which the picture's edges may miss those of the page."""

_PLAIN_COLOURS = frozenset(
    {
        pdfium_c.FPDF_COLORSPACE_DEVICEGRAY,
        pdfium_c.FPDF_COLORSPACE_DEVICERGB,
        pdfium_c.FPDF_COLORSPACE_CALGRAY,
        pdfium_c.FPDF_COLORSPACE_CALRGB,
        pdfium_c.FPDF_COLORSPACE_ICCBASED,
    }
)


def scan_of(page: pdfium.PdfPage, part: int) -> Picture | None:
    """The picture of a page that is nothing else; None for any other page."""
    image = _only_image(page)
    if image is None or not _fills(image, page):
        return None
    try:
        shown = image.get_bitmap().to_numpy()  # PDFium's memory: only good within this function
    except pdfium.PdfiumError:
        return None
    if shown.ndim == 3 and shown.shape[2] == 3:
        grey = cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY)
    elif shown.ndim == 2:
        grey = shown.copy()
    else:
        return None
    quarters = page.get_rotation() // 90
    grey = np.ascontiguousarray(np.rot90(grey, -quarters), dtype=np.uint8)
    width, height = page.get_size()
    dpi = grey.shape[1] * 72 / width, grey.shape[0] * 72 / height
    return picture_of(grey, dpi, flat=True, part=part)


def _only_image(page: pdfium.PdfPage) -> pdfium.PdfImage | None:
    if pdfium_c.FPDFPage_GetAnnotCount(page) or pdfium_c.FPDFPage_CountObjects(page) != 1:
        return None
    image = next(iter(page.get_objects(max_depth=1)), None)
    if not isinstance(image, pdfium.PdfImage) or pdfium_c.FPDFPageObj_HasTransparency(image):
        return None
    if pdfium_c.FPDFClipPath_CountPaths(pdfium_c.FPDFPageObj_GetClipPath(image)) > 0:
        return None
    return image if image.get_metadata().colorspace in _PLAIN_COLOURS else None


def _fills(image: pdfium.PdfImage, page: pdfium.PdfPage) -> bool:
    """Whether a picture covers the page, edge by edge, neither turned, mirrored nor too fine."""
    a, b, c, d, _, _ = image.get_matrix().get()
    if not (a > 1 and d > 1 and abs(b) < WITHIN and abs(c) < WITHIN):
        return False
    across, down = image.get_px_size()
    if max(across / a, down / d) > MOST_DPI / 72:
        return False
    edges = zip(image.get_bounds(), page.get_bbox(), strict=True)
    return all(abs(one - other) < WITHIN for one, other in edges)
