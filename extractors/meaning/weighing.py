"""Fitted weights of few kinds of evidence, and the share of each answer that they give.

The weights are the same for every answer, with one more for how common each answer is; they are
written by scripts/fit_weights.py and may be read by a person.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parents[1] / "data"


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature counts, and how common each answer is, both in natural logarithms."""

    features: Any
    answers: Any
    names: tuple[str, ...]

    def shares(self, rows: Any) -> dict[str, float]:
        """The chance of each answer: `rows` has a row of features for each, in their order."""
        scores = rows @ self.features + self.answers
        powers = np.exp(scores - scores.max())
        whole = powers / powers.sum()
        return {name: float(share) for name, share in zip(self.names, whole, strict=True)}


@cache
def weights(file: str, features: tuple[str, ...]) -> Weights:
    """The weights in a file of `extractors/data`."""
    table = tomllib.loads((DATA / file).read_text(encoding="utf-8"))
    names = tuple(table["answers"])
    return Weights(
        np.array([table["features"][name] for name in features]),
        np.array([table["answers"][name] for name in names]),
        names,
    )
