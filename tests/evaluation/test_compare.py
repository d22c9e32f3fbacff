"""The contract's comparison rules, field kind by field kind."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fields import FIELD_SPECS, FieldKind
from pipeline.evaluate.compare import Outcome, judge, plain_id, plain_name, plain_text, same

TEXT_FIELDS = [key for key, spec in FIELD_SPECS.items() if spec.kind is FieldKind.TEXT]


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("service", "MRI, lumbar spine", "mri lumbar  spine"),
        ("patient_name", "Ms. Ada O'Rourke", "ada orourke"),
        ("provider_name", "Dr. Lee Chan", "Lee Chan, M.D."),
        ("provider_name", "Kim Rowe, PA-C", "Kim Rowe"),
        ("member_id", "ZGP 804-417-226", "zgp804417226"),
        ("appeal_fax", "1-888-555-0167", "(888) 555.0167"),
        ("letter_date", "2026-09-03", "2026-09-03"),
        ("appeal_window", {"value": 180, "unit": "days"}, {"value": 180, "unit": "day"}),
        ("hcpcs", ["J2350", "96413"], ["96413", "J2350"]),
        ("diagnosis_codes", ["C83.19"], ["c8319"]),
        ("payer", "Blue Cross and Blue Shield of Texas", "BlueCross BlueShield of Texas"),
        ("administrator", "Optum Rx", "OptumRx"),
        ("expedited_offered", False, None),
    ],
)
def test_the_same(key: str, one: object, other: object) -> None:
    assert same(key, one, other)
    assert same(key, other, one)


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("member_id", "ZGP804417226", "ZGP804417228"),
        ("member_id", "1O45", "1045"),
        ("appeal_window", {"value": 6, "unit": "months"}, {"value": 180, "unit": "days"}),
        ("payer", "Cigna", "Aetna"),
        ("payer", "Blue Cross and Blue Shield of Texas", "Blue Cross and Blue Shield of Illinois"),
        ("hcpcs", ["J2350"], ["J2350", "96413"]),
        ("letter_date", "2026-09-03", "2026-03-09"),
        ("policy_cited", "Medical Policy 066", "Medical Policy 0661"),
        ("service", "do not resuscitate", "not resuscitate"),
    ],
)
def test_not_the_same(key: str, one: object, other: object) -> None:
    assert not same(key, one, other)


@pytest.mark.parametrize(
    ("expected", "got", "outcome"),
    [
        ("Ocrevus", "ocrevus", Outcome.RIGHT),
        ("Ocrevus", "Humira", Outcome.WRONG),
        ("Ocrevus", None, Outcome.MISSED),
        (None, "Humira", Outcome.INVENTED),
        (None, None, Outcome.EMPTY),
        (None, "", Outcome.EMPTY),
    ],
)
def test_outcomes(expected: object, got: object, outcome: Outcome) -> None:
    assert judge("drug", expected, got).outcome is outcome


def test_an_accepted_answer_is_right() -> None:
    assert judge("drug", "Ocrevus", "ocrelizumab", accept=["Ocrelizumab"]).outcome is Outcome.RIGHT
    assert judge("level", "initial", None, accept=[None]).outcome is Outcome.EMPTY
    one_list = judge("hcpcs", ["J1"], ["J2", "J3"], accept=["J3", "J2"])
    either = judge("hcpcs", ["J1"], ["J3"], accept=[["J2"], ["J3"]])
    assert one_list.outcome is either.outcome is Outcome.RIGHT


@given(st.sampled_from(TEXT_FIELDS), st.text(max_size=60))
def test_a_text_is_itself_whatever_its_case(key: str, text: str) -> None:
    assert same(key, text, text)
    assert judge(key, text, text).outcome.ok


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=20), st.data())
def test_an_id_is_its_letters_and_digits(code: str, data: st.DataObject) -> None:
    marks = data.draw(st.lists(st.sampled_from("- ./#"), min_size=len(code), max_size=len(code)))
    spaced = "".join(mark + char for mark, char in zip(marks, code, strict=True))
    assert plain_id(spaced) == plain_id(code)
    assert same("member_id", code, spaced)


@given(st.text(max_size=80))
def test_plain_forms_are_steady(text: str) -> None:
    for form in (plain_text, plain_name, plain_id):
        assert form(form(text)) == form(text)
