"""The fit of `extractors/data/calibration.toml`: monotone, few points, shrunk, cautious.

A value's chance is the product of what its signs tell (`benchmarks.sign_fit`) and what the
reader's confidence takes off (by family of fields). For readings that were not chosen, whose signs
nobody told, it goes by the score alone: a field's own letters are few, so each figure is drawn
towards that of all fields together; then the odds of an error are raised. The chance that absence
is right goes by the quality of the pages.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from benchmarks.sign_fit import SignFit, fit_signs
from extractors.calibration import NEVER, TABLE, between
from models.fields import FIELD_SPECS, FieldKind

SCORES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.87, 0.92, 0.96, 1.001)
READINGS = (0.0, 0.6, 0.75, 0.85, 0.9, 0.94, 0.97, 1.0)
QUALITIES = (0.0, 0.85, 0.92, 0.95, 0.999, 1.001)
PRIOR = 25.0
"""So many letters' weight has the figure of all fields in that of one."""
CAUTION = 1.05
"""The odds of an error are so many times those measured on made letters."""
WEIGHTS = {"letters": 0.15, "papers": 0.15, "written": 0.5, "blind": 1.0, "older": 0.7}
"""What a letter of each source weighs. `written` are letters of another hand that the program was
developed with; `blind` such letters as the program first saw them, the only ones that tell how it
does on letters nobody has seen; `older` the same as still older programs saw them."""
MADE = frozenset({"letters", "papers"})
OTHER_HANDS = frozenset({"written", "blind", "older"})
MOST = 0.99
RISK = 0.01
"""Of the values taken without a look, so many may be wrong: of made letters and papers, of letters
of another hand, and of the first looks of each program."""
JUDGED = frozenset({"service", "denial_categories"})
"""How a service is worded and how many reasons a letter gives are matters of judgement, in which
two readers differ: no share of right ones can be promised, and none is taken without a look."""
RISKS = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.2)
"""Risks for which the route table may ask."""
EVEN = 0.5
FOLDS = 8
"""Thresholds are told on letters that the chances under them were not fitted on."""
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
Sure = tuple["Row", float]
"""A value and the confidence that it is given."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of one letter: whether a value was put out, what was weighed, and whether the
    value (or its absence) is right. See `extractors.choosing.Choice`. `program`: of a first look,
    the commit that had it."""

    key: str
    found: bool
    score: float
    reading: float
    left: float
    quality: float
    right: bool
    doubt: float = 1.0
    source: str = "letters"
    letter: str = ""
    program: str = ""
    signs: Mapping[str, float] = field(default_factory=dict)


def weight(row: Row) -> float:
    return WEIGHTS.get(row.source, 1.0)


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
    heavy: Callable[[Row], float] = weight,
) -> Points:
    """By bin of `at`: the share that is right of what was `expected`, drawn towards `prior`."""
    points: Points = []
    weights: list[float] = []
    for low, high in pairwise(edges):
        held = [row for row in rows if low <= at(row) < high]
        x = sum(map(at, held)) / len(held) if held else (low + min(high, 1.0)) / 2
        right = sum(heavy(row) * row.right for row in held) + PRIOR * prior(x)
        hoped = sum(heavy(row) * expected(row) for row in held)
        points.append((x, right / (hoped + PRIOR)))
        weights.append(sum(map(heavy, held)) + 1.0)
    return rising(points, weights)


@dataclass(frozen=True, slots=True)
class Fit:
    """Everything that a chance is told from, as it will be printed, and the measured curves."""

    common: Points
    points: Mapping[str, Points]
    readings: Mapping[str, Points]
    signs: SignFit

    def confidence(self, row: Row) -> float:
        """What the table will say of a value, rounded as it is shown."""
        chance = self.signs.chance(row) * between(self.readings[family(row.key)], row.reading)
        return round(chance * row.doubt, 3)


def fit(rows: Sequence[Row]) -> Fit:
    """The curves and weights of the values that were put out."""
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
    signs = fit_signs(sound, weight)
    doubted = any(row.reading < 1.0 for row in found)
    readings = {
        name: _reading([row for row in found if family(row.key) == name], signs.chance)
        if doubted
        else _old_readings()[name]
        for name in sorted({family(key) for key in FIELD_SPECS})
    }
    return Fit(common, {key: _told(points) for key, points in own.items()}, readings, signs)


@cache
def _old_readings() -> Mapping[str, Points]:
    """What the reader's doubt takes off by the table as it stands, for a fit without damage."""
    table: Mapping[str, Points] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["reading"]
    return {name: [(x, y) for x, y in points] for name, points in table.items()}


def crossed(rows: Sequence[Row]) -> list[Sure]:
    """Every value with the confidence that it gets from a fit without its letter, whichever
    program looked at it."""
    names = sorted({_letter(row) for row in rows})
    fold = {name: n % FOLDS for n, name in enumerate(names)}
    told: list[Sure] = []
    for n in range(FOLDS):
        left = [row for row in rows if fold[_letter(row)] != n] or rows
        made = fit(left)
        held = [row for row in rows if row.found and fold[_letter(row)] == n]
        told += [(row, made.confidence(row)) for row in held]
    return told


def _letter(row: Row) -> str:
    return row.letter.removeprefix(f"{row.source}/") if row.source in OTHER_HANDS else row.letter


