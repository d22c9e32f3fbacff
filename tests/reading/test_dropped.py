"""Rows that a fax line dropped: closed where print goes on, and never read with confidence."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from made_pages import drawn, encoded

from extractors.reading import read_document
from extractors.reading.dropped import CROSSED, mended
from extractors.reading.sheets import Grey


def fax() -> Grey:
    """A letter as a fine fax, not yet cut."""
    page = cv2.resize(drawn(200), (1734, 2156), interpolation=cv2.INTER_AREA)
    return np.where(page > 165, 255, 0).astype(np.uint8)


def inked_rows(page: Grey, count: int) -> list[int]:
    """Rows in the middle of lines of print, far from one another."""
    ink = (page == 0).sum(axis=1)
    busy = [row for row in range(300, len(page) - 4) if ink[row - 2 : row + 3].min() > 120]
    return [int(row) for row in busy[:: max(len(busy) // count, 1)]][:count]


def test_whole_page_is_left_alone() -> None:
    page = fax()
    assert mended(page)[1] == ()
    grey = drawn(200)
    assert mended(grey)[0] is grey, "a page of greys is no fax"


def test_white_rows_are_found_and_closed() -> None:
    page = fax()
    rows = inked_rows(page, 4)
    cut = page.copy()
    cut[rows] = 255
    done, found = mended(cut)
    assert list(found) == rows
    lost = (page[rows] != cut[rows]).sum()
    assert (page[rows] != done[rows]).sum() < 0.5 * lost


def test_black_row_is_told_and_left() -> None:
    page = fax()
    row = inked_rows(page, 1)[0]
    page[row] = 0
    done, found = mended(page)
    assert found == (row,)
    assert done is page


def test_hatched_page_is_its_own_pattern() -> None:
    page = np.full((400, 400), 255, np.uint8)
    page[::2] = 0
    done, found = mended(page)
    assert done is page
    assert not found


@pytest.mark.parametrize("turn", [0, 2])
def test_crossed_words_are_doubted(turn: int) -> None:
    page = fax()
    row = inked_rows(page, 3)[1]
    page[row] = 255
    shown = np.ascontiguousarray(np.rot90(page, turn))
    sent = encoded(shown, "TIFF", (204, 196), bilevel=True, compression="group4")
    read = read_document(sent, "fax.tif").pages[0]
    at = row / len(page) * read.height
    crossed = [w for w in read.words if w.box.top + 3 < at < w.box.bottom - 3]
    assert crossed
    assert all(word.confidence <= CROSSED for word in crossed)
    assert sum(word.confidence > 0.9 for word in read.words) > 60
