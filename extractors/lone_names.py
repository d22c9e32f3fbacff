"""Names that stand alone: no label, no sentence, only their place.

Above the salutation a letter prints its addressee; remittances, reject slips and fax forms print
the patient between numbers; a claim's block prints who gave the care. What supports a lone name
is what stands around it: a member's number beside or below it, the same name in the salutation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.lexicon.drug_index import drug_index
from extractors.names import CREDENTIALS, MEDICAL_TITLE, PART, TITLE, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Segment
from extractors.nlp.wordings import wording
from extractors.placeholders import is_placeholder

_NEAR_KEYS = frozenset(
    {"member_id", "group_number", "claim_number", "reference_number", "rx_number", "birth_date",
     "other_id"}
)  # fmt: skip
_LABEL = re.compile(
    r"(?:to|for|about|re|attn|attention|c/o|name|patient|member|insured|pt|pat|enrollee|client)\b"
    r"[:.\s]+",
    re.I,
)
_CARE_OF = re.compile(r"(?i)c/o\b|care of\b")
"""Who takes a letter in for the one it is for."""
_NUMBERED = re.compile(
    r"(?:[A-Z][\w.'-]* ){0,3}(?:ID|No\.?|[Nn]umber|#)[ :#.]{1,3}(?=\S*\d\S*\d\S*\d)\S+"
)
"""A number with a label of its own before it, which the table of labels may lack."""
_TOWN = re.compile(r"\b[A-Z]{2}\.?,?\s+\d{5}\b")
_TAIL = re.compile(r"\s*(?:[,(/-].{0,40}|c/o\b.*)?$")
_SALUTATION = re.compile(
    r"(?m)^\W{0,3}(?:(?:dear|hi|hello|hey|aloha|greetings|estimad[oa]s?|hola)\b"
    r"|(?:doctor|provider|member|parent|colleague|friend)s?[,:][ ]*$)",
    re.I,
)
_PROSE = re.compile(r"[a-z]{2,}(?:\s[a-z]{1,}){2}[^.?!]*[.?!:]\s*$")
BARE, SUPPORTED, ADDRESSED = 0.4, 0.62, 0.6
_LOWEST = 0.62
"""A lone name stands in this upper part of the letter's first page, or among numbers."""


