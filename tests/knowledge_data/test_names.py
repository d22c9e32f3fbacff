"""Finding names in any text: spans are real, in order, and stand at word ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.drugs import drugs
from knowledge.names import Alias, NameIndex, squash
from knowledge.payers import payers

NAMES = ["Aetna", "BlueCross", "of Texas", "UHC", "Inc.", "Medi-Cal", "Skyrizi", "IVIG", "the", "&"]
WILD = st.lists(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), max_size=12).map(" ".join)


@given(WILD)
def test_matches_are_words_of_the_text_in_order(text: str) -> None:
    for index in (payers().index, drugs().index):
        last = (0, 0)
        for match in index.find(text):
            assert 0 <= match.start < match.end <= len(text)
            assert match.start >= last[1] or (match.start, match.end) == last
            last = (match.start, match.end)
            assert match.start == 0 or not text[match.start - 1].isalnum()
            assert match.end == len(text) or not text[match.end].isalnum()


@given(st.text())
def test_squash_is_stable(text: str) -> None:
    assert squash(squash(text)) in (squash(text), "")


def test_a_name_does_not_cross_an_empty_line() -> None:
    index = NameIndex([Alias("Blue Cross", "bcbs")])
    assert [m.of for m in index.find("Blue\nCross")] == ["bcbs"]
    assert list(index.find("Blue\n\nCross")) == []


def test_the_longer_name_is_taken_whole() -> None:
    index = NameIndex([Alias("Blue Cross", "b"), Alias("Blue Cross of Idaho", "idaho")])
    assert [m.of for m in index.find("Blue Cross of Iowa, Blue Cross of Idaho")] == ["b", "idaho"]
