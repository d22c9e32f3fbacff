"""PDF files, page by page: the text layer where it can be believed, else the page's picture."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from extractors.reading import pdf_text, text_layer
from extractors.reading.limits import Budget
from extractors.reading.pdf_print import LARGE, LOOK_DPI, only, share_of_page, unread_print
from extractors.reading.salvage import rebuilt
from extractors.reading.separators import could_be_one, marked
from extractors.reading.sheets import LETTER, Grey, Picture, Sheet
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
        # PDFium may tell of the last file's password on a file without one.
        locked = getattr(failed, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD
        if locked and b"/Encrypt" in data:
            raise Locked(
                "the PDF is protected by a password",
                "Open it with its password, save it without one and send that",
            ) from failed
        if re.search(rb"/Count\s+0\b", data):
            raise Damaged("the PDF has no pages", _MEND) from failed
        raise Damaged("the PDF is cut off or damaged", _MEND) from failed


def _opened_or_salvaged(data: bytes, budget: Budget) -> tuple[pdfium.PdfDocument, bytes]:
    """The PDF and the bytes it was opened from: those of a file cut off are made whole first."""
    try:
        return opened(data), data
    except Damaged:
        saved = rebuilt(data)
        if saved is None:
            raise
        document = opened(saved)
    budget.warn("the PDF is cut off or damaged; only the pages that are left were read")
    return document, saved


def pages_of_pdf(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of a PDF in order. Raises Locked, Damaged, TooLarge."""
    with _ONE_AT_A_TIME:
        document, whole = _opened_or_salvaged(data, budget)
    salvaged = whole is not data
    with closing(document), pdf_text.Words(whole, _turned) as words:
        count = len(document)
        if not count:
            raise Damaged("the PDF has no pages", _MEND)
        budget.expect_pages(count)
        lost = []
        for index in range(count):
            with _ONE_AT_A_TIME:
                sheet = _sheet(document, index, words, budget, part)
            # A page whose contents were cut off is there, and empty.
            if sheet is None or (salvaged and _is_empty(sheet)):
                lost.append(index + 1)
                continue
            yield sheet
        if len(lost) == count:
            raise Damaged("no page of the PDF can be read", _MEND)
        for number in lost:
            budget.warn(f"page {number} of the PDF is damaged and was left out")


def _is_empty(sheet: Sheet) -> bool:
    if isinstance(sheet, Page):
        return sheet.source is PageSource.BLANK
    return bool((sheet.grey > 200).all())


def _turned(data: bytes, index: int, turn: int) -> bytes:
    """One page of a PDF as a PDF of its own, turned clockwise."""
    with closing(opened(data)) as source, closing(pdfium.PdfDocument.new()) as single:
        single.import_pages(source, [index])
        with closing(single[0]) as page:
            page.set_rotation((page.get_rotation() + turn) % 360)
        out = io.BytesIO()
        single.save(out)
    return out.getvalue()


def _sheet(
    document: pdfium.PdfDocument,
    index: int,
    words: pdf_text.Words,
    budget: Budget,
    part: int,
) -> Sheet | None:
    """A page as text or picture; None where it is too damaged for either."""
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return None
    with closing(page):
        probe = probed(page, budget)
        reason = text_layer.why_not(probe)
        if reason is not None:
            return _picture(page, part)
        if sum(c.isalnum() for c in probe.text) < 3:
            width, height = page.get_size()
            return Page(0, width, height, (), PageSource.BLANK, part=part)
        read = words.page(index, part)
        if read is None:
            return _picture(page, part)
        if probe.invisible > 0.5:
            return read_before(read)
        if could_be_one(read):
            read = marked(read, *([_drawn(page, RENDER_DPI)] if probe.drawn else []))
        if not probe.drawn or read.separator:
            return read
        return _with_unread_print(page, read, index)


HEARSAY = 0.9
"""Confidence in the words of another program's OCR that reads fluently."""


def read_before(page: Page) -> Page:
    """A scan with a good hidden text layer: OCR of unknown make, so words are not certain."""
    lines = tuple(
        replace(line, words=tuple(replace(word, confidence=HEARSAY) for word in line.words))
        for line in page.lines
    )
    return replace(page, lines=lines, source=PageSource.OCR, quality=HEARSAY)


def _with_unread_print(page: pdfium.PdfPage, read: Page, index: int) -> Sheet:
    """The text page; as a picture beneath it where print on it has no text layer.

    Small print of this kind, such as a logo, is read on a file's first page only: later pages
    repeat it.
    """
    if read.rotation:
        return read
    boxes = unread_print(_drawn(page, LOOK_DPI), read)
    if not boxes or (index and share_of_page(boxes, read) < LARGE):
        return read
    grey = only(_drawn(page, RENDER_DPI), boxes, RENDER_DPI)
    return Picture(grey, read.width, read.height, True, read.part, over=read)


def probed(page: pdfium.PdfPage, budget: Budget) -> Probe:
    """A quick look at a page's text, images and drawings. Raises TooLarge."""
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
                budget.check_picture(*item.get_px_size())
                left, bottom, right, top = item.get_bounds()
                pictures += abs((right - left) * (top - bottom)) / area
    return Probe(text, hidden / texts if texts else 0.0, min(pictures, 1.0), drawn)


def _picture(page: pdfium.PdfPage, part: int) -> Picture:
    """The page's scan, or the page drawn in grey, at less resolution where it is a poster."""
    from extractors.reading.pdf_scan import scan_of  # loads OpenCV

    scan = scan_of(page, part)
    if scan is not None:
        return scan
    width, height = page.get_size()
    if not (width > 1 and height > 1):
        width, height = LETTER
    dpi = min(RENDER_DPI, (MOST_RENDERED * 72**2 / (width * height)) ** 0.5)
    return Picture(_drawn(page, dpi), width, height, True, part)


def _drawn(page: pdfium.PdfPage, dpi: float) -> Grey:
    import cv2  # heavy, and most pages with text are never drawn

    # PDFium takes twice as long to draw a scan in grey as in colour.
    with closing(page.render(scale=dpi / 72, may_draw_forms=True, rev_byteorder=True)) as bitmap:
        shown = bitmap.to_numpy()
        how = cv2.COLOR_RGBA2GRAY if shown.shape[2] == 4 else cv2.COLOR_RGB2GRAY
        return np.asarray(cv2.cvtColor(shown, how), dtype=np.uint8)
