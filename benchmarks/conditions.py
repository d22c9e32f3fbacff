"""The damages that reading is measured under: one page each way, and where its print went."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.generator.damage import (
    FAX_FINE,
    FAX_STANDARD,
    SCAN_DPI,
    Grey,
    Hand,
    Matrix,
    as_fax_tiff,
    as_pdf,
    blurred,
    copy_page,
    fax_page,
    noisy,
    pages_of,
    photo_page,
    skewed,
    specked,
    washed_out,
)

Pixels = NDArray[np.uint8]
LIGHT_JPEG = 92
"""JPEG quality where the damage is not the compression."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One damage. `dpi` is the resolution across and down; `turn` the clockwise quarter turn that
    sets the damaged page upright again."""

    name: str
    make: Callable[[Grey, Hand], Pixels]
    drawn_at: int = SCAN_DPI
    dpi: tuple[int, int] = (SCAN_DPI, SCAN_DPI)
    quality: int = LIGHT_JPEG
    fax: bool = False
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file of damaged pages, the same pages as pictures for a reader that opens no PDF, and for
    each page the 3 x 3 matrix from points of the clean page to points of the page as received,
    turned upright."""

    suffix: str
    data: bytes
    pictures: tuple[tuple[str, bytes], ...]
    moves: tuple[Matrix, ...]


def _as_is(page: Grey, hand: Hand) -> Pixels:
    return page


def _skew(degrees: float) -> Callable[[Grey, Hand], Pixels]:
    return lambda page, hand: skewed(page, degrees if hand.chance(0.5) else -degrees, 255, hand)


def _turned(quarters: int) -> Callable[[Grey, Hand], Pixels]:
    return lambda page, hand: np.rot90(page, quarters).copy()


def _noise(sigma: float, spots: float) -> Callable[[Grey, Hand], Pixels]:
    def make(page: Grey, hand: Hand) -> Pixels:
        grey = washed_out(page, 30, 240)
        return specked(noisy(blurred(grey, 0.5), hand, sigma), hand, spots)

    return make


def _low_contrast(page: Grey, hand: Hand) -> Pixels:
    return noisy(washed_out(page, 150, 205), hand, 4)


def _fax(standard: bool) -> Callable[[Grey, Hand], Pixels]:
    return lambda page, hand: fax_page(page, hand, "", standard)


CONDITIONS: tuple[Condition, ...] = (
    Condition("clean 300 dpi", _as_is, 300, (300, 300)),
    Condition("clean 200 dpi", _as_is),
    Condition("clean 150 dpi", _as_is, 150, (150, 150)),
    Condition("skew 1°", _skew(1)),
    Condition("skew 3°", _skew(3)),
    Condition("skew 7°", _skew(7)),
    Condition("turned 90°", _turned(3), turn=270),
    Condition("turned 180°", _turned(2), turn=180),
    Condition("turned 270°", _turned(1), turn=90),
    Condition("fax fine", _fax(False), dpi=FAX_FINE, fax=True),
    Condition("fax standard", _fax(True), dpi=FAX_STANDARD, fax=True),
    Condition("noise, light", _noise(8, 0.01)),
    Condition("noise, middling", _noise(20, 0.05)),
    Condition("noise, heavy", _noise(38, 0.15)),
    Condition("photo", photo_page, quality=80),
    Condition("low contrast", _low_contrast),
    Condition("JPEG 30", _as_is, quality=30),
    Condition("second copy", copy_page),
)


def damaged(condition: Condition, pdf: bytes, seed: str) -> Damaged:
    """The pages of a digital letter, damaged one way."""
    hand = Hand(f"{condition.name}/{seed}")
    shots, moves = [], []
    for page in pages_of(pdf, condition.drawn_at):
        shots.append(condition.make(page, hand))
        moves.append(_in_points(hand.move(), condition))
    if condition.fax:
        standard = condition.dpi == FAX_STANDARD
        alone = tuple((".tif", as_fax_tiff([shot], standard)) for shot in shots)
        return Damaged(".tif", as_fax_tiff(shots, standard), alone, tuple(moves))
    data = as_pdf(shots, condition.dpi[0], condition.quality)
    alone = tuple((".jpg", _jpeg(shot, condition)) for shot in shots)
    return Damaged(".pdf", data, alone, tuple(moves))


def joined(condition: Condition, pdfs: Sequence[bytes], seed: str) -> Damaged:
    """The pages of several letters in one file of damaged pages."""
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for pdf in pdfs:
        with pypdfium2.PdfDocument(pdf) as one:
            whole.import_pages(one)
    out = io.BytesIO()
    whole.save(out)
    whole.close()
    return damaged(condition, out.getvalue(), seed)


def _in_points(move: Matrix, condition: Condition) -> Matrix:
    drawn = condition.drawn_at / 72
    back = np.diag([72 / condition.dpi[0], 72 / condition.dpi[1], 1.0])
    return back @ move @ np.diag([drawn, drawn, 1.0])


def _jpeg(page: Pixels, condition: Condition) -> bytes:
    """The picture that the PDF page holds, compressed as it is there."""
    out = io.BytesIO()
    Image.fromarray(page).save(out, "JPEG", quality=condition.quality, dpi=condition.dpi)
    return out.getvalue()
