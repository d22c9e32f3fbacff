"""Clinical facts as a person enters them: checked in plain words, and put wherever they belong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letter_cases import REASON, TODAY, case

from knowledge import law
from letters.compose.matter import Matter
from letters.form import case_form, unused
from letters.packet import compose
from models.case import LawFinding
from models.clinical import CaseAnswers, Clinic, ClinicalFacts, Prescriber, PriorTherapy
from models.clinical_form import LONGEST, MOST_ROWS, FactsError, facts_in, facts_out, is_npi
from models.vocabulary import RouteName

WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"diagnos": "x"}, "there is no entry 'diagnos'; known: entered_by, diagnosis"),
    ({"diagnosis": ["x"]}, "diagnosis: words in quotes are expected"),
    ({"diagnosis": True}, "diagnosis: words in quotes are expected"),
    ({"rationale": "x" * (LONGEST + 1)}, "rationale: 4001 characters are too many"),
    ({"clinic": "Example"}, "clinic: a table with name, address, phone, fax is expected"),
    ({"clinic": {"street": "1"}}, "clinic: there is no entry 'street'"),
    ({"prescriber": {"npi": "1234567890"}}, "prescriber, npi: that is no NPI"),
    ({"diagnosis_code": "lymphoma"}, "diagnosis_code: an ICD-10-CM code is expected"),
    ({"prior_therapies": {"name": "x"}}, "write [[prior_therapies]] above each one"),
    ({"prior_therapies": [{"start": "2024"}]}, "prior_therapies 1: name is missing"),
    ({"prior_therapies": ["x"]}, "prior_therapies 1: a table with name, start"),
    ({"prior_therapies": [{"name": "x"}] * (MOST_ROWS + 1)}, "61 are too many for a letter"),
    ({"measurements": [{"name": "ECOG"}]}, "measurements 1: value is missing"),
    ({"criteria": [{"answer": "yes"}]}, "criteria 1: number is the row of the criteria table"),
    ({"criteria": [{"number": True}]}, "criteria 1: number is the row"),
    ({"criteria": [{"number": 1}, {"number": 1}]}, "criterion 1 is answered twice"),
    ({"criteria": [{"number": 1, "have": "yes"}]}, "criteria 1, have: true or false is expected"),
    ({"criteria": ["x"]}, "criteria 1: a table with number, answer, where, have"),
    ({"other": "x"}, "other: a table of blanks"),
    ({"other": {"Not A Key": "x"}}, "'Not A Key' is not the key of a blank"),
    ({"answers": {"received": "soon"}}, "answers, received: a day is expected"),
    ({"answers": {"received": date(1899, 1, 1)}}, "the year 1899 cannot be"),
    ({"answers": {"urgent": "yes"}}, "answers, urgent: true or false is expected"),
    ({"answers": []}, "answers: a table with coverage, received, urgent"),
)


@pytest.mark.parametrize(("raw", "told"), WRONG)
def test_what_cannot_be_taken_is_told_by_its_place(raw: dict[str, Any], told: str) -> None:
    with pytest.raises(FactsError) as refused:
        facts_in(raw)
    assert told in refused.value.message
    assert refused.value.mend


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(FactsError) as refused:
        facts_in({"diagnos": "x", "clinic": {"street": "1"}, "answers": {"received": "soon"}})
    assert len(refused.value.problems) == 3


def test_days_numbers_and_lines_read_as_a_letter_prints_them() -> None:
    facts = facts_in(
        {
            "rationale": "One line\nand another.",
            "clinic": {"address": "1 Road\nTown, EX 00001"},
            "prior_therapies": [{"name": "x", "start": date(2024, 3, 5)}],
            "measurements": [{"name": "FEV1", "value": 41.5}],
            "prescriber": {"npi": "124 531-9599"},
        }
    )
    assert facts.rationale == "One line and another."
    assert facts.clinic.address == "1 Road, Town, EX 00001"
    assert facts.prior_therapies[0].start == "March 5, 2024"
    assert facts.measurements[0].value == "41.5"
    assert facts.prescriber.npi == "1245319599"


@pytest.mark.parametrize("npi", ["1245319599", "1234567893"])
def test_an_npi_has_its_check_digit(npi: str) -> None:
    assert is_npi(npi)
    assert not is_npi(npi[:-1] + str((int(npi[-1]) + 1) % 10))


_said = st.text(st.characters(blacklist_categories=("Cs",)), max_size=40)


@given(
    st.builds(
        dict,
        diagnosis=_said,
        rationale=_said,
        clinic=st.fixed_dictionaries({}, optional={"name": _said, "address": _said}),
        prior_therapies=st.lists(
            st.fixed_dictionaries({"name": st.just("x")}, optional={"outcome": _said}), max_size=4
        ),
        other=st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), _said, max_size=3),
    )
)
def test_entries_come_back_as_they_went(raw: dict[str, Any]) -> None:
    facts = facts_in(raw)
    assert facts_in(facts_out(facts)) == facts
    for said in (facts.diagnosis, facts.rationale, facts.clinic.name, *facts.other.values()):
        assert said.isprintable() or not set(said) & set("\r\n\t\0")


FILLED = ClinicalFacts(
    entered_by="Dana Whitlock, RN",
    diagnosis="mantle cell lymphoma",
    rationale="no other treatment offers a lasting remission",
    clinic=Clinic("Example Clinic", "1 Road, Sampletown", "800-555-0110", "800-555-0111"),
    prescriber=Prescriber("Amara Oduya-Lindqvist", "MD", "hematology", "1245319599", "555-0112"),
    prior_therapies=(PriorTherapy("acalabrutinib", "2024", "2026", "progression"),),
)


def test_the_form_lists_every_blank_once_with_what_was_entered() -> None:
    form = case_form(case(), "case-1", TODAY)
    assert form.asks_history
    assert len(form.open) == len(form.blanks) > 10
    assert len({blank.key for blank in form.blanks}) == len(form.blanks)
    assert [row.number for row in form.criteria] == list(range(1, len(form.criteria) + 1))
    filled = case_form(case(), "case-1", TODAY, FILLED)
    assert [b.key for b in filled.blanks] == [b.key for b in form.blanks]
    values = {blank.key: blank.value for blank in filled.blanks}
    assert values["clinic.name"] == "Example Clinic"
    assert values["prescriber.name"] == "Amara Oduya-Lindqvist, MD"
    assert values["prior_lines"]


@pytest.mark.parametrize("route", [r for r in RouteName if r not in ("human_review", "none")])
def test_every_blank_of_the_form_can_be_filled_and_is_then_gone(route: RouteName) -> None:
    made = case(route, reason="It requires: (1) a biopsy; (2) a trial of two drugs.")
    form = case_form(made, "case-1", TODAY)
    rows = [{"number": row.number, "answer": "a", "where": "w"} for row in form.criteria]
    own = {"diagnosis", "rationale", "urgency"}
    facts = facts_in(
        {
            **facts_out(FILLED),
            "urgency": "soon",
            "criteria": rows,
            "other": {b.key: f"told {n}" for n, b in enumerate(form.blanks)
                      if b.key not in own and not b.key.startswith(("clinic.", "prescriber."))},
        }
    )  # fmt: skip
    assert not unused(case_form(made, "case-1", TODAY, facts))
    left = {
        blank.key for paper in compose(Matter(made, "case-1", TODAY, facts))
        for blank in paper.blanks()
    }  # fmt: skip
    assert not {key for key in left if not key.startswith("therapy.")}


def test_an_entry_stands_wherever_its_blank_stood_and_is_a_persons() -> None:
    facts = replace(FILLED, other={"ecog": "ECOG 1 on November 10"})
    papers = compose(Matter(case(), "case-1", TODAY, facts))
    letter = papers[0]
    said = [s for s in letter.statements() if "Example Clinic" in s.text]
    assert said
    assert all("entry:clinic.name" in s.source.refs for s in said)
    assert any("acalabrutinib" in s.text for s in letter.statements())


def test_a_key_that_no_blank_has_is_told() -> None:
    facts = facts_in({"other": {"no_such": "x"}, "criteria": [{"number": 99, "answer": "x"}]})
    assert unused(case_form(case(), "case-1", TODAY, facts)) == ("no_such", "criteria, number 99")


def test_the_question_of_the_law_comes_with_its_choices() -> None:
    from knowledge.regime import CaseFacts, decide
    from models.vocabulary import PlanType

    finding = decide(CaseFacts(PlanType.COMMERCIAL))
    form = case_form(replace(case(), law=finding), "case-1", TODAY)
    assert form.question.endswith("?")
    assert {choice.regime for choice in form.choices} <= set(law.regimes())
    assert len(form.choices) > 2


def test_an_answer_that_overrules_the_plan_type_writes_under_its_law() -> None:
    known = law.regime("fehb")
    made = replace(case(reason=REASON), law=LawFinding("fehb", known.name, ()))
    facts = ClinicalFacts(answers=CaseAnswers(coverage="fehb"))
    matter = Matter(made, "case-1", TODAY, facts)
    assert matter.plan_type == "fehb"
    assert "reconsideration" in compose(matter)[0].title


_maybe = st.sampled_from(["", "a word"])
_rows = {
    "prior_therapies": st.lists(
        st.fixed_dictionaries(
            {"name": st.just("x"), "start": _maybe, "stop": _maybe, "outcome": _maybe}
        ),
        max_size=3,
    ),
    "measurements": st.lists(
        st.fixed_dictionaries(
            {"name": st.just("ECOG"), "value": st.just("1"), "day": _maybe, "where": _maybe}
        ),
        max_size=3,
    ),
    "criteria": st.lists(
        st.fixed_dictionaries(
            {"number": st.integers(1, 9), "answer": _maybe, "have": st.sampled_from([None, True])}
        ),
        max_size=3,
        unique_by=lambda row: row["number"],
    ),
}


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([r for r in RouteName if r not in ("human_review", "none")]),
    st.fixed_dictionaries(
        {
            **_rows,
            "diagnosis": _maybe,
            "urgency": _maybe,
            "clinic": st.fixed_dictionaries({"name": _maybe, "fax": _maybe}),
            "prescriber": st.fixed_dictionaries({"name": _maybe, "phone": _maybe}),
        }
    ),
)
def test_any_part_of_the_form_may_be_left_empty(route: RouteName, raw: dict[str, Any]) -> None:
    papers = compose(Matter(case(route), "case-1", TODAY, facts_in(raw)))
    assert papers[0].kind == "letter"
