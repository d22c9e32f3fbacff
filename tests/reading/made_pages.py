"""Letters, scans and damage made for the tests of reading. All names are invented."""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
import pypdfium2 as pdfium
import typst
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]

LETTER = """
#set page(paper: "us-letter", margin: 1in)
#set text(font: "DejaVu Sans", size: 11pt)
#grid(columns: (1fr, 1fr),
  [*Larkspur Mutual Health*\\ Pharmacy Appeals Unit\\ PO Box 4410\\ Tacoma, WA 98401],
  align(right)[Phone: 800-555-0142\\ Fax: 800-555-0143])
#v(10pt)
September 14, 2026
#v(6pt)
#grid(columns: (1fr, 1fr),
  [Oren Castellan\\ 12 Quarry Road\\ Tacoma, WA 98402],
  [Member: Oren Castellan\\ Member ID: LMH-2207-8841\\ Group number: 0071532])
#v(6pt)
#table(columns: 4, [Drug],[HCPCS],[Units],[Decision],[Ocrevus 300 mg],[J2350],[600],[Denied])
#v(6pt)
Dear Oren Castellan:

We reviewed the request that your provider sent us. We cannot approve coverage of Ocrevus
because the quantity asked for is more than your plan allows. Ask for an appeal within 180 days
of the date of this notice.

#table(columns: 2, stroke: none, column-gutter: 60pt,
  [Diagnosis:],[G35],[Date of service:],[10/01/2026])

Sincerely,

Jane Roe, PharmD
"""

WORDS = (
    "Larkspur", "LMH-2207-8841", "0071532", "J2350", "Ocrevus", "Denied", "G35", "180", "appeal",
    "800-555-0143", "10/01/2026", "September", "Castellan", "quantity", "PharmD",
)  # fmt: skip
"""Words that every good reading of `LETTER` has."""


@cache
def typeset(source: str = LETTER) -> bytes:
    """A PDF of typst source."""
    made = typst.compile(source.encode())
    assert isinstance(made, bytes)
    return made


@cache
def drawn(dpi: int = 200, source: str = LETTER) -> Grey:
    """The first page of typst source as a grey image; not to be changed in place."""
    with pdfium.PdfDocument(typeset(source)) as document:
        picture = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    grey = np.asarray(picture, dtype=np.uint8).copy()
    grey.setflags(write=False)
    return grey


def noisy(grey: Grey, amount: float, seed: int = 5) -> Grey:
    rough = np.random.default_rng(seed).normal(0, amount, grey.shape)
    return np.clip(grey + rough, 0, 255).astype(np.uint8)


def skewed(grey: Grey, degrees: float) -> Grey:
    """Turned counter-clockwise about the middle, white where nothing was."""
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(grey, matrix, (width, height), borderValue=255))


def photographed(grey: Grey, desk: int = 70) -> Grey:
    """A page on a darker desk, seen at a slant, with a shadow over part of it."""
    height, width = grey.shape
    high, wide = round(height * 1.25), round(width * 1.25)
    here = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    there = np.array(
        [
            [0.14 * wide, 0.09 * high],
            [0.86 * wide, 0.06 * high],
            [0.93 * wide, 0.92 * high],
            [0.06 * wide, 0.95 * high],
        ],
        dtype=np.float32,
    )
    matrix = cv2.getPerspectiveTransform(here, there)
    page = cv2.warpPerspective(grey, matrix, (wide, high), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full_like(grey, 255), matrix, (wide, high))
    photo = np.where(mask > 127, page, desk).astype(np.float64)
    y, x = np.mgrid[0:high, 0:wide]
    photo *= np.where(0.6 * x + y > 0.8 * high, 0.68, 1.0) * (0.97 - 0.3 * x / wide)
    return noisy(np.clip(photo, 0, 255).astype(np.uint8), 5)


def encoded(grey: Grey, form: str, dpi: float | tuple[float, float] | None = 200, **more) -> bytes:
    """An image file of a grey page."""
    out = io.BytesIO()
    image = Image.fromarray(grey)
    if more.pop("bilevel", False):
        image = image.point(lambda level: 255 * (level > 150)).convert("1")
    if dpi is not None:
        more["dpi"] = dpi if isinstance(dpi, tuple) else (dpi, dpi)
    image.save(out, form, **more)
    return out.getvalue()


def found(text: str) -> float:
    """Share of `WORDS` that a text has."""
    return sum(word in text for word in WORDS) / len(WORDS)
