"""Why coverage was denied: every reason that the letter gives, each with its sentence.

A reason counts where the letter speaks of its own decision; the right to ask for exceptions,
policies recited, and what is said not to be the reason count little or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from extractors.candidates import Candidate
from extractors.meaning.codes import CodeHit, find_codes, is_legend
from extractors.meaning.passages import Hit, Passage, hits, together

LISTED = 0.45
"""A reason is stated where its proofs together reach this."""

GENERAL = frozenset({"criteria-not-met", "findings-absent", "conservative-first"})
"""Cues that prove a lack of medical necessity only where nothing more specific is said."""

SPECIFIC = {
    "duplicate": 1.0,
    "timely_filing": 1.0,
    "eligibility": 1.0,
    "experimental": 0.98,
    "step_therapy": 0.97,
    "coding_billing": 0.95,
    "prior_authorization": 0.95,
    "quantity_limit": 0.95,
    "out_of_network": 0.92,
    "site_of_care": 0.92,
    "indication_or_age": 0.9,
    "non_formulary": 0.85,
    "benefit_exclusion": 0.83,
    "incomplete_information": 0.6,
    "medical_necessity": 0.58,
    "other": 0.5,
}
"""How readily a reason is the primary one: the more specific, the sooner. Medical necessity is
primary only where no more specific reason stands beside it."""

SAID_FIRST = 0.06
"""Added for a reason in the title or in the value of a reason label."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason, how surely it is stated, and the sentences that state it (surest first)."""

    category: str
    score: float
    rank: float
    spans: tuple[tuple[int, int], ...]
    because: str


def find_reasons(passages: tuple[Passage, ...]) -> tuple[Reason, ...]:
    """All reasons stated, the primary one first."""
    by_category: dict[str, list[Hit]] = {}
    told = [hit for hit in hits("reasons", passages) if not is_legend(hit.passage)]
    for hit in told:
        by_category.setdefault(hit.cue.value, []).append(hit)
    codes = find_codes(passages)
    specific = _has_specific(by_category, codes)
    found = []
    for category in by_category.keys() | {code.category for code in codes}:
        reason = _reason(category, told, codes, specific)
        if reason.score >= LISTED:
            found.append(reason)
    return tuple(sorted(found, key=lambda reason: -reason.rank))


def _has_specific(by_category: dict[str, list[Hit]], codes: Iterable[CodeHit]) -> bool:
    vague = {"medical_necessity", "incomplete_information", "other"}
    told = max(
        (h.weight for c, found in by_category.items() if c not in vague for h in found
         if h.cue.id not in GENERAL),
        default=0.0,
    )  # fmt: skip
    coded = max((c.weight for c in codes if c.category not in vague), default=0.0)
    return max(told, coded) >= 0.6


def _reason(category: str, told: Iterable[Hit], codes: Iterable[CodeHit], specific: bool) -> Reason:
    proofs: dict[tuple[int, int], float] = {}
    names: list[str] = []
    first = 0.0
    for hit in told:
        weight = _weight(hit, category, specific)
        if weight <= 0.0:
            continue
        span = (hit.passage.start, hit.passage.end)
        proofs[span] = max(proofs.get(span, 0.0), weight)
        names.append(hit.cue.id)
        if hit.passage.is_row or hit.passage.section == "head":
            first = SAID_FIRST
    for code in codes:
        if code.category == category:
            span = (code.passage.start, code.passage.end)
            told_there = any(h.passage is code.passage and h.weight > 0.5 for h in told)
            weight = code.weight * (0.5 if told_there else 1.0)
            proofs[span] = max(proofs.get(span, 0.0), weight)
            names.append(code.code)
    score = together(list(proofs.values()))
    best = max(proofs.values(), default=0.0)
    rank = (0.7 * best + 0.3 * score) * SPECIFIC.get(category, 0.5) + first
    spans = tuple(sorted(proofs, key=lambda s: (-proofs[s], s))[:3])
    return Reason(category, score, rank, spans, ", ".join(dict.fromkeys(names)))


def _weight(hit: Hit, category: str, specific: bool) -> float:
    if hit.cue.value == category:
        share = 1.0
    elif hit.cue.also == category:
        share = 1.1
    else:
        return 0.0
    if hit.cue.id in GENERAL and category == "medical_necessity" and specific:
        share *= 0.3
    return hit.weight * share


def reason_candidates(reasons: tuple[Reason, ...]) -> Iterable[Candidate]:
    """`denial_category` and `denial_categories`, each member with its sentences."""
    for place, reason in enumerate(reasons):
        start, end = reason.spans[0]
        primary = reason.score if place == 0 else reason.score * 0.5
        because = f"reason stated: {reason.because}"
        yield Candidate("denial_category", reason.category, start, end, min(primary, 1.0), because)
        for start, end in reason.spans:
            yield Candidate(
                "denial_categories", reason.category, start, end, reason.score, because,
                supports=reason.category,
            )  # fmt: skip
