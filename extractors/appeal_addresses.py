"""The postal address to which an appeal goes, from the addressee's name to the ZIP code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.addressees import addressee_start
from extractors.candidates import Candidate
from extractors.contacts import (
    AFTER_NUMBER,
    LETTERHEAD,
    SENTENCE_ENDS,
    after_prose,
    no_relay,
    weigh,
)
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.placeholders import is_placeholder

_STATE = r"(?:[A-Z]{2}[.,‘’'`]?\s*|[A-Z][a-z]+(?:\s[A-Z][a-z]+)?\.?,?\s+)"
_FIVE = r"(?=[\dlIO]{2,4}\d)[\dlIO]{5}"  # figures, with what reading makes of some
_ZIP = rf"{_STATE}{_FIVE}(?:[-–]?\d{{4}})?(?![\dA-Za-z])"
_ADDRESS_END = re.compile(rf"[A-Za-z.' -]{{2,30}},?\s+{_ZIP}")


_TOWN = re.compile(
    r"(?<![\w.])[A-Z][A-Za-z.' -]{2,30},\s+[A-Z]{2}\.?,?\s+\d{5}(?:[-–]?\d{4})?(?!\d)"
)
_STATES_MISREAD = {
    "Ml": "MI", "lL": "IL", "lN": "IN", "lA": "IA", "lD": "ID", "0H": "OH", "0R": "OR", "0K": "OK",
    "C0": "CO", "M0": "MO", "Hl": "HI", "Wl": "WI", "Rl": "RI",
}  # fmt: skip
"""States before a ZIP code that are no state unless the look-alike is put right."""
_STATE_MISREAD = re.compile(rf"\b(?:{'|'.join(_STATES_MISREAD)})(?=\s\d{{5}}(?:-\d{{4}})?$)")
_ZIP_MISREAD = re.compile(rf"(?<=[A-Z]{{2}}\s){_FIVE}(?=(?:-\d{{4}})?$)")
_FIGURES = str.maketrans({"l": "1", "I": "1", "O": "0"})
_TOWN_REACH = 120
"""A town belongs to the box or street printed at most so many characters before it."""
_LABEL_LINE = re.compile(r"(?!Att)[A-Z][A-Za-z /&'()-]{2,32}:")
_LABEL_REACH = 140
"""A box or street belongs to an address label at most so many characters before it."""


_SENDERS = 0.65
"""What an address among the first lines counts: it is the sender's or the receiver's."""
_APPEALS = re.compile(r"(?i)appeal|redetermination|reconsideration|apelaci")


def find_appeal_address(analysis: Analysis, later: bool) -> Iterator[Candidate]:
    """Candidates of appeal_address, from the addressee's name to the ZIP code. `later`: the
    next step is one after an appeal to the plan."""
    text = analysis.text
    labelled = analysis.pairs_of("appeal_address")
    yield from _letterhead(analysis)
    for match in _places(text):
        if _OWNED.search(text, max(0, match.start() - 60), match.start()):
            continue
        end = _address_end(text, match) or _column_end(analysis, match)
        pair = next(
            (p for p in labelled if 0 <= match.start() - p.value_start < _LABEL_REACH), None
        )
        start = pair.value_start if pair else addressee_start(analysis, match.start())
        before = re.split(r"\n\s*\n", text[max(0, start - 90) : start])[-1]
        before = no_relay(AFTER_NUMBER.split(before)[-1])
        name = text[start : match.start()]
        score = weigh(analysis, match.start(), before, later, name)
        if pair is not None:
            score = max(score, 0.0) * 0.2 + 0.75
        elif wording("contacts", "address_lead").search(before.replace("\n", " ")):
            score = max(score, 0.85 if not later else 0.8)
        elif wording("contacts", "appeal").search(text[start : match.start()]):
            score += 0.2 if _APPEALS.search(text, start, match.start()) else 0.1
        if pair is None and _in_letterhead(analysis, start):
            score *= _SENDERS
        if end is None:
            end, score = match.end(), score * 0.8
        value = _one_line(analysis, start, end)
        if score > 0 and len(value) < 220 and not is_placeholder(value):
            yield Candidate("appeal_address", value, start, end, min(score, 0.96), "address")


_OWNED = re.compile(r"(?:©|\([cC]\))\s?(?:19|20)\d\d[^\n]*$")
"""Whose form a paper is, and where they sit."""
_ABOVE = 0.8
_SPOKEN_OF = 320
"""Characters before a reference to the letterhead in which its appeal is told of."""


def _letterhead(analysis: Analysis) -> Iterator[Candidate]:
    """The sender's own address, where an appeal is to go `to the address on top`."""
    for match in wording("contacts", "letterhead").finditer(analysis.text.replace("\n", " ")):
        sentence = analysis.sentence_at(match.start())
        near = analysis.text[max(0, sentence.start - _SPOKEN_OF) : sentence.end]
        if not any(wording("contacts", k).search(near) for k in ("appeal", "later")):
            continue
        for place in _places(analysis.text):
            start = addressee_start(analysis, place.start())
            end = _address_end(analysis.text, place) or _column_end(analysis, place)
            if end is not None and _in_letterhead(analysis, start):
                value = _one_line(analysis, start, end)
                yield Candidate("appeal_address", value, start, end, _ABOVE, "address:letterhead")
                return


