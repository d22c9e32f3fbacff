"""Which mention names the denied service: a small linear model over what their places tell.

Each mention competes with all others and with `none`; a chance is its share of the whole
(softmax). The weights stand in `data/service_model.toml`, fitted by
`python -m benchmarks.service_fit`.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.meaning.service_mentions import SMALL, Mention

MODEL = Path(__file__).parents[1] / "data" / "service_model.toml"
NONE = "none"
"""The weight of no service at all."""


LEAST = 0.02
"""Values less likely than this are not put out."""
SUREST = 0.95
OF_LONGER, OF_JOINED = 0.15, 0.25
"""So much of its parts' shares counts for a longer name, and for two names joined by `and`."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A value with its best place. `share` is its own; `score` of the first value that of all
    values which are the same words with others added or left out (`MRI`, `MRI of the lumbar
    spine`): that the letter words it in several ways makes the service no less sure."""

    mention: Mention
    share: float
    score: float


@cache
def weights() -> Mapping[str, float]:
    """The fitted weights, by the names of `Mention.tells`."""
    table = tomllib.loads(MODEL.read_text("utf-8"))["weights"]
    return {name: float(weight) for name, weight in table.items()}


def choose(found: Sequence[Mention], known: Mapping[str, float] | None = None) -> list[Weighed]:
    """The different values of a letter's mentions, the likeliest first, by `known` weights or
    those of the table."""
    best: dict[frozenset[str], tuple[float, Mention]] = {}
    together: dict[frozenset[str], float] = {}
    for mention, share in zip(found, _shares(found, known or weights()), strict=True):
        words = _words(mention.value)
        together[words] = together.get(words, 0.0) + share
        if words not in best or share > best[words][0]:
            best[words] = (share, mention)
    rank = {words: _with_parts(words, best[words][1], together) for words in best}
    ranked = sorted(best, key=lambda words: (-rank[words], best[words][1].start))
    return [
        Weighed(
            best[words][1],
            together[words],
            min(_of_its_like(words, together) if place == 0 else together[words], SUREST),
        )
        for place, words in enumerate(ranked)
        if place == 0 or together[words] >= LEAST
    ]


def _shares(found: Sequence[Mention], known: Mapping[str, float]) -> list[float]:
    scores = [sum(known.get(key, 0.0) * told for key, told in m.tells.items()) for m in found]
    most = max([*scores, known[NONE]])
    powers = [math.exp(score - most) for score in scores]
    whole = sum(powers) + math.exp(known[NONE] - most)
    return [power / whole for power in powers]


def _of_its_like(words: frozenset[str], together: Mapping[frozenset[str], float]) -> float:
    return sum(share for other, share in together.items() if other <= words or words <= other)


def _with_parts(
    words: frozenset[str], mention: Mention, together: Mapping[frozenset[str], float]
) -> float:
    """A share as it is ranked: what its parts have speaks for the whole too."""
    parts = sum(share for other, share in together.items() if other < words)
    speak = OF_JOINED if mention.tells.get("joined") else OF_LONGER
    return together[words] + speak * parts


def _words(value: str) -> frozenset[str]:
    """What tells two wordings apart: `MRI of the knee` is `knee MRI`."""
    words = frozenset(re.findall(r"\w+", value.lower()))
    return words - SMALL or words
