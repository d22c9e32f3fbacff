"""The fit of `extractors/data/calibration.toml`: monotone, few points, shrunk, cautious.

For every field three things are fitted: the chance by score, a factor by the reader's confidence
(common to a family of fields), and the chance that absence is right, by the quality of the pages.
A field's own letters are few, so each figure is drawn towards that of all fields together; then
the odds of an error are raised, for made letters are easier than those that arrive.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from extractors.calibration import NEVER, TABLE, between
from models.fields import FIELD_SPECS, FieldKind

SCORES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.87, 0.92, 0.96, 1.001)
READINGS = (0.0, 0.6, 0.75, 0.85, 0.9, 0.94, 0.97, 1.0)
QUALITIES = (0.0, 0.85, 0.92, 0.95, 0.999, 1.001)
PRIOR = 25.0
"""So many letters' weight has the figure of all fields in that of one."""
CAUTION = 1.6
"""The odds of an error are so many times those measured on made letters."""
MOST = 0.99
RISK = 0.01
"""Of the values taken without a look, so many may be wrong."""
FAMILIES = {
    FieldKind.ID: "number", FieldKind.PHONE: "number", FieldKind.LIST: "number",
    FieldKind.DATE: "date", FieldKind.WINDOW: "date", FieldKind.CHOICE: "known",
    FieldKind.FLAG: "known", FieldKind.TEXT: "text",
}  # fmt: skip
KNOWN = frozenset(
    {"payer", "payer_family", "administrator", "drug", "drug_generic", "denial_categories"}
)
"""Text fields whose values come from a lexicon, which puts damage right."""

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Row:
    """One field of one letter: whether a value was put out, what was weighed, and whether the
    value (or its absence) is right. See `extractors.choosing.Choice`."""

    key: str
    found: bool
    score: float
    reading: float
    left: float
    quality: float
    right: bool
    doubt: float = 1.0


def family(key: str) -> str:
    return "known" if key in KNOWN else FAMILIES[FIELD_SPECS[key].kind]


def cautious(chance: float) -> float:
    """A measured chance with the odds of an error raised by `CAUTION`."""
    return min(chance / (chance + CAUTION * (1 - chance)), MOST) if chance > 0 else 0.0


