"""Fax, phone and address to which an appeal goes, told from a plan's general numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.nlp.analysis import Analysis
from extractors.placeholders import is_placeholder

_PHONE = re.compile(
    r"(?<![\w-])(?:\+?1[-.\s]?)?\(?\d{3}\)?[-.\s]{0,2}\d{3}[-.\s]\d{4}(?![\w-])"
    r"|(?<![\w-])1?-?\(?8\d\d\)?[-.\s][A-Z0-9]{3}-?[A-Z0-9]{4,7}(?![\w-])"
    r"|(?<![\w-])1-?8\d{9}(?![\w-])"
)
_APPEAL = re.compile(
    r"appeal|redetermination|reconsideration|grievance|dispute|if you disagree|apelac", re.I
)
_GENERAL = re.compile(
    r"customer service|member services?|questions|help line|nurse|billing|language|interpret|translat|tty|tdd|711"
    r"|website|information about|copy of|copies|medicare at|1-800-medicare|ombuds|shiip|ship\b|legal aid|legal services|ebsa|department of|civil rights|ocr\b|hotline|nondiscrimination|discriminat",
    re.I,
)
_PEER = re.compile(
    r"peer[- ]to[- ]peer|\bp2p\b|prior auth(?:orization)? (?:fax|phone|line)|speak with (?:a|the|our) (?:medical|physician)",
    re.I,
)
_LATER = re.compile(
    r"external (?:review|appeal)|fair hearing|state hearing|independent review|independent medical review"
    r"|insurance (?:department|commissioner)|department of (?:insurance|managed health|financial)|\bIRE\b|maximus|c2c|second[- ]level",
    re.I,
)
_FAX_BEFORE = re.compile(r"\bfax(?:ed|ing)?\b|facsimile", re.I)
_TTY_BEFORE = re.compile(r"\b(?:tty|tdd|ttd|relay|711)\b[^\n]{0,12}$", re.I)
_PHONE_BEFORE = re.compile(r"\b(?:phone|telephone|tel|call|calling|toll[- ]free)\b", re.I)
_EXPEDITED = re.compile(r"expedit|urgent|fast", re.I)
_RIGHTS = {"appeal": 0.25, "expedited": 0.2, "external": -0.3, "hearing": -0.3, "contact": -0.15, "legal": -0.5, "peer_to_peer": -0.4, "head": -0.1, "provider": -0.5, "records": -0.2}  # fmt: skip

_ZIP = r"(?:[A-Z]{2}|[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)\.?,?\s+\d{5}(?:[-–]?\d{4})?(?!\d)"
_ADDRESS_END = re.compile(rf"[A-Za-z.' -]{{2,30}},?\s+{_ZIP}")
_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s*box|post office box|box)\s*#?\s*[\dO]+|\b\d{1,6}[A-Za-z]?\s+(?:[NSEW]\.?\s+)?[A-Z0-9][\w.']*(?:\s+[\w.']+){0,4}?\s+(?:st(?:reet)?|ave(?:nue)?|r(?:oa)?d|blvd|boulevard|dr(?:ive)?|lane|ln|way|pkwy|parkway|ct|court|plaza|circle|hwy|highway|place|pl|sq|square|ter(?:race)?|trail|center|broadway)\b",
    re.I,
)
_SEND = re.compile(
    r"(?:mail|send|submit|write|written|address(?:ed)?|return|forward|deliver)[^.:]{0,80}?(?:\bto\b|\bat\b)\s*:?\s*|(?:address|mail(?:ing address)?|by mail|write to|send to|mail to|in writing)\s*(?:\([^)]*\))?\s*:\s*|\bappeals?\s+to\s*:?\s*",
    re.I,
)


def find_appeal_numbers(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of appeal_fax and appeal_phone."""
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
        line = analysis.view.line_at(start)
        before = text[max(line.start, start - 70) : start]
        if _TTY_BEFORE.search(before[-22:]) or digits.endswith("8006334227"):
            continue
        pair = next((p for at, p in labels.items() if at <= start < p.value_end), None)
        fax = _is_fax(before, pair.label if pair else "", text[end : end + 12])
        score = _weight(analysis, start, before)
        key = "appeal_fax" if fax else "appeal_phone"
        if pair is not None and key in pair.keys:
            score = max(score, 0.0) * 0.2 + 0.78
        if score > 0:
            yield Candidate(key, match.group(), start, end, min(score, 0.97), f"number:{key}")


