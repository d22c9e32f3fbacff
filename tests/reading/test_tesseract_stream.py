"""Tesseracts that stay: they read as one for each page does, and a broken one costs no page."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from extractors.reading import tesseract
from extractors.reading.sheets import Grey
from extractors.reading.tesseract_stream import Stream, Streams
from models.errors import TimedOut


def page(*lines: str) -> Grey:
    grey = np.full((600, 1000), 255, np.uint8)
    for n, line in enumerate(lines):
        cv2.putText(grey, line, (40, 90 + 80 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 0, 3)
    return grey


PAGES = (
    page("Your request was denied", "Appeal within 180 days"),
    page("Member 4471900265", "Claim 90.12 USD"),
    page(),
    page("Dear Sam Sample,"),
)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Streams]:
    made = Streams()
    monkeypatch.setattr(tesseract, "streams", made)
    yield made
    for _, stream in made._idle:
        stream.end()


def only(streams: Streams) -> Stream:
    ((_, stream),) = streams._idle
    return stream


def test_pages_read_as_by_a_tesseract_for_each_in_whatever_order(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    forth = [tesseract.read_words(grey, 200) for grey in PAGES]
    back = [tesseract.read_words(grey, 200) for grey in reversed(PAGES)]
    assert only(streams).pages == 2 * len(PAGES)
    monkeypatch.setattr(tesseract, "streams", None)
    alone = [tesseract.read_words(grey, 200) for grey in PAGES]
    assert any(word.text == "denied" for word in alone[0])
    assert not alone[2]
    assert forth == alone
    assert back[::-1] == alone


def test_one_that_died_costs_no_page(streams: Streams) -> None:
    first = tesseract.read_words(PAGES[0], 200)
    os.kill(only(streams)._process.pid, 9)
    assert tesseract.read_words(PAGES[0], 200) == first
    assert not streams._idle
    assert tesseract.read_words(PAGES[0], 200) == first
    assert only(streams).pages == 1


def test_one_that_hangs_is_killed_and_the_next_page_read(
    streams: Streams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tesseract.languages()
    hangs = tmp_path / "hangs"
    hangs.write_text(
        f"#!{sys.executable}\nimport time\nopen('{tmp_path}/up', 'w')\ntime.sleep(9e5)"
    )
    hangs.chmod(0o700)
    with monkeypatch.context() as broken:
        broken.setattr("pytesseract.pytesseract.tesseract_cmd", str(hangs))
        with pytest.raises(TimedOut, match="longer than 2 seconds"):
            tesseract.read_words(PAGES[0], 200, seconds=2)
    assert not streams._idle
    assert tesseract.read_words(PAGES[0], 200)


def test_another_resolution_takes_another_tesseract_and_few_are_held(streams: Streams) -> None:
    for dpi in (200, 150, 300, 200, 200):
        assert tesseract.read_words(PAGES[0], dpi)
    assert [stream.pages for _, stream in streams._idle] == [1, 2]
    assert tesseract.read_words(PAGES[0], 200, psm=6)
    assert [stream.pages for _, stream in streams._idle] == [2, 1]