def rising(points: Points, weights: Sequence[float]) -> Points:
    """The nearest points that never fall (pool adjacent violators)."""
    pools: list[list[float]] = []
    for (_, y), weight in zip(points, weights, strict=True):
        pools.append([y, max(weight, 1e-9), 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            y1, w1, n1 = pools.pop()
            y0, w0, n0 = pools.pop()
            pools.append([(y0 * w0 + y1 * w1) / (w0 + w1), w0 + w1, n0 + n1])
    heights = [y for y, _, n in pools for _ in range(int(n))]
    return [(x, y) for (x, _), y in zip(points, heights, strict=True)]


def binned(
    rows: Sequence[Row],
    at: Callable[[Row], float],
    edges: Sequence[float],
    prior: Callable[[float], float],
    expected: Callable[[Row], float] = lambda row: 1.0,
) -> Points:
    """By bin of `at`: the share that is right of what was `expected`, drawn towards `prior`."""
    points: Points = []
    weights: list[float] = []
    for low, high in pairwise(edges):
        held = [row for row in rows if low <= at(row) < high]
        x = sum(map(at, held)) / len(held) if held else (low + min(high, 1.0)) / 2
        right = sum(row.right for row in held) + PRIOR * prior(x)
        points.append((x, right / (sum(map(expected, held)) + PRIOR)))
        weights.append(len(held) + 1.0)
    return rising(points, weights)


def fit_table(rows: Sequence[Row]) -> dict[str, Any]:
    """The whole table; floors are decisions, kept as they stand."""
    old = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    found = [row for row in rows if row.found]
    sound = [row for row in found if row.reading >= 1.0] or found
    common = binned(sound, lambda r: r.score, SCORES, lambda x: 0.3 + 0.65 * x)
    own = {
        key: binned(
            [row for row in sound if row.key == key],
            lambda r: r.score,
            SCORES,
            lambda x: between(common, x),
        )
        for key in FIELD_SPECS
    }
    readings = {
        name: _reading([row for row in found if family(row.key) == name], own)
        for name in sorted({family(key) for key in FIELD_SPECS})
    }
    told = {key: _told(points) for key, points in own.items()}
    sure = [(row, _confidence(row, told, readings)) for row in found]
    everywhere = accepting(sure)
    empty = [row for row in rows if not row.found]
    none = binned(empty, lambda r: r.quality, QUALITIES, lambda x: 0.95)
    return {
        "defaults": {
            "floor": old["defaults"]["floor"],
            "family": "text",
            "points": _told(common),
            "absent": _told(none),
            "doubt": 0.4,
            "accept": everywhere,
        },
        "reading": {
            name: [(x, round(y, 4)) for x, y in points] for name, points in readings.items()
        },
        "fields": {
            key: {
                "floor": old["fields"].get(key, {}).get("floor", old["defaults"]["floor"]),
                "family": family(key),
                "points": told[key],
                **_absence([row for row in empty if row.key == key], none),
                "accept": max(everywhere, accepting([x for x in sure if x[0].key == key])),
            }
            for key in FIELD_SPECS
        },
    }


def _confidence(row: Row, told: Mapping[str, Points], readings: Mapping[str, Points]) -> float:
    """What the table will say of a value, as it is printed."""
    chance = between(told[row.key], row.score) * between(readings[family(row.key)], row.reading)
    return round(min(chance, MOST) * row.doubt, 3)


def accepting(sure: Sequence[tuple[Row, float]], risk: float = RISK) -> float:
    """The least confidence from which on no more than `risk` of the values are wrong; `NEVER`
    where there is none. Values of one confidence are taken or left together."""
    ranked = sorted(sure, key=lambda pair: -pair[1])
    right, best = 0, NEVER
    for n, (row, confidence) in enumerate(ranked, 1):
        right += row.right
        whole = n == len(ranked) or ranked[n][1] < confidence
        if whole and n - right <= risk * n:
            best = confidence
    return best


def _reading(rows: Sequence[Row], own: Mapping[str, Points]) -> Points:
    """What a reader's doubt takes off, by its confidence; nothing for a text layer."""
    read = [row for row in rows if row.reading < 1.0]
    points = binned(
        read, lambda r: r.reading, READINGS, lambda x: min(0.6 + 0.4 * x, 1.0),
        lambda r: between(own[r.key], r.score),
    )  # fmt: skip
    points = [(x, min(y, 1.0)) for x, y in points if x < 1.0]
    return [*points, (1.0, 1.0)]


def _absence(rows: Sequence[Row], none: Points) -> dict[str, Any]:
    """The chance that a field left empty is not stated, and what a weak candidate takes off."""
    bare = [row for row in rows if row.left < 0.1]
    near = [row for row in rows if row.left >= 0.1]
    points = binned(bare, lambda r: r.quality, QUALITIES, lambda x: between(none, x))
    hoped = sum(between(points, row.quality) for row in near)
    share = (sum(row.right for row in near) + 8 * 0.6) / (hoped + 8)
    return {"absent": _told(points), "doubt": round(min(max(1 - share, 0.0), 0.9), 3)}


def _told(points: Points) -> Points:
    """As the table prints them: cautious, rounded, no two at one place."""
    kept: Points = []
    for x, y in points:
        x, y = round(x, 3), round(cautious(y), 4)
        if not kept or x > kept[-1][0]:
            kept.append((x, y))
    return kept


HEAD = """\
# From a candidate's score to the chance that the value is exactly right. Written by
# `python -m benchmarks.calibrate`; only `floor`, the least score at which a value is put out at
# all, is set by hand. Points are joined by straight lines, flat beyond their ends.
# `points`: [score, chance]. `family`: which curve of [reading] applies: [reader's confidence,
# factor]. `absent`: [quality of the pages, chance that a field left empty is not stated];
# `doubt`: what a candidate just under the floor takes off that chance.
# `accept`: from this confidence on, at most 1% of the field's values, and of all, were wrong;
# above 1: never.
"""


def table_text(table: Mapping[str, Any]) -> str:
    """The table as TOML."""
    parts = [HEAD, "[defaults]", *_lines(table["defaults"]), "", "[reading]"]
    parts += [f"{name} = {_pairs(points)}" for name, points in table["reading"].items()]
    for key, row in table["fields"].items():
        parts += ["", f"[fields.{key}]", *_lines(row)]
    return "\n".join(parts) + "\n"


def _lines(row: Mapping[str, Any]) -> Iterable[str]:
    for name, value in row.items():
        if isinstance(value, list):
            yield f"{name} = {_pairs(value)}"
        else:
            yield f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"


def _pairs(points: Points) -> str:
    return "[" + ", ".join(f"[{x:g}, {y:g}]" for x, y in points) + "]"
