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

from extractors.columns import printed_rows
from extractors.lexicon.care import care_words
from extractors.line_verdicts import paid_places
from extractors.meaning.care_phrases import UNKNOWN, CarePhrase, care_phrases
from extractors.meaning.passages import Passage
from extractors.meaning.service_names import service_name
from extractors.nlp.analysis import Analysis, Pair

LEAST_WEIGHT = 0.05
"""Below this weight of a passage nothing in it is looked at."""


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
    found = [m for unit in _units(analysis, passages) for m in _in_unit(analysis, unit, places)]
    found.extend(_label_values(analysis, places, {(m.start, m.value) for m in found}))
    return _counted(analysis, found)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a cell of a row, with the passage it belongs to."""

    start: int
    end: int
    passage: Passage
    under: bool
    """Stands under `the services listed below:`."""


class _Places:
    """What the analysis knows of the places in a letter."""

    def __init__(self, analysis: Analysis, drug_rows: Sequence[Pair]) -> None:
        taken = {pair.label_start for pair in drug_rows}
        self.pairs = [p for p in analysis.pairs if p.label_start not in taken]
        self.paid = paid_places(analysis)
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

    def is_another(self, value: str) -> bool:
        """Whether the words are those of a practice or a plan that a label names."""
        words = value.lower()
        return any(words in name and len(words) > 0.7 * len(name) for name in self.named)


_OTHERS = frozenset(
    {
        "provider_name", "facility_name", "reviewer_name", "payer", "patient_name", "address",
        "appeal_address",
    }
)  # fmt: skip


def _label_rank(pair: Pair) -> int:
    return next((n for n, key in enumerate(("service", "hcpcs", "drug")) if key in pair.keys), 9)


_BELOW = re.compile(
    r"(?:following|listed below|described below|shown below)\b[^.]{0,160}:\s*$"
    r"|\b(?:we (?:are |have |did )?(?:den\w+|not (?:approv|cover)\w+)|what (?:was|you|your \w+) "
    r"(?:is |are )?(?:den\w+|ask\w*|request\w*)(?: for)?)\W*$",
    re.I,
)
"""A sentence whose service stands in the line under it."""


def _units(analysis: Analysis, passages: Sequence[Passage]) -> Iterator[_Unit]:
    under_until = -1
    for passage in passages:
        if passage.weight < LEAST_WEIGHT:
            continue
        raw = analysis.text[passage.start : passage.end]
        under = passage.start <= under_until
        if _BELOW.search(raw.replace("\n", " ").strip()):
            under_until = passage.end + 4
        if not passage.is_row:
            yield _Unit(passage.start, passage.end, passage, under)
            continue
        at = passage.start
        while at < passage.end:
            segment = analysis.segment_at(at)
            end = min(max(segment.end, at + 1), passage.end)
            yield _Unit(at, end, passage, under)
            at = end
            while at < passage.end and analysis.text[at].isspace():
                at += 1


def _in_unit(analysis: Analysis, unit: _Unit, places: _Places) -> Iterator[Mention]:
    if unit.end - unit.start < 3:
        return
    raw = _one_line(analysis, unit.start, unit.end)
    found = care_phrases(raw)
    if not found:
        return
    marks = _marks(raw)
    for found_phrase in found:
        value = found_phrase.value
        if not 3 <= len(value) <= 110 or places.is_another(value):
            continue
        start, end = unit.start + found_phrase.start, unit.start + found_phrase.end
        if any(a <= start < b for a, b in places.paid):
            continue
        tells = _of_phrase(found_phrase) | _of_place(analysis, unit, start, places)
        tells |= _beside(raw, found_phrase.start, found_phrase.end, marks)
        if found_phrase.sure <= UNKNOWN and not _told_as_care(tells):
            continue
        yield Mention(value, start, end, _how(tells), tells)


_BREAK = "¶"
"""Stands for the end of a line that was not wrapped: nothing goes on over it."""


def _one_line(analysis: Analysis, start: int, end: int) -> str:
    """A sentence in one line, as long as it was; the end of a line after which the next word
    would have had room is a break."""
    text = analysis.text[start:end]
    if "\n" not in text:
        return text
    out = []
    for at, char in enumerate(text):
        out.append(_BREAK if char == "\n" and _had_room(analysis, start + at) else char)
    return "".join(out).replace("\n", " ")


def _had_room(analysis: Analysis, at: int) -> bool:
    line = analysis.view.line_at(at)
    after = analysis.view.words_in(at + 1, min(at + 2, len(analysis.text)))
    if not after:
        return False
    right = max(other.box.x1 for other in analysis.view.lines if other.page == line.page)
    return line.box.x1 + after[0].word.box.width + line.box.height < 0.92 * right


def _told_as_care(tells: Mapping[str, float]) -> bool:
    """Whether the place says that a phrase the lexicon does not know is what was asked for."""
    asked = max(tells.get("ask_before", 0.0), tells.get("deny_before", 0.0))
    return asked >= 0.6 or any(tells.get(key) for key in ("coded", "under", "label_service"))


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


def _of_place(analysis: Analysis, unit: _Unit, start: int, places: _Places) -> dict[str, float]:
    passage, text = unit.passage, analysis.text
    tells = {
        "weight": passage.weight,
        "row": float(passage.is_row),
        "under": float(unit.under),
        "title": float(bool(_TITLE.match(text[passage.start : passage.end]))),
        "early": 1.0 / (1.0 + start / 600),
        "head": float(passage.section == "head"),
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
    r"\bden(?:y|ied|ial)\b|\bnot (?:approved|covered|certified)\b|\bCO-?\d+", re.I
)
_ROW_APPROVED = re.compile(
    r"(?<!not )\b(?:approved|certified|allowed in full|paid in full)\b", re.I
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


@dataclass(frozen=True, slots=True)
class _Mark:
    """A word of a sentence that asks, denies, supposes, or tells of what was."""

    start: int
    end: int
    kind: str


_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


def _marks(raw: str) -> list[_Mark]:
    """The marking words of a sentence; a `not` shortly before a verdict makes it a denial."""
    cues = care_words().cues
    marks: list[_Mark] = []
    negated = -9
    for number, word in enumerate(_WORD.finditer(raw)):
        text = word.group().lower().replace("’", "'")
        kinds = [kind for kind, stems in cues.items() if stems.match(text)]
        if "negated" in kinds:
            negated = number
            continue
        for kind in kinds:
            turned = kind in ("ask", "approved") and number - negated <= 4
            marks.append(_Mark(word.start(), word.end(), "deny" if turned else kind))
    return marks


def _beside(raw: str, start: int, end: int, marks: Sequence[_Mark]) -> dict[str, float]:
    """How near the marking words stand before and behind, 1 for the very next word."""
    tells: dict[str, float] = {}
    for mark in marks:
        if mark.end <= start:
            gap, side = raw.count(" ", mark.end, start) - 1, "before"
        elif mark.start >= end:
            gap, side = raw.count(" ", end, mark.start) - 1, "behind"
        else:
            continue
        key = f"{mark.kind}_{side}"
        tells[key] = max(tells.get(key, 0.0), 1.0 / (1.0 + max(gap, 0) / 3))
    tells["says_deny"] = float(any(mark.kind == "deny" for mark in marks))
    return tells


def _label_values(
    analysis: Analysis, places: _Places, known: set[tuple[int, str]]
) -> Iterator[Mention]:
    """The whole value beside a label, where no phrase of care is the same."""
    for pair in places.pairs:
        tells = _of_label(pair)
        if "label_service" not in tells and not (
            {"label_code", "label_drug"} & {*tells} and re.search(r"[A-Za-z]{4}", pair.value)
        ):
            continue
        value = service_name(pair.value)
        if value is None or (pair.value_start, value) in known:
            continue
        if any(a <= pair.value_start < b for a, b in places.paid) or places.is_another(value):
            continue
        at = analysis.text.find(value, pair.value_start, pair.value_end)
        start = at if at >= 0 else pair.value_start
        end = start + len(value) if at >= 0 else pair.value_end
        inside = care_phrases(" ".join(pair.value.split()))
        tells |= {
            "whole": 1.0, "early": 1.0 / (1.0 + start / 600),
            "holds_care": float(bool(inside)),
            "long": min(max(len(value.split()) - 4, 0) / 4, 1.5),
            "detail": min(len(value.split()), 5) / 5,
        }  # fmt: skip
        yield Mention(value, start, end, "label", tells)


def _counted(analysis: Analysis, found: list[Mention]) -> list[Mention]:
    """With how often the letter names it, and whether it is part of a longer name there."""
    text = " ".join(analysis.text.split()).lower()
    values = {m.value.lower() for m in found}
    often = {v: text.count(v) for v in values}
    words = {v: frozenset(re.findall(r"\w+", v)) - _SMALL for v in values}
    kin = Counter({v: sum(words[v] < words[o] for o in values) for v in values})
    return [
        replace(m, tells={
            **m.tells,
            "often": math.log1p(min(max(often[m.value.lower()] - 1, 0), 6)),
            "part": min(kin[m.value.lower()], 2) / 2,
        })
        for m in found
    ]  # fmt: skip


_SMALL = frozenset({"of", "the", "a", "an", "and", "with", "your", "for"})
