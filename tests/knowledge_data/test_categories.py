"""Categories, finer reasons and codes: complete, and codes taken only where they are codes."""

from __future__ import annotations

import pytest

from knowledge.categories import categories, category, reasons
from knowledge.codes import code, codes, find_codes
from models.vocabulary import DenialCategory


def test_every_category_says_how_to_answer_it() -> None:
    known = categories()
    assert list(known) == list(DenialCategory)
    for entry in known.values():
        assert entry.gather, entry.category
        assert all(need.shown_by for need in entry.gather), entry.category


def test_every_category_is_reached_by_a_finer_reason() -> None:
    assert {reason.category for reason in reasons().values()} == set(DenialCategory)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("refill_too_soon", DenialCategory.QUANTITY_LIMIT),
        ("brand_over_generic", DenialCategory.NON_FORMULARY),
        ("coordination_of_benefits", DenialCategory.ELIGIBILITY),
        ("off_label", DenialCategory.INDICATION_OR_AGE),
        ("site_of_care", DenialCategory.SITE_OF_CARE),
        ("nonsense", None),
    ],
)
def test_finer_reasons_count_as_a_category(name: str, expected: DenialCategory | None) -> None:
    assert category(name) is expected


@pytest.mark.parametrize(
    ("system", "value", "expected"),
    [
        ("CARC", "50", DenialCategory.MEDICAL_NECESSITY),
        ("CARC", "197", DenialCategory.PRIOR_AUTHORIZATION),
        ("CARC", "29", DenialCategory.TIMELY_FILING),
        ("RARC", "N362", DenialCategory.QUANTITY_LIMIT),
        ("NCPDP", "608", DenialCategory.STEP_THERAPY),
        ("NCPDP", "MR", DenialCategory.NON_FORMULARY),
    ],
)
def test_codes_tell_their_category(system: str, value: str, expected: DenialCategory) -> None:
    known = code(system, value)
    assert known is not None
    assert known.category is expected


def test_the_same_letters_in_two_systems_are_two_codes() -> None:
    assert code("RARC", "N1") != code("NCPDP", "N1")
    assert len(codes()) == len({(c.system, c.code) for c in codes().values()})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("denied with CO-50 and remark code N115", ["CARC 50", "RARC N115"]),
        ("Reject Code: 76", ["NCPDP 76"]),
        ("adjustment reason code 197", ["CARC 197"]),
        ("Denver, CO 80202; take 50 mg of N30", []),
        ("CO-999", []),
    ],
)
def test_codes_are_read_only_beside_their_system(text: str, expected: list[str]) -> None:
    assert [f"{m.code.system} {m.code.code}" for m in find_codes(text)] == expected
