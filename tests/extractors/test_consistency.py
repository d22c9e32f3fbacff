"""Contradictions lower the chances of the fields that take part in them, and of no others."""

from __future__ import annotations

from datetime import date

import pytest

from extractors.consistency import CONTRADICTIONS, Values, doubts
from models.fields import FIELD_SPECS, Window

NOTICE = date(2026, 9, 14)
SOUND: Values = {
    "document_kind": "denial",
    "denial_category": "step_therapy",
    "drug": "Humira",
    "drug_generic": "adalimumab",
    "hcpcs": ("J0139", "96401"),
    "letter_date": NOTICE,
    "request_date": date(2026, 9, 10),
    "date_of_service": date(2026, 8, 1),
    "appeal_window": Window(180, "days"),
    "appeal_deadline": date(2027, 3, 13),
}


def test_a_sound_letter_is_not_doubted() -> None:
    assert doubts(SOUND) == {}
    assert doubts({}) == {}


@pytest.mark.parametrize(
    ("wrong", "keys"),
    [
        ({"appeal_deadline": date(2026, 12, 1)}, {"appeal_deadline", "appeal_window"}),
        ({"appeal_deadline": NOTICE}, {"appeal_deadline", "letter_date"}),
        ({"request_date": date(2026, 9, 20)}, {"request_date", "letter_date"}),
        ({"date_of_service": date(2026, 9, 20)}, {"date_of_service", "letter_date"}),
        ({"drug_generic": "etanercept"}, {"drug", "drug_generic"}),
        ({"hcpcs": ("J1438",)}, {"drug", "hcpcs"}),
        ({"document_kind": "approval"}, {"document_kind", "denial_category"}),
    ],
)
def test_what_contradicts_is_doubted(wrong: Values, keys: set[str]) -> None:
    found = doubts({**SOUND, **wrong})
    assert keys <= set(found)
    assert all(0 < factor < 1 for factor in found.values())
    assert not set(found) - keys - {"letter_date", "appeal_window"}


def test_biosimilars_and_administration_codes_contradict_nothing() -> None:
    assert doubts({"drug": "Hadlima", "drug_generic": "adalimumab-bwwd"}) == {}
    assert doubts({"drug": "Remicade", "hcpcs": ("Q5103", "96413")}) == {}
    assert doubts({"drug": "a drug nobody knows", "hcpcs": ("J0139",)}) == {}


def test_contradictions_name_fields_of_the_contract() -> None:
    assert all(set(one.keys) <= set(FIELD_SPECS) for one in CONTRADICTIONS)
