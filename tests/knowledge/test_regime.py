"""Law by decision table, and the signals it rests on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.regime import CaseFacts, contradictions, decide, table
from knowledge.signals import kinds, signals_in
from models.vocabulary import PlanType

P = PlanType


def found_in(text: str) -> set[str]:
    return {signal.key for signal in signals_in(text)}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("This is a self-funded plan of Acme Mills.", "self_funded"),
        ("We provide administrative services\nonly for your plan.", "self_funded"),
        ("You may sue under section 502(a) of ERISA.", "erisa"),
        ("Contact the Ohio Department of Insurance.", "state_regulator"),
        ("Coverage underwritten by Example Life.", "insured"),
        ("Your Marketplace plan does not cover it.", "marketplace"),
        ("We believe this is a grandfathered health plan.", "grandfathered"),
        ("Notice of Denial of Medicare Prescription Drug Coverage", "part_d_form"),
        ("Form CMS-10003-NDMCP", "part_c_form"),
        ("our organization determination", "part_c_form"),
        ("This is a Part B drug.", "part_b_drug"),
        ("You may ask for a State Fair Hearing.", "medicaid"),
        ("You may request a second level appeal.", "second_level"),
        ("A delay would jeopardize her life.", "delay_would_harm"),
        ("Waiting could seriously harm the patient, her oncologist writes.", "delay_would_harm"),
        ("Request type: Expedited", "handled_as_urgent"),
        ("Your request was processed as urgent.", "handled_as_urgent"),
        ("Units billed: 600", "billed_units"),
        ("We are ending your home infusion on May 1.", "service_ending"),
    ],
)
def test_signal_found(text: str, key: str) -> None:
    assert key in found_in(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            "If you or your doctor believe that waiting could seriously harm your health, you may"
            " ask for an expedited appeal.",
            "delay_would_harm",
        ),
        (
            "You can ask for a fast appeal if waiting could jeopardize your life.",
            "delay_would_harm",
        ),
        ("You may file an urgent appeal by phone.", "handled_as_urgent"),
        ("Review type: ☐ Urgent ☐ Standard", "handled_as_urgent"),
        ("Types of appeal: expedited or standard", "handled_as_urgent"),
        ("This is a non-grandfathered plan.", "grandfathered"),
        ("If your plan is governed by ERISA, you may sue under section 502(a).", "erisa"),
        ("If your plan is self-funded, contact your employer.", "self_funded"),
        ("Insulin 100 units per mL", "unit_numbers"),
        ("Your second level appeal was denied.", "second_level"),
    ],
)
def test_conditions_and_offers_are_no_signal(text: str, key: str) -> None:
    assert key not in found_in(text)


def test_a_signal_knows_its_place() -> None:
    text = "Dear member:\nthe plan is self-\nfunded. It is self-insured by Acme."
    signal = next(s for s in signals_in(text) if s.key == "self_funded")
    assert text[signal.start : signal.end] == "self-insured"
    assert signal.text == "self-insured"


@given(st.text(max_size=400))
def test_any_text_is_searched_without_error(text: str) -> None:
    for signal in signals_in(text):
        assert signal.key in kinds()
        assert 0 <= signal.start < signal.end <= len(text)


@pytest.mark.parametrize(
    ("plan", "text", "facts", "regime"),
    [
        (P.MEDICARE_PART_D, "", {}, "part_d"),
        (P.MEDICARE_ADVANTAGE, "", {}, "part_c"),
        (P.MEDICARE_ADVANTAGE, "", {"is_drug": True}, None),
        (P.MEDICARE_ADVANTAGE, "", {"is_drug": True, "billed_by_code": True}, "part_c"),
        (P.MEDICARE_ADVANTAGE, "a Part B drug", {"is_drug": True}, "part_c"),
        (P.MEDICARE_ADVANTAGE, "Part D coverage determination", {"is_drug": True}, "part_d"),
        (P.MEDICARE_ADVANTAGE, "organization determination", {"is_drug": True}, "part_c"),
        (P.ORIGINAL_MEDICARE, "", {}, "original_medicare"),
        (P.MEDICAID, "", {}, None),
        (P.MEDICAID, "", {"payer": "Example Health", "payer_family": "Molina"}, "medicaid_mco"),
        (P.MEDICAID, "", {"payer": "State Medicaid", "payer_family": "Medicaid"}, "medicaid_ffs"),
        (P.MEDICAID, "CHIP member handbook", {}, "chip"),
        (P.FEHB, "", {}, "fehb"),
        (P.TRICARE, "", {}, "tricare"),
        (P.SELF_FUNDED, "", {}, "erisa_self_funded"),
        (P.SELF_FUNDED, "the County Employees Health Plan", {}, "gov_self_funded"),
        (P.SELF_FUNDED, "this church plan", {}, "church"),
        (P.COMMERCIAL, "This plan is self-funded.", {}, "erisa_self_funded"),
        (P.COMMERCIAL, "This is a grandfathered plan.", {}, "grandfathered"),
        (P.COMMERCIAL, "your Marketplace plan", {}, "aca_individual"),
        (P.COMMERCIAL, "ERISA. Department of Insurance.", {}, "erisa_insured"),
        (P.COMMERCIAL, "ERISA", {}, None),
        (P.COMMERCIAL, "Department of Insurance", {}, None),
        (P.COMMERCIAL, "a health care sharing ministry", {}, "non_aca"),
        (P.COMMERCIAL, "", {}, None),
        (P.UNKNOWN, "Notice of Denial of Medical Coverage", {}, "part_c"),
        (P.UNKNOWN, "Medicare Prescription Drug Coverage", {}, "part_d"),
        (P.UNKNOWN, "This plan is self-insured.", {}, "erisa_self_funded"),
        (P.UNKNOWN, "", {}, None),
    ],
)
def test_the_table(plan: PlanType, text: str, facts: dict[str, object], regime: str | None) -> None:
    finding = decide(CaseFacts(plan, signals=signals_in(text), **facts))  # type: ignore[arg-type]
    assert finding.regime == regime
    assert finding.reasons
    assert (finding.question is None) == (regime is not None)
    if finding.question:
        assert finding.question.count("?") == 1


def test_medicare_advantage_says_what_does_not_govern() -> None:
    finding = decide(CaseFacts(P.MEDICARE_ADVANTAGE))
    assert {"ERISA", "State insurance appeal and state external review"} <= {
        excluded.regime for excluded in finding.excluded
    }
    assert all(excluded.reason for excluded in finding.excluded)


def test_reasons_quote_the_letter_and_its_page() -> None:
    signals = signals_in("Your plan is self-insured.")
    finding = decide(CaseFacts(P.COMMERCIAL, signals=signals, pages=(3,)))
    assert any("“self-insured” (page 3)" in reason for reason in finding.reasons)


def test_contradictions_between_plan_type_and_wording() -> None:
    signals = signals_in("Notice of Denial of Medicare Prescription Drug Coverage")
    assert contradictions(CaseFacts(P.COMMERCIAL, signals=signals))
    assert not contradictions(CaseFacts(P.MEDICARE_PART_D, signals=signals))
    assert not contradictions(CaseFacts(P.UNKNOWN, signals=signals))


@given(
    st.sampled_from(list(P)),
    st.booleans(),
    st.booleans(),
    st.sets(st.sampled_from(sorted(kinds()))),
)
def test_some_rule_always_decides(plan: PlanType, drug: bool, code: bool, keys: set[str]) -> None:
    from knowledge.signals import Signal

    signals = tuple(Signal(key, key, 0, 1) for key in sorted(keys))
    finding = decide(CaseFacts(plan, is_drug=drug, billed_by_code=code, signals=signals))
    assert (finding.question is None) == (finding.regime is not None)


def test_no_rule_is_dead() -> None:
    """Each rule can decide: with its own signals and facts alone, it is the one that fits."""
    for rule in table():
        for plan in rule.plan_types:
            wanted = frozenset((*rule.any[:1], *rule.all))
            facts = CaseFacts(plan)
            earlier = table()[: table().index(rule)]
            assert rule.fits(facts, wanted), rule.id
            assert not [other.id for other in earlier if other.fits(facts, wanted)], rule.id
