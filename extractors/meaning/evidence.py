"""What a letter says for each reason, as numbers, and the chance of each reason from all of them.

The numbers are few and the same for every reason, so that they can be weighed by some hundred
labelled letters (scripts/fit_weights.py -> data/reason_weights.toml): what the sentence model hears
counts beside what the cues find, and neither goes before the other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from extractors.meaning.codes import CodeHit
from extractors.meaning.guess import NO_REASON, chances, chances_together
from extractors.meaning.passages import Hit, Passage, together

WEIGHTS = "reason_weights.toml"

FEATURES = (
    "heard",  # what the sentence model hears in all sentences together, by a logarithm
    "heard_surely",  # the same of squares: one sure sentence before many vague ones
    "heard_together",  # the best two neighbouring sentences, taken as one
    "heard_because",  # the best sentence that says why
    "whole",  # all sentences that speak of this decision, taken as one
    "aside",  # what it hears in parts on appeals and the like, which may be told wrongly
    "cue",  # the strongest cue
    "cues",  # all cues joined
    "code",  # the strongest code
    "later",  # the best sentence that stands after `also`, `a second reason`
    "not_of_a_drug",  # a step, where no drug is denied
)

LEAST_PLACE = 0.3
"""A passage of less weight says nothing of this decision."""
ASIDE = 0.1
PLAINLY = 0.75
"""From this weight on a passage is one of those that are taken together as a whole."""
NEAR = 0.6
EXPLAINS = 0.8
"""What a legend's text counts."""
SHORTEST = 15
OUTRIGHT, BESIDE_CUE = 0.85, 0.3
"""In a sentence with a cue of at least this weight, what the model hears of other reasons counts so
much: a wording that is known outright goes before what is only like others."""
SPREAD = 3.0
_NONE: frozenset[str] = frozenset()
_SAYS_WHY = re.compile(
    r"\b(?:because|reasons?|rationale|since|due to|for this reason|therefore|that is why"
    r"|as a result)\b"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a letter before its reasons are weighed: its sentences (with the text that
    a sentence runs on to), the share of each by its start, the starts of legends and of sentences
    after the first reason, the cues and codes that count, and whether a drug is denied."""

    sentences: Sequence[tuple[Passage, str]]
    shares: Mapping[int, float]
    explained: Set[int]
    later: Set[int]
    cues: Iterable[Hit]
    codes: Iterable[CodeHit]
    of_drug: bool
    filled: bool


def evidence(told: Told, names: Sequence[str]) -> Any:
    """One row for each reason of `names`, one column for each of `FEATURES`."""
    rows = {name: dict.fromkeys(FEATURES, 0.0) for name in names}
    if told.filled:
        _hear(told, rows)
    by_sentence: dict[str, dict[int, float]] = {}
    for hit in told.cues:
        for category in (hit.cue.value, hit.cue.also):
            if category in rows:
                best = by_sentence.setdefault(category, {})
                best[hit.passage.start] = max(best.get(hit.passage.start, 0.0), hit.weight)
    for category, best in by_sentence.items():
        rows[category]["cue"] = max(best.values())
        rows[category]["cues"] = together(list(best.values()))
    for code in told.codes:
        if code.category in rows:
            rows[code.category]["code"] = max(rows[code.category]["code"], code.weight)
    if "step_therapy" in rows and not told.of_drug:
        rows["step_therapy"]["not_of_a_drug"] = 1.0
    return np.array([[row[feature] for feature in FEATURES] for row in rows.values()])


def _hear(told: Told, rows: dict[str, dict[str, float]]) -> None:
    """What the sentence model hears, into the rows."""
    heard: list[tuple[Passage, float]] = []
    cued: dict[int, frozenset[str]] = {}
    for hit in told.cues:
        if hit.cue.weight >= OUTRIGHT:
            said = frozenset(filter(None, (hit.cue.value, hit.cue.also)))
            cued[hit.passage.start] = cued.get(hit.passage.start, _NONE) | said
    for passage, text in told.sentences:
        if passage.unreal or len(text) < SHORTEST:
            continue
        if passage.weight < LEAST_PLACE:
            if passage.weight >= ASIDE and not passage.is_row:
                for category, chance in chances(text).items():
                    if category != NO_REASON:
                        rows[category]["aside"] += chance * chance
            continue
        weight = passage.weight * told.shares.get(passage.start, 1.0)
        if passage.start in told.explained:
            weight *= EXPLAINS
        says_why = _SAYS_WHY.search(text) is not None
        named = cued.get(passage.start, _NONE)
        for category, chance in chances(text).items():
            if category == NO_REASON:
                continue
            row, share = rows[category], chance * weight * _beside(named, category)
            row["heard"] += share * weight
            row["heard_surely"] += share * share
            if says_why:
                row["heard_because"] = max(row["heard_because"], share)
            if passage.start in told.later:
                row["later"] = max(row["later"], share)
        heard.append((passage, weight))
    for row in rows.values():
        row["heard"] = math.log1p(SPREAD * row["heard"])
        row["heard_surely"] = math.log1p(SPREAD * row["heard_surely"])
        row["aside"] = math.log1p(SPREAD * row["aside"])
    for (one, first), (other, second) in pairwise(heard):
        least = min(first, second)
        if one.section != other.section or least < NEAR or one.is_row or other.is_row:
            continue
        named = cued.get(one.start, _NONE) | cued.get(other.start, _NONE)
        for category, chance in chances_together((one.text, other.text)).items():
            if category != NO_REASON:
                row, share = rows[category], chance * least * _beside(named, category)
                row["heard_together"] = max(row["heard_together"], share)
    parts = [p for p, weight in heard if weight >= PLAINLY and not p.is_row]
    if parts:
        named = _NONE.union(*(cued.get(p.start, _NONE) for p in parts))
        whole = chances_together(tuple(p.text for p in parts))
        for category, chance in whole.items():
            if category != NO_REASON:
                share = chance / (1.05 - whole[NO_REASON])
                rows[category]["whole"] = share * _beside(named, category)


def _beside(named: Set[str], category: str) -> float:
    """What the model's word for a reason counts where a cue names others."""
    return BESIDE_CUE if named and category not in named else 1.0
