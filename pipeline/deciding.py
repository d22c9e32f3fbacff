"""From a letter's fields to its case: the law that governs, every clock, and the route.

Pure, apart from reading the knowledge base: the same pages, fields and day give the same case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from extractors.calibration import threshold
from extractors.language import is_spanish
from extractors.letter_view import LetterView
from knowledge import clocks, law, notice, regime, routing
from knowledge.clocks import ClockFacts
from knowledge.regime import CaseFacts
from knowledge.routing import DRUG_CODE, RouteFacts
from knowledge.signals import Signal, signals_in
from models.case import Deadline, DenialCase, LawFinding, NoticeDefect
from models.clinical import ClinicalFacts
from models.document import Page, PageRole, PageSource
from models.fields import Field, Fields
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType

BOILERPLATE = frozenset((PageRole.TAGLINES, PageRole.NONDISCRIMINATION))
"""Pages that name every kind of coverage and prove none."""
DENIES = frozenset(kind for kind in DocumentKind if kind.denies)


def decide(
    pages: tuple[Page, ...],
    fields: Fields,
    today: date,
    *,
    received: date | None = None,
    clinician_urgent: bool = False,
    coverage: str = "",
    answered_by: str = "",
) -> DenialCase:
    """The case of one letter. `received` is the day on which the notice arrived, where someone
    knows it; `clinician_urgent` a clinician's word that delay would harm; `coverage` the regime
    that a person named (who `answered_by` is), which settles the law. Raises UsageError where it
    is no regime."""
    telling = tuple(page for page in pages if page.role not in BOILERPLATE)
    view = LetterView.of(telling)
    signals = signals_in(view.text)
    seen = _as_answered(fields, coverage)
    facts = _case_facts(seen, signals, view)
    finding = regime.answered(facts, coverage, answered_by) if coverage else regime.decide(facts)
    due = _clocks(seen, finding, signals, received, clinician_urgent)
    route = routing.choose(
        RouteFacts(
            seen,
            finding,
            due,
            signals,
            today,
            unreadable_pages(telling),
            () if coverage else regime.contradictions(facts),
            clinician_urgent,
            threshold,
            "Spanish" if is_spanish(view.text) else None,
        )
    )
    return DenialCase(
        tuple(page.number for page in pages),
        fields,
        due,
        finding,
        route,
        notice_audit(pages, fields, finding, urgent=route.harm),
    )


def decide_with(
    pages: tuple[Page, ...], fields: Fields, today: date, entries: ClinicalFacts
) -> DenialCase:
    """The case of one letter, with what a person entered for it."""
    said = entries.answers
    return decide(
        pages,
        fields,
        today,
        received=said.received,
        clinician_urgent=entries.is_urgent,
        coverage=said.coverage,
        answered_by=entries.entered_by,
    )


def _as_answered(fields: Fields, coverage: str) -> Fields:
    """The fields with the plan type that goes with the coverage a person named. The case keeps
    its own: the answer can be taken back."""
    if not coverage or coverage not in law.regimes():
        return fields
    kinds = law.regime(coverage).plan_types
    said = fields.text("plan_type")
    kind = said if said in kinds else kinds[0].value
    sure = Field(kind, 1.0, computed=("coverage",), set_by="the person who named the coverage")
    return Fields({**fields.by_key, "plan_type": sure})


WELL_READ = 0.85
"""A page that OCR read with less than this mean confidence is not audited for what it lacks."""
# What a field of the letter shows to be there, whatever words it is said in.
_SHOWN_BY: Mapping[str, tuple[str, ...]] = {
    "notice_specific_reason": ("denial_category",),
    "notice_plan_provision": ("policy_cited",),
    "notice_claim_identity": (
        "claim_number", "reference_number", "date_of_service", "provider_name",
    ),
    "notice_review_procedure": ("appeal_window", "appeal_deadline", "appeal_address"),
    "notice_internal_criterion": ("policy_cited",),
}  # fmt: skip


def notice_audit(
    pages: tuple[Page, ...], fields: Fields, finding: LawFinding, *, urgent: bool = False
) -> tuple[NoticeDefect, ...]:
    """What a first denial had to contain under its law and in which it was not found. Silent
    unless the law is decided, every page was read well, and the letter is surely whole."""
    read_well = all(p.source is PageSource.TEXT or p.quality >= WELL_READ for p in pages)
    first = fields.text("level") in (None, Level.INITIAL) and fields.text("document_kind") in DENIES
    texts = tuple(page.text for page in pages)
    if not (finding.regime and read_well and first and notice.is_whole(texts)):
        return ()
    reason = fields.text("denial_category")
    lacking = notice.missing_elements(
        "\n".join(texts), finding.regime, DenialCategory(reason) if reason else None, urgent
    )
    return tuple(
        NoticeDefect(element.id, element.label, element.citation, element.confidence)
        for element in lacking
        if not any(fields[key].value for key in _SHOWN_BY.get(element.id, ()))
    )


def unreadable_pages(pages: tuple[Page, ...]) -> tuple[int, ...]:
    """Numbers of the pages that OCR could not read well enough to act on."""
    least, words = routing.least_quality()
    return tuple(
        page.number
        for page in pages
        if page.source is PageSource.OCR and page.quality < least and len(page.words) >= words
    )


def _case_facts(fields: Fields, signals: tuple[Signal, ...], view: LetterView) -> CaseFacts:
    codes = fields.items_of("hcpcs")
    return CaseFacts(
        plan_type=PlanType(fields.text("plan_type") or PlanType.UNKNOWN),
        payer=fields.text("payer"),
        payer_family=fields.text("payer_family"),
        is_drug=routing.is_drug(fields),
        billed_by_code=any(DRUG_CODE.fullmatch(code) for code in codes),
        signals=signals,
        pages=tuple(view.line_at(signal.start).page for signal in signals),
    )


def _clocks(
    fields: Fields,
    finding: LawFinding,
    signals: tuple[Signal, ...],
    received: date | None,
    clinician_urgent: bool,
) -> tuple[Deadline, ...]:
    """Every clock of a denial; none where nothing was denied."""
    if fields.text("document_kind") not in DENIES:
        return ()
    found = {signal.key for signal in signals}
    facts = clock_facts(
        fields,
        finding.regime,
        second_level="second_level" in found,
        urgent=clinician_urgent or not found.isdisjoint(routing.URGENT_SIGNALS),
    )
    return clocks.deadlines(replace(facts, received=received))


def clock_facts(
    fields: Fields, regime_key: str | None, *, second_level: bool = False, urgent: bool = False
) -> ClockFacts:
    """What the clocks hang on, out of a letter's fields and the law that was decided."""
    level, category = fields.text("level"), fields.text("denial_category")
    drug, care = routing.is_drug(fields), fields.day("date_of_service")
    return ClockFacts(
        plan_type=PlanType(fields.text("plan_type") or PlanType.UNKNOWN),
        level=Level(level) if level else None,
        letter_date=fields.day("letter_date"),
        stated_window=fields.window("appeal_window"),
        stated_deadline=fields.day("appeal_deadline"),
        urgent=urgent,
        regime=regime_key,
        category=DenialCategory(category) if category else None,
        is_drug=drug,
        part_b_drug=drug and regime_key == "part_c",
        date_of_service=care,
        request_date=fields.day("request_date"),
        payment=care is not None and fields.text("claim_number") is not None,
        second_level=second_level,
    )
