"""Whom a letter addresses: the salutation and the block above it, a patient or a clinician."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.names import CREDENTIALS, MEDICAL_TITLE, PART, TITLE, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Segment
from extractors.nlp.wordings import wording

_GIVEN = rf"(?:,[ \t]*{PART}(?:[ \t]+{PART}){{0,2}}(?=[ \t]*[,:\n]))?"

_DEAR = re.compile(
    rf"\bDear[ \t]+(?P<title>{TITLE.pattern})?(?P<rest>[^\n,:;]{{3,60}}{_GIVEN})", re.I
)

_STREET = re.compile(r"^\s*(?:\d+[\w-]*\s+\S|p\.?\s?o\.?\s+box\b|apt\b)", re.I)

_CITY = re.compile(r"[A-Za-z.' ]+,?\s+[A-Z]{2}\.?\s+\d{5}(?:-?\d{4})?\b")


def saluted(analysis: Analysis) -> Iterator[Candidate]:
    """Who is greeted, in full where the name is printed elsewhere; a doctor is the provider."""
    text = analysis.text
    for match in _DEAR.finditer(text):
        at = match.start("rest")
        line = text[at : at + 70].split("\n")[0]
        medical = MEDICAL_TITLE.search(match["title"] or "") or CREDENTIALS.search(line)
        key = "provider_name" if medical else "patient_name"
        span = read_person(match["rest"])
        if span is not None:
            start, end = at + span[0], at + span[1]
            yield Candidate(key, text[start:end], start, end, 0.8, "salutation")
        elif re.fullmatch(PART, match["rest"].strip()):
            if not match["title"]:
                yield from _given_in_full(analysis, match["rest"].strip(), match.start())
                continue
            yield from _in_full(analysis, match["rest"].strip(), key, match.start())


_CARE_OF = re.compile(r"(?i)\bc/o\W*$")


def _in_full(analysis: Analysis, family: str, key: str, before: int) -> Iterator[Candidate]:
    """`Dear Mr. Smith`: the full name printed elsewhere that ends in (or begins with) Smith."""
    if wording("people", "not_a_name").search(family):
        return
    name = re.escape(family)
    pattern = re.compile(
        rf"(?<![A-Za-z])(?:{PART}[ ]+){{1,3}}(?i:{name})\b(?!-)"
        rf"|(?i:{name}),[ ]*{PART}(?:[ ]{PART})?"
    )
    for match in pattern.finditer(analysis.text):
        title = TITLE.match(match.group())
        span = None if match.group().lower().startswith("dear") else read_person(match.group())
        if span is None or (title and not MEDICAL_TITLE.match(match.group())):
            continue
        if _CARE_OF.search(analysis.text, max(0, match.start() - 6), match.start()):
            continue
        start, end = match.start() + span[0], match.start() + span[1]
        score = 0.78 if match.start() < before else 0.7
        if match.group()[len(family) : len(family) + 1] == ",":
            score = min(score, 0.64)  # as lists print it, not as letters do
        yield Candidate(key, analysis.text[start:end], start, end, score, "salutation:in_full")
        return


def _given_in_full(analysis: Analysis, given: str, before: int) -> Iterator[Candidate]:
    """`Dear Sam,`: the full name above the salutation that begins with the given name."""
    if wording("people", "not_a_name").search(given):
        return
    pattern = re.compile(rf"(?i:{re.escape(given)})(?:[ ]{PART}){{1,2}}")
    for match in pattern.finditer(analysis.text, 0, before):
        span = read_person(match.group())
        if span is not None:
            start, end = match.start() + span[0], match.start() + span[1]
            name = analysis.text[start:end]
            yield Candidate("patient_name", name, start, end, 0.76, "salutation:given")
            return


def addressees(analysis: Analysis) -> Iterator[Candidate]:
    """The first line of the address block on the first page: a person over a street and a city."""
    first = analysis.view.pages[0]
    for cell in analysis.segments:
        if cell.page != first.number or cell.box.top > 0.6 * first.height:
            break
        under = _column_below(analysis.segments, cell)[:4]
        texts = [analysis.text[c.start : c.end] for c in under]
        yield from _addressed(analysis, cell, texts)
        texts = texts[:3]
        street = any(_STREET.match(t) for t in texts[:2])
        if not street or not any(_CITY.search(t) for t in texts):
            continue
        line = analysis.text[cell.start : cell.end]
        at = 0
        while lead := wording("people", "addressee_lead").match(line[at:]):
            at += lead.end()
        span = read_person(line[at:])
        if span is None or len(line) - at - span[1] > 14 or _CITY.search(line):
            continue
        if wording("people", "insurer").search(line):
            continue  # the sender
        start, end = cell.start + at + span[0], cell.start + at + span[1]
        practice = (
            None if _STREET.match(texts[0]) else wording("people", "organisation").search(texts[0])
        )
        medical = (
            CREDENTIALS.match(analysis.text, end) or MEDICAL_TITLE.match(line[at:]) or practice
        )
        key = "provider_name" if medical else "patient_name"
        yield Candidate(key, analysis.text[start:end], start, end, 0.66, "address_block")


_PROVIDER_GREETED = re.compile(
    r"\bDear[ \t]+(?:health\s?care )?(?:provider|physician|doctor|prescriber|practitioner|Dr)\b",
    re.I,
)


def _addressed(analysis: Analysis, cell: Segment, below: list[str]) -> Iterator[Candidate]:
    """An addressee with credentials over a practice or a fax number; where a provider is greeted
    without a name, the practice on the first line of the address."""
    line = analysis.text[cell.start : cell.end]
    known = any(p.label_start <= cell.end and p.value_end > cell.start for p in analysis.pairs)
    if not below or known or analysis.section_at(cell.start).kind != "head":
        return
    reachable = any(_CITY.search(t) or _STREET.match(t) for t in below) or re.match(
        r"(?i)\W*fax\b", below[-1]
    )
    span = None if _CITY.search(line) else read_person(line)
    if span is not None and CREDENTIALS.match(line, span[1]) and len(line) - span[1] < 16:
        start = cell.start
        name = analysis.text[start + span[0] : start + span[1]]
        score = 0.66 if reachable else 0.55
        yield Candidate("provider_name", name, start + span[0], start + span[1], score, "addressee")
        return
    town = any(_CITY.search(t) for t in below)
    if town and span is None and wording("people", "organisation").search(line):
        greeted = _PROVIDER_GREETED.search(analysis.text, cell.end)
        sender = cell.box.top < 0.12 * analysis.view.pages[0].height or re.search(r"\d", line)
        own = re.search(r"(?i)insurance|\bplan\b|appeals|review|unit\b", line + below[0])
        if greeted and not sender and not own:
            yield Candidate("provider_name", line, cell.start, cell.end, 0.6, "addressee:practice")


def _column_below(cells: tuple[Segment, ...], cell: Segment) -> list[Segment]:
    """The cells right under a cell, each in the next printed line of its column."""
    column: list[Segment] = []
    last = cell
    for other in cells:
        if other.page != cell.page or other.start <= last.start:
            continue
        gap = other.box.top - last.box.bottom
        if gap > 1.6 * cell.box.height or len(column) == 4:
            break
        if gap > -2 and abs(other.box.x0 - cell.box.x0) < 3 * cell.box.height:
            column.append(other)
            last = other
    return column
