"""Spanish as Tesseract's English model reads it."""

from __future__ import annotations

import pytest

from extractors.meaning.passages import plain
from extractors.reading.marks import with_boxes_whole
from extractors.reading.spanish import put_right
from extractors.reading.tesseract import Seen
from knowledge.cues import compiled, vocabulary
from models.document import Line, Word
from models.geometry import Box

SPANISH = (
    "Usted puede pedir esta carta de la oficina que por su nombre es el lugar en los que se la dan"
)
PLACE = Box(0, 0, 10, 10)


def page(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(tuple(Word(word, PLACE) for word in text.split())) for text in texts)


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("Su apelacién fue recibida.", "Su apelación fue recibida."),
        ("DETERMINACIÉN, decisi6n;", "DETERMINACIÓN, decisión;"),
        ("nos pidié una razén", "nos pidió una razón"),
        ("dos afios del nifo", "dos años del niño"),
        ("recién, cien también", "recién, cien también"),
    ],
)
def test_words_are_put_right_on_spanish_pages(read: str, printed: str) -> None:
    assert put_right(page(SPANISH, read))[1].text == printed
    assert put_right(page("The letter of the plan says so", read))[1].text == read


def test_cues_match_with_and_without_accents() -> None:
    phrase = compiled("(aviso|carta) de (denegación|determinación adversa)")
    for text in ("aviso de determinación adversa", "carta de denegacion"):
        assert phrase.may_match(text)
        assert phrase.pattern.search(text)
    assert "denegacion" in vocabulary() or "determinacion" in vocabulary()
    assert plain("aviso de determinacion adversa", damaged=True).split()[2] == "determinacion"


def seen(text: str, x0: int, x1: int, line: int = 1) -> Seen:
    return Seen(text, x0, 100, x1, 118, 0.7, (1, 1, line))


def test_empty_boxes_are_whole_however_their_sides_were_read() -> None:
    for left in ("{", "[", "{["):
        words = [seen(left, 10, 15), seen("]", 36, 40), seen("Approved", 60, 140)]
        assert [word.text for word in with_boxes_whole(words)] == ["[", "]", "Approved"]
    for words in (
        [seen("{", 10, 15), seen("]", 90, 95)],
        [seen("see", 10, 40), seen("{", 50, 55), seen("]", 60, 65)],
        [seen("{", 10, 15), seen("]", 36, 40, 2)],
        [seen("|", 10, 15), seen("|", 30, 35)],
    ):
        assert with_boxes_whole(words) == tuple(words)
