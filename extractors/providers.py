"""The prescriber or the practice by name; never the reviewer or medical director who signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from extractors.candidates import Candidate
from extractors.names import CREDENTIALS, MEDICAL_TITLE, PART, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.labels import roles_by_words
from extractors.nlp.spans import Pair
from extractors.nlp.wordings import wording
from extractors.people import DOCTOR, label_weight, named, pair_score
from extractors.placeholders import is_placeholder
from extractors.purposes import row_lead


def find_provider(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of provider_name: labels, `prescribed by Dr. ...`, doctors spoken of."""
    for pair in analysis.pairs_of("provider_name"):
        score = pair_score(pair) * label_weight("provider_label", pair.label)
        if analysis.section_at(pair.label_start).kind in {"external", "hearing", "legal"}:
            continue
        found = list(named(analysis, pair, "provider_name", score))
        yield from found or _practice(analysis, pair, score * 0.85)
    for pair in analysis.pairs:
        if _COPIED.fullmatch(pair.label.strip(" :")):
            span = read_person(pair.value)
            if span is not None and (
                CREDENTIALS.match(pair.value, span[1]) or MEDICAL_TITLE.match(pair.value)
            ):
                yield from named(analysis, pair, "provider_name", 0.62)
    for match in wording("people", "lead_in").finditer(analysis.text):
        yield from _in_prose(analysis, match.end(), 0.78)
    for match in _asking().finditer(analysis.text):
        yield from _in_prose(analysis, match.start(), 0.78)
    yield from _by_family_name(analysis)
    for match in DOCTOR.finditer(analysis.text):
        yield from _in_prose(analysis, match.start(), 0.6)
    for match in _credentialed().finditer(analysis.text):
        before = analysis.text[max(0, match.start() - 24) : match.start()].replace("\n", " ")
        lead = row_lead(analysis, analysis.segment_at(match.start()))
        if lead and "provider_name" in roles_by_words(lead):
            yield from _in_row(analysis, match)
        elif wording("people", "role_before").search(before):
            yield from _in_prose(analysis, match.start(), 0.76)
        elif _in_a_sentence(analysis, match):
            yield from _in_prose(analysis, match.start(), 0.5)


def _in_row(analysis: Analysis, match: re.Match[str]) -> Iterator[Candidate]:
    """A clinician beside words that ask for one: `Who asked | Play, LLC (Ann Poe, MS CCC-SLP)`."""
    span = read_person(match.group())
    if span is not None:
        start, end = match.start() + span[0], match.start() + span[1]
        name = re.sub(r"\s+", " ", analysis.text[start:end])
        yield Candidate("provider_name", name, start, end, 0.8, "row:prescriber")


_FAMILY_ALONE = re.compile(
    r"\b(?:[Mm]y|[Yy]our|[Hh]is|[Hh]er|[Oo]ur|[Tt]he)\s(?:[\w-]+\s){0,3}?(?:doctor|specialist|"
    r"surgeon|prescriber|physician|\w+ologist)\b[^.;]{0,40}?,?\s(?P<name>Dr\.?\s[A-Z][\w’'-]+)"
    r"|(?P<acts>\bDr\.?\s[A-Z][\w’'-]+)\s(?:to sign|wants|asked|requested|prescribed|ordered"
    r"|wrote|sent)\b"
)


def _by_family_name(analysis: Analysis) -> Iterator[Candidate]:
    """`My GI doctor, Dr. Lathrop`: all that a short note says of the prescriber's name."""
    for match in _FAMILY_ALONE.finditer(analysis.text):
        group = "name" if match["name"] else "acts"
        name = re.sub(r"\s+", " ", match[group])
        if read_person(analysis.text[match.start(group) : match.end(group) + 20].split(",")[0]):
            continue  # a full name, read elsewhere
        start, end = match.span(group)
        yield Candidate("provider_name", name, start, end, 0.48, "family_name")


_COPIED = re.compile(
    r"(?i)cc|c|copy|copy to|copies to|to|attn|attention|sent to|fax to|faxed to|addressee|"
    r"deliver to"
)
"""Labels beside which a clinician with title or credentials is who asked."""


def _in_a_sentence(analysis: Analysis, match: re.Match[str]) -> bool:
    """Whether a clinician is spoken of, and does not sign or head the letter."""
    sentence = analysis.sentence_at(match.start())
    rest = analysis.text[sentence.start : match.start()] + analysis.text[match.end() : sentence.end]
    pharmacist = re.search(r"(?i)pharm|rph", match.group())
    return not sentence.is_row and not pharmacist and len(re.findall(r"[a-z]{2,}", rest)) >= 4


@cache
def _credentialed() -> re.Pattern[str]:
    """A name with credentials, in a sentence: `Hollis Engebretsen, DO`."""
    return re.compile(
        rf"(?<![\w.]){PART}(?:[ \t\n]{PART}){{1,3}}(?:{CREDENTIALS.pattern})(?!\s+\d{{5}})"
    )


@cache
def _asking() -> re.Pattern[str]:
    """A name, perhaps with title and credentials, that asks for coverage."""
    asks = wording("people", "asks").pattern
    return re.compile(
        rf"(?<!\w)(?:(?i:dra?)\.?\s+)?{PART}(?:[ \t\n]{PART}){{1,3}}"
        rf"(?:{CREDENTIALS.pattern}){{0,2}},?(?i:{asks})"
    )


def _practice(analysis: Analysis, pair: Pair, score: float) -> Iterator[Candidate]:
    """A provider given as a practice or hospital: its name as printed, up to a comma or bracket."""
    value = re.split(r"\s*[(|]|,\s*(?:NPI|TIN)\b|\s+NPI\b|\s[—–]\s", pair.value)[0].strip(" ,;")
    if all(wording("people", "not_a_name").fullmatch(w) for w in re.findall(r"\w+", value)):
        return  # a role, not a name: `cc: Prescriber`
    proper = value[:1].isupper() and not re.search(
        r"[!?:]$|^[\d$#]|(?<!Inc)(?<!Corp)(?<!Ltd)(?<=[a-z]{3})\.$", value
    )
    if not proper or not len(value) >= 4 or len(value.split()) > 8 or is_placeholder(value):
        return
    if not wording("people", "organisation").search(value):
        score *= 0.6
    start = pair.value_start + pair.value.index(value)
    because = f"label:practice:{pair.how}"
    yield Candidate("provider_name", value, start, start + len(value), score, because)


def _in_prose(analysis: Analysis, at: int, score: float) -> Iterator[Candidate]:
    """A prescriber named in a sentence; not one who reviewed or signed the decision."""
    text = analysis.text
    sentence = analysis.sentence_at(at)
    whole = text[sentence.start : sentence.end]
    if sentence.section == "signature" or wording("people", "reviewer").search(whole):
        return
    cell = analysis.segment_at(at)
    stop = cell.end if text[cell.end : cell.end + 1] == " " else at + 70  # another cell follows
    piece = text[at : min(stop, at + 70)].split("\n\n")[0]  # a name runs over no empty line
    line = piece.split("\n")[0]
    piece = piece.replace("\n", " ")
    span = (
        read_person(line if sentence.is_row else piece) or read_person(piece) or read_person(line)
    )
    if span is None or analysis.section_at(at).kind in {"legal", "peer_to_peer"}:
        return
    start, end = at + span[0], at + span[1]
    if not (MEDICAL_TITLE.match(piece) or CREDENTIALS.match(text, end)):
        score *= 0.8
    name = re.sub(r"\s+", " ", text[start:end])
    yield Candidate("provider_name", name, start, end, score, "cue:prescriber")
