"""From candidates to fields: equal readings joined, the best kept, the others as alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from extractors.calibration import curve
from extractors.candidates import Candidate
from extractors.letter_view import LetterView
from models.fields import (
    FIELD_SPECS,
    Alternative,
    Evidence,
    Field,
    FieldKind,
    Fields,
    FieldValue,
    Window,
)
from models.vocabulary import PlanType

MOST_ALTERNATIVES = 4
SUPPORTS = 0.5
"""A place weaker than this supports nothing."""
SUPPORT = 0.35
"""How far a second, independent place with the same value closes the gap to certainty."""
_IDS = ("member_id", "claim_number", "reference_number", "group_number", "rx_number")
_NAMES = frozenset({"patient_name", "provider_name"})
_WHERE_NOT_TOLD: dict[str, FieldValue] = {"plan_type": PlanType.UNKNOWN.value}
"""Fields whose vocabulary has a word of its own for what the letter does not tell."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a field with every candidate that reads it; `score` joins theirs."""

    value: FieldValue
    score: float
    found: tuple[Candidate, ...]


def comparable(key: str, value: FieldValue) -> object:
    """A value in the form in which two readings of it are equal."""
    if not isinstance(value, str):
        return value
    kind = FIELD_SPECS[key].kind
    if key in _NAMES:
        return frozenset(w for w in re.findall(r"\w+", value.lower()) if len(w) > 1)
    if kind in (FieldKind.ID, FieldKind.PHONE):
        return re.sub(r"[^0-9a-z]", "", value.lower())
    return re.sub(r"\W+", " ", value.lower()).strip()


