"""The patient by name, never who writes for them, treats them or holds the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.addressed import addressees, saluted
from extractors.candidates import Candidate
from extractors.lone_names import find_given_name
from extractors.names import CREDENTIALS, MEDICAL_TITLE, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.people import label_weight, named, pair_score

_RE = re.compile(r"^(?:re|regarding|subject)$", re.I)

_FOR = re.compile(r"\b(?:for|behalf of|patient|member|enrollee)[,:]?\s+(?=[A-Z])")


def find_patient(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of patient_name: labels, the `Re:` line, the salutation, the address block. A
    physician who is addressed or saluted comes as provider_name."""
    for pair in analysis.pairs_of("patient_name", "subscriber_name"):
        score = pair_score(pair) * label_weight("patient_label", pair.label)
        if "patient_name" not in pair.keys:
            score *= 0.55
        yield from named(analysis, pair, "patient_name", score)
    for pair in analysis.pairs:
        span = read_person(pair.value) if _RE.match(pair.label.strip()) else None
        if span is not None and re.match(r"\s*(?:$|[,;|(])", pair.value[span[1] :]):
            start, end = pair.value_start + span[0], pair.value_start + span[1]
            name = analysis.text[start:end]
            yield Candidate("patient_name", name, start, end, 0.7, "label:re")
    yield from saluted(analysis)
    yield from _ward(analysis)
    yield from _kin(analysis)
    yield from addressees(analysis)
    yield from _spoken_of(analysis)
    yield from find_given_name(analysis)


def _spoken_of(analysis: Analysis) -> Iterator[Candidate]:
    text = analysis.text
    for match in _FOR.finditer(text):
        span = read_person(text[match.end() : match.end() + 50])
        if span is None or MEDICAL_TITLE.match(text, match.end()):
            continue
        start, end = match.end() + span[0], match.end() + span[1]
        if CREDENTIALS.match(text, end):
            continue
        sentence = analysis.sentence_at(match.start())
        asked = wording("people", "asked_for").search(text, sentence.start, match.start())
        ends = re.match(r"\s*(?:[.,;]|\n|$|(?:was|is|on|has|who)\b)", text[end : end + 8])
        score = 0.55 if asked and ends and sentence.section != "legal" else 0.4
        yield Candidate("patient_name", text[start:end], start, end, score, "cue:for")


_PARENT = re.compile(
    r"\b(?:parents?|guardian|padres?|madre|tutor)\b(?:[ ]?/?[ ]?(?:or|o|and|de|legal|parents?|"
    r"guardian|"
    r"padres?|madre|tutor)\b){0,6}[ ]?(?:of|del?)\b:?\s+(?=[A-Z])",
    re.I,
)


def _ward(analysis: Analysis) -> Iterator[Candidate]:
    """`To the parent or guardian of: ...`: the child is the patient."""
    for match in _PARENT.finditer(analysis.text):
        line = analysis.text[match.end() : match.end() + 60].split("\n")[0]
        span = read_person(line)
        if span is not None:
            start, end = match.end() + span[0], match.end() + span[1]
            yield Candidate("patient_name", analysis.text[start:end], start, end, 0.84, "ward")


_KIN = re.compile(
    r"\b(?:(?:my|our|his|her) (?:(?:\w+[ -]year[ -]old|minor|young|dear|late|adult) "
    r")?(?:son|daughter|child|husband|"
    r"wife|mother|father|mom|dad|spouse|partner|patient|baby|brother|sister|grandson|granddaughter|client)"
    r"|(?:the|this) (?:patient|member|insured|enrollee|beneficiary))(?: is|,| named)?\s+(?=[A-Z])",
)


def _kin(analysis: Analysis) -> Iterator[Candidate]:
    """`my son Aksel Lindqvist`, `my patient, ...`: who a family or a practice writes for."""
    for match in _KIN.finditer(analysis.text):
        piece = analysis.text[match.end() : match.end() + 50].split("\n\n")[0].replace("\n", " ")
        span = read_person(piece)
        if span is None or CREDENTIALS.match(piece, span[1]) or MEDICAL_TITLE.match(piece):
            continue
        start, end = match.end() + span[0], match.end() + span[1]
        name = re.sub(r"\s+", " ", analysis.text[start:end])
        yield Candidate("patient_name", name, start, end, 0.7, "cue:kin")
