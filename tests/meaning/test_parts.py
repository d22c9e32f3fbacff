"""The parts: the phrase language, codes, the drug index, the sentence model."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.lexicon.drug_index import drug_index, plain_generic
from extractors.meaning.guess import chances
from extractors.meaning.passages import plain
from knowledge.cues import ARRAYS, Scanner, compiled, cues, scanner
from models.vocabulary import DenialCategory

HERE = Path(__file__).parent
TRAINED_ON = HERE.parents[1] / "extractors" / "data" / "reason_sentences.toml"


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("not … covered", "is not a service covered here", True),
        ("not … covered", "is not. it was covered", False),
        ("exceed* the limit", "it exceeds  the limit", True),
        ("units? billed", "the unit billed", True),
        ("(a|b) c", "xa c", False),
        ("[ :]+ no", "so : no", True),
        ("doesn't", "it doesn’t", True),
    ],
)
def test_phrases(written: str, text: str, found: bool) -> None:
    made = compiled(written)
    assert bool(made.pattern.search(text)) is found
    if found:
        assert made.may_match(text)


@given(st.text(alphabet="abcdenot medical necessary covered prior .,'", max_size=80))
def test_the_scanner_finds_what_the_patterns_find(text: str) -> None:
    every = {
        (cue.id, m.start(), m.end())
        for cue in cues("reasons")
        for made in cue.phrases
        for m in made.pattern.finditer(text)
    }
    assert {(cue.id, a, b) for cue, a, b in scanner("reasons").find(text)} == every


def test_every_reason_cue_names_a_category_of_the_contract() -> None:
    categories = {str(category) for category in DenialCategory}
    for cue in cues("reasons"):
        assert cue.value in categories
        assert cue.also is None or cue.also in categories
        assert 0 < cue.weight <= 1
    assert {cue.value for cue in cues("reasons")} == categories


def test_every_array_is_read() -> None:
    assert all(isinstance(scanner(array), Scanner) and cues(array) for array in ARRAYS)


@given(st.text(max_size=200))
def test_plain_text_keeps_its_length(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert len(plain(text, damaged=True)) == len(text)


@pytest.mark.parametrize(
    ("printed", "generic"),
    [
        ("Tecartus", "brexucabtagene autoleucel"),
        ("risankizumab-rzaa", "risankizumab"),
        ("lisdexamfetamine", "lisdexamfetamine"),
        ("Ocrevus®", "ocrelizumab"),
        ("Prolastin-C", "alpha-1 proteinase inhibitor"),
    ],
)
def test_drug_names(printed: str, generic: str) -> None:
    found = list(drug_index().find(f"coverage of {printed} for you"))
    assert [match.drug.generic for match in found] == [generic]


def test_ordinary_words_are_no_drugs() -> None:
    text = (
        "Your blood glucose, iron and water were normal; a complete notice comes by standard mail."
    )
    assert list(drug_index().find(text)) == []


@pytest.mark.parametrize(
    ("damaged", "generic"),
    [("0crevus", "ocrelizumab"), ("Hurnira", "adalimumab"), ("pernbrolizumab", "pembrolizumab")],
)
def test_damaged_drug_names(damaged: str, generic: str) -> None:
    close = drug_index().closest(damaged)
    assert close is not None
    assert close.generic == generic


@pytest.mark.parametrize("word", ["request", "coverage", "pharmacy", "member", "appeal"])
def test_damage_is_not_seen_in_plain_words(word: str) -> None:
    assert drug_index().closest(word) is None


def test_generics_are_plain() -> None:
    assert plain_generic("elexacaftor, tezacaftor and ivacaftor") == (
        "elexacaftor/tezacaftor/ivacaftor"
    )
    assert plain_generic("immune globulin, intravenous") == "immune globulin"


def test_the_sentence_model_knows_what_it_learned_and_more() -> None:
    trained = tomllib.loads(TRAINED_ON.read_text(encoding="utf-8"))
    unseen = tomllib.loads((HERE / "held_out.toml").read_text(encoding="utf-8"))
    seen = {text for texts in trained.values() for text in texts}
    assert not seen & {text for texts in unseen.values() for text in texts}
    assert _right(trained) > 0.95
    assert _right(unseen) > 0.7
    assert sum(chances("not medically necessary").values()) == pytest.approx(1)


def _right(sentences: dict[str, list[str]]) -> float:
    pairs = [(category, text) for category, texts in sentences.items() for text in texts]
    good = 0
    for category, text in pairs:
        shares = chances(text.lower())
        good += max(shares, key=lambda name: shares[name]) == category
    return good / len(pairs)
