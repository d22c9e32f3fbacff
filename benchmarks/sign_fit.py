"""What each sign of a value weighs: a logistic regression over all fields at once.

Every sign (`extractors.signs`) counts twice: in all fields together, and in its own field besides,
where it has to tell more to weigh as much. So a field with few letters leans on the others, and
one that differs is let differ. The penalty is on the square of the weights; what is hardly anything
is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from extractors.calibration import ALWAYS, SUREST

if TYPE_CHECKING:
    from benchmarks.calibration_fit import Row

OWN = 0.7
"""So much less a sign counts in its own field than in all together."""
LOOSE = 0.5
"""How loosely weights are held at nothing (scikit-learn's `C`)."""
CALM = 0.86
"""Weights are told as so much of what they were fitted to be: the slope that fits the letters of a
writer none of whose letters were in the fit (three writers, each left out in turn)."""
LEAST = 0.02
"""A weight nearer to nothing is dropped."""
_NOTHING: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class SignFit:
    """What signs add to the log of the odds: in all fields, and in each besides."""

    common: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]

    def chance(self, row: Row) -> float:
        """The chance that a value read without doubt is right."""
        own = self.own.get(row.key, _NOTHING)
        odds = self.common.get(ALWAYS, 0.0) + own.get(ALWAYS, 0.0)
        for name, x in row.signs.items():
            odds += x * (self.common.get(name, 0.0) + own.get(name, 0.0))
        return min(1.0 / (1.0 + exp(-odds)), SUREST)


def fit_signs(rows: Sequence[Row], weight: Callable[[Row], float]) -> SignFit:
    """The weights, from values that were read without doubt. Without right and wrong ones there is
    nothing to tell, and no weight."""
    from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    right = np.array([row.right for row in rows])
    if right.all() or not right.any():
        return SignFit({}, {})
    table = DictVectorizer()
    told = table.fit_transform([_twice(row) for row in rows])
    model = LogisticRegression(C=LOOSE, max_iter=3000)
    model.fit(told, right, sample_weight=np.array([weight(row) for row in rows]))
    common = {ALWAYS: round(CALM * float(model.intercept_[0]), 3)}
    own: dict[str, dict[str, float]] = {}
    for name, found in zip(table.get_feature_names_out(), model.coef_[0], strict=True):
        key, _, sign = name.partition("|")
        worth = round(CALM * float(found) * (OWN if key else 1.0), 3)
        if abs(worth) >= LEAST:
            (own.setdefault(key, {}) if key else common)[sign] = worth
    return SignFit(common, own)


def _twice(row: Row) -> dict[str, float]:
    """A row's signs in all fields (`|sign`) and in its own (`field|sign`)."""
    told = {f"|{name}": x for name, x in row.signs.items()}
    told |= {f"{row.key}|{name}": OWN * x for name, x in row.signs.items()}
    return told | {f"{row.key}|{ALWAYS}": OWN}
