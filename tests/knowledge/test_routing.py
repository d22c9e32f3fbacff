"""The route table: every route, the rule that chose it, and urgency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.clocks import ClockFacts, deadlines
from knowledge.routing import RouteFacts, choose, given_once, key_fields, rules
from knowledge.signals import signals_in
from models.case import LawFinding, Route
from models.fields import Field, Fields, FieldValue
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType, RouteName

TODAY = date(2026, 11, 22)
NOTICE = date(2026, 11, 2)
SURE: dict[str, FieldValue] = {
    "document_kind": "denial",
    "level": "initial",
    "payer": "Example Health Plan",
    "plan_type": "commercial",
    "drug": "Examplumab",
    "denial_category": "medical_necessity",
    "letter_date": NOTICE,
}


def route(
    text: str = "",
    regime: str | None = None,
    unreadable: tuple[int, ...] = (),
    unsure: dict[str, float] | None = None,
    clinician_urgent: bool = False,
    contradictions: tuple[str, ...] = (),
    **values: FieldValue,
) -> Route:
    stated = {**SURE, **values}
    found = {k: Field(v, (unsure or {}).get(k, 0.99)) for k, v in stated.items()}
    fields = Fields(found)
    plan = PlanType(str(stated["plan_type"]))
    level = Level(str(stated["level"])) if stated["level"] else None
    clocks = deadlines(
        ClockFacts(plan, level, letter_date=fields.day("letter_date"), regime=regime)
    )
    return choose(
        RouteFacts(
            fields,
            LawFinding(regime, "", ()),
            clocks,
            signals_in(text),
            TODAY,
            unreadable,
            contradictions,
            clinician_urgent,
        )
    )


@pytest.mark.parametrize(
    ("category", "plan", "expected"),
    [
        ("medical_necessity", "commercial", "appeal"),
        ("experimental", "medicaid", "appeal"),
        ("benefit_exclusion", "medicare_part_d", "appeal"),
        ("prior_authorization", "medicare_part_d", "appeal"),
        ("out_of_network", "self_funded", "appeal"),
        ("step_therapy", "commercial", "appeal"),
        ("non_formulary", "self_funded", "appeal"),
        ("step_therapy", "medicare_part_d", "exception_request"),
        ("non_formulary", "medicare_part_d", "exception_request"),
        ("quantity_limit", "medicare_part_d", "exception_request"),
        ("non_formulary", "medicaid", "exception_request"),
        ("step_therapy", "fehb", "appeal"),
        ("step_therapy", "tricare", "appeal"),
        ("coding_billing", "commercial", "billing_correction"),
        ("duplicate", "original_medicare", "billing_correction"),
        ("timely_filing", "commercial", "billing_correction"),
        ("eligibility", "medicaid", "billing_correction"),
        ("incomplete_information", "commercial", "information_response"),
    ],
)
def test_first_denials(category: str, plan: str, expected: str) -> None:
    chosen = route(denial_category=category, plan_type=plan)
    assert chosen.name == expected
    assert chosen.rule


def test_exchange_plans_have_an_exception_path_and_employers_do_not() -> None:
    asked = {"denial_category": "non_formulary"}
    assert route(regime="aca_individual", **asked).name is RouteName.EXCEPTION_REQUEST
    assert route(regime="erisa_insured", **asked).name is RouteName.APPEAL


def test_exception_paths_are_for_drugs() -> None:
    chosen = route(
        plan_type="medicaid", denial_category="quantity_limit", drug=None, service="home nursing"
    )
    assert chosen.name is RouteName.APPEAL


@pytest.mark.parametrize("plan", ["commercial", "medicare_part_d", "medicaid", "fehb", "tricare"])
def test_an_upheld_denial_goes_outside(plan: str) -> None:
    chosen = route(level="internal_appeal", plan_type=plan, denial_category="step_therapy")
    assert chosen.name is RouteName.EXTERNAL_REVIEW
    assert any("next reviewer" in reason for reason in chosen.reasons)


def test_a_second_internal_level_comes_first_where_it_is_offered() -> None:
    offered = "You may request a second level appeal within 60 days."
    assert route(offered, level="internal_appeal").name is RouteName.APPEAL
    individual = route(offered, level="internal_appeal", regime="aca_individual")
    assert individual.name is RouteName.EXTERNAL_REVIEW
    medicare = route(offered, level="internal_appeal", plan_type="medicare_advantage")
    assert medicare.name is RouteName.EXTERNAL_REVIEW


def test_a_billing_matter_that_was_upheld_is_for_no_external_reviewer() -> None:
    upheld = {"level": "internal_appeal", "denial_category": "timely_filing"}
    assert route(**upheld).name is RouteName.BILLING_CORRECTION
    medicare = route(plan_type="original_medicare", regime="original_medicare", **upheld)
    assert medicare.name is RouteName.EXTERNAL_REVIEW


def test_after_the_outside_reviewer() -> None:
    medicare = route(level="external_review", plan_type="medicare_part_d")
    assert medicare.name is RouteName.EXTERNAL_REVIEW
    assert route(level="external_review").name is RouteName.HUMAN_REVIEW


def test_fee_for_service_medicaid_starts_with_the_hearing() -> None:
    chosen = route(plan_type="medicaid", regime="medicaid_ffs")
    assert chosen.name is RouteName.EXTERNAL_REVIEW


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {"drug": "Tecartus"}),
        ("", {"drug": "Newcel", "drug_generic": "brexucabtagene autoleucel"}),
        ("", {"drug": "Newcel", "hcpcs": ("Q2053",)}),
        ("Units billed: 600. Units allowed: 1.", {}),
        ("You asked for 600 units; 2 vials are allowed.", {"hcpcs": ("J2350",)}),
    ],
)
def test_a_quantity_denial_that_is_a_matter_of_units(
    text: str, fields: dict[str, FieldValue]
) -> None:
    chosen = route(text, denial_category="quantity_limit", **fields)
    assert chosen.name is RouteName.BILLING_CORRECTION
    assert chosen.reasons


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("The limit is 30 tablets in 30 days.", {}),
        ("The limit is two infusions a year.", {}),
        ("600 units of insulin", {}),
        ("", {"drug": "Provenge", "drug_generic": "sipuleucel-T"}),
    ],
)
def test_a_plain_quantity_denial_is_appealed(text: str, fields: dict[str, FieldValue]) -> None:
    assert route(text, denial_category="quantity_limit", **fields).name is RouteName.APPEAL


def test_given_once() -> None:
    assert given_once("Zolgensma (onasemnogene abeparvovec-xioi)")
    assert not given_once("adalimumab")


class TestNothingToAnswer:
    def test_approval(self) -> None:
        chosen = route(document_kind="approval", denial_category=None)
        assert (chosen.name, chosen.urgent) == (RouteName.NONE, False)

    def test_other(self) -> None:
        chosen = route(document_kind="other", denial_category=None, payer=None, drug=None)
        assert chosen.name is RouteName.NONE

    def test_information_request(self) -> None:
        chosen = route(document_kind="information_request", denial_category=None)
        assert chosen.name is RouteName.INFORMATION_RESPONSE


class TestHumanReview:
    @pytest.mark.parametrize(
        ("unsure", "label"),
        [
            ({"document_kind": 0.4}, "the kind of document"),
            ({"denial_category": 0.2}, "the reason"),
            ({"payer": 0.1}, "the payer"),
            ({"letter_date": 0.1}, "the notice date"),
        ],
    )
    def test_key_field_below_its_threshold(self, unsure: dict[str, float], label: str) -> None:
        chosen = route(unsure=unsure)
        assert chosen.name is RouteName.HUMAN_REVIEW
        assert any(reason.startswith(label) for reason in chosen.reasons)

    def test_the_threshold_is_that_of_the_fact_s_risk(self) -> None:
        asked: list[tuple[str, float]] = []

        def least(key: str, risk: float) -> float:
            asked.append((key, risk))
            return 0.955

        fields = Fields({k: Field(v, 0.95) for k, v in SURE.items()})
        facts = RouteFacts(fields, LawFinding(None, "", ()), (), (), TODAY, least=least)
        chosen = choose(facts)
        assert chosen.name is RouteName.HUMAN_REVIEW
        assert "the reason for the denial is unsure (95%, needed 96%)" in chosen.reasons
        risks = {
            key: risk for known in key_fields() for key, risk in [(known.any_of[0], known.risk)]
        }
        assert ("denial_category", risks["denial_category"]) in asked

    def test_a_letter_in_spanish_goes_to_a_person_until_one_has_spoken(self) -> None:
        fields = Fields({k: Field(v, 0.99) for k, v in SURE.items()})
        facts = RouteFacts(fields, LawFinding(None, "", ()), (), (), TODAY, language="Spanish")
        chosen = choose(facts)
        assert chosen.name is RouteName.HUMAN_REVIEW
        assert chosen.reasons[0].startswith("the letter is written in Spanish")
        said = fields.replacing("document_kind", Field("denial", 1.0, set_by="reviewer"))
        assert choose(replace(facts, fields=said)).name is RouteName.APPEAL

    def test_percents_of_a_near_miss_differ(self) -> None:
        fields = Fields({k: Field(v, 0.9549) for k, v in SURE.items()})
        least = lambda key, risk: 0.955  # noqa: E731
        facts = RouteFacts(fields, LawFinding(None, "", ()), (), (), TODAY, least=least)
        assert "the payer is unsure (95%, needed 96%)" in choose(facts).reasons

    def test_one_sure_field_of_a_fact_will_do(self) -> None:
        chosen = route(unsure={"drug": 0.1}, hcpcs=("J0001",))
        assert chosen.name is not RouteName.HUMAN_REVIEW

    def test_missing_reason_for_a_denial(self) -> None:
        assert route(denial_category=None).name is RouteName.HUMAN_REVIEW

    def test_nothing_tells_what_was_denied(self) -> None:
        assert route(drug=None).name is RouteName.HUMAN_REVIEW
        claim = route(drug=None, claim_number="0412", service=None)
        assert claim.name is RouteName.APPEAL
        assert any("stays a blank" in reason for reason in claim.reasons)

    def test_optional_fields_may_be_absent(self) -> None:
        chosen = route(letter_date=None, level=None, payer=None)
        assert chosen.name is RouteName.APPEAL
        assert any("addressee stays a blank" in reason for reason in chosen.reasons)
        assert any("has no date" in reason for reason in chosen.reasons)

    def test_unsure_that_there_is_no_payer(self) -> None:
        assert route(payer=None, unsure={"payer": 0.3}).name is RouteName.HUMAN_REVIEW

    def test_a_person_s_word_is_trusted(self) -> None:
        fields = Fields(
            {k: Field(v, 0.0, set_by="reviewer") for k, v in SURE.items() if v is not None}
        )
        chosen = choose(RouteFacts(fields, LawFinding(None, "", ()), (), (), TODAY))
        assert chosen.name is RouteName.APPEAL

    def test_unreadable_page_comes_first(self) -> None:
        chosen = route(unreadable=(2,), document_kind="approval")
        assert chosen.name is RouteName.HUMAN_REVIEW
        assert chosen.reasons == ("page 2 could not be read well enough",) or "page 2" in str(
            chosen
        )

    def test_contradictions(self) -> None:
        assert route(contradictions=("plan",)).name is RouteName.HUMAN_REVIEW
        past = route(appeal_deadline=NOTICE - timedelta(days=30))
        assert past.name is RouteName.HUMAN_REVIEW
        future = route(letter_date=TODAY + timedelta(days=200))
        assert future.name is RouteName.HUMAN_REVIEW
        odd = route(document_kind="approval")
        assert odd.name is RouteName.HUMAN_REVIEW

    def test_a_notice_of_ten_years_ago(self) -> None:
        found = route(letter_date=TODAY - timedelta(days=3650))
        assert found.name is RouteName.HUMAN_REVIEW
        assert "more than five years back" in found.reasons[0]

    def test_the_place_to_turn_to_is_that_of_another_step(self) -> None:
        """The reviewer's own decision, taken for the plan's, sends to the hearing judge."""
        office = "Office of Medicare Hearings and Appeals, 1001 Lakeside Ave, Cleveland, OH 44114"
        medicare = {"plan_type": "medicare_advantage", "regime": "part_c"}
        found = route(level="internal_appeal", appeal_address=office, **medicare)  # type: ignore[arg-type]
        assert found.name is RouteName.HUMAN_REVIEW
        assert "follows another decision" in found.reasons[0]
        right = route(level="external_review", appeal_address=office, **medicare)  # type: ignore[arg-type]
        assert right.name is RouteName.EXTERNAL_REVIEW

    def test_an_outside_reviewer_s_decision_is_not_the_plan_s(self) -> None:
        speaks = "We are the independent contractor that Medicare hired to review this appeal."
        drug_plan = {"plan_type": "medicare_part_d", "regime": "part_d"}
        found = route(speaks, level="initial", **drug_plan)  # type: ignore[arg-type]
        assert found.name is RouteName.HUMAN_REVIEW
        offered = "You may ask the Part D Independent Review Entity to look at it."
        assert route(offered, **drug_plan).name is RouteName.APPEAL  # type: ignore[arg-type]


class TestUrgency:
    def test_the_letter_says_that_delay_would_harm(self) -> None:
        chosen = route("Her oncologist wrote that a delay would jeopardize her life.")
        assert chosen.urgent
        assert "delay would jeopardize" in (chosen.urgent_because or "")

    def test_offers_of_expedited_review_are_not_urgency(self) -> None:
        chosen = route(
            "You may ask for an expedited appeal if waiting could seriously jeopardize your life."
        )
        assert not chosen.urgent

    def test_the_clinician_says_so(self) -> None:
        assert route(clinician_urgent=True).urgent

    @pytest.mark.parametrize(
        ("days_left", "urgent"), [(8, False), (7, True), (0, True), (-7, True), (-8, False)]
    )
    def test_a_clock_that_ends_soon(self, days_left: int, urgent: bool) -> None:
        notice = TODAY + timedelta(days=days_left - 180)
        assert route(letter_date=notice).urgent is urgent

    def test_a_window_long_past_is_told_but_not_urgent(self) -> None:
        chosen = route(letter_date=date(2024, 1, 5))
        assert not chosen.urgent
        assert any("good cause" in reason for reason in chosen.reasons)

    def test_continuation_presses_only_where_a_service_ends(self) -> None:
        notice = TODAY - timedelta(days=5)
        medicaid = {"plan_type": "medicaid", "letter_date": notice}
        assert not route(**medicaid).urgent
        assert route("We are ending your home infusion on December 1.", **medicaid).urgent


@given(
    st.fixed_dictionaries(
        {
            "document_kind": st.sampled_from([None, *DocumentKind]),
            "level": st.sampled_from([None, *Level]),
            "plan_type": st.sampled_from(list(PlanType)),
            "denial_category": st.sampled_from([None, *DenialCategory]),
            "letter_date": st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2030, 1, 1))),
        }
    ),
    st.floats(0, 1),
)
def test_every_case_has_one_route_with_its_rule(values: dict[str, FieldValue], sure: float) -> None:
    chosen = route(unsure=dict.fromkeys(values, sure), **values)
    assert chosen.name in RouteName
    assert chosen.rule.endswith(".")
    if values["document_kind"] is None:
        assert chosen.name is RouteName.HUMAN_REVIEW


def test_the_table_covers_every_route() -> None:
    assert {rule.route for rule in rules()} == set(RouteName)
    assert not rules()[-1].conditions
    assert all(known.any_of for known in key_fields())
