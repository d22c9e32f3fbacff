"""PDF files, page by page: the text layer where it can be believed, else the page's picture."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from extractors.reading import pdf_text, text_layer
from extractors.reading.limits import Budget
from extractors.reading.sheets import LETTER, Picture, Sheet
from extractors.reading.text_layer import Probe
from models.document import Page, PageSource
from models.errors import Damaged, Locked

RENDER_DPI = 200
MOST_RENDERED = 4400 * 4400
"""Pixels of a rendered page; a poster is drawn at less resolution."""

_ONE_AT_A_TIME = threading.RLock()
"""PDFium may only be used by one thread."""

_MEND = "Open it in a PDF reader, print it to a new PDF and send that, or scan the letter"


def opened(data: bytes) -> pdfium.PdfDocument:
    """The PDF of `data`. Raises Locked, Damaged."""
    try:
        return pdfium.PdfDocument(data, password="")
    except pdfium.PdfiumError as failed:
        if getattr(failed, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise Locked(
                "the PDF is protected by a password",
                "Open it with its password, save it without one and send that",
            ) from failed
        raise Damaged("the PDF is cut off or damaged", _MEND) from failed


def pages_of_pdf(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of a PDF in order. Raises Locked, Damaged, TooLarge."""
    with _ONE_AT_A_TIME:
        document = opened(data)
    with closing(document), pdf_text.Words(data) as words:
        count = len(document)
        if not count:
            raise Damaged("the PDF has no pages", _MEND)
        budget.expect_pages(count)
        lost = []
        for index in range(count):
            with _ONE_AT_A_TIME:
                sheet = _sheet(document, index, words, budget, part)
            if sheet is None:
                lost.append(index + 1)
                continue
            yield sheet
        if len(lost) == count:
            raise Damaged("no page of the PDF can be read", _MEND)
        for number in lost:
            budget.warn(f"page {number} of the PDF is damaged and was left out")


def _sheet(
    document: pdfium.PdfDocument, index: int, words: pdf_text.Words, budget: Budget, part: int
) -> Sheet | None:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return None
    with closing(page):
        probe = probed(page)
        reason = text_layer.why_not(probe)
        if reason is None and sum(c.isalnum() for c in probe.text) >= 3:
            read = words.page(index, part)
            if read is not None:
                return read
        elif reason is None:
            width, height = page.get_size()
            return Page(0, width, height, (), PageSource.BLANK, part=part)
        return _picture(page, part)


def probed(page: pdfium.PdfPage) -> Probe:
    """A quick look at a page's text, images and drawings."""
    with closing(page.get_textpage()) as text_page:
        text = text_page.get_text_range(errors="replace")
    width, height = page.get_size()
    area = max(width * height, 1.0)
    texts = hidden = 0
    pictures = 0.0
    drawn = False
    for number, item in enumerate(page.get_objects(max_depth=3)):
        if number > 20_000:
            break
        if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            texts += 1
            mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item)
            hidden += mode == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE
        else:
            drawn = True
            if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                left, bottom, right, top = item.get_bounds()
                pictures += abs((right - left) * (top - bottom)) / area
    return Probe(text, hidden / texts if texts else 0.0, min(pictures, 1.0), drawn)


def _picture(page: pdfium.PdfPage, part: int) -> Picture:
    """The page drawn in grey."""
    width, height = page.get_size()
    if not (width > 1 and height > 1):
        width, height = LETTER
    scale = min(RENDER_DPI / 72, (MOST_RENDERED / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
    with closing(bitmap):
        grey = np.array(bitmap.to_numpy(), dtype=np.uint8)
    if grey.ndim == 3:
        grey = grey[:, :, 0]
    return Picture(np.ascontiguousarray(grey), width, height, True, part)
