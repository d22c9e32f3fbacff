"""Fax, phone and address to which an appeal goes, told from a plan's general numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.addressees import addressee_start
from extractors.candidates import Candidate
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.placeholders import is_placeholder

_PHONE = re.compile(
    r"(?<![\w-])(?:\+?1[-.\s]?)?\(?[2-9]\d{2}\)?[-.\s]{0,2}\d{3}[-.\s]\d{4}(?![\w-])"
    r"|(?<![\w-])1?-?\(?8\d\d\)?[-.\s][A-Z0-9]{3}-?[A-Z0-9]{4,7}(?![\w-])"
)
_RIGHTS = {
    "appeal": 0.25, "expedited": 0.2, "external": -0.3, "hearing": -0.3, "contact": -0.15,
    "legal": -0.5, "peer_to_peer": -0.4, "head": -0.1, "provider": -0.5, "records": -0.2,
}  # fmt: skip
"""What the section that a number or address stands in adds."""

_STATE = r"(?:[A-Z]{2}[.,‘’'`]?\s*|[A-Z][a-z]+(?:\s[A-Z][a-z]+)?\.?,?\s+)"
_ZIP = rf"{_STATE}\d{{5}}(?:[-–]?\d{{4}})?(?!\d)"
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
_TOWN_REACH = 120
"""A town belongs to the box or street printed at most so many characters before it."""
_LABEL_LINE = re.compile(r"(?!Att)[A-Z][A-Za-z /&'()-]{2,32}:")
_SAYS = re.compile(
    r"\b(?:must|may|can|send|sent|mail|writ(?:e|ing)|fax(?:ed|ing)|call(?:ing)?|within|if)\b", re.I
)
"""Words of a sentence, which a letterhead has not."""
_LABEL_REACH = 140
"""A box or street belongs to an address label at most so many characters before it."""


def find_appeal_numbers(analysis: Analysis, later: bool) -> Iterator[Candidate]:
    """Candidates of appeal_fax and appeal_phone. `later`: the next step is an external review or
    a hearing, so that their numbers are the ones wanted."""
    text = analysis.text
    labels = {
        pair.value_start: pair
        for pair in analysis.pairs_of("appeal_fax", "appeal_phone", "fax", "phone")
    }
    for match in _PHONE.finditer(text):
        start, end = match.span()
        digits = re.sub(r"[^0-9A-Za-z]", "", match.group())
        if not 10 <= len(digits) <= 12 or is_placeholder(match.group()):
            continue
        before = _words_before(analysis, start)
        if wording("contacts", "relay").search(text[max(0, start - 22) : start]) or digits.endswith(
            "8006334227"
        ):
            continue
        pair = next((p for at, p in labels.items() if at <= start < p.value_end), None)
        fax = _is_fax(before, pair.label if pair else "", text[end : end + 12])
        key = "appeal_fax" if fax else "appeal_phone"
        score = _weight(analysis, start, before, later) + _spoken(analysis, start, before, key)
        if pair is not None and key in pair.keys:
            score = max(score, 0.0) * 0.2 + 0.78
        if score > 0:
            shown = re.sub(r"\s+", " ", match.group())
            yield Candidate(key, shown, start, end, min(score, 0.97), f"number:{key}")


def _words_before(analysis: Analysis, start: int) -> str:
    """The words that lead to a number: those of its sentence, else the line above it alone."""
    text, line = analysis.text, analysis.view.line_at(start)
    sentence = analysis.sentence_at(start)
    first = min(line.start, sentence.start)
    before = text[max(first, start - 90) : start]
    if not re.search(r"\w", text[line.start : start]) and sentence.start >= line.start:
        above = analysis.view.line_at(max(line.start - 1, 0))
        near = line.box.top - above.box.bottom < 1.2 * line.box.height
        short = len(above.text.split()) <= 8 and not above.text.rstrip().endswith(".")
        if above.index < line.index and above.page == line.page and near and short:
            before = text[above.start : start]
    return _no_relay(before.replace("\n", " "))


_NAMED = re.compile(r"(?P<name>[A-Z][^.:;()\d]{2,60}?)\s*:\s*$")
"""What stands before a number's colon: `Provider line:`."""
_AFTER_NUMBER = re.compile(r"\d{3}[-.\s]\d{4}\)?[.,;]?(?=\s*\S*[A-Za-z])")
_CALLS = {"appeal_phone": 0.25, "appeal_fax": 0.0}


def _spoken(analysis: Analysis, start: int, before: str, key: str) -> float:
    """What the words of its own clause add: a call when waiting would harm, or a name for the
    number that is not appeals."""
    name = _NAMED.search(before)
    if name is not None:
        title = name["name"]
        ours = any(wording("contacts", k).search(title) for k in ("appeal", "expedited", "channel"))
        if not ours:
            return -0.6
    sentence = analysis.sentence_at(start)
    whole = analysis.text[sentence.start : sentence.end].replace("\n", " ")
    if wording("contacts", "copies").search(whole):
        return -0.6
    if wording("contacts", "harm").search(whole) and not wording("contacts", "general").search(
        before
    ):
        return _CALLS[key]
    return 0.0


def _is_fax(before: str, label: str, after: str) -> bool:
    """The nearest word before a number says what it is; else its label, else what follows."""
    before = _AFTER_NUMBER.split(before)[-1]
    faxes = [m.start() for m in wording("contacts", "fax").finditer(before)]
    phones = [m.start() for m in wording("contacts", "phone").finditer(before)]
    if faxes or phones:
        return max(faxes, default=-1) > max(phones, default=-1)
    fax = wording("contacts", "fax")
    return fax.search(label) is not None or fax.match(after.lstrip(" (")) is not None


