"""Spanish letters are told from English ones with Spanish in them."""

from __future__ import annotations

from benchmarks.generator.letter import letters
from benchmarks.generator.papers import make_paper
from extractors.language import is_spanish
from extractors.reading import Limits, read_document
from pipeline.deciding import BOILERPLATE


def test_spanish_letters() -> None:
    assert all(is_spanish(make_paper(f"es/{n}", "spanish_letter").text()) for n in range(8))


def test_english_letters_with_taglines_in_many_languages() -> None:
    for _, letter in letters(1, 8):
        pages = read_document(letter.pdf(), "a.pdf", Limits(workers=1)).pages
        text = "\n".join(page.text for page in pages if page.role not in BOILERPLATE)
        assert not is_spanish(text)


def test_too_little_to_tell() -> None:
    assert not is_spanish("Medicamento: Rinvoq\nPaciente: Ana de la Cruz")
    assert not is_spanish("")
