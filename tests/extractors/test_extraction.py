from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from letters_laid import laid

from extractors.candidates import Candidate
from extractors.choosing import choose, comparable, readings
from extractors.extraction import extract_fields
from extractors.letter_view import LetterView
from models.fields import FIELD_SPECS, Window

LETTER = """
FAIRMONT HEALTH PLAN
P.O. Box 12
Dover, DE 19901

March 7, 2026

Ann Poe
12 Elm Street
Dover, DE 19901

Member ID: QX-4410-22          Group #: G-771
Case Number: AB77120           Date of Birth: 04/02/1971

Dear Ms. Poe,

On February 27, 2026 we received a request from Ada Finch, MD for coverage of
a scan of the knee (CPT 73721) for M17.11. We denied it as not medically
necessary.

YOUR APPEAL RIGHTS

You may appeal within 180 days of this notice. Your appeal must be received by
September 3, 2026. Fax your appeal to 302-555-0104.

Sincerely,
Otto Kahn, MD
Medical Director
"""


def test_a_whole_letter() -> None:
    fields = extract_fields(laid(LETTER))
    assert set(fields) == set(FIELD_SPECS)
    assert fields.day("letter_date") == date(2026, 3, 7)
    assert fields.day("request_date") == date(2026, 2, 27)
    assert fields.window("appeal_window") == Window(180, "days")
    assert fields.day("appeal_deadline") == date(2026, 9, 3)
    assert fields.text("member_id") == "QX-4410-22"
    assert fields.text("group_number") == "G-771"
    assert fields.text("reference_number") == "AB77120"
    assert fields.text("patient_name") == "Ann Poe"
    assert fields.text("provider_name") == "Ada Finch"
    assert fields.text("appeal_fax") == "302-555-0104"
    assert fields.items_of("hcpcs") == ("73721",)
    assert fields.items_of("diagnosis_codes") == ("M17.11",)
    assert fields["claim_number"].value is None
    assert fields["date_of_service"].value is None


def test_every_value_has_evidence_that_says_it() -> None:
    fields = extract_fields(laid(LETTER))
    for key in FIELD_SPECS:
        field = fields[key]
        assert field.evidence or field.computed, key
        assert 0.0 <= field.confidence <= 1.0
    (place,) = fields["member_id"].evidence
    assert (place.page, place.text) == (1, "QX-4410-22")
    assert place.bbox.x0 == 36 + 11 * 6.0


def test_poor_reading_lowers_confidence() -> None:
    sure = extract_fields(laid(LETTER))["member_id"].confidence
    unsure = extract_fields(laid(LETTER, confidence=0.4))["member_id"].confidence
    assert unsure < sure - 0.15


def test_a_blank_page_states_nothing() -> None:
    fields = extract_fields(laid(""))
    assert all(fields[key].value in (None, (), "unknown", "other", False) for key in FIELD_SPECS)


def test_a_contradicting_deadline_is_doubted() -> None:
    right = extract_fields(laid(LETTER))["appeal_deadline"].confidence
    wrong = extract_fields(laid(LETTER.replace("September 3", "May 3")))["appeal_deadline"]
    assert wrong.value == date(2026, 5, 3)
    assert wrong.confidence < right - 0.1


def _candidate(key: str, value: str, start: int, score: float) -> Candidate:
    return Candidate(key, value, start, start + 3, score, "test")


def test_equal_readings_support_each_other_and_others_stay_as_alternatives() -> None:
    view = LetterView.of(laid("AB-1 zz AB1 yy CD-2"))
    found = [
        _candidate("claim_number", "AB-1", 0, 0.7),
        _candidate("claim_number", "AB1", 8, 0.6),
        _candidate("claim_number", "CD-2", 15, 0.65),
    ]
    ranked = readings("claim_number", found)
    assert ranked[0].value == "AB-1"
    assert 0.7 < ranked[0].score < 0.85
    field = choose(view, found)["claim_number"]
    assert field.value == "AB-1"
    assert [a.value for a in field.alternatives] == ["CD-2"]


def test_one_number_plays_one_role() -> None:
    view = LetterView.of(laid("AB-1"))
    fields = choose(
        view, [_candidate("claim_number", "AB-1", 0, 0.9), _candidate("member_id", "AB1", 0, 0.6)]
    )
    assert fields["claim_number"].value == "AB-1"
    assert fields["member_id"].value is None


def test_names_compare_in_either_order() -> None:
    assert comparable("patient_name", "POE, ANN M") == comparable("patient_name", "Ann Poe")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(LETTER.split()), max_size=120), st.randoms())
def test_shuffled_words_never_break_it(words: list[str], random: object) -> None:
    text = "".join(
        word + ("\n" if index % 7 == 6 else "   " if index % 5 == 4 else " ")
        for index, word in enumerate(words)
    )
    assert set(extract_fields(laid(text))) == set(FIELD_SPECS)
