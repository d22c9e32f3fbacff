"""Strength and quantity of the denied drug."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from extractors.candidates import Candidate
from extractors.date_fields import PAIR_SCORES
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.placeholders import is_placeholder

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_UNIT = r"(?:mg|mcg|µg|ug|g|gm|ml|mL|iu|units?|meq|mmol|%)"
_STRENGTH = re.compile(
    rf"(?<![\w.$-])(?P<strength>(?:{_NUMBER})(?:\s?[-–/]\s?(?:{_NUMBER})){{0,3}}\s?{_UNIT}(?:\s?/\s?(?:{_NUMBER})?\s?(?:{_UNIT}|mL|hr|hour|h|actuation|spray|vial|pen|dose|act|patch)\b)?)(?![\w/])",
    re.I,
)
_BILLING_UNIT = re.compile(r"\b[JQ]\d{4}\b")
_NEAR = 60
"""A strength belongs to a drug named at most so many characters before it."""


@cache
def _quantities() -> re.Pattern[str]:
    """`60 tablets per 30 days`, `#30`, `10 mg/kg every 4 weeks`; volumes and units need a rate."""
    form, per = wording("dosing", "form").pattern, wording("dosing", "per").pattern
    measure = wording("dosing", "measure").pattern
    amount = rf"(?:{_NUMBER})\s*"
    return re.compile(
        rf"(?<![\w.$/-])(?:(?:#\s?)?{amount}{form}(?:{per})?|{amount}{measure}{per})(?!\w)", re.I
    )


def find_strength(analysis: Analysis, drug_spans: Sequence[tuple[int, int]]) -> Iterator[Candidate]:
    """Candidates of strength: labelled, or printed right after the denied drug's name
    (`drug_spans`: where that name stands)."""
    text = analysis.text
    for pair in analysis.pairs_of("strength"):
        match = _STRENGTH.search(pair.value[:60])
        if match is not None:
            start = pair.value_start + match.start("strength")
            score = PAIR_SCORES[pair.how] * 0.95
            yield _strength(text, start, start + len(match["strength"]), score, "label:strength")
    for start, end in drug_spans:
        # the name may be printed with its generic and its strength in one cell
        match = _STRENGTH.search(text, start, min(len(text), end + _NEAR))
        if match is None:
            continue
        between = text[min(end, match.start()) : match.start()]
        cell = analysis.segment_at(start)
        if _BILLING_UNIT.search(text[cell.start : start]):
            continue  # `J1745 - infliximab, 10 mg` is what one unit means, not a strength
        if wording("dosing", "parted").search(between):
            continue
        found = match.span("strength")
        yield _strength(text, *found, 0.8 if len(between) < 30 else 0.6, "after_drug")


def _strength(text: str, start: int, end: int, score: float, because: str) -> Candidate:
    shown = re.sub(r"\s+", " ", text[start:end])
    return Candidate("strength", shown, start, end, score, because)


def find_quantity(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of quantity: labelled, or a number of units asked for; never the plan's limit."""
    text = analysis.text
    for pair in analysis.pairs_of("quantity"):
        value = re.split(r"\s*[|;]|\.\s", pair.value)[0].strip()
        if not re.match(r"#?\s*\d", value) or is_placeholder(value) or len(value) > 50:
            continue
        bare = pair.label.lower() in {"units", "number of units"}
        score = PAIR_SCORES[pair.how] * (0.85 if bare else 0.97)
        start = pair.value_start
        yield Candidate("quantity", value, start, start + len(value), score, "label:quantity")
    for match in _quantities().finditer(text):
        sentence = analysis.sentence_at(match.start())
        if sentence.section in {"criteria", "legal", "alternatives", "glossary"}:
            continue
        before = text[max(sentence.start, match.start() - 70) : match.start()].replace("\n", " ")
        after = text[match.end() : match.end() + 40].replace("\n", " ")
        score = _asked_for(before, after)
        if score:
            start, end = match.span()
            shown = re.sub(r"\s+", " ", text[start:end])
            yield Candidate("quantity", shown, start, end, score, "cue:quantity")


def _asked_for(before: str, after: str) -> float:
    """How surely an amount is the one requested, from the words on both sides of it."""
    if wording("dosing", "requested_after").match(after):
        return 0.75
    clause = re.split(r"[;,.]\s|\bbut\b|\bwhich\b|\bthat exceeds?\b", before.rstrip())[-1]
    if wording("dosing", "limit").search(clause):
        return 0.0
    if wording("dosing", "requested_before").search(clause):
        return 0.72
    return 0.55 if wording("dosing", "asked").search(clause) else 0.0
