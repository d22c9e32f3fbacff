"""A page that is one scan is taken out as it was scanned; whatever else it bears, it is drawn."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from made_pages import drawn, encoded
from PIL import Image

from extractors.reading.pdf_scan import scan_of
from extractors.reading.sheets import Grey, Picture


def as_pdf(dpi: int = 200, **more: str) -> bytes:
    return encoded(drawn(dpi), "PDF", None, resolution=dpi, **more)


def scan(data: bytes) -> Picture | None:
    with pdfium.PdfDocument(data) as document:
        return scan_of(document[0], 0)


def changed(change: Callable[[pikepdf.Pdf, pikepdf.Page], None]) -> bytes:
    with pikepdf.open(io.BytesIO(as_pdf())) as pdf:
        change(pdf, pdf.pages[0])
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def far(one: Grey, other: Grey) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_a_scan_is_taken_out_dot_by_dot() -> None:
    found = scan(as_pdf())
    assert found is not None
    assert found.grey.shape == drawn(200).shape
    assert far(found.grey, drawn(200)) < 2
    assert (round(found.width), round(found.height)) == (612, 792)


def test_colours_and_a_turn_by_flag() -> None:
    out = io.BytesIO()
    tinted = np.stack([drawn(200), drawn(200), np.full_like(drawn(200), 200)], axis=-1)
    Image.fromarray(tinted).save(out, "PDF", resolution=200)
    found = scan(out.getvalue())
    assert found is not None
    expected = np.asarray(Image.fromarray(tinted).convert("L"))
    assert far(found.grey, expected) < 2

    turned = scan(changed(lambda pdf, page: page.rotate(90, relative=False)))
    assert turned is not None
    assert far(turned.grey, np.rot90(drawn(200), -1)) < 2
    assert (round(turned.width), round(turned.height)) == (792, 612)


def _note(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    box = pikepdf.Array([10, 10, 60, 60])
    page.Annots = pikepdf.Array(
        [pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square,
                                              Rect=box))]
    )  # fmt: skip


def _stamp(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    page.contents_add(b"0 0 0 rg 100 100 80 20 re f")


def _mirrored(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    page.contents_add(b"-1 0 0 1 612 0 cm", prepend=True)


def _cropped(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    page.cropbox = [100, 100, 500, 700]


def _clipped(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    page.contents_add(b"0 0 300 300 re W n", prepend=True)


@pytest.mark.parametrize("change", [_note, _stamp, _mirrored, _cropped, _clipped])
def test_a_page_that_shows_more_or_less_is_drawn(
    change: Callable[[pikepdf.Pdf, pikepdf.Page], None],
) -> None:
    assert scan(changed(change)) is None


def test_a_fine_scan_is_drawn() -> None:
    assert scan(as_pdf(300)) is None
