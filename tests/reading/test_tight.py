"""Boxes lie on print: specks, rules and neighbours do not widen them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks.boxes import truth_for
from benchmarks.generator.places import Printed
from extractors.reading.sheets import Grey
from extractors.reading.tesseract import Seen
from extractors.reading.tight import ink_of, tightened
from models.geometry import Box

PAPER, INK = 235, 20


def page_with_word() -> tuple[Grey, Seen]:
    """A page with one word and the box of its ink."""
    grey = np.full((200, 500), PAPER, np.uint8)
    cv2.putText(grey, "Hanged", (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.2, INK, 3)
    grey = np.where(grey < 128, INK, PAPER).astype(np.uint8)
    down, across = np.nonzero(grey == INK)
    box = int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1
    return grey, Seen("Hanged", *box, 0.9, (1, 1, 1))


def test_specks_around_a_word_are_left_out() -> None:
    grey, word = page_with_word()
    loose = Seen(
        "Hanged", word.x0 - 4, word.top - 16, word.x1 + 3, word.bottom + 14, 0.9, word.line
    )
    for x, y in ((70, loose.top + 1), (100, loose.bottom - 3), (150, loose.top + 3)):
        grey[y : y + 3, x : x + 3] = INK
    (found,) = tightened([loose], ink_of(grey))
    assert found == word


def test_a_box_that_cuts_a_word_grows_to_its_letters() -> None:
    grey, word = page_with_word()
    short = Seen("Hanged", word.x0 + 2, word.top + 3, word.x1 - 2, word.bottom - 3, 0.9, word.line)
    assert tightened([short], ink_of(grey)) == (word,)


@pytest.mark.parametrize("rule", ["under", "none", "faint"])
def test_a_box_stays_where_letters_cannot_be_told(rule: str) -> None:
    grey, word = page_with_word()
    if rule == "under":  # a frame that touches the word
        grey[:, word.x0 : word.x0 + 4] = INK
        grey[word.bottom - 4 : word.bottom, :] = INK
    elif rule == "none":
        grey[:] = PAPER
    else:
        grey[:, word.x0 + 40 :] = PAPER
    (found,) = tightened([word], ink_of(grey))
    assert (found.x0, found.x1) == (word.x0, word.x1)


def test_boxes_at_the_edge_and_of_nothing() -> None:
    grey, _ = page_with_word()
    for box in ((0, 0, 4, 4), (498, 198, 500, 200), (10, 10, 10, 10), (600, 300, 640, 320)):
        assert len(tightened([Seen("x", *box, 0.5, (1, 1, 1))], ink_of(grey))) == 1
    assert tightened([], ink_of(grey)) == ()


WORDS = [
    Printed(text, Box(x, 100, x + 28, 110))
    for x, text in ((10, "Oak"), (40, "Medicare"), (70, "Part"), (100, "D,"), (130, "until"))
] + [Printed("Medicare", Box(40, 300, 68, 310)), Printed("Part", Box(70, 300, 98, 310))]


def test_truth_is_the_likest_run_of_words() -> None:
    near = Box(40, 98, 130, 112)
    found = truth_for("Medicare Part D", near, WORDS, np.eye(3))
    assert found == Box(40, 100, 128, 110)
    below = truth_for("Medicare Port", Box(30, 290, 98, 310), WORDS, np.eye(3))
    assert below == Box(40, 300, 98, 310)
    assert truth_for("Quite another matter", near, WORDS, np.eye(3)) is None
