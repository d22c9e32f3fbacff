"""The patient and the prescriber by name; never the reviewer or medical director who signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from extractors.candidates import Candidate
from extractors.date_fields import PAIR_SCORES
from extractors.lone_names import find_given_name
from extractors.names import CREDENTIALS, MEDICAL_TITLE, PART, TITLE, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Pair, Segment
from extractors.nlp.wordings import ordered, wording
from extractors.placeholders import is_placeholder

_GIVEN = rf"(?:,[ \t]*{PART}(?:[ \t]+{PART}){{0,2}}(?=[ \t]*[,:\n]))?"
_DEAR = re.compile(
    rf"\bDear[ \t]+(?P<title>{TITLE.pattern})?(?P<rest>[^\n,:;]{{3,60}}{_GIVEN})", re.I
)
_STREET = re.compile(r"^\s*(?:\d+[\w-]*\s+\S|p\.?\s?o\.?\s+box\b|apt\b)", re.I)
_CITY = re.compile(r"[A-Za-z.' ]+,?\s+[A-Z]{2}\.?\s+\d{5}(?:-?\d{4})?\b")
_RE = re.compile(r"^(?:re|regarding|subject)$", re.I)
_ODD_NAME = re.compile(r"(?:[A-Z][a-zA-Z]*)(?: [A-Z][a-zA-Z]*){1,2}")
"""A labelled value that may be a name in spite of a word that names seldom hold."""
_FOR = re.compile(r"\b(?:for|behalf of|patient|member|enrollee)[,:]?\s+(?=[A-Z])")
_DOCTOR = re.compile(r"\b(?:Dra?\.?|DRA?\.?|Doctora?)\s+(?=[A-Z])")


def find_patient(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of patient_name: labels, the `Re:` line, the salutation, the address block. A
    physician who is addressed or saluted comes as provider_name."""
    for pair in analysis.pairs_of("patient_name", "subscriber_name"):
        score = _pair_score(pair) * _weight("patient_label", pair.label)
        if "patient_name" not in pair.keys:
            score *= 0.55
        yield from _named(analysis, pair, "patient_name", score)
    for pair in analysis.pairs:
        span = read_person(pair.value) if _RE.match(pair.label.strip()) else None
        if span is not None and re.match(r"\s*(?:$|[,;|(])", pair.value[span[1] :]):
            start, end = pair.value_start + span[0], pair.value_start + span[1]
            name = analysis.text[start:end]
            yield Candidate("patient_name", name, start, end, 0.7, "label:re")
    yield from _salutation(analysis)
    yield from _ward(analysis)
    yield from _kin(analysis)
    yield from _addressee(analysis)
    yield from _spoken_of(analysis)
    yield from find_given_name(analysis)


def _pair_score(pair: Pair) -> float:
    return PAIR_SCORES[pair.how] * (1.0 if pair.exact else 0.85)


def _weight(group: str, label: str) -> float:
    """What a label's wording takes off; the first entry of the table that matches decides."""
    return next((w for _, w, pattern in ordered(group) if pattern.search(label)), 1.0)


def _named(analysis: Analysis, pair: Pair, key: str, score: float) -> Iterator[Candidate]:
    """The first part of a labelled value that is a person's name."""
    if is_placeholder(pair.value):
        return
    if key == "patient_name" and _ODD_NAME.fullmatch(pair.value):
        first = pair.value.split()[0]
        if read_person(pair.value) is None and not wording("people", "not_a_name").search(first):
            end = pair.value_start + len(pair.value)
            yield Candidate(key, pair.value, pair.value_start, end, score * 0.75, "label:odd_name")
            return
    doctor = _DOCTOR.search(pair.value) if key == "provider_name" else None
    starts = [m.end() for m in re.finditer(r"[;(|]\s*|\s[—–-]\s|/\s?", pair.value)]
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


def _salutation(analysis: Analysis) -> Iterator[Candidate]:
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


def _in_full(analysis: Analysis, family: str, key: str, before: int) -> Iterator[Candidate]:
    """`Dear Mr. Smith`: the full name printed elsewhere that ends in (or begins with) Smith."""
    if wording("people", "not_a_name").search(family):
        return
    name = re.escape(family)
    pattern = re.compile(
        rf"(?:{PART}[ ]+){{1,3}}(?i:{name})\b|(?i:{name}),[ ]*{PART}(?:[ ]{PART})?"
    )
    for match in pattern.finditer(analysis.text):
        title = TITLE.match(match.group())
        span = None if match.group().lower().startswith("dear") else read_person(match.group())
        if span is None or (title and not MEDICAL_TITLE.match(match.group())):
            continue
        start, end = match.start() + span[0], match.start() + span[1]
        score = 0.78 if match.start() < before else 0.7
        yield Candidate(key, analysis.text[start:end], start, end, score, "salutation:in_full")
        return


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


def _addressee(analysis: Analysis) -> Iterator[Candidate]:
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


def find_provider(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of provider_name: labels, `prescribed by Dr. ...`, doctors spoken of."""
    for pair in analysis.pairs_of("provider_name"):
        score = _pair_score(pair) * _weight("provider_label", pair.label)
        found = list(_named(analysis, pair, "provider_name", score))
        yield from found or _practice(analysis, pair, score * 0.85)
    for pair in analysis.pairs:
        if _COPIED.fullmatch(pair.label.strip(" :")):
            span = read_person(pair.value)
            if span is not None and (
                CREDENTIALS.match(pair.value, span[1]) or MEDICAL_TITLE.match(pair.value)
            ):
                yield from _named(analysis, pair, "provider_name", 0.62)
    for match in wording("people", "lead_in").finditer(analysis.text):
        yield from _in_prose(analysis, match.end(), 0.78)
    for match in _asking().finditer(analysis.text):
        yield from _in_prose(analysis, match.start(), 0.78)
    for match in _DOCTOR.finditer(analysis.text):
        yield from _in_prose(analysis, match.start(), 0.6)
    for match in _credentialed().finditer(analysis.text):
        before = analysis.text[max(0, match.start() - 24) : match.start()].replace("\n", " ")
        if wording("people", "role_before").search(before):
            yield from _in_prose(analysis, match.start(), 0.76)
        elif _in_a_sentence(analysis, match):
            yield from _in_prose(analysis, match.start(), 0.5)


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
    named = value[:1].isupper() and not re.search(
        r"[!?:]$|^[\d$#]|(?<!Inc)(?<!Corp)(?<!Ltd)(?<=[a-z]{3})\.$", value
    )
    if not named or not len(value) >= 4 or len(value.split()) > 8 or is_placeholder(value):
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
