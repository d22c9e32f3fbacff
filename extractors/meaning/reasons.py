"""Why coverage was denied: every reason that the letter gives, each with its sentence.

A reason counts where the letter speaks of its own decision; the right to ask for exceptions,
policies recited, and what is said not to be the reason count little or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from extractors.candidates import Candidate
from extractors.meaning.codes import CodeHit, find_codes, legend
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
    "incomplete_information": 0.57,
    "medical_necessity": 0.58,
    "other": 0.5,
}
"""How readily a reason is the primary one: the more specific, the sooner. Medical necessity is
primary only where no more specific reason stands beside it."""

EXPLAINED = {
    "duplicate": ("coding_billing", "incomplete_information"),
    "timely_filing": ("incomplete_information", "coding_billing"),
    "eligibility": ("benefit_exclusion", "incomplete_information"),
    "prior_authorization": ("incomplete_information",),
    "out_of_network": ("benefit_exclusion", "eligibility"),
}
"""A reason stated outright explains others that its wording brings along; those count half."""

OUTRIGHT = 0.8
CODED = 0.6
"""What the official text printed with a code counts where the letter gives its own reason."""

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


def find_reasons(passages: tuple[Passage, ...], drug_denied: bool = True) -> tuple[Reason, ...]:
    """All reasons stated, the primary one first.

    Where no drug was denied, treatments to try first ("six weeks of physical therapy") are a
    matter of medical necessity before they are a step requirement.
    """
    codes = find_codes(passages)
    coded = {code.passage.start for code in codes}
    explained = legend(passages)
    told = [
        hit
        for hit in hits("reasons", passages)
        if hit.passage.start not in explained and not (codes and hit.passage.section == "glossary")
    ]
    specific = _has_specific(told, codes)
    own_words = any(h.passage.start not in coded and h.weight >= 0.6 for h in told)
    proofs: dict[str, list[Proof]] = {}
    for hit in told:
        share = CODED if own_words and hit.passage.start in coded else 1.0
        for category, weight in _weights(hit, specific, drug_denied):
            proofs.setdefault(category, []).append(
                Proof(hit.passage, weight * share, hit.cue.id, hit.passage.is_row)
            )
    for code in codes:
        weight = code.weight * (0.4 if own_words else 1.0)
        proofs.setdefault(code.category, []).append(
            Proof(code.passage, weight, code.code, code.passage.is_row)
        )
    reasons = {category: _reason(category, found) for category, found in proofs.items()}
    for strong, brought in EXPLAINED.items():
        if strong in reasons and reasons[strong].score >= OUTRIGHT:
            for weak in brought:
                if weak in reasons and reasons[weak].score < reasons[strong].score + 0.05:
                    reasons[weak] = _reason(weak, [p.halved() for p in proofs[weak]])
    listed = [reason for reason in reasons.values() if reason.score >= LISTED]
    order = _rank if drug_denied else _service_rank
    return tuple(sorted(listed, key=lambda reason: (-order(reason), reason.spans[0])))


@dataclass(frozen=True, slots=True)
class Proof:
    """A sentence that gives a reason, and how surely."""

    passage: Passage
    weight: float
    name: str
    is_row: bool

    def halved(self) -> Proof:
        return replace(self, weight=self.weight * 0.5)


def _rank(reason: Reason) -> float:
    return reason.rank


def _service_rank(reason: Reason) -> float:
    return reason.rank * (0.55 if reason.category == "step_therapy" else 1.0)


def _has_specific(told: Iterable[Hit], codes: Iterable[CodeHit]) -> bool:
    vague = {"medical_necessity", "incomplete_information", "other"}
    heard = (h.weight for h in told if h.cue.value not in vague and h.cue.id not in GENERAL)
    coded = (c.weight for c in codes if c.category not in vague)
    return max((*heard, *coded), default=0.0) >= 0.6


def _reason(category: str, proofs: Iterable[Proof]) -> Reason:
    by_sentence: dict[tuple[int, int], float] = {}
    first = 0.0
    for proof in proofs:
        span = (proof.passage.start, proof.passage.end)
        by_sentence[span] = max(by_sentence.get(span, 0.0), proof.weight)
        if proof.weight >= LISTED and (proof.is_row or proof.passage.section == "head"):
            first = SAID_FIRST
    score = together(list(by_sentence.values()))
    best = max(by_sentence.values(), default=0.0)
    rank = (0.7 * best + 0.3 * score) * SPECIFIC.get(category, 0.5) + first
    spans = tuple(sorted(by_sentence, key=lambda s: (-by_sentence[s], s))[:3])
    names = ", ".join(dict.fromkeys(proof.name for proof in proofs))
    return Reason(category, score, rank, spans, names)


def _weights(hit: Hit, specific: bool, drug_denied: bool) -> Iterator[tuple[str, float]]:
    """The categories that a cue proves, with the weight for each."""
    necessity = 0.3 if specific else 1.0
    if hit.cue.value == "medical_necessity" and hit.cue.id in GENERAL:
        yield hit.cue.value, hit.weight * necessity
    else:
        yield hit.cue.value, hit.weight
    if hit.cue.also is not None:
        yield hit.cue.also, hit.weight * (necessity if drug_denied else 1.0)
    elif hit.cue.value == "step_therapy" and not drug_denied:
        yield "medical_necessity", hit.weight * 0.6


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
