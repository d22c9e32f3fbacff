"""Which mention names the denied service: a small linear model over what their places tell.

Each mention competes with all others and with `none`; a chance is its share of the whole
(softmax). The weights stand in `data/service_model.toml`, fitted by
`scripts/train_service_model.py`.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.meaning.service_mentions import Mention

MODEL = Path(__file__).parents[1] / "data" / "service_model.toml"
NONE = "none"
"""The weight of no service at all."""
_SMALL = frozenset({"of", "the", "a", "an", "and", "with", "your", "for", "services", "service"})


LEAST = 0.02
"""Values less likely than this are not put out."""
SUREST = 0.95


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
    best: dict[str, tuple[float, Mention]] = {}
    together: dict[str, float] = {}
    for mention, share in zip(found, _shares(found, known or weights()), strict=True):
        value = mention.value.lower()
        together[value] = together.get(value, 0.0) + share
        if value not in best or share > best[value][0]:
            best[value] = (share, mention)
    ranked = sorted(best, key=lambda value: (-together[value], best[value][1].start))
    return [
        Weighed(
            best[value][1],
            together[value],
            min(_of_its_like(value, together) if rank == 0 else together[value], SUREST),
        )
        for rank, value in enumerate(ranked)
        if rank == 0 or together[value] >= LEAST
    ]


def _shares(found: Sequence[Mention], known: Mapping[str, float]) -> list[float]:
    scores = [sum(known.get(key, 0.0) * told for key, told in m.tells.items()) for m in found]
    most = max([*scores, known[NONE]])
    powers = [math.exp(score - most) for score in scores]
    whole = sum(powers) + math.exp(known[NONE] - most)
    return [power / whole for power in powers]


def _of_its_like(value: str, together: Mapping[str, float]) -> float:
    words = _words(value)
    return sum(
        share
        for other, share in together.items()
        if (its := _words(other)) <= words or words <= its
    )


def _words(value: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", value)) - _SMALL