def readings(key: str, candidates: Iterable[Candidate]) -> list[Reading]:
    """The different values of a field, best first."""
    groups: dict[object, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(comparable(key, candidate.value), []).append(candidate)
    joined = [_joined(group) for group in groups.values()]
    return sorted(joined, key=lambda r: (-round(r.score, 3), _rank(key, r)))


def _joined(group: list[Candidate]) -> Reading:
    best = sorted(group, key=lambda c: (-c.score, c.start))
    score, places = best[0].score, {best[0].start}
    for other in best[1:]:
        if other.start not in places and other.score >= SUPPORTS:
            places.add(other.start)
            score += (1 - score) * SUPPORT * other.score
    return Reading(best[0].value, min(score, 1.0), tuple(best))


def _rank(key: str, reading: Reading) -> tuple[object, ...]:
    """Of readings with one score: the earliest day of service, else the earliest place."""
    if key == "date_of_service" and isinstance(reading.value, date):
        return (reading.value.toordinal(), reading.found[0].start)
    return (0, reading.found[0].start)


def choose(view: LetterView, candidates: Sequence[Candidate]) -> Fields:
    """Every field of the contract, with evidence, confidence and alternatives."""
    by_key: dict[str, list[Candidate]] = {}
    for candidate in _one_role_each(candidates):
        by_key.setdefault(candidate.key, []).append(candidate)
    quality = min((page.quality for page in view.pages if page.lines), default=1.0)
    fields = {
        key: _list_field(view, key, by_key.get(key, []), quality)
        if spec.kind is FieldKind.LIST
        else _field(view, key, by_key.get(key, []), quality)
        for key, spec in FIELD_SPECS.items()
    }
    return _consistent(Fields(fields))


def _one_role_each(candidates: Sequence[Candidate]) -> list[Candidate]:
    """One printed number is not the member's, the claim's and the case's at once: the role with
    the best score keeps it, in the others it is doubted."""
    best: dict[object, tuple[float, str]] = {}
    for candidate in candidates:
        if candidate.key == "hcpcs" and isinstance(candidate.value, tuple):
            best[candidate.value[0].lower()] = (candidate.score + 1.0, "hcpcs")
    for candidate in candidates:
        if candidate.key in _IDS:
            form = comparable(candidate.key, candidate.value)
            best[form] = max(best.get(form, (0.0, "")), (candidate.score, candidate.key))
    doctors = {
        comparable(c.key, c.value)
        for c in candidates
        if c.key == "provider_name" and c.score >= 0.5
    }
    candidates = [
        c.weighed(0.5, "named as provider too")
        if c.key == "patient_name"
        and not c.because.startswith("label")
        and comparable(c.key, c.value) in doctors
        else c
        for c in candidates
    ]
    patients = {
        comparable(c.key, c.value)
        for c in candidates
        if c.key == "patient_name" and c.because.startswith("label") and c.score >= 0.7
    }
    candidates = [
        c.weighed(0.5, "named as patient too")
        if c.key == "provider_name"
        and not c.because.startswith("label")
        and comparable(c.key, c.value) in patients
        else c
        for c in candidates
    ]
    return [
        c.weighed(0.4, "same number in another role")
        if c.key in _IDS and best[comparable(c.key, c.value)][1] != c.key
        else c
        for c in candidates
    ]


def _field(view: LetterView, key: str, found: list[Candidate], quality: float) -> Field:
    table = curve(key)
    ranked = readings(key, found)
    if not ranked or ranked[0].score < table.floor:
        best = ranked[0].score if ranked else 0.0
        alternatives = _alternatives(view, key, ranked)
        return Field(
            _WHERE_NOT_TOLD.get(key, FIELD_SPECS[key].empty),
            table.chance_absent(best, quality),
            computed=("no place in the letter states it",),
            alternatives=alternatives,
        )
    top, others = ranked[0], ranked[1:]
    rival = others[0].score if others else 0.0
    chance = _chance(view, key, top) * _margin(top.score, rival)
    evidence = _evidence(view, top.found[:1])
    computed = () if evidence else (top.found[0].because,)
    return Field(top.value, min(chance, 0.99), evidence, computed, _alternatives(view, key, others))


def _margin(best: float, rival: float) -> float:
    """A close second makes the first less sure."""
    return 1.0 if rival < 0.45 else 1.0 - 0.25 * max(0.0, 1.0 - (best - rival) / 0.25)


def _chance(view: LetterView, key: str, reading: Reading) -> float:
    place = reading.found[0]
    sure = view.reading_confidence(place.start, place.end) if place.end > place.start else 1.0
    return curve(key).chance(reading.score, sure)


def _evidence(view: LetterView, found: Iterable[Candidate]) -> tuple[Evidence, ...]:
    return tuple(
        item
        for candidate in found
        if candidate.end > candidate.start
        for item in view.evidence(candidate.start, candidate.end, candidate.supports)
    )


def _alternatives(view: LetterView, key: str, others: Sequence[Reading]) -> tuple[Alternative, ...]:
    return tuple(
        Alternative(r.value, round(_chance(view, key, r) * 0.5, 3), _evidence(view, r.found[:1]))
        for r in others[:MOST_ALTERNATIVES]
    )


def _list_field(view: LetterView, key: str, found: list[Candidate], quality: float) -> Field:
    """A list field: every member over the floor, in the order of the letter (of scores, for
    reasons); its chance is that of its least sure member."""
    table = curve(key)
    members = [
        replace(c, value=item, supports=item)
        for c in found
        for item in (c.value if isinstance(c.value, tuple) else (c.value,))
        if isinstance(item, str)
    ]
    ranked = readings(key, members)
    kept = [r for r in ranked if r.score >= table.floor]
    if key != "denial_categories":
        kept.sort(key=lambda r: min(c.start for c in r.found))
    left = [r for r in ranked if r.score < table.floor]
    best_left = left[0].score if left else 0.0
    missed = _alternatives(view, key, [replace(r, value=(str(r.value),)) for r in left])
    if not kept:
        return Field(
            (),
            table.chance_absent(best_left, quality),
            computed=("no place in the letter states one",),
            alternatives=missed,
        )
    chance = min(_chance(view, key, r) for r in kept) * _margin(1.0, best_left)
    return Field(
        tuple(str(r.value) for r in kept),
        min(chance, 0.99),
        _evidence(view, [r.found[0] for r in kept]),
        alternatives=missed,
    )


def _consistent(fields: Fields) -> Fields:
    """Lowers the confidence of fields that contradict each other."""
    letter, deadline = fields.day("letter_date"), fields.day("appeal_deadline")
    window, asked = fields.window("appeal_window"), fields.day("request_date")
    if letter and deadline and window and not _agrees(letter, window, deadline):
        fields = _doubt(fields, ("appeal_deadline", "appeal_window", "letter_date"), 0.8)
    if letter and deadline and deadline <= letter:
        fields = _doubt(fields, ("appeal_deadline", "letter_date"), 0.5)
    if letter and asked and asked > letter:
        fields = _doubt(fields, ("letter_date", "request_date"), 0.7)
    return fields


SLACK = timedelta(days=12)
"""Letters count from notice or receipt, add days for the mail, and round months."""


def _agrees(letter: date, window: Window, deadline: date) -> bool:
    days = window.value * (30.4 if window.unit == "months" else 1)
    return abs(letter + timedelta(days=days) - deadline) <= SLACK


def _doubt(fields: Fields, keys: tuple[str, ...], factor: float) -> Fields:
    for key in keys:
        fields = fields.replacing(
            key, replace(fields[key], confidence=fields[key].confidence * factor)
        )
    return fields