def _weight(analysis: Analysis, start: int, before: str, later: bool) -> float:
    """How surely a number or address is the one for appeals, from the words and part around it."""
    sentence = analysis.sentence_at(start)
    whole = analysis.text[sentence.start : sentence.end].replace("\n", " ")
    context = analysis.text[max(0, sentence.start - 200) : sentence.start].replace("\n", " ")
    section = analysis.section_at(start)
    appeal, general = wording("contacts", "appeal"), wording("contacts", "general")
    lead = _lead(analysis, start)
    if any(wording("values", "legal").search(words) for words in (whole, lead)):
        return 0.0
    whole, context, lead = (_EYES.sub(_as_els, words) for words in (whole, context, lead))
    line = analysis.view.line_at(start)
    at_top = section.kind == "head" and line.index < _LETTERHEAD
    if at_top and not (_SAYS.search(whole) or _after_prose(analysis, sentence.start)):
        whole, context, lead = line.text, "", ""
    review = wording("contacts", "later")
    beyond = any(review.search(w) for w in (before, whole, section.title))
    rights = "appeal" if later and section.kind in {"external", "hearing"} else section.kind
    rights = "body" if rights == "head" and context else rights  # prose before any heading
    score = 0.35 + _RIGHTS.get(rights, 0.0)
    if wording("contacts", "direct").search(before):
        score += 0.3
    if later and not general.search(before) and (beyond or review.search(context)):
        score += 0.25 if beyond else 0.1
    about = appeal.search(lead) is not None and not general.search(before)
    if appeal.search(whole) or appeal.search(before) or about:
        score += 0.3
    elif appeal.search(context):
        score += 0.2
    if not appeal.search(whole) and (general.search(before) or general.search(_no_relay(whole))):
        score -= 0.5
    elif general.search(before):
        score -= 0.2
    if wording("contacts", "peer").search(whole) or (
        wording("contacts", "peer").search(context[-130:]) and not appeal.search(whole)
    ):
        score -= 0.5
    told_later = review.search(lead) is not None and not appeal.search(whole)
    if (beyond or told_later) and not later:
        score -= 0.3
    if any(wording("contacts", "expedited").search(w) for w in (whole, section.title)):
        score -= 0.06
    harm = wording("contacts", "harm").search(whole)
    named = appeal.search(whole + context) or about or harm or (later and beyond)
    if rights not in {"appeal", "expedited"} and not named:
        score = min(score, 0.2)
    return score


def _after_prose(analysis: Analysis, start: int) -> bool:
    """Whether a sentence of prose ends before a place: no letterhead follows it."""
    return any(
        s.end <= start and not s.is_row and s.end - s.start > _PROSE for s in analysis.sentences
    )


_SENDERS = 0.65
"""What an address among the first lines counts: it is the sender's or the receiver's."""
_APPEALS = re.compile(r"(?i)appeal|redetermination|reconsideration|apelaci")
_LETTERHEAD = 12
"""Lines from the top in which a plan prints its own address and numbers."""
_PROSE = 70
"""Characters from which a line is prose, after which no letterhead follows."""
_EYES = re.compile(r"(?<=[a-z])I+(?=[a-z]|\b)")
"""Capitals in a word of small letters are misread: `appeaI`, `CaII`."""
_LEAD_REACH = 700
_MOST_ROWS = 6
_SENTENCE_ENDS = re.compile(r"[a-z]{3}[.;]\s")


def _as_els(match: re.Match[str]) -> str:
    return "l" * len(match.group())


def _lead(analysis: Analysis, start: int) -> str:
    """What was said last before a number or address that tells what it is for: its paragraph up
    to it, and where that is a block of short rows, the paragraph that leads to the block."""
    section = analysis.section_at(start)
    text = analysis.text[max(section.start, start - _LEAD_REACH) : start]
    blocks = re.split(r"\n\s*\n", text)
    lead = blocks[-1]
    for above in reversed(blocks[:-1]):
        if lead.count("\n") > _MOST_ROWS or _SENTENCE_ENDS.search(lead):
            break
        lead = f"{above} {lead}"
    return lead.replace("\n", " ")


def _no_relay(text: str) -> str:
    """Without the relay number that stands in brackets behind a phone number."""
    return re.sub(r"(?i)\(?\bTT[YD][^)\n]{0,14}(?:\)|\b711\b)|\b711\b", " ", text)


def find_appeal_address(analysis: Analysis, later: bool) -> Iterator[Candidate]:
    """Candidates of appeal_address, from the addressee's name to the ZIP code; `later` as above."""
    text = analysis.text
    labelled = analysis.pairs_of("appeal_address")
    for match in _places(text):
        end = _address_end(text, match)
        pair = next(
            (p for p in labelled if 0 <= match.start() - p.value_start < _LABEL_REACH), None
        )
        start = pair.value_start if pair else addressee_start(analysis, match.start())
        before = re.split(r"\n\s*\n", text[max(0, start - 90) : start])[-1]
        before = _no_relay(_AFTER_NUMBER.split(before)[-1])
        score = _weight(analysis, match.start(), before, later)
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


def _in_letterhead(analysis: Analysis, start: int) -> bool:
    """Whether a place begins one of a letter's first lines: in prose it follows other words."""
    line = analysis.view.line_at(start)
    begins = analysis.segment_at(start).start == start
    return begins and line.index < _LETTERHEAD


def _places(text: str) -> Iterator[re.Match[str]]:
    """Boxes and streets, and towns with a ZIP code that have neither before them."""
    last = -1
    found = [*wording("contacts", "place").finditer(text), *_TOWN.finditer(text)]
    for match in sorted(found, key=lambda m: m.start()):
        if _SENTENCE_ENDS.search(match.group()):
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
