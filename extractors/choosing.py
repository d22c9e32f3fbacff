"""From candidates to fields: equal readings joined, the best kept, the others as alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from extractors.calibration import curve
from extractors.candidates import Candidate
from extractors.consistency import doubts
from extractors.letter_view import LetterView
from extractors.signs import signs_of
from models.fields import (
    FIELD_SPECS,
    Alternative,
    Evidence,
    Field,
    FieldKind,
    Fields,
    FieldValue,
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


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a field, before its chance is told.

    `score`: of the value, less what a close second takes off. `reading`: how surely its words were
    read, 1 for a text layer. `left`: the best score that was not put out. `quality`: the least
    reading quality of the letter's pages. `doubt`: what contradicting fields take off its chance.
    `chosen`: every candidate that reads the value, best first. `signs`: see `extractors.signs`.
    """

    key: str
    value: FieldValue
    found: bool
    score: float
    reading: float
    left: float
    quality: float
    evidence: tuple[Evidence, ...] = ()
    computed: tuple[str, ...] = ()
    others: tuple[Reading, ...] = ()
    doubt: float = 1.0
    rule: str = ""
    chosen: tuple[Candidate, ...] = ()
    signs: Mapping[str, float] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        table = curve(self.key)
        if self.found:
            return table.chance(self.score, self.reading, self.signs) * self.doubt
        return table.chance_absent(self.left, self.quality)


def weigh(view: LetterView, candidates: Sequence[Candidate]) -> dict[str, Choice]:
    """The choice of every field of the contract."""
    by_key: dict[str, list[Candidate]] = {}
    for candidate in _one_role_each(candidates):
        by_key.setdefault(candidate.key, []).append(candidate)
    quality = min((page.quality for page in view.pages if page.lines), default=1.0)
    choices = {
        key: _list_choice(view, key, by_key.get(key, []), quality)
        if spec.kind is FieldKind.LIST
        else _choice(view, key, by_key.get(key, []), quality)
        for key, spec in FIELD_SPECS.items()
    }
    choices = _consistent(choices)
    told = signs_of(view, choices)
    return {key: replace(choice, signs=told.get(key, {})) for key, choice in choices.items()}


def choose(view: LetterView, candidates: Sequence[Candidate]) -> Fields:
    """Every field of the contract, with evidence, confidence and alternatives."""
    return Fields(
        {
            key: Field(
                choice.value,
                choice.confidence,
                choice.evidence,
                choice.computed,
                _alternatives(view, key, choice.others),
            )
            for key, choice in weigh(view, candidates).items()
        }
    )


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


def _choice(view: LetterView, key: str, found: list[Candidate], quality: float) -> Choice:
    ranked = tuple(readings(key, found))
    if not ranked or ranked[0].score < curve(key).floor:
        return Choice(
            key,
            _WHERE_NOT_TOLD.get(key, FIELD_SPECS[key].empty),
            False,
            0.0,
            1.0,
            ranked[0].score if ranked else 0.0,
            quality,
            computed=("no place in the letter states it",),
            others=ranked,
        )
    top, others = ranked[0], ranked[1:]
    rival = others[0].score if others else 0.0
    evidence = _evidence(view, top.found[:1])
    return Choice(
        key,
        top.value,
        True,
        top.score * _margin(top.score, rival),
        _sureness(view, key, top),
        rival,
        quality,
        evidence,
        () if evidence else (top.found[0].because,),
        others,
        rule=rule_of(top.found[0]),
        chosen=top.found,
    )


_DETAIL = re.compile(r"[;,].*|\s*\d+.*$")


def rule_of(candidate: Candidate) -> str:
    """The rule that found a candidate, without its details: `label:member_id:colon`, the first
    cue of `reason stated: step-said, findings-absent`. Calibration counts how often it is right."""
    return _DETAIL.sub("", candidate.because).strip()


def _margin(best: float, rival: float) -> float:
    """A close second makes the first less sure."""
    return 1.0 if rival < 0.45 else 1.0 - 0.25 * max(0.0, 1.0 - (best - rival) / 0.25)


_LOOKALIKE = re.compile(r"(?<=[A-Za-z])[0O1IlS5B8Z2G6]|[OIlSBZG](?=\d)|(?<=\d)[OIlSBZ]")
"""Characters beside one of the other kind that reading confuses: the 0 of `OP0733`."""
_LOOKALIKE_COSTS = 0.03
_MOST_PLACES = 3


def _sureness(view: LetterView, key: str, reading: Reading) -> float:
    """How surely a value was read: of a number, in any of the places where it stands."""
    kind = FIELD_SPECS[key].kind
    exact = kind in (FieldKind.ID, FieldKind.PHONE, FieldKind.LIST, FieldKind.DATE)
    spans = {(c.start, c.end) for c in reading.found if c.end > c.start}
    first = (reading.found[0].start, reading.found[0].end)
    wrong = 1.0
    for span in [first, *sorted(spans - {first})][: _MOST_PLACES if exact else 1]:
        sure = view.reading_confidence(*span) if span[1] > span[0] else 1.0
        wrong *= 1.0 - sure
    if wrong > 0 and kind is FieldKind.ID:
        wrong = min(wrong + _LOOKALIKE_COSTS * len(_LOOKALIKE.findall(str(reading.value))), 1.0)
    return 1.0 - wrong


def _evidence(view: LetterView, found: Iterable[Candidate]) -> tuple[Evidence, ...]:
    return tuple(
        item
        for candidate in found
        if candidate.end > candidate.start
        for item in view.evidence(candidate.start, candidate.end, candidate.supports)
    )


def _alternatives(view: LetterView, key: str, others: Sequence[Reading]) -> tuple[Alternative, ...]:
    table = curve(key)
    return tuple(
        Alternative(
            r.value,
            round(table.chance(r.score, _sureness(view, key, r)) * 0.5, 3),
            _evidence(view, r.found[:1]),
        )
        for r in others[:MOST_ALTERNATIVES]
    )


def _list_choice(view: LetterView, key: str, found: list[Candidate], quality: float) -> Choice:
    """A list field: every member over the floor, in the order of the letter (of scores, for
    reasons); it is as sure as its least sure member."""
    floor = curve(key).floor
    members = [
        replace(c, value=item, supports=item)
        for c in found
        for item in (c.value if isinstance(c.value, tuple) else (c.value,))
        if isinstance(item, str)
    ]
    ranked = readings(key, members)
    kept = [r for r in ranked if r.score >= floor]
    if key != "denial_categories":
        kept.sort(key=lambda r: min(c.start for c in r.found))
    left = [r for r in ranked if r.score < floor]
    best_left = left[0].score if left else 0.0
    missed = tuple(replace(r, value=(str(r.value),)) for r in left)
    if not kept:
        told = ("no place in the letter states one",)
        return Choice(key, (), False, 0.0, 1.0, best_left, quality, computed=told, others=missed)
    return Choice(
        key,
        tuple(str(r.value) for r in kept),
        True,
        min(r.score for r in kept) * _margin(1.0, best_left),
        min(_sureness(view, key, r) for r in kept),
        best_left,
        quality,
        _evidence(view, [r.found[0] for r in kept]),
        others=missed,
        rule=rule_of(min(kept, key=lambda r: r.score).found[0]),
        chosen=tuple(c for r in kept for c in r.found),
    )


def _consistent(choices: dict[str, Choice]) -> dict[str, Choice]:
    """Doubts fields that contradict each other."""
    found = {key: choice.value for key, choice in choices.items() if choice.found}
    for key, factor in doubts(found).items():
        choices[key] = replace(choices[key], doubt=choices[key].doubt * factor)
    return choices
