"""Names of persons beside labels: what patients and providers share."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.date_fields import PAIR_SCORES
from extractors.names import CREDENTIALS, MEDICAL_TITLE, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Pair
from extractors.nlp.wordings import ordered, wording
from extractors.placeholders import is_placeholder

DOCTOR = re.compile(r"\b(?:Dra?\.?|DRA?\.?|Doctora?)\s+(?=[A-Z])")

_ODD_NAME = re.compile(r"(?:[A-Z][a-zA-Z]*)(?: [A-Z][a-zA-Z]*){1,2}")
"""A labelled value that may be a name in spite of a word that names seldom hold."""


def pair_score(pair: Pair) -> float:
    """How surely a label's value is its own, from where it stands; damaged labels count less."""
    return PAIR_SCORES[pair.how] * (1.0 if pair.exact else 0.85)


def label_weight(group: str, label: str) -> float:
    """What a label's wording takes off; the first entry of the table that matches decides."""
    return next((w for _, w, pattern in ordered(group) if pattern.search(label)), 1.0)


def named(analysis: Analysis, pair: Pair, key: str, score: float) -> Iterator[Candidate]:
    """The first part of a labelled value that is a person's name."""
    if is_placeholder(pair.value):
        return
    if key == "patient_name" and _ODD_NAME.fullmatch(pair.value):
        first = pair.value.split()[0]
        if read_person(pair.value) is None and not wording("people", "not_a_name").search(first):
            end = pair.value_start + len(pair.value)
            yield Candidate(key, pair.value, pair.value_start, end, score * 0.75, "label:odd_name")
            return
    doctor = DOCTOR.search(pair.value) if key == "provider_name" else None
    starts = [
        m.end()
        for m in re.finditer(r"[;(|]\s*|\s[—–-]\s|/\s?|\b[Aa]tt(?:n|ention)\b\.?:?\s*", pair.value)
    ]
    if key == "provider_name" and wording("people", "organisation").search(pair.value):
        starts += [
            m.end() for m in re.finditer(r",\s+", pair.value) if _is_doctor(pair.value, m.end())
        ]
    for at in [doctor.start() if doctor else 0, *starts]:
        span = read_person(pair.value[at:])
        if span is not None and key == "provider_name" and _is_firm(pair.value, at, span[1]):
            continue
        if span is not None and _fills(pair, at + span[1]):
            start, end = pair.value_start + at + span[0], pair.value_start + at + span[1]
            because = f"label:{key}:{pair.how}"
            name = pair.value[at + span[0] : at + span[1]]
            yield Candidate(key, name, start, end, score, because)
            return


_FIRM = re.compile(
    r"\s*(?:&|\+)\s*[A-Z]|\s(?:PT|DME|Ear|Nose|Spine|Pain|Foot|Hand|ENT|OB|GYN|Dental|Vision|Regional|Memorial|"
    r"General|Community|Public|Transit|EMS|Ambulance|Labs?|Genomics|Genetics|Diagnostics|Prosthetics)\b"
)
"""What follows a name that is a firm's: `Palmetto Spine & Pain`, `Jersey Shore PT`."""


def _is_firm(text: str, at: int, end: int) -> bool:
    """Whether words that look like a person's name begin, or hold, that of a practice."""
    if MEDICAL_TITLE.match(text, at):
        return False
    held = re.search(_FIRM, text[at : at + end]) is not None
    return held or _FIRM.match(text, at + end) is not None


def _is_doctor(text: str, at: int) -> bool:
    """Whether a name at this place has a medical title or credentials."""
    span = read_person(text[at:])
    if span is None:
        return False
    return bool(MEDICAL_TITLE.match(text, at) or CREDENTIALS.match(text, at + span[1]))


def _fills(pair: Pair, end: int) -> bool:
    """Whether a name makes up its cell: a cell beside or below a label may be a sentence."""
    if pair.how in {"colon", "bare", "inline"}:
        return True
    return (
        len(pair.value) - end < 4
        or re.match(r"\s*[,(|;]|\s[-–—]\s", pair.value[end:]) is not None
        or (CREDENTIALS.match(pair.value, end) is not None)
    )
