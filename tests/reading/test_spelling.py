"""Misread spellings put right, and words run together parted at the gap that the print has."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.reading.spaces import parted
from extractors.reading.spelling import is_odd, is_word, respelled
from extractors.reading.tesseract import Seen


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("earlicr", "earlier"),
        ("Bencfits", "Benefits"),
        ("staternent.", "statement."),
        ("decid\u00e9", "decide"),
        ("\u2018You", "You"),
        ("_We", "We"),
        ("website..", "website."),
        ("lllinois,", "Illinois,"),
        ("lyengar,", "Iyengar,"),
        ("MK8830__PW", "MK8830_PW"),
    ],
)
def test_what_nobody_spells_so_is_read_as_it_was_printed(read: str, printed: str) -> None:
    assert respelled(read, 0.9, "") == printed


@pytest.mark.parametrize(
    "text",
    ["denied", "Cerer", "Lyrica", "lbs", "ldl", "XNP148283408", "E66.01", "days\u2019", "MI", "3/4",
     "adalimumab", "Aiusworth", "J2350", "www.example.com"],
)  # fmt: skip
def test_names_numbers_and_words_stay(text: str) -> None:
    assert respelled(text, 0.9, "") == text


def test_a_spelling_read_with_certainty_is_not_questioned() -> None:
    assert respelled("earlicr", 0.97, "") == "earlicr"


def test_what_follows_tells_an_address() -> None:
    assert respelled("PO.", 0.96, "Box") == "P.O."
    assert respelled("PO.", 0.96, "Number") == "PO."
    assert respelled("Ml", 0.9, "48317") == "MI"
    assert respelled("Ml", 0.9, "of") == "Ml"


@given(st.text(min_size=1, max_size=20), st.floats(0, 1), st.text(max_size=10))
def test_no_text_is_lost(text: str, sure: float, following: str) -> None:
    told = respelled(text, sure, following)
    assert sum(c.isalnum() for c in told) >= sum(c.isalnum() for c in text) - 1
    assert isinstance(is_odd(text), bool)
    assert isinstance(is_word(text), bool)


def set_as(text: str, read: str, space: int = 14) -> tuple[tuple[Seen, ...], np.ndarray]:
    """A line of print, spaces so wide, and the one word that was read of it."""
    grey = np.full((80, 700), 255, np.uint8)
    at = 20
    for part in text.split():
        cv2.putText(grey, part, (at, 50), cv2.FONT_HERSHEY_DUPLEX, 1.0, 0, 2)
        at += cv2.getTextSize(part, cv2.FONT_HERSHEY_DUPLEX, 1.0, 2)[0][0] + space
    y, x = np.nonzero(grey < 128)
    box = int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1
    return parted([Seen(read, *box, 0.91, (1, 1, 1))], grey), grey


@pytest.mark.parametrize(
    "text", ["a copy", "Procedure Code", "We are", "15, 2025", "CA 92141", "Box 9001", "1 of 2"]
)
def test_words_run_together_are_parted(text: str) -> None:
    words, grey = set_as(text, text.replace(" ", ""))
    assert [word.text for word in words] == text.split()
    for one, other in pairwise(words):
        assert one.x1 < other.x0
        assert (grey[one.top : one.bottom, one.x1 : other.x0] > 128).all()


@pytest.mark.parametrize("text", ["acopy", "ProcedureCode", "CA92141", "inpatient", "G12.0"])
def test_without_a_gap_a_word_stays_one(text: str) -> None:
    words, _ = set_as(text, text)
    assert [word.text for word in words] == [text]
