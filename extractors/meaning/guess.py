"""A small statistical model for reasons that no cue knows (see scripts/train_reason_model.py).

Used only for a denial in whose text the cues found no reason: measured on 150 sentences that
neither had seen, cues alone named 45 % of the reasons, cues and then the model 71 %.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.meaning.passages import Passage

MODEL = Path(__file__).parents[1] / "data" / "reason_model.json"
NO_REASON = "none"
SIZES = (3, 4, 5)
LEAST = 0.2
SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Guess:
    """A category, its probability among all, and the sentence."""

    category: str
    chance: float
    passage: Passage


@dataclass(frozen=True, slots=True)
class _Model:
    classes: tuple[str, ...]
    bias: tuple[float, ...]
    grams: dict[str, list[float]]


@cache
def _model() -> _Model:
    content = json.loads(MODEL.read_text(encoding="utf-8"))
    return _Model(tuple(content["classes"]), tuple(content["bias"]), content["grams"])


def chances(text: str) -> dict[str, float]:
    """The probability of each category (and of no reason) for one lower-case sentence."""
    model = _model()
    counts = Counter(gram for gram in _grams(text) if gram in model.grams)
    weights = {g: (1 + math.log(n)) * model.grams[g][0] for g, n in counts.items()}
    length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
    scores = list(model.bias)
    for gram, weight in weights.items():
        share = weight / length
        for at, coefficient in enumerate(model.grams[gram][1:]):
            scores[at] += share * coefficient
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    whole = sum(powers)
    return {name: power / whole for name, power in zip(model.classes, powers, strict=True)}


def _grams(text: str) -> list[str]:
    """Character n-grams inside words, each word padded with a blank (as scikit-learn's char_wb)."""
    found: list[str] = []
    for word in text.split():
        padded = f" {word} "
        for size in SIZES:
            if len(padded) <= size:
                found.append(padded)
                break
            found.extend(padded[at : at + size] for at in range(len(padded) - size + 1))
    return found


def guess_reason(passages: tuple[Passage, ...]) -> Guess | None:
    """The likeliest reason sentence of a letter, or None where none is likely."""
    best: Guess | None = None
    for passage in passages:
        if passage.weight < 0.85 or passage.unreal or passage.is_row:
            continue
        if len(passage.text) < SHORTEST or passage.text.count(" ") < 4:
            continue
        shares = chances(passage.text)
        category = max(shares, key=lambda name: shares[name])
        if category == NO_REASON or shares[category] < LEAST:
            continue
        if best is None or shares[category] > best.chance:
            best = Guess(category, shares[category], passage)
    return best
