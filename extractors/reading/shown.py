"""Pages as pictures for a person to look at: as received, turned upright, small enough to send.

Where a file has no picture of a page (text, Word, a mail's own text) its words are set where the
reader put them, so that every box fits what is seen.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFont

from extractors.reading import pdf
from extractors.reading.kinds import Kind, kind_of
from extractors.reading.limits import Budget, Limits
from extractors.reading.mail import _Parts
from extractors.reading.reader import reader_for
from extractors.reading.sheets import Grey, Picture, Sheet
from models.document import Page

WIDTH = 1400
"""Pixels across of the picture to read from."""
SMALL = 150
MOST_BYTES = 300_000
_DPI = 170.0
_QUALITIES = (62, 45, 30, 18)


def page_pictures(data: bytes, name: str, page: Page, limits: Limits) -> tuple[bytes, bytes]:
    """One page as WebP, to read from and as a thumbnail. Raises the kinds of Unreadable."""
    grey = _picture(data, kind_of(data, name), page, Budget(limits))
    image = Image.fromarray(grey) if grey is not None else _set(page)
    if grey is not None and page.rotation % 360:
        image = image.rotate(-page.rotation, expand=True)
    return _small_enough(image), _webp(_scaled(image, SMALL), 60)


def _picture(data: bytes, kind: Kind, page: Page, budget: Budget) -> Grey | None:
    """The page as received; None where the file has no picture of it."""
    if kind.key == "pdf":
        drawn = next(_drawn(data, budget, page.number - 1), None)
        return drawn.grey if isinstance(drawn, Picture) else None
    if kind.key == "mail":
        sheets = _Drawn(budget, 0).pages(data, 1)
    else:
        sheets = reader_for(kind)(data, budget, 0)
    sheet = next(islice(sheets, page.number - 1, None), None)
    return sheet.grey if isinstance(sheet, Picture) else None


class _Drawn(_Parts):
    """A mail's pages, those of attached PDFs drawn."""

    def _opened_pages(self, data: bytes, kind: Kind, depth: int) -> Iterator[Sheet]:
        if kind.key == "pdf":
            yield from self._numbered(_drawn(data, self._budget))
        else:
            yield from super()._opened_pages(data, kind, depth)


def _drawn(data: bytes, budget: Budget, only: int | None = None) -> Iterator[Sheet]:
    """The pages of a PDF that can be opened, in order: those that the reader read. With `only`,
    just the one at that place is drawn."""
    document, whole = pdf._opened_or_salvaged(data, budget)
    place = -1
    with closing(document):
        for index in range(len(document)):
            try:
                page = document[index]
            except pdfium.PdfiumError:
                continue
            with closing(page):
                if whole is data and only is not None and place + 1 != only:
                    place += 1
                    continue
                picture = _page_picture(page)
            if whole is not data and pdf._is_empty(picture):
                continue
            place += 1
            if only is None or place == only:
                yield picture


def _page_picture(page: Any) -> Picture:
    width, height = page.get_size()
    dpi = min(_DPI, (pdf.MOST_RENDERED * 72**2 / max(width * height, 1)) ** 0.5)
    return Picture(pdf._drawn(page, dpi), max(width, 1), max(height, 1), True)


def _set(page: Page) -> Image.Image:
    scale = WIDTH / page.width
    image = Image.new("L", (WIDTH, max(round(page.height * scale), 1)), 255)
    draw = ImageDraw.Draw(image)
    for word in page.words:
        box = page.as_shown(word.box)
        wide, high = box.width * scale, max(box.height * scale, 4)
        font: Any = ImageFont.load_default(high * 0.95)
        if (length := draw.textlength(word.text, font)) > wide > 0:
            font = ImageFont.load_default(max(high * 0.95 * wide / length, 4))
        draw.text((box.x0 * scale, box.top * scale), word.text, 0, font)
    return image


def _small_enough(image: Image.Image) -> bytes:
    for width in (WIDTH, 1100, 800):
        scaled = _scaled(image, width)
        for quality in _QUALITIES:
            made = _webp(scaled, quality)
            if len(made) <= MOST_BYTES:
                return made
    return made


def _scaled(image: Image.Image, width: int) -> Image.Image:
    if image.width <= width:
        return image
    return image.resize(
        (width, max(round(image.height * width / image.width), 1)), Image.Resampling.LANCZOS
    )


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def pdf_pictures(data: bytes, most: int = 12) -> list[bytes]:
    """The first pages of a PDF of our own, as WebP."""
    made = []
    with closing(pdfium.PdfDocument(data)) as document:
        for index in range(min(len(document), most)):
            with closing(document[index]) as page:
                made.append(_small_enough(Image.fromarray(np.array(pdf._drawn(page, 130.0)))))
    return made
