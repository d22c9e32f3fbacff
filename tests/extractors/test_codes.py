from __future__ import annotations

import pytest
from letters_laid import analysed

from extractors.codes import find_diagnoses, icd10_codes, with_dot
from extractors.dosing import find_quantity, find_strength


def diagnoses(text: str) -> set[str]:
    return {str(c.supports) for c in find_diagnoses(analysed(text)) if c.score >= 0.55}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Diagnosis: M17.11 (osteoarthritis)", {"M17.11"}),
        ("ICD-10: M1711", {"M17.11"}),
        ("for plaque psoriasis (L40.0)", {"L40.0"}),
        ("Diagnosis codes: G43.909 and R51", {"G43.909", "R51"}),
        ("Diagnosis: E11.6S", {"E11.65"}),
        ("Room M1711 on floor 3", set()),
        ("Policy B12.345 applies", set()),
    ],
)
def test_diagnosis_codes(text: str, expected: set[str]) -> None:
    assert diagnoses(text) == expected


def test_the_code_list_is_whole() -> None:
    assert len(icd10_codes()) > 90_000
    assert {"E1165", "G35", "Z96651"} <= icd10_codes()
    assert with_dot("Z96651") == "Z96.651"


def quantity(text: str) -> str | None:
    found = [c for c in find_quantity(analysed(text)) if c.score >= 0.5]
    top = max(found, key=lambda c: c.score, default=None)
    return str(top.value) if top else None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Quantity requested: 60 tablets per 30 days", "60 tablets per 30 days"),
        ("Your doctor asked for 16 pens per 30 days. The limit is 8.", "16 pens per 30 days"),
        ("We cover 8 pens per 30 days; 16 pens per 30 days was requested.", "16 pens per 30 days"),
        ("The request for 10 mg/kg every 4 weeks is denied.", "10 mg/kg every 4 weeks"),
        ("The plan limit is 8 tablets per 30 days.", None),
    ],
)  # fmt: skip
def test_quantity_is_what_was_asked_for(text: str, value: str | None) -> None:
    assert quantity(text) == value


def test_strength_belongs_to_the_denied_drug() -> None:
    text = "We denied Zoltrava 45 mg/0.5 mL. You tried Milvex 20 mg before."
    at = text.index("Zoltrava")
    found = list(find_strength(analysed(text), [(at, at + 8)]))
    assert [c.value for c in found] == ["45 mg/0.5 mL"]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("Amount          30 tablets per 30 days", "30 tablets per 30 days"),
        ("How much: 2 pens every 4 weeks", "2 pens every 4 weeks"),
        ("You asked for 4 Lumen G2 sensors per 30 days.", "4 Lumen G2 sensors per 30 days"),
        ("WE ARE SAYING NO TO: Harvona 40 mg, 84 tablets per 28 days", "84 tablets per 28 days"),
        ("Amount          120.00", None),
        ("The limit for Harvona 40 mg is 30 tablets per 30 days.", None),
    ],
)
def test_a_quantity_without_a_known_drug(text: str, quantity: str | None) -> None:
    found = sorted(find_quantity(analysed(text)), key=lambda c: -c.score)
    assert (found[0].value if found else None) == quantity
