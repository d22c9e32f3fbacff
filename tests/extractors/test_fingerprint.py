"""The same letter twice is told; two letters of one template are not taken for one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from benchmarks.generator.damage import damaged
from benchmarks.generator.letter import Letter, make_letter
from benchmarks.generator.scene import Person
from extractors.extraction import extract_fields
from extractors.fingerprint import ALIKE, Fingerprint, back, fingerprint, likeness, out, same_letter
from extractors.reading import Limits, read_document
from extractors.splitting import split_letters
from models.serial import fields_out


def mark_of(data: bytes) -> Fingerprint:
    document = read_document(data, "x", Limits(workers=2))
    pages = split_letters(document)[0]
    return fingerprint(pages, fields_out(extract_fields(pages)))


@cache
def letter(seed: str) -> Letter:
    return make_letter(seed, scene={"kind": "denial", "level": "initial"})


@cache
def clean(seed: str) -> Fingerprint:
    return mark_of(letter(seed).pdf())


def for_another(seed: str) -> Letter:
    """The same template and drug for another patient, on the same day."""
    ids = {
        "member_id": "QTV770264913", "claim_number": "E55120938", "reference_number": "PA-90417752",
        "rx_number": "8120664", "group_number": "GRP-66120",
    }  # fmt: skip
    other = {"patient": Person("Leontine", "Abernathy"), "ids": ids}
    return make_letter(
        seed,
        scene={"kind": "denial", "level": "initial", "home": ("4 Plover Way", "Elko, NV 89801")}
        | other,
    )


@pytest.mark.parametrize("seed", ["twice/1", "twice/2"])
@pytest.mark.parametrize("damage", ["fax", "copy"])
def test_the_same_letter_as_pdf_and_as_fax_is_one(seed: str, damage: str) -> None:
    day = letter(seed).scene.days["letter_date"]
    _, data = damaged(letter(seed).pdf(), damage, seed, day)
    assert same_letter(clean(seed), mark_of(data))


@pytest.mark.parametrize("seed", [f"twice/{n}" for n in (0, 2, 3, 4, 6, 7)])
def test_one_template_for_two_patients_is_two_letters(seed: str) -> None:
    other = mark_of(for_another(seed).pdf())
    assert likeness(clean(seed), other) > ALIKE  # the wording alone would take them for one
    assert not same_letter(clean(seed), other)
    # nor where nothing could be extracted from one of them
    assert not same_letter(clean(seed), replace(other, told={}))


def test_letters_of_different_wording_are_not_alike() -> None:
    marks = [clean(f"twice/{n}") for n in range(8)]
    pairs = [(a, b) for n, a in enumerate(marks) for b in marks[n + 1 :]]
    assert not any(same_letter(a, b) for a, b in pairs)


def test_another_day_is_another_letter() -> None:
    mark = clean("twice/1")
    later = replace(mark, told={**mark.told, "letter_date": "20990101"})
    assert same_letter(mark, mark)
    assert not same_letter(mark, later)


def test_a_few_words_are_never_the_same() -> None:
    mark = replace(clean("twice/1"), words=8)
    assert not same_letter(mark, mark)
    empty = Fingerprint((), frozenset(), 0, {})
    assert not same_letter(empty, empty)


def test_there_and_back() -> None:
    assert back(out(clean("twice/1"))) == clean("twice/1")
