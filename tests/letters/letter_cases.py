"""Synthetic denial cases for the tests of letters. All persons and companies are invented."""

from __future__ import annotations

from datetime import date
from typing import Any

from knowledge import law
from knowledge.clocks import ClockFacts, deadlines
from models.case import DenialCase, LawFinding, Route
from models.fields import FIELD_SPECS, Evidence, Field, Fields, FieldValue
from models.geometry import Box
from models.vocabulary import DenialCategory, Level, PlanType, RouteName

TODAY = date(2026, 11, 22)
NOTICE_DAY = date(2026, 10, 30)
REASON = "We could not approve this request because the records do not show that it is needed."

_BASE: dict[str, FieldValue] = {
    "document_kind": "denial",
    "level": "initial",
    "payer": "Blue Cross Blue Shield of Exampleland",
    "payer_family": "Blue Cross Blue Shield",
    "plan_type": "commercial",
    "drug": "Tecartus",
    "drug_generic": "brexucabtagene autoleucel",
    "hcpcs": ("Q2053",),
    "diagnosis_codes": ("C83.10",),
    "denial_category": "medical_necessity",
    "denial_categories": ("medical_necessity",),
    "letter_date": NOTICE_DAY,
    "member_id": "XEB123456789",
    "group_number": "70012",
    "reference_number": "PA-2026-0042",
    "patient_name": "Rosalind Quillfeather",
    "provider_name": "Amara Oduya-Lindqvist, MD",
    "appeal_fax": "800-555-0142",
    "appeal_address": "PO Box 100, Sampletown, EX 00001",
    "policy_cited": "Medical Policy 8.01.63",
}


def field(value: FieldValue, text: str | None = None, page: int = 1) -> Field:
    """A value as if read from the page."""
    words = text if text is not None else str(value)
    return Field(value, 0.97, (Evidence(page, words, Box(72, 100, 300, 112)),))


def fields(reason: str | None = REASON, **values: Any) -> Fields:
    """Fields of an ordinary denial with some replaced; None leaves one out."""
    merged = {**_BASE, **values}
    made = {key: field(value) for key, value in merged.items() if value is not None}
    for key in ("denial_category", "denial_categories"):
        if key in made and reason is not None:
            made[key] = field(made[key].value, reason, page=1)
    assert made.keys() <= FIELD_SPECS.keys()
    return Fields(made)


def case(
    route: RouteName = RouteName.APPEAL,
    *,
    urgent: bool = False,
    regime: str | None = None,
    reason: str | None = REASON,
    reasons: tuple[str, ...] = (),
    **values: Any,
) -> DenialCase:
    """A case with its clocks worked out, routed as told."""
    held = fields(reason, **values)
    plan_type = PlanType(held.text("plan_type") or "unknown")
    category = held.text("denial_category")
    level = held.text("level")
    clocks = deadlines(
        ClockFacts(
            plan_type,
            Level(level) if level else None,
            held.day("letter_date"),
            urgent=urgent,
            regime=regime,
            category=DenialCategory(category) if category else None,
            is_drug=True,
        )
    )
    known = law.working(regime, plan_type)
    finding = LawFinding(
        regime, known.name, ("the letter says so",), question=None if regime else "Which plan?"
    )
    because = "the oncologist says that delay would harm" if urgent else None
    chosen = Route(
        route, f"{category} is answered by {route.value}", reasons, urgent, because, urgent
    )
    return DenialCase((1, 2), held, clocks, finding, chosen)


def route_of(category: DenialCategory, level: Level, plan: PlanType) -> RouteName:
    """A plausible route, so that every composer is walked."""
    billing = {"duplicate", "coding_billing", "timely_filing", "eligibility"}
    if level is Level.INTERNAL_APPEAL:
        return RouteName.EXTERNAL_REVIEW
    if category.value in billing:
        return RouteName.BILLING_CORRECTION
    if category is DenialCategory.INCOMPLETE_INFORMATION:
        return RouteName.INFORMATION_RESPONSE
    excepted = {"non_formulary", "step_therapy", "quantity_limit"}
    if category.value in excepted and plan in (PlanType.MEDICARE_PART_D, PlanType.MEDICAID):
        return RouteName.EXCEPTION_REQUEST
    return RouteName.APPEAL
