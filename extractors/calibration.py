"""From scores to chances, by the table `data/calibration.toml` that `benchmarks.calibrate` fits."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import exp
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "calibration.toml"
Points = tuple[tuple[float, float], ...]
NEVER = 1.01
"""A confidence that no value has."""
ALWAYS = "always"
"""The sign that every value shows."""
SUREST = 0.997
"""No value is given as surer."""


def between(points: Sequence[tuple[float, float]], x: float) -> float:
    """The height of the line through `points` (by rising x) at `x`; flat beyond its ends."""
    if x <= points[0][0]:
        return points[0][1]
    if x >= points[-1][0]:
        return points[-1][1]
    at = bisect_right([point[0] for point in points], x)
    (x0, y0), (x1, y1) = points[at - 1], points[at]
    return y0 + (x - x0) / (x1 - x0) * (y1 - y0)


@dataclass(frozen=True, slots=True)
class Curve:
    """For one field: the least score put out; points [score, chance] of a value of which no more is
    known; points [reading, factor], what a less sure reading takes off; points [quality of the
    pages, chance that absence is right]; how far a candidate that stayed under the floor makes
    absence doubtful; the confidence from which on a value may be taken without a look (above 1:
    never); what each sign adds to the log of the odds; and [risk, confidence from which on at most
    so many values are wrong]."""

    floor: float
    points: Points
    reading: Points
    absent: Points
    doubt: float
    accept: float
    signs: Mapping[str, float] = field(default_factory=dict)
    least: Points = ()

    def chance(
        self, score: float, reading: float = 1.0, signs: Mapping[str, float] | None = None
    ) -> float:
        """The chance (0 to 1) that a value of this score, read with this confidence, is right; by
        its signs where they are told, else by its score alone."""
        if not signs:
            return between(self.points, score) * between(self.reading, reading)
        odds = self.signs.get(ALWAYS, 0.0)
        odds += sum(self.signs.get(name, 0.0) * x for name, x in signs.items())
        return min(1.0 / (1.0 + exp(-odds)), SUREST) * between(self.reading, reading)

    def chance_absent(self, left: float, quality: float) -> float:
        """The chance that the letter does not state the field, given the best score that stayed
        under the floor (0: no candidate) and the least reading quality of its pages."""
        near = min(left / self.floor, 1.0) if self.floor else 0.0
        return between(self.absent, quality) * (1 - self.doubt * near)

    def threshold(self, risk: float) -> float:
        """The least confidence with which at most `risk` (0 to 1) of the values are wrong, by the
        nearest smaller risk of the table; where none keeps to it, that of the next risk which any
        keeps to, so that a field is never held back whatever it says; above 1 if there is none."""
        held = [(asked, least) for asked, least in self.least if least < NEVER]
        within = [least for asked, least in held if asked <= risk + 1e-9]
        beyond = [least for asked, least in held if asked > risk]
        return min(within) if within else max(beyond, default=NEVER)


@cache
def curves() -> Mapping[str, Curve]:
    """The curve of every field named in the table, and of all others under `""`."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    base, families, common = table["defaults"], table["reading"], table.get("signs", {})
    rows = {"": base} | {key: base | own for key, own in table["fields"].items()}
    return {
        key: Curve(
            row["floor"],
            _points(row["points"]),
            _points(families[row["family"]]),
            _points(row["absent"]),
            row["doubt"],
            row.get("accept", NEVER),
            _sums(common, row.get("signs", {})),
            tuple((float(risk), float(least)) for risk, least in row.get("least", ())),
        )
        for key, row in rows.items()
    }


def threshold(key: str, risk: float) -> float:
    """The least confidence with which at most `risk` of the values of field `key` are wrong."""
    return curve(key).threshold(risk)


def _sums(common: Mapping[str, float], own: Mapping[str, float]) -> Mapping[str, float]:
    """What a sign weighs in a field: what it weighs in all, and what in this one besides."""
    return {name: common.get(name, 0.0) + own.get(name, 0.0) for name in (*common, *own)}


def _points(raw: Sequence[Sequence[float]]) -> Points:
    points = tuple((float(x), float(y)) for x, y in raw)
    if not points or any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(points)):
        raise ValueError("points of a calibration rise, and there is one at least")
    return points


def curve(key: str) -> Curve:
    """The curve of field `key`."""
    return curves().get(key) or curves()[""]
