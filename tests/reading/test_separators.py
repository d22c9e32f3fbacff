"""Separator sheets are told from letters, and part them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from made_pages import drawn, noisy, skewed, typeset

from benchmarks.generator.damage import Hand, fax_page, pages_of
from benchmarks.sheets import code128_sheet, patch_sheet, qr_sheet, text_sheet
from extractors.reading import Limits, read_document
from extractors.reading.code128 import PATTERNS, read_code128
from extractors.reading.ocr import read_picture
from extractors.reading.sheets import Picture
from extractors.splitting import split_letters
from models.document import Page

SHEETS = {
    "code128": code128_sheet("PATCHT"),
    "qr": qr_sheet("SEP-17"),
    "patch": patch_sheet(),
    "text": text_sheet(),
}


def page_of(picture: np.ndarray) -> Page:
    return read_picture(Picture(np.ascontiguousarray(picture), 612, 792), 60)


def test_every_symbol_has_eleven_modules_and_is_the_only_one() -> None:
    assert {sum(pattern) for pattern in PATTERNS} == {11}
    assert len(set(PATTERNS)) == 106


@pytest.mark.parametrize("text", ["PATCHT", "Ab 09~!", "0"])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_code_128_is_read_from_every_side(text: str, turn: int) -> None:
    grey = np.rot90(pages_of(code128_sheet(text), 150)[0], turn)
    assert read_code128(grey < 128) == text


def test_a_code_128_with_a_wrong_bar_is_not_believed() -> None:
    grey = pages_of(code128_sheet("PATCHT"), 150)[0].copy()
    dark = grey < 128
    left, right = np.flatnonzero(dark.any(axis=0))[[0, -1]]
    middle = (left + right) // 2
    dark[:, middle : middle + 12] = ~dark[:, middle : middle + 12]
    assert read_code128(dark) is None


@pytest.mark.parametrize("kind", list(SHEETS))
def test_a_sheet_of_a_pdf_is_marked(kind: str) -> None:
    import pypdfium2

    with pypdfium2.PdfDocument(typeset()) as letter, pypdfium2.PdfDocument(SHEETS[kind]) as sheet:
        letter.import_pages(sheet)
        letter.import_pages(pypdfium2.PdfDocument(typeset()))
        out = io.BytesIO()
        letter.save(out)
    document = read_document(out.getvalue(), "x", Limits(workers=2))
    assert [page.separator for page in document.pages] == [None, kind, None]
    assert [[p.number for p in letter] for letter in split_letters(document)] == [[1], [3]]


@pytest.mark.parametrize("kind", ["code128", "qr", "patch"])
@pytest.mark.parametrize("damage", ["skew", "noise", "fax"])
def test_a_sheet_of_a_scan_is_marked(kind: str, damage: str) -> None:
    grey = pages_of(SHEETS[kind], 150 if damage != "fax" else 200)[0]
    if damage == "skew":
        grey = skewed(grey, 2)
    elif damage == "noise":
        grey = noisy((grey * 0.8 + 25).astype(np.uint8), 12)
    else:
        grey = fax_page(grey, Hand("sheet"), "", False)
    assert page_of(grey).separator == kind


def test_a_letter_with_a_bar_code_or_a_link_is_no_separator() -> None:
    letter = drawn(200).copy()
    code = pages_of(code128_sheet("A-7731"), 200)[0]
    ys, xs = np.nonzero(code < 128)
    cut = code[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    letter[-cut.shape[0] - 60 : -60, 100 : 100 + cut.shape[1]] = cut
    assert page_of(letter).separator is None
    link = pages_of(qr_sheet("https://plan.example/portal"), 150)[0]
    assert page_of(link).separator is None


def test_a_last_page_of_few_words_with_the_archives_code_goes_with_its_letter() -> None:
    last = pages_of(code128_sheet("000481516", "Sincerely, Jane Roe"), 150)[0]
    assert page_of(last).separator is None