def fit_table(rows: Sequence[Row]) -> dict[str, Any]:
    """The whole table; floors are decisions, kept as they stand."""
    old = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    made, sure = fit(rows), [pair for pair in crossed(rows) if pair[0].source != "older"]
    by_key = {key: [pair for pair in sure if pair[0].key == key] for key in FIELD_SPECS}
    taken = acceptance(sure)
    empty = [row for row in rows if not row.found and row.source != "older"]
    none = binned(empty, lambda r: r.quality, QUALITIES, lambda x: 0.95)
    return {
        "defaults": {
            "floor": old["defaults"]["floor"],
            "family": "text",
            "points": _told(made.common),
            "absent": _told(none),
            "doubt": 0.4,
            "accept": NEVER,
            "least": _least(sure, sure),
        },
        "reading": {
            name: [(x, round(y, 4)) for x, y in points] for name, points in made.readings.items()
        },
        "signs": made.signs.common,
        "fields": {
            key: {
                "floor": old["fields"].get(key, {}).get("floor", old["defaults"]["floor"]),
                "family": family(key),
                "points": made.points[key],
                **_absence([row for row in empty if row.key == key], none),
                "accept": NEVER if key in JUDGED else taken,
                "least": _least(by_key[key], sure),
                "signs": made.signs.own.get(key, {}),
            }
            for key in FIELD_SPECS
        },
    }


def _least(own: Sequence[Sure], everything: Sequence[Sure]) -> Points:
    """Risk and the confidence that keeps to it, which falls as the risk grows; of a field with
    few values that of all together. What is as likely wrong as right is never sure enough, however
    seldom the field is wrong."""
    told = own if len(own) >= PRIOR else everything
    return [(risk, max(accepting(told, risk), EVEN)) for risk in RISKS]


def acceptance(sure: Sequence[Sure]) -> float:
    """The confidence from which on a value of any field is taken without a look: with which no more
    than `RISK` of what is taken is wrong in any source: in what is made here, in letters of another
    hand, and in the first looks of each program. The letters of each were written by others, and
    the earliest are the easiest: all first looks together would promise more than the latest keep.
    """
    sources: dict[tuple[str, str], list[Sure]] = {}
    for row, confidence in sure:
        if row.key not in JUDGED and row.source != "older":
            name = ("made", "") if row.source in MADE else (row.source, row.program)
            sources.setdefault(name, []).append((row, confidence))
    return max((accepting(held) for held in sources.values()), default=NEVER)


def _ranked(sure: Sequence[Sure]) -> Iterator[tuple[Row, float, bool]]:
    """Values with their confidences, the surest first, and whether one is the last of its
    confidence: those of one confidence are taken or left together."""
    ranked = sorted(sure, key=lambda pair: -pair[1])
    for n, (row, confidence) in enumerate(ranked, 1):
        yield row, confidence, n == len(ranked) or ranked[n][1] < confidence


def accepting(sure: Sequence[Sure], risk: float = RISK) -> float:
    """The least confidence from which on no more than `risk` of the values are wrong; `NEVER` where
    there is none."""
    wrong, best = 0, NEVER
    for n, (row, confidence, whole) in enumerate(_ranked(sure), 1):
        wrong += not row.right
        if whole and wrong <= risk * n + 1e-9:
            best = confidence
    return best


def _reading(rows: Sequence[Row], hoped: Callable[[Row], float]) -> Points:
    """What a reader's doubt takes off, by its confidence; nothing for a text layer. Only made
    letters are damaged, and of those without damage more are right than first looks let hope: so
    much more is hoped of the damaged ones too."""
    whole = [row for row in rows if row.reading >= 1.0 and row.source in MADE]
    ease = (sum(row.right for row in whole) + PRIOR) / (sum(map(hoped, whole)) + PRIOR)
    points = binned(
        [row for row in rows if row.reading < 1.0],
        lambda r: r.reading,
        READINGS,
        lambda x: min(0.6 + 0.4 * x, 1.0),
        lambda r: min(ease * hoped(r), 1.0),
        lambda r: 1.0,
    )
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
# From what is known of a value to the chance that it is exactly right. Written by
# `python -m benchmarks.calibrate`; only `floor`, the least score at which a value is put out at
# all, is set by hand. Points are joined by straight lines, flat beyond their ends.
# `signs`: what a sign (extractors/signs.py) adds to the log of the odds that a value is right,
# times its figure: [signs] in every field, `signs` of a field in it besides; "always" stands for
# every value. `points`: [score, chance] where no sign is told. `family`: which curve of [reading]
# applies: [reader's confidence, factor]. `absent`: [quality of the pages, chance that a field left
# empty is not stated]; `doubt`: what a candidate just under the floor takes off that chance.
# `accept`: from this confidence on a value is taken without a look: so that at most 1% of all that
# are taken were wrong; above 1: never. `least`: [risk, confidence from which on at most so many of
# the field's values were wrong]: the route table asks by risk.
"""


def table_text(table: Mapping[str, Any]) -> str:
    """The table as TOML."""
    parts = [HEAD, "[defaults]", *_lines(table["defaults"]), "", "[reading]"]
    parts += [f"{name} = {_pairs(points)}" for name, points in table["reading"].items()]
    common = table["signs"].items()
    parts += ["", "[signs]", *(f"{json.dumps(name)} = {x:g}" for name, x in common)]
    for key, row in table["fields"].items():
        parts += ["", f"[fields.{key}]", *_lines(row)]
    return "\n".join(parts) + "\n"


def _lines(row: Mapping[str, Any]) -> Iterable[str]:
    for name, value in row.items():
        if isinstance(value, dict):
            inside = ", ".join(f"{json.dumps(sign)} = {x:g}" for sign, x in value.items())
            yield f"{name} = {{ {inside} }}"
        elif isinstance(value, list):
            yield f"{name} = {_pairs(value)}"
        else:
            yield f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"


def _pairs(points: Points) -> str:
    return "[" + ", ".join(f"[{x:g}, {y:g}]" for x, y in points) + "]"
