"""The patient by name, never who writes for them, treats them or holds the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.addressed import addressees, saluted
from extractors.candidates import Candidate
from extractors.lone_names import find_given_name
from extractors.names import CREDENTIALS, MEDICAL_TITLE, PART, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.people import label_weight, named, pair_score

_RE = re.compile(r"^(?:re|regarding|subject)$", re.I)

_FOR = re.compile(r"\b(?:for|behalf of|patient|member|enrollee)[,:]?\s+(?=[A-Z])")


_OWN = re.compile(r"(?i)\b(?:patient|pt|child|dependent|claimant|paciente)\b")
_HOLDERS = 0.7
"""What a member or participant counts where the patient is named beside a label of their own."""


def find_patient(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of patient_name: labels, the `Re:` line, the salutation, the address block. A
    physician who is addressed or saluted comes as provider_name."""
    own = any(
        _OWN.search(p.label) and read_person(p.value) is not None
        for p in analysis.pairs_of("patient_name")
    )
    for pair in analysis.pairs_of("patient_name", "subscriber_name"):
        score = pair_score(pair) * label_weight("patient_label", pair.label)
        if own and not _OWN.search(pair.label):
            score *= _HOLDERS
        if "patient_name" not in pair.keys:
            score *= 0.55
        yield from named(analysis, pair, "patient_name", score)
    for pair in analysis.pairs:
        span = read_person(pair.value) if _RE.match(pair.label.strip()) else None
        if span is not None and re.match(r"\s*(?:$|[,;|(])", pair.value[span[1] :]):
            start, end = pair.value_start + span[0], pair.value_start + span[1]
            name = analysis.text[start:end]
            yield Candidate("patient_name", name, start, end, 0.7, "label:re")
    yield from _related(analysis)
    yield from _writes(analysis)
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


_RELATION = re.compile(
    r"\s?\((?:(?:a|the|your|his|her|their) )?(?:(?:covered|minor) )?(?:dependent|spouse|"
    r"child|son|daughter|husband|wife|minor|partner)\b[^)]{0,30}\)",
    re.I,
)
_NAME = re.compile(rf"(?<![\w.]){PART}(?:[ ]{PART}){{1,3}}")


def _related(analysis: Analysis) -> Iterator[Candidate]:
    """`Zoe Poe (dependent)`: who is told to be of the holder's family is the patient."""
    for relation in _RELATION.finditer(analysis.text):
        line = analysis.view.line_at(relation.start())
        names = list(_NAME.finditer(analysis.text, line.start, relation.start()))
        if not names or names[-1].end() != relation.start():
            continue
        span = read_person(names[-1].group())
        if span is not None:
            start, end = names[-1].start() + span[0], names[-1].start() + span[1]
            yield Candidate("patient_name", analysis.text[start:end], start, end, 0.86, "relation")


_SENDER = re.compile(r"(?m)^\W{0,2}From:\s+(?P<name>[^<\n@]{4,50}?)\s*(?:<|$)")
_MY_OWN = re.compile(
    r"(?i)\b(?:my (?:\w+ )?(?:doctor|insurance|claim|appeal|drug|medicine|denial|coverage|plan)|"
    r"I(?:'ve|’ve| have| was| am|'m|’m)\b[^.]{0,40}\b(?:denied|refused|taking|been on|diagnos\w+|"
    r"treat\w+|had))\b"
)


def _writes(analysis: Analysis) -> Iterator[Candidate]:
    """A mail by the patient: its sender, where it speaks of `my doctor` and of no child."""
    sender = _SENDER.search(analysis.text)
    if sender is None or len(_MY_OWN.findall(analysis.text)) < _OFTEN:
        return
    span = read_person(sender["name"])
    if span is not None and not MEDICAL_TITLE.search(sender["name"]):
        start, end = sender.start("name") + span[0], sender.start("name") + span[1]
        yield Candidate("patient_name", analysis.text[start:end], start, end, 0.58, "writes")


_OFTEN = 2