def _column_end(analysis: Analysis, place: re.Match[str]) -> int | None:
    """Where the ZIP code ends in the cells right below a box or street, if other columns put
    their words between them in the text."""
    cell = analysis.segment_at(place.start())
    last = cell
    for other in analysis.segments:
        if other.page != cell.page or other.start <= last.end:
            continue
        near = 0 < other.box.top - last.box.top < _NEAR * max(cell.box.height, 1.0)
        if near and abs(other.box.x0 - cell.box.x0) < cell.box.height:
            found = _ADDRESS_END.match(analysis.text, other.start)
            if found is not None:
                return found.end()
            last = other
    return None


_NEAR = 1.9
"""The next line of an address begins at most so many heights below the line before."""


def _in_letterhead(analysis: Analysis, start: int) -> bool:
    """Whether a place begins one of a letter's first lines: in prose it follows other words."""
    line = analysis.view.line_at(start)
    begins = analysis.segment_at(start).start == start
    return begins and line.index < LETTERHEAD and not after_prose(analysis, start)


def _places(text: str) -> Iterator[re.Match[str]]:
    """Boxes and streets, and towns with a ZIP code that have neither before them."""
    last = -1
    found = [*wording("contacts", "place").finditer(text), *_TOWN.finditer(text)]
    for match in sorted(found, key=lambda m: m.start()):
        if SENTENCE_ENDS.search(match.group()):
            continue  # `within 72 hours. Court`
        if match.re is not _TOWN or match.start() - last > _TOWN_REACH:
            yield match
        last = match.end()


def _one_line(analysis: Analysis, start: int, end: int) -> str:
    """An address as one line: lines of a block are parted by commas, wrapped prose is not; a
    label that another column puts between its lines is left out."""
    text = analysis.text
    wrapped = start > analysis.segment_at(start).start or ":" in text[start:end].split("\n")[0]
    lines = text[start:end].strip(" ,").split("\n")
    kept = [line for n, line in enumerate(lines) if not (n and _LABEL_LINE.fullmatch(line.strip()))]
    value = re.sub(r"\s*\n\s*", " " if wrapped else ", ", "\n".join(kept))
    value = re.sub(r"\bP\.?\s?0\.?(?=\s*Box)", "P.O.", re.sub(r",\s*,", ",", value), flags=re.I)
    value = _STATE_MISREAD.sub(lambda m: _STATES_MISREAD[m.group()], value)
    value = _ZIP_MISREAD.sub(lambda m: m.group().translate(_FIGURES), value)
    return re.sub(r"\b([A-Z]{2})[‘’'`]?\s*(?=\d{5}(?:-\d{4})?$)", r"\1 ", value)


def _address_end(text: str, box: re.Match[str]) -> int | None:
    """Where the ZIP code ends, within the next lines."""
    if box.re is _TOWN:
        return box.end()
    window = text[box.end() : box.end() + 110]
    stop = re.search(
        r"\n\s*\n\s*\n|(?<!\bSt)(?<!\bFt)(?<!\bMt)(?<!\bO)(?<!\bAttn)[.:]\s|\b(?:phone|fax|call|tel)\b",
        window,
        re.I,
    )
    found = re.search(_ZIP, window[: stop.start()] if stop else window)
    return box.end() + found.end() if found else None
