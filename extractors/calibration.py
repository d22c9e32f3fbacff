"""From scores to chances, by the table `data/calibration.toml`."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "data" / "calibration.toml"
READING_FLOOR = 0.5
"""A word that the reader was wholly unsure of halves the chance; a sure one leaves it."""


@dataclass(frozen=True, slots=True)
class Curve:
    """For one field: the least score put out, points [score, chance], and the chance that
    absence is right."""

    floor: float
    points: tuple[tuple[float, float], ...]
    absent: float

    def chance(self, score: float, reading: float = 1.0) -> float:
        """The chance (0 to 1) that a value of this score, read with this confidence, is right."""
        scores = [point[0] for point in self.points]
        at = min(max(bisect_right(scores, score), 1), len(scores) - 1)
        (x0, y0), (x1, y1) = self.points[at - 1], self.points[at]
        share = min(max((score - x0) / (x1 - x0), 0.0), 1.0)
        return (y0 + share * (y1 - y0)) * (READING_FLOOR + (1 - READING_FLOOR) * reading)

    def chance_absent(self, best: float, quality: float) -> float:
        """The chance that the letter does not state the field, given the best score that stayed
        under the floor (0: no candidate) and the mean reading quality of its pages."""
        doubt = 0.6 * best / max(self.floor, 0.01) if best > 0 else 0.0
        return self.absent * (1 - min(doubt, 0.6)) * (0.8 + 0.2 * quality)


@cache
def curves() -> Mapping[str, Curve]:
    """The curve of every field named in the table, and of all others under `""`."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    base = table["defaults"]
    rows = {"": base} | {key: base | own for key, own in table["fields"].items()}
    return {
        key: Curve(row["floor"], tuple((x, y) for x, y in row["points"]), row["absent"])
        for key, row in rows.items()
    }


def curve(key: str) -> Curve:
    """The curve of field `key`."""
    return curves().get(key) or curves()[""]
