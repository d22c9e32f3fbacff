"""Numbers cut in two are made whole; numbers that a blank parts are left apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from extractors.reading.marks import is_bar, printed, without_specks
from extractors.reading.rejoin import digit_width, rejoined
from extractors.reading.sheets import Grey
from extractors.reading.tesseract import Seen

DIGIT, HIGH, INK, DASH, THIN = 20, 28, 16, 10, 5
LINE = (1, 1, 1)


def drawn(text: str) -> tuple[Grey, list[Seen]]:
    """A line of digits, each as wide as another but for its ink, cut into words where a blank or a
    `/` stands; a blank is half a digit wide, a `/` nothing at all."""
    dark = np.zeros((60, 1200), np.uint8)
    words: list[Seen] = []
    x, start, end, held = 20.0, -1, -1, ""
    for sign in [*text, " "]:
        if sign in " /":
            words.append(Seen(held, start, 16, end, 16 + HIGH, 0.9, LINE))
            x, start, held = x + (DIGIT / 2 if sign == " " else 0), -1, ""
            continue
        ink = {"1": THIN, "-": DASH}.get(sign, INK)
        left = round(x + (DIGIT - ink) / 2)
        end = left + ink
        rows = slice(28, 31) if sign == "-" else slice(16, 16 + HIGH)
        dark[rows, left:end] = 1
        start = left if start < 0 else start
        held += sign
        x += DIGIT
    return dark, words


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("56789 447/1-88203", ["56789", "4471-88203"]),
        ("56789 8811/1/111", ["56789", "88111111"]),
        ("56789 4471/-88203", ["56789", "4471-88203"]),
        ("56789 447 188203", ["56789", "447", "188203"]),
        ("56789 801 111 11", ["56789", "801", "111", "11"]),
        ("447/1", ["447", "1"]),  # nothing tells how wide a digit is
    ],
)
def test_halves_of_a_number(printed: str, read: list[str]) -> None:
    dark, words = drawn(printed)
    whole = rejoined(words, dark)
    assert [word.text for word in whole] == read
    assert (whole[-1].x0, whole[-1].x1) == (
        words[-1].x0 if len(read) == len(words) else min(w.x0 for w in words[1:]),
        words[-1].x1,
    )


def test_a_speck_in_a_blank_joins_nothing() -> None:
    dark, words = drawn("56789 801 111")
    middle = (words[1].x1 + words[2].x0) // 2
    dark[30:33, middle - 1 : middle + 2] = 1
    assert rejoined(words, dark) == tuple(words)


def test_words_of_other_lines_and_whole_values_stay() -> None:
    dark, words = drawn("56789 447/188203")
    other = [*words[:2], replace(words[2], line=(1, 1, 2))]
    assert rejoined(other, dark) == tuple(other)
    dated = [words[0], replace(words[1], text="11/09/2026"), words[2]]
    assert rejoined(dated, dark) == tuple(dated)
    assert digit_width(words) == pytest.approx(DIGIT, rel=0.05)
    assert rejoined([], dark) == ()


@pytest.mark.parametrize(
    ("left", "right", "line", "read"),
    [
        ("B20", "2022", (83, 95), ["B20", "2022"]),  # read with neither word
        ("B20_", "2022", (66, 78), ["B20_2022"]),  # read with the word before it
        ("B20", "2022", (10, 150), ["B20", "2022"]),  # a rule under both words
        ("Name", "Box", (83, 95), ["Name", "Box"]),  # no code
        ("B20", "2022", None, ["B20", "2022"]),
    ],
)
def test_an_underscore_links_two_words(
    left: str, right: str, line: tuple[int, int] | None, read: list[str]
) -> None:
    dark, words = drawn("56789 447")
    dark = np.pad(dark, ((0, 80), (0, 0)))
    wide = len(left) * 20
    words = [*words, seen(left, 20, wide, 28, 2), seen(right, 20 + wide + 16, 80, 28, 2)]
    if line is not None:
        dark[130:133, line[0] : line[1]] = 1
    assert [word.text for word in rejoined(words, dark)][2:] == read


def seen(text: str, x0: int, wide: int, high: int, line: int = 1) -> Seen:
    return Seen(text, x0, 100, x0 + wide, 100 + high, 0.9, (1, 1, line))


def test_specks_are_no_punctuation() -> None:
    kept = [
        seen("Plan", 10, 60, 20),
        seen(":", 72, 4, 14),
        seen("-", 10, 8, 3, 2),
        seen("1", 30, 3, 4, 3),
    ]
    stop = seen(".", 90, 3, 3)
    specks = [seen(".", 5, 3, 3, 4), seen(":", 95, 3, 3), seen("=", 9, 4, 4, 5)]
    words = [*kept[:2], stop, specks[1], *kept[2:], specks[0], specks[2]]
    assert list(without_specks(words, 200)) == [*kept[:2], stop, *kept[2:]]


def test_a_bar_parts_the_words_beside_it() -> None:
    left, bar, right = seen("Unit", 10, 60, 20), seen("|", 80, 3, 28), seen("Notice", 95, 80, 20)
    page = np.zeros((300, 300), np.uint8)
    page[100:128, 80:83] = 1
    assert is_bar(bar, left, right, page)
    assert not is_bar(bar, None, right, page)
    assert not is_bar(bar, left, None, page)
    assert not is_bar(bar, left, replace(right, line=(1, 1, 2)), page)
    assert not is_bar(seen("|", 80, 3, 60), left, right, page)
    assert not is_bar(replace(bar, confidence=0.3), left, right, page)
    assert not is_bar(seen("I", 80, 3, 28), left, right, page)
    page[:, 80:83] = 1
    assert not is_bar(bar, left, right, page)


def test_signs_that_stand_where_letters_were_printed() -> None:
    read = ("(D", "1D:", "lD#", "|D", "(D)", "AD", "1D7")
    meant = ["ID", "ID:", "ID#", "ID", "(D)", "AD", "1D7"]
    assert [printed(text, "HMS00441") for text in read] == meant
    assert printed("1D", "printing") == "1D"
    assert printed("£1399", "") == "E1399"
    assert printed("£13.99", "") == "£13.99"