def find_lone_names(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of patient_name and provider_name."""
    end = _head_end(analysis)
    first = analysis.view.pages[0]
    labelled = [(p.label_start, p.value_end, p.how) for p in analysis.pairs if p.how != "inline"]
    for index, cell in enumerate(analysis.segments):
        line = analysis.text[cell.start : cell.end]
        if _CARE_OF.match(line):
            continue
        lead = _LABEL.match(line)
        at = lead.end() if lead else 0
        span = read_person(line[at:])
        if span is None or is_placeholder(line) or _TOWN.search(line):
            continue
        start, stop = cell.start + at + span[0], cell.start + at + span[1]
        if any(a <= start < b and not (lead and how == "column") for a, b, how in labelled):
            continue
        if wording("people", "insurer").search(line) or any(drug_index().find(line)):
            continue
        medical = MEDICAL_TITLE.match(line[at:]) or CREDENTIALS.match(line, at + span[1])
        if medical:
            head = cell.page == first.number and cell.start < end
            if head and len(line) - at - span[1] < 16 and cell.box.top < 0.5 * first.height:
                name = analysis.text[start:stop]
                yield Candidate("provider_name", name, start, stop, ADDRESSED, "lone:addressee")
            continue
        if not _TAIL.match(line[at + span[1] :]):
            continue
        among = _among_numbers(analysis, index)
        if cell.page != first.number or (cell.start >= end and not among):
            continue
        score = SUPPORTED if among else BARE
        if not among and (_numbers_below(analysis, index) or _greeted(analysis, start, stop)):
            score = ADDRESSED if cell.box.top < _LOWEST * first.height else BARE
        name = analysis.text[start:stop]
        yield Candidate("patient_name", name, start, stop, score, "lone:" + _how(among))


def _how(among: bool) -> str:
    return "among_numbers" if among else "head"


def _head_end(analysis: Analysis) -> int:
    """Where the letter begins to speak: its salutation, else its first line of prose."""
    greeting = _SALUTATION.search(analysis.text)
    if greeting:
        return greeting.start()
    return next(
        (s.start for s in analysis.sentences
         if not s.is_row and _PROSE.search(analysis.text[s.start : s.end])),
        len(analysis.text),
    )  # fmt: skip


def _has_number(analysis: Analysis, cell: Segment) -> bool:
    """Whether a cell is, or holds, a labelled number of a person, a claim or a case."""
    return any(
        cell.start <= pair.label_start < cell.end and _NEAR_KEYS.intersection(pair.keys)
        for pair in analysis.pairs
    )


def _among_numbers(analysis: Analysis, index: int) -> bool:
    """Whether labelled numbers stand in the same printed row, as on a remittance."""
    cells = analysis.segments
    own = cells[index]
    row = [c for c in cells if c.page == own.page and c.box.rows_overlap(own.box) > 0.5]
    return any(_has_number(analysis, cell) for cell in row if cell.start != own.start)


def _numbers_below(analysis: Analysis, index: int) -> bool:
    """Whether a labelled number stands in the next two lines of the same column."""
    cells = analysis.segments
    own = cells[index]
    for other in cells[index + 1 :]:
        if other.page != own.page or other.line > own.line + 3:
            return False
        near = other.box.top - own.box.bottom < 4.5 * own.box.height
        column = abs(other.box.x0 - own.box.x0) < 3 * own.box.height
        line = analysis.text[other.start : other.end]
        if near and column and (_has_number(analysis, other) or _NUMBERED.match(line)):
            return True
    return False


def _greeted(analysis: Analysis, start: int, stop: int) -> bool:
    """Whether the salutation names the same family or given name."""
    greeting = _SALUTATION.search(analysis.text)
    if greeting is None:
        return False
    line = analysis.text[greeting.end() : greeting.end() + 70].split("\n")[0].lower()
    words = re.findall(r"[\w'’-]{2,}", analysis.text[start:stop].lower())
    return any(re.search(rf"\b{re.escape(word)}\b", line) for word in words)


_HI = re.compile(rf"(?m)^\W{{0,3}}(?i:dear|hi|hello|hey|aloha|hola)[ ]+(?P<name>{PART})[ ]?[,:!\n]")


def find_given_name(analysis: Analysis) -> Iterator[Candidate]:
    """`Hi Sam,`: all that a short mail says of the patient's name."""
    for match in _HI.finditer(analysis.text):
        name = match["name"]
        if len(name) < 3 or TITLE.match(name + " "):
            continue
        if any(wording("people", k).search(name) for k in ("not_a_name", "organisation")):
            continue
        yield Candidate(
            "patient_name", name, match.start("name"), match.end("name"), 0.5, "salutation:alone"
        )


_PLACE = re.compile(
    r"(?:[A-Z][\w.'’&-]*|of|the|and|for|&|St\.)(?: (?:[A-Z][\w.'’&-]*|of|the|and|for|&|St\.))*"
)


def find_practices(analysis: Analysis) -> Iterator[Candidate]:
    """A practice, agency or hospital as provider_name: one that asks in a sentence, or one that
    stands in the block of a claim or beside the patient in the head."""
    yield from _asking_practices(analysis)
    claim = any("claim_number" in pair.keys for pair in analysis.pairs) or re.search(
        r"(?i)\bclaim\b", analysis.text[: _head_end(analysis)]
    )
    if not claim:
        return
    end = _head_end(analysis)
    height = analysis.view.pages[0].height
    for cell in analysis.segments:
        if cell.start >= end or cell.page != analysis.view.pages[0].number:
            return
        if cell.box.top < 0.08 * height:
            continue  # the sender
        line = analysis.text[cell.start : cell.end]
        match = _PLACE.match(line)
        if match is None or not re.match(r"\s*(?:,|\(|$)", line[match.end() :]):
            continue
        name = match.group()
        if len(name.split()) < 2 or not wording("people", "practice").search(name):
            continue
        if wording("people", "insurer").search(name) or any(
            p.label_start <= cell.start < p.value_end for p in analysis.pairs
        ):
            continue
        yield Candidate(
            "provider_name", name, cell.start, cell.start + len(name), 0.5, "lone:practice"
        )


_CAPITALS = r"[A-Z][\w.'’&-]*(?: (?:of|the|and|for|&|[A-Z][\w.'’&-]*))*"


_CALLED = re.compile(
    rf"\b[Tt]he (?:provider|practice|clinic|hospital|facility|supplier|agency),"
    rf"\s(?P<name>{_CAPITALS}),"
)


def _asking_practices(analysis: Analysis) -> Iterator[Candidate]:
    for match in _CALLED.finditer(analysis.text):
        start, end = match.span("name")
        name = re.sub(r"\s+", " ", match["name"])
        if len(name.split()) > 1 and not wording("people", "insurer").search(name):
            yield Candidate("provider_name", name, start, end, 0.55, "practice:called")
    asks = wording("people", "asks").pattern
    pattern = re.compile(rf"(?<![\w.] )(?<!\w)(?P<name>{_CAPITALS})(?i:{asks})")
    for match in pattern.finditer(analysis.text):
        name = match["name"]
        if len(name.split()) < 2 or wording("people", "insurer").search(name):
            continue
        if read_person(name) is not None or not wording("people", "organisation").search(name):
            continue
        sentence = analysis.sentence_at(match.start())
        if sentence.section in {"legal", "external", "hearing", "signature"}:
            continue
        yield Candidate(
            "provider_name", name, match.start("name"), match.end("name"), 0.6, "practice:asks"
        )
