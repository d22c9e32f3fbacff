"""What the document does, weighed from all that speaks for each kind.

The rules (`meaning.kind`) go by the wordings that they know, and were developed on the letters that
the weights are fitted on: their answer is no evidence here, or it would count for all. It gives the
place and the score where both agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from extractors.meaning.guess import NO_REASON, verdict_chances, verdicts_together
from extractors.meaning.kind import IN_PART, Verdict, joined, says_no_decision, strongest
from extractors.meaning.passages import Hit, Passage
from extractors.meaning.weighing import weights

WEIGHTS = "kind_weights.toml"
FEATURES = (
    "cue",  # the strongest cue
    "cues",  # all cues joined
    "heard",  # what the verdict model hears in all sentences, by a logarithm
    "loudest",  # the sentence in which it hears most
    "whole",  # all sentences taken as one
    "status",  # the value beside a label such as `Status`
    "claim",  # lines of a claim: unpaid for a denial, some of them for a partial one
    "reason",  # a reason is stated, for a denial
)
SAID = ("cue", "status", "claim", "reason")
"""Without any of these a kind is only heard by the model, which overrules nothing."""
LEAST_PLACE = 0.5
SHORTEST = 12
SUPPOSED = 0.4
"""What a sentence counts that says what may be or is denied."""
SPREAD = 3.0
HIGHEST = 0.8
"""The score of a verdict that no rule gives is at most this."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the sentences: the cues of kinds, the rules' verdict, whether a reason
    is stated, an unpaid line of a claim and whether others were paid, the status beside a label."""

    found: tuple[Hit, ...]
    ruled: Verdict
    has_reason: bool
    unpaid: bool
    some_paid: bool
    status: Verdict | None


def weigh_kind(passages: tuple[Passage, ...], known: Known) -> Verdict:
    """The verdict for which all evidence together speaks most; the rules' own where the document
    says that it decides nothing, or names the parts approved and refused."""
    if says_no_decision(known.ruled) or known.ruled.because == IN_PART:
        return known.ruled
    by = weights(WEIGHTS, FEATURES)
    rows = kind_evidence(passages, known, by.names)
    shares = by.shares(rows)
    kind = max(shares, key=lambda name: (shares[name], name))
    said = rows[by.names.index(kind)]
    if kind == known.ruled.value or not any(said[FEATURES.index(name)] for name in SAID):
        return known.ruled
    place = max(
        _open(passages),
        key=lambda p: verdict_chances(p.text).get(kind, 0.0) * p.weight,
        default=None,
    )
    if place is None:
        return known.ruled
    return Verdict(kind, min(shares[kind], HIGHEST), place.start, place.end, "weighed")


def kind_evidence(passages: tuple[Passage, ...], known: Known, names: tuple[str, ...]) -> Any:
    """One row for each kind of `names`, one column for each of `FEATURES`."""
    rows = {name: dict.fromkeys(FEATURES, 0.0) for name in names}
    for feature, told in (("cue", strongest(known.found)), ("cues", joined(known.found))):
        for name, weight in told.items():
            rows[name][feature] = weight
    heard = _open(passages)
    for passage in heard:
        weight = passage.weight * (SUPPOSED if passage.unreal else 1.0)
        for name, chance in verdict_chances(passage.text).items():
            if name != NO_REASON:
                share = chance * weight
                rows[name]["heard"] += share * share
                rows[name]["loudest"] = max(rows[name]["loudest"], share)
    if heard:
        whole = verdicts_together(tuple(passage.text for passage in heard))
        for name, row in rows.items():
            row["whole"] = whole.get(name, 0.0) / (1.05 - whole[NO_REASON])
    for row in rows.values():
        row["heard"] = math.log1p(SPREAD * row["heard"])
    if known.status is not None and known.status.value is not None:
        rows[known.status.value]["status"] = 1.0
    if known.unpaid:
        rows["partial_denial" if known.some_paid else "denial"]["claim"] = 1.0
    if known.has_reason:
        rows["denial"]["reason"] = 1.0
    return np.array([[row[feature] for feature in FEATURES] for row in rows.values()])


def _open(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    return tuple(p for p in passages if p.weight >= LEAST_PLACE and len(p.text) >= SHORTEST)
