"""The kind of coverage, by what the letter itself says; unknown where it says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extractors.candidates import Candidate
from extractors.meaning.passages import Passage, together
from knowledge.cues import scanner

ORDER = (
    "tricare",
    "fehb",
    "medicare_part_d",
    "medicare_advantage",
    "original_medicare",
    "medicaid",
    "self_funded",
    "commercial",
)
"""Which proof wins where several are strong: programmes of the government rule the market."""

PART_B_SIGNS = ("organization determination", "part b", "medical coverage", "10003", "infusion")
PART_D_SIGNS = ("formulary", "drug list", "coverage determination", "prescription", "pharmacy")
LEAST = 0.55


_ELSEWHERE = re.compile(
    r"\b(?:with|by|through|under|from|of|in) (?:another|a different|the other|your other|an other)"
    r" (?:health )?(?:plan|insurance|insurer|carrier|coverage)\b"
    r"|\bother (?:health )?(?:insurance|coverage)\b"
    r"|\b(?:is|as|was|pays?|be) (?:your )?(?:first|primary|secondary|second)\b"
    r"|\bbill (?:medicare|medicaid|your part d|the part d)\b"
    r"|\b(?:if you (?:have|are enrolled in|get)|such as|including) (?:medicare|medicaid)\b"
    r"|\b(?:has|have|had|with) medicare (?:because|part [abd]\b)|\bpart d plan covers\b"
)
"""A sentence about the coverage that someone has elsewhere, not about this plan."""


@dataclass(frozen=True, slots=True)
class PlanProof:
    """A sentence (or a brand) that shows the plan type."""

    plan_type: str
    weight: float
    start: int
    end: int
    because: str


def find_plan_type(
    passages: tuple[Passage, ...], brands: Sequence[PlanProof], drug_denied: bool
) -> Iterable[Candidate]:
    """`plan_type` candidates, best first; none where the letter does not tell."""
    proofs = [*_told(passages), *brands]
    weights: dict[str, float] = {}
    for plan in ORDER:
        ours = [proof.weight for proof in proofs if proof.plan_type == plan]
        weights[plan] = together(ours) if ours else 0.0
    ranked = sorted(ORDER, key=lambda plan: (-round(weights[plan], 1), ORDER.index(plan)))
    best = ranked[0]
    if weights[best] < LEAST:
        return
    first = best
    if best == "medicare_advantage" and drug_denied and _is_part_d(passages, weights):
        best = "medicare_part_d"
    elif best == "medicare_part_d" and not drug_denied and weights["medicare_advantage"] > 0.8:
        best = "medicare_advantage"
    for plan in (best, *(p for p in ranked if p != best and weights[p] >= LEAST)):
        own = [p for p in proofs if p.plan_type in (plan, first)]
        proof = max(own, key=lambda p: (p.plan_type == plan, p.weight))
        score = weights[first] if plan == best else weights[plan] * 0.5
        yield Candidate("plan_type", plan, proof.start, proof.end, score, proof.because)


def _told(passages: tuple[Passage, ...]) -> Iterable[PlanProof]:
    for passage in passages:
        place = _place(passage)
        if place == 0.0 or _ELSEWHERE.search(passage.text):
            continue
        for cue, start, end in scanner("plans").find(passage.text):
            at = passage.start
            yield PlanProof(
                cue.value, cue.weight * place, at + start, at + end, f"plan words: {cue.id}"
            )


def _place(passage: Passage) -> float:
    """Plan words count everywhere but in the fine print that every insurer prints."""
    if passage.weight == 0.0 or passage.section == "legal":
        return 0.0
    if "discriminat" in passage.text or "interpreter" in passage.text:
        return 0.0
    return 0.6 if passage.section in ("contact", "criteria") else 1.0


def _is_part_d(passages: tuple[Passage, ...], weights: dict[str, float]) -> bool:
    if weights["medicare_part_d"] >= LEAST:
        return True
    text = "\n".join(p.text for p in passages if p.weight > 0.5)
    if any(sign in text for sign in PART_B_SIGNS):
        return False
    return any(sign in text for sign in PART_D_SIGNS)
