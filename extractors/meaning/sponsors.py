"""Employers, unions and funds whose plan others run, and who runs it where no list knows them.

A benefit manager or claims administrator writes under its own head; whose plan it is stands beside
a label (`Plan sponsor`, `Client`), behind a group's number, in the sentence in which it says for
whom it acts, or in a footnote on who pays. All of these count less than an insurer's letterhead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.meaning.payer_namings import Naming
from extractors.meaning.payer_wordings import NAME, SPONSOR_LABEL, SPONSORS
from extractors.names import CREDENTIALS
from extractors.nlp.analysis import Analysis
from knowledge.payers import payers

_ENDS = re.compile(
    r"\s+(?:[-–—|·]\s.*|\((?![A-Z]{2,8}\)$).*|(?:and|of|the|for)$)|[,;|·].*$|\((?![A-Z]{2,8}\)$).*$|\.\s.*$",
    re.S,
)
_COMPANY = re.compile(r",\s*(?=(?:Inc|LLC|LLP|L\.P|Ltd|Corp|Co|P\.?C)\b)")
_NUMBER = re.compile(r"^[#\s]*[A-Z]{0,4}-?[\d][\w-]*(?:\s*(?:[-–—/,|·(]|$)\s*|\s+(?=[A-Z]))")
_NOBODY = re.compile(
    r"(?i)^(?:the |your |our |this |a |an |each |any )*(?:(?:medicare|medicaid|tricare|"
    r"federal|state|"
    r"government|plan|plans|group|sponsor|employer|employees?|health|benefits?|fund|trust|network|"
    r"members?|coverage|company|insurance|administrator|pharmacy|medical|drug|united "
    r"states|part [a-d]|"
    r"services?|program|option|section|number|name|none|n/?a)\W*)+$"
    r"|^(?:you|we|if|please|this|these|all|section|chapter|page|title|part|erisa|january|february|"
    r"march|april|may|june|july|august|september|october|november|december)\b|\d{4,}|@|"
    r"\b(?:appeals?|department|unit|p\.?o\.? box|suite|fax|phone)\b"
)
_ADMINISTERS = re.compile(
    rf"\b(?:[Aa]dministered|ADMINISTERED|[Mm]anaged) (?:by|BY)[ \n](?P<by>{NAME}(?:,? "
    rf"(?:Inc|LLC|Ltd)\.?)?)"
    rf"|(?P<who>{NAME}(?:,? (?:Inc|LLC|Ltd)\.?)?),?[ ]\(?(?:is )?(?:the |a |our |your |"
    rf"its |as |plan'?s )*"
    r"(?i:third[- ]party administrator|claims administrator|claims payer|pharmacy "
    r"benefits? manager|"
    r"benefits? administrator|utilization (?:review|management) (?:agent|organi[sz]ation|"
    r"company|vendor))"
    r"\b(?!['’]s)",
)
_ADMINISTRATOR_LABEL = re.compile(
    r"(?i)(?:(?:third[- ]party|claims?|benefits?|plan|contract|pharmacy(?: benefits?)?) )?"
    r"(?:administrator|benefits? manager)|tpa|pbm|claims payer|"
    r"(?:utilization )?review (?:agent|organi[sz]ation|company|vendor)|reviewed for us by"
)


def sponsor_namings(analysis: Analysis) -> Iterator[Naming]:
    """Who may stand behind an administrator: names in no list, weighed 0.6 to 0.8."""
    for pair in analysis.pairs:
        label = pair.label.strip(" :#*")
        if not SPONSOR_LABEL.fullmatch(label) and "group_number" not in pair.keys:
            continue
        value = pair.value
        number = _NUMBER.match(value)
        at = number.end() if number else 0
        name = _cleaned(value[at:])
        if name is None or not re.search(r"[a-z]| ", name) or len(name.split()) < 2:
            continue
        start = analysis.text.find(name.split()[0], pair.value_start + at)
        weight = 0.78 if SPONSOR_LABEL.fullmatch(label) else 0.7
        yield Naming(name, None, start, start + len(name), weight, "as sponsor beside its label")
    for pattern, weight in SPONSORS:
        for match in pattern.finditer(analysis.text):
            start = match.start("who")
            raw = analysis.text[start : start + 90].split("\n\n")[0]
            name = _cleaned(raw[: _company_end(raw, len(match["who"]))])
            if name is not None and len(name.split()) > 1:
                end = start + len(name)
                yield Naming(name, None, start, end, weight, "as sponsor in a sentence")


def _company_end(raw: str, end: int) -> int:
    """Where a name ends with the form of its company behind a comma."""
    found = re.match(r",?\s(?:Inc|LLC|LLP|Ltd|Corp|Co)\b\.?", raw[end:])
    return end + found.end() if found else end


def _cleaned(raw: str, known: bool = False) -> str | None:
    """A sponsor's name alone; None where the words name a programme, a person or nobody, or
    (unless `known` ones are wanted) someone of the lexicon."""
    text = " ".join(raw.split())
    glued = _COMPANY.sub("\0 ", text)
    name = _ENDS.sub("", glued).replace("\0", ",").strip(" .;:|-–—*")
    if name.endswith((" Inc", " Co", " Corp")):
        name += "."
    if not 4 <= len(name) <= 80 or not name[0].isupper() or _NOBODY.search(name):
        return None
    if CREDENTIALS.search(name) and not re.search(r"(?i)fund|plan|trust|inc|llc", name):
        return None
    name = re.sub(r"\s+P\.?\s?O\b.*$", "", name)
    if not known and payers().named(name) is not None:
        return None
    return name if any(w[0].isupper() for w in name.split()[1:]) or name.isupper() else None


def told_administrators(analysis: Analysis) -> Iterator[Candidate]:
    """Administrators in no list that the letter calls so: `Administered by Bene Co, Inc.`."""
    for pair in analysis.pairs:
        if _ADMINISTRATOR_LABEL.fullmatch(pair.label.strip(" :")):
            name = _cleaned(pair.value, known=True)
            if name is not None:
                at = analysis.text.find(name.split()[0], pair.value_start)
                yield _administrator(name, at, 0.78)
    for match in _ADMINISTERS.finditer(analysis.text):
        group = "by" if match["by"] else "who"
        name = _cleaned(match[group])
        if name is not None:
            head = analysis.view.line_at(match.start()).index < 6
            yield _administrator(name, match.start(group), 0.96 if head and group == "by" else 0.72)


def _administrator(name: str, start: int, score: float) -> Candidate:
    because = "called the administrator"
    return Candidate("administrator", name, start, start + len(name), score, because)
