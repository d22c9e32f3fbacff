"""Every place of a letter that may name the service, with what the place tells of it.

A mention's `tells` are few, general, between 0 and 1 (a count's logarithm may be more);
`service_model` weighs them. Their names are those of `data/service_model.toml`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from extractors.claim_lines import PROCEDURE
from extractors.columns import printed_rows
from extractors.line_verdicts import granted_places, line_verdicts
from extractors.meaning.care_phrases import UNKNOWN, CarePhrase, care_phrases
from extractors.meaning.passages import Passage
from extractors.meaning.service_marks import beside, marks
from extractors.meaning.service_names import service_name
from extractors.meaning.service_units import BREAK, Unit, is_alone, units
from extractors.nlp.analysis import Analysis, Pair
from knowledge.payers import payers


@dataclass(frozen=True, slots=True)
class Mention:
    """`text[start:end]` may name the service as `value`; `how` names the kind of place."""

    value: str
    start: int
    end: int
    how: str
    tells: Mapping[str, float]


def mentions(
    analysis: Analysis, passages: Sequence[Passage], drug_rows: Sequence[Pair]
) -> list[Mention]:
    """Every mention of the letter, in no order."""
    places = _Places(analysis, drug_rows)
    values = [pair for pair in places.pairs if _label_rank(pair) < len(_NAMING)]
    every = tuple(units(analysis, passages, values))
    found = [m for unit in every for m in _in_unit(analysis, unit, places)]
    found.extend(_wholes(analysis, places, every, {(m.start, m.value) for m in found}))
    return _counted(analysis, found)


class _Places:
    """What the analysis knows of the places in a letter."""

    def __init__(self, analysis: Analysis, drug_rows: Sequence[Pair]) -> None:
        taken = {pair.label_start for pair in drug_rows}
        self.pairs = [p for p in analysis.pairs if p.label_start not in taken]
        verdicts = line_verdicts(analysis)
        self.granted = granted_places(verdicts)
        self.refused = tuple(p for v in verdicts if v.refused for p in v.places)
        self.rows = {}
        for row in printed_rows(analysis.segments):
            whole = "  ".join(analysis.text[c.start : c.end] for c in row)
            if len(row) > 1:
                self.rows.update({cell.start: whole for cell in row})
        self.named = [
            " ".join(p.value.split()).lower() for p in analysis.pairs if _OTHERS & {*p.keys[:1]}
        ]

    def pair_of(self, start: int) -> Pair | None:
        holding = [p for p in self.pairs if p.value_start <= start < p.value_end]
        return min(
            holding, key=lambda p: (_label_rank(p), p.value_end - p.value_start), default=None
        )

    def is_granted(self, start: int) -> bool:
        return any(a <= start < b for a, b in self.granted)

    def is_refused(self, start: int) -> bool:
        return any(a <= start < b for a, b in self.refused)

    def is_another(self, value: str) -> bool:
        """Whether it is a practice or a plan that a label names, or a known payer."""
        words = value.lower()
        return payers().named(value) is not None or any(
            words in name and len(words) > 0.7 * len(name) for name in self.named
        )


_OTHERS = frozenset(
    {
        "provider_name", "facility_name", "reviewer_name", "payer", "patient_name", "address",
        "appeal_address",
    }
)  # fmt: skip


_NAMING = ("service", "hcpcs", "drug")
"""Roles of labels whose value may name the service, the surest first."""


def _label_rank(pair: Pair) -> int:
    return next((n for n, key in enumerate(_NAMING) if key in pair.keys), len(_NAMING))


def _in_unit(analysis: Analysis, unit: Unit, places: _Places) -> Iterator[Mention]:
    raw = unit.raw
    found = care_phrases(raw)
    if not found:
        return
    marked = marks(raw)
    for found_phrase in found:
        value = found_phrase.value
        if not 3 <= len(value) <= 110 or places.is_another(value):
            continue
        start, end = unit.start + found_phrase.start, unit.start + found_phrase.end
        if places.is_granted(start):
            continue
        tells = _of_phrase(found_phrase) | _of_place(analysis, unit, start, places)
        tells |= _in_line(raw, found_phrase, unit.passage.is_row)
        tells |= beside(raw, found_phrase.start, found_phrase.end, marked)
        if found_phrase.sure <= UNKNOWN and not _told_as_care(tells):
            continue
        yield Mention(value, start, end, _how(tells), tells)


def _in_line(raw: str, found: CarePhrase, is_row: bool) -> dict[str, float]:
    """`inside` parentheses; `alone` at the beginning of a line that is no sentence; `cut` off from
    words of the same cell that no preposition leads in."""
    before = raw[: found.start]
    cell = raw[before.rfind(BREAK) + 1 :].split(BREAK)[0]
    led = raw[before.rfind(BREAK) + 1 : found.start]
    alone = is_alone(cell) and re.search(r"[A-Za-z]{3}", led) is None
    behind = _BEHIND.match(raw, found.end)
    goes_on = behind is not None and behind["word"].lower() not in _LEADS_IN
    return {
        "inside": float(before.count("(") > before.count(")")),
        "alone": float(alone),
        "cut": float((is_row or alone) and goes_on),
    }


_BEHIND = re.compile(r"\s+(?P<word>[a-z]+)", re.I)
_LEADS_IN = frozenset(
    {
        "at", "from", "on", "by", "with", "in", "per", "to", "for", "of", "through", "starting",
        "beginning", "dated", "x", "was", "is", "and", "or",
    }
)  # fmt: skip


def _told_as_care(tells: Mapping[str, float]) -> bool:
    """Whether the place says that a phrase the lexicon does not know is what was asked for."""
    return any(tells.get(key) for key in ("led", "led_deny", "coded", "under", "label_service"))


def _of_phrase(found: CarePhrase) -> dict[str, float]:
    return {
        "sure": found.sure,
        "unknown": float(found.sure <= UNKNOWN),
        "made_other": float(found.made_other),
        "coded": float(found.coded),
        "joined": float(found.joined),
        "one_word": float(found.words == 1 and " " not in found.value),
        "long": min(max(len(found.value.split()) - 4, 0) / 4, 1.5),
        "detail": min(len(found.value.split()), 5) / 5,
    }


_TITLE = re.compile(r"^\W*(?:re|subject|regarding|in re|about|asunto)\b\W", re.I)


def _of_place(analysis: Analysis, unit: Unit, start: int, places: _Places) -> dict[str, float]:
    passage, text = unit.passage, analysis.text
    tells = {
        "weight": passage.weight,
        "row": float(passage.is_row),
        "under": float(unit.under),
        "title": float(bool(_TITLE.match(text[passage.start : passage.end]))),
        "early": 1.0 / (1.0 + start / 600),
        "head": float(passage.section == "head"),
        "refused": float(places.is_refused(start)),
    }
    pair = places.pair_of(start)
    if pair is not None:
        tells |= _of_label(pair)
    row = places.rows.get(analysis.segment_at(start).start)
    if row is not None:
        tells["row_denied"] = float(bool(_ROW_DENIED.search(row)))
        tells["row_approved"] = float(bool(_ROW_APPROVED.search(row)))
    return tells


_ROW_DENIED = re.compile(
    r"\bden(?:y|ied|ial)\b|\bnot (?:approved|covered|certified)\b|\bCO-?\d+|  NO\b", re.I
)
_ROW_APPROVED = re.compile(
    r"(?<!not )\b(?:approved|certified|allowed in full|paid in full)\b|  Yes\b", re.I
)


def _of_label(pair: Pair) -> dict[str, float]:
    label = pair.label.lower()
    sure = 1.0 if pair.exact else 0.75
    if "service" in pair.keys or label in ("request", "requested"):
        return {"label_service": sure, "column": float(pair.how == "column")}
    if "hcpcs" in pair.keys:
        return {"label_code": sure}
    if "drug" in pair.keys:
        return {"label_drug": sure}
    return {"label_other": 1.0} if pair.keys else {}


def _how(tells: Mapping[str, float]) -> str:
    if tells.get("label_service") or tells.get("label_drug") or tells.get("label_code"):
        return "label"
    if tells.get("title"):
        return "title"
    if tells.get("under"):
        return "line under a sentence"
    return "kind of care" if tells.get("row") else "sentence"


def _wholes(
    analysis: Analysis, places: _Places, all_units: Sequence[Unit], known: set[tuple[int, str]]
) -> Iterator[Mention]:
    """Whole values where no phrase of care is the same: beside a label, in a cell of a claim's
    refused line, in the line under `the services listed below:`."""
    for start, end, tells in _whole_places(analysis, places, all_units):
        value = service_name(analysis.text[start:end])
        if value is None or (start, value) in known or places.is_granted(start):
            continue
        if places.is_another(value) or _in_two_languages(value):
            continue
        line = " ".join(analysis.text[start:end].split())
        at = analysis.text.find(value, start, end)
        first, last = (at, at + len(value)) if at >= 0 else (start, end)
        told = {
            **tells,
            "whole": 1.0,
            "early": 1.0 / (1.0 + start / 600),
            "refused": float(places.is_refused(start)),
            "coded": float(re.search(PROCEDURE, line) is not None),
            "sure": max((inner.sure for inner in care_phrases(line)), default=0.0),
            "long": min(max(len(value.split()) - 4, 0) / 4, 1.5),
            "detail": min(len(value.split()), 5) / 5,
        }
        yield Mention(value, first, last, _how(told), told)


def _in_two_languages(value: str) -> bool:
    """`Visita de terapia / Therapy visit`: one half is the name, found as a phrase."""
    halves = value.split(" / ")
    known = [any(p.sure > UNKNOWN for p in care_phrases(half)) for half in halves]
    return len(halves) == 2 and known[0] != known[1]


def _whole_places(
    analysis: Analysis, places: _Places, all_units: Sequence[Unit]
) -> Iterator[tuple[int, int, dict[str, float]]]:
    for pair in places.pairs:
        tells = _of_label(pair)
        coded = {"label_code", "label_drug"} & {*tells} and re.search(r"[A-Za-z]{4}", pair.value)
        if "label_service" in tells or coded:
            yield pair.value_start, pair.value_end, tells
    for start, end in places.refused:
        if any(p.sure > UNKNOWN for p in care_phrases(analysis.text[start:end])):
            yield start, end, {}
    for unit in all_units:
        if unit.under and is_alone(line := unit.raw.split(BREAK)[0]):
            yield unit.start, unit.start + len(line), {"under": 1.0, "weight": unit.passage.weight}


def _counted(analysis: Analysis, found: list[Mention]) -> list[Mention]:
    """With how often the letter names it, and whether it is part of a longer name there."""
    text = " ".join(analysis.text.split()).lower()
    values = {m.value.lower() for m in found}
    often = {v: text.count(v) for v in values}
    words = {v: frozenset(re.findall(r"\w+", v)) - SMALL for v in values}
    kin = Counter({v: sum(words[v] < words[o] for o in values) for v in values})
    return [
        replace(m, tells={
            **m.tells,
            "often": math.log1p(min(max(often[m.value.lower()] - 1, 0), 6)),
            "part": min(kin[m.value.lower()], 2) / 2,
        })
        for m in found
    ]  # fmt: skip


SMALL = frozenset({"of", "the", "a", "an", "and", "with", "your", "for"})
