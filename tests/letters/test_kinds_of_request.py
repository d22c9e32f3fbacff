"""Each kind of request says what its reader needs: hearings, judges, OPM, a talk with a peer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from letter_cases import NOTICE_DAY, TODAY, case

from knowledge import law
from knowledge.clocks import ClockFacts, deadlines
from letters.compose.matter import Matter
from letters.compose.tables import criteria
from letters.packet import compose
from models.case import DenialCase
from models.clinical import CaseAnswers, ClinicalFacts, Measurement
from models.letter import Letter
from models.vocabulary import Level, PlanType, RouteName


def papers(made: DenialCase, facts: ClinicalFacts | None = None) -> dict[str, Letter]:
    written = compose(Matter(made, "case-1", TODAY, facts or ClinicalFacts()))
    return {paper.kind: paper for paper in written}


def words(letter: Letter) -> str:
    return "\n".join(statement.text for statement in letter.statements())


def external(plan: str, regime: str, level: Level = Level.INTERNAL_APPEAL) -> DenialCase:
    return case(
        RouteName.EXTERNAL_REVIEW, plan_type=plan, regime=regime, level=level.value,
        appeal_address=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "regime", "level", "greeting", "asks"),
    [
        ("medicaid", "medicaid_mco", Level.INTERNAL_APPEAL, "To the hearing officer:",
         "set a day for the hearing"),
        ("medicaid", "medicaid_ffs", Level.INITIAL, "To the hearing officer:",
         "in good time before the hearing"),
        ("medicare_part_d", "part_d", Level.EXTERNAL_REVIEW, "To the Administrative Law Judge",
         "on the record without a hearing"),
        ("fehb", "fehb", Level.INTERNAL_APPEAL, "To the disputed claims reviewer:",
         "decided by a clinician"),
        ("self_funded", "erisa_self_funded", Level.INTERNAL_APPEAL, "To the independent reviewer:",
         "decided by a clinician"),
    ],
)  # fmt: skip
def test_a_request_to_a_reviewer_speaks_to_that_reviewer(
    plan: str, regime: str, level: Level, greeting: str, asks: str
) -> None:
    letter = papers(external(plan, regime, level))["letter"]
    assert any(s.text.startswith(greeting) for s in letter.statements())
    assert asks in words(letter)
    assert ("upheld the denial" in words(letter)) is (level is Level.INTERNAL_APPEAL)


def test_before_a_judge_the_amount_in_controversy_is_told() -> None:
    said = words(papers(external("medicare_part_d", "part_d", Level.EXTERNAL_REVIEW))["letter"])
    least = law.amount_in_controversy(TODAY.year)
    assert least is not None
    assert f"For requests filed in {TODAY.year} the threshold is ${least.hearing}." in said
    review = words(papers(external("medicare_part_d", "part_d"))["letter"])
    assert "threshold" not in review


def test_who_has_to_know_gets_a_copy() -> None:
    state = words(papers(external("commercial", "erisa_insured"))["letter"])
    assert "Copy: the state's insurance regulator" in state
    assert "Copy: Blue Cross Blue Shield of Exampleland" in state
    appeal = words(papers(case(regime="erisa_insured"))["letter"])
    assert "regulator" not in appeal
    employer = words(papers(case(regime="erisa_self_funded"))["letter"])
    assert "Copy: plan administrator (employer)" in employer


@pytest.mark.parametrize(
    ("plan", "regime", "reminder"),
    [
        ("medicaid", "medicaid_mco", "written consent to this request"),
        ("medicare_advantage", "part_c", "form CMS-1696"),
        ("original_medicare", "original_medicare", "form CMS-1696"),
        ("fehb", "fehb", "specific written consent"),
        ("tricare", "tricare", "appointment of a representative"),
        ("commercial", "erisa_insured", "if the plan asks for one"),
    ],
)
def test_the_patient_s_consent_is_not_forgotten(plan: str, regime: str, reminder: str) -> None:
    made = papers(case(plan_type=plan, regime=regime))
    assert reminder in words(made["letter"])
    assert "signed authorization of the patient" in words(made["checklist"])


def test_a_prescriber_under_part_d_needs_no_form() -> None:
    made = papers(case(plan_type="medicare_part_d", regime="part_d"))
    assert "authorization for this office" not in words(made["letter"])
    assert "without an appointment form" in words(made["checklist"])


def test_benefits_are_asked_to_go_on_only_where_a_clock_keeps_them() -> None:
    kept = words(
        papers(case(plan_type="medicaid", regime="medicaid_mco", letter_date=TODAY))["letter"]
    )
    assert "please continue it until the decision" in kept
    assert "42 CFR 438.420" in kept
    assert "continue" not in words(papers(case(regime="erisa_insured"))["letter"])


@pytest.mark.parametrize("plan", ["medicaid", "medicare_advantage"])
def test_no_rule_is_cited_while_either_of_two_programs_may_govern(plan: str) -> None:
    made = papers(case(plan_type=plan, regime=None))
    assert "(42 CFR 4" not in words(made["letter"]).split("made in time")[0]
    assert "(42 CFR" not in words(made["records_request"])
    assert "Should the rules that govern this coverage" in words(made["letter"])


def test_of_unknown_coverage_no_last_day_is_laid_to_a_rule() -> None:
    said = words(papers(case(plan_type="unknown"))["letter"])
    assert "Counted as for private coverage, the last day is" in said
    assert "the last day under the rule" not in said


def test_the_day_of_receipt_stands_in_the_letter_as_a_person_s_word() -> None:
    facts = ClinicalFacts(answers=CaseAnswers(received=date(2026, 11, 3)))
    letter = papers(case(regime="erisa_insured"), facts)["letter"]
    said = next(s for s in letter.statements() if "was received on" in s.text)
    assert said.text == "The notice was received on November 3, 2026."
    assert "entry:answers.received" in said.source.refs


def test_a_measurement_fills_the_blank_that_asks_for_it() -> None:
    facts = ClinicalFacts(measurements=(Measurement("ECOG performance status", "1", "May 2026"),))
    said = words(papers(case(), facts)["letter"])
    assert "ECOG performance status 1 (May 2026)" in said


def test_a_peer_to_peer_request_stands_by_itself_and_quotes_the_reason() -> None:
    peer = papers(case())["peer_to_peer"]
    said = words(peer)
    assert "hematologist-oncologist" in said
    assert "“We could not approve this request" in said
    assert "does not replace the written appeal" in said
    for made in (
        case(RouteName.BILLING_CORRECTION, denial_category="coding_billing",
             denial_categories=("coding_billing",)),
        case(denial_category="eligibility", denial_categories=("eligibility",)),
        external("fehb", "fehb"),
    ):  # fmt: skip
        assert "peer_to_peer" not in papers(made)


@pytest.mark.parametrize(
    ("reason", "rows"),
    [
        ("The amount requested exceeds the quantity limit for this drug.", 0),
        ("The amount exceeds the limit of 2 vials per 28 days.", 1),
    ],
)
def test_a_bare_conclusion_is_no_criterion(reason: str, rows: int) -> None:
    made = case(denial_category="quantity_limit", denial_categories=("quantity_limit",),
                reason=reason)  # fmt: skip
    assert len(criteria(Matter(made, "case-1", TODAY))) == rows


def test_the_checklist_tells_how_to_file_and_what_follows_a_missed_clock() -> None:
    made = words(papers(case(plan_type="medicare_part_d", regime="part_d"))["checklist"])
    assert "filing: received" in made.lower()
    assert "within 24 hours" in made


def test_the_checklist_offers_the_answers_to_the_law_s_question() -> None:
    from knowledge.regime import CaseFacts, decide

    finding = decide(CaseFacts(PlanType.COMMERCIAL))
    said = words(papers(replace(case(), law=finding))["checklist"])
    assert finding.choices
    for choice in finding.choices:
        assert choice.words in said


def test_every_question_has_answers_that_settle_it() -> None:
    from knowledge.regime import CaseFacts, answered, table

    for rule in table():
        if rule.question is None:
            continue
        assert len(rule.choices) > 1
        for choice in rule.choices:
            found = answered(CaseFacts(rule.plan_types[0]), choice.regime)
            assert (found.regime, found.question, found.choices) == (choice.regime, None, ())
            kind = law.regime(choice.regime).plan_types[0]
            clocks = deadlines(ClockFacts(kind, Level.INITIAL, NOTICE_DAY, regime=choice.regime))
            assert clocks or choice.regime == "non_aca"  # whose clocks stand in its contract


def test_while_the_medicare_part_is_open_the_request_is_made_in_any_case() -> None:
    made = case(RouteName.EXTERNAL_REVIEW, plan_type="medicare_advantage", level="internal_appeal")
    said = words(papers(made)["letter"])
    assert "if it falls under Part D, this letter is the request" in said
    assert "January 3, 2027" in said  # Part D's last day: Part C has none to keep
    part_c = words(papers(external("medicare_advantage", "part_c"))["letter"])
    assert "has to send the case file to the reviewer itself (42 CFR 422.592)" in part_c


def test_a_state_s_own_review_is_told_for_insured_coverage_of_that_state() -> None:
    payer = "Blue Cross and Blue Shield of Texas"
    insured = words(papers(case(regime="erisa_insured", payer=payer))["checklist"])
    assert "For coverage issued in TX: a review by an independent review organization" in insured
    funded = words(papers(case(regime="erisa_self_funded", payer=payer))["checklist"])
    assert "For coverage issued" not in funded


def test_a_clock_that_ends_soon_is_no_ground_for_expedited_review() -> None:
    made = case(regime="erisa_insured")
    because = "the time for the internal appeal runs to 2026-11-23, 1 day from now"
    soon = replace(made, route=replace(made.route, urgent=True, urgent_because=because))
    written = papers(soon)
    assert "jeopardize" not in words(written["letter"])
    assert "Expedited" not in words(written["fax_cover"])
    assert because in words(written["checklist"])
    stated = papers(soon, ClinicalFacts(urgency="the tumor doubled in five weeks"))
    assert "the tumor doubled in five weeks" in words(stated["letter"])


def test_who_corrects_a_claim_attests_no_clinical_statement() -> None:
    made = case(RouteName.BILLING_CORRECTION, denial_category="coding_billing",
                denial_categories=("coding_billing",))  # fmt: skip
    said = words(papers(made)["letter"])
    assert "supported by the records of the practice" in said
    assert "clinical statements" not in said