def _is_fax(before: str, label: str, after: str) -> bool:
    """The nearest word before a number says what it is."""
    faxes = [m.start() for m in _FAX_BEFORE.finditer(before)]
    phones = [m.start() for m in _PHONE_BEFORE.finditer(before)]
    if faxes or phones:
        return max(faxes, default=-1) > max(phones, default=-1)
    return _FAX_BEFORE.search(label) is not None or re.match(r"\s*\(?fax", after, re.I) is not None


def _weight(analysis: Analysis, start: int, before: str) -> float:
    """How surely a number or address is the one for appeals, from the words and part around it."""
    sentence = analysis.sentence_at(start)
    whole = analysis.text[sentence.start : sentence.end]
    context = analysis.text[max(0, sentence.start - 200) : sentence.start]
    section = analysis.section_at(start)
    score = 0.35 + _RIGHTS.get(section.kind, 0.0)
    title = section.title
    if _APPEAL.search(whole) or _APPEAL.search(before):
        score += 0.3
    elif _APPEAL.search(context[-140:]):
        score += 0.2
    if _GENERAL.search(before) or (_GENERAL.search(whole) and not _APPEAL.search(whole)):
        score -= 0.3
    if _PEER.search(whole):
        score -= 0.5
    if _LATER.search(before) or _LATER.search(whole) or _LATER.search(title):
        score -= 0.3
    if _EXPEDITED.search(whole) or _EXPEDITED.search(title):
        score -= 0.06
    if section.kind not in {"appeal", "expedited"} and not _APPEAL.search(whole + context):
        score = min(score, 0.2)
    return score


def find_appeal_address(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of appeal_address: from the addressee's name to the ZIP code."""
    text = analysis.text
    for match in _BOX.finditer(text):
        end = _address_end(text, match)
        start = _address_start(analysis, match.start())
        if start is None:
            continue
        before = text[max(0, start - 90) : start]
        if re.search(r"member'?s? address|patient'?s? address", before, re.I):
            continue
        score = _weight(analysis, match.start(), before)
        pair = next(
            (
                p
                for p in analysis.pairs_of("appeal_address")
                if p.value_start <= match.start() <= p.value_end + 160
                and match.start() - p.value_start < 160
            ),
            None,
        )
        named = _APPEAL.search(text[start : match.start()])
        if pair is not None:
            score = max(score, 0.0) * 0.2 + 0.75
        elif named:
            score += 0.2
        if end is None:
            end, score = match.end(), score * 0.8
        value = re.sub(r"\s*\n\s*", ", ", text[start:end].strip(" ,"))
        value = re.sub(r",\s*,", ",", value)
        if score > 0 and len(value) < 220:
            yield Candidate("appeal_address", value, start, end, min(score, 0.95), "address")


def _address_end(text: str, box: re.Match[str]) -> int | None:
    """Where the ZIP code ends, within the next lines."""
    window = text[box.end() : box.end() + 110]
    stop = re.search(r"\n\s*\n\s*\n|[.:]\s|\b(?:phone|fax|call|tel)\b", window, re.I)
    found = re.search(_ZIP, window[: stop.start()] if stop else window)
    return box.end() + found.end() if found else None


def _address_start(analysis: Analysis, box: int) -> int | None:
    """Where the addressee's name begins: after `send to:` in a sentence, else the lines above in
    the same column that are no sentence."""
    text = analysis.text
    sentence = analysis.sentence_at(box)
    cell = analysis.segment_at(box)
    lead = None
    for lead in _SEND.finditer(text, sentence.start, box):
        pass
    if lead is not None and box - lead.end() < 130:
        return lead.end()
    start = cell.start
    inside = text[cell.start : box]
    colon = inside.rfind(": ")
    if colon >= 0:
        return cell.start + colon + 2
    for above in _lines_above(analysis, cell.start):
        line = text[above[0] : above[1]]
        if len(line.split()) > 9 or re.search(r"[.!?:]$|\bdear\b", line, re.I):
            break
        start = above[0]
    return start


def _lines_above(analysis: Analysis, offset: int) -> Iterator[tuple[int, int]]:
    """The cells above in the same block and column, nearest first, at most four."""
    cells = analysis.segments
    here = analysis.segment_at(offset)
    index = cells.index(here)
    last, given = here, 0
    for other in reversed(cells[:index]):
        if other.page != here.page or given == 4:
            return
        if last.box.top - other.box.bottom > 1.2 * here.box.height:
            return
        if other.line < last.line and abs(other.box.x0 - here.box.x0) < 2 * here.box.height:
            yield other.start, other.end
            last, given = other, given + 1
