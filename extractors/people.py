"""The patient and the prescriber by name; never the reviewer or medical director who signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.date_fields import PAIR_SCORES
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Pair, Segment
from extractors.placeholders import is_placeholder

_UPPER = r"[A-ZÀ-ÖØ-Þ]"
_PART = rf"(?:{_UPPER}[a-zà-öø-ÿ'’]+(?:[-'’]?{_UPPER}[a-zà-öø-ÿ]+)*|{_UPPER}\.?|{_UPPER}[A-ZÀ-ÖØ-Þ'’-]+|(?:de|la|del|van|von|der|den|da|di|al|bin|el|y)(?=\s))"
_SUFFIX = r"(?:,?\s+(?:Jr|Sr|II|III|IV)\b\.?)?"
_NAME = re.compile(rf"(?P<name>{_PART}(?:\s+{_PART}){{1,4}}{_SUFFIX}|{_PART}(?:\s+{_PART})?,\s*{_PART}(?:\s+{_PART}){{0,2}}{_SUFFIX})")  # fmt: skip
_TITLE = re.compile(r"(?:Dr|Mr|Mrs|Ms|Miss|Mx|Prof|Doctor)\.?\s+", re.I)
_CREDENTIALS = re.compile(
    r",?\s*\b(?:M\.?D|D\.?O|N\.?P|P\.?A(?:-C)?|A\.?P\.?R\.?N|F\.?N\.?P(?:-[BC]{1,2})?|D\.?N\.?P|Ph\.?D|PharmD|Pharm\.D|R\.?N|D\.?P\.?M|D\.?D\.?S|D\.?C|O\.?D|MSN|MPH|MBBS|FACP|FACS|CRNP|CNP|LCSW|DPT|P\.?T|RPh|BCOP|FACC)\b\.?",
)
_ORGANISATION = re.compile(
    r"\b(?:inc|llc|llp|pllc|p\.?c|corp|company|group|associates|association|center|centre|clinic|hospital|health|healthcare|medical|medicine|services?|system|insurance|plan|pharmacy|university|institute|partners|physicians|practice|department|dept|unit|agency|facility|specialists?|care|laborator(?:y|ies)|imaging|radiology|oncology|cardiology|neurology|orthop\w+|dermatology|surgery|foundation|network|solutions|management|benefits?|review|appeals?|program|advantage|blue|cross|shield|medicare|medicaid|home|therapy|rehab\w*|supply|equipment)\b",
    re.I,
)
_NOT_A_NAME = re.compile(
    r"\b(?:member|enrollee|patient|provider|beneficiary|subscriber|prescriber|physician|doctor|sir|madam|customer|plan|participant|recipient|policyholder|parent|guardian|legal|representative|colleague|id|number|date|birth|name|address|notice|denial|information|claim|service|drug|not|your|our|the|this|that|same|dear|redacted|drugs?|coverage|appeal|street|avenue|ave|road|suite|box|important|group|requested|request|diagnosis|status|reference|phone|fax|insured|self|yes|no|unit|units|mg|ml)\b",
    re.I,
)
_DEAR = re.compile(
    r"\bDear[ \t]+(?P<title>(?:Dr|Mr|Mrs|Ms|Miss|Mx|Doctor)\b\.?[ \t]+)?(?P<rest>[^\n,:;]{3,60})",
    re.I,
)
_MEDICAL_TITLE = re.compile(r"\b(?:dr|doctor)\b", re.I)
_PRESCRIBED = re.compile(
    r"\b(?:prescribed|ordered|requested|submitted|performed|provided|rendered|referred|recommended|administered|asked for|sent)"
    r"(?:\s+\w+){0,4}?\s+(?:by|from)\s+(?:your\s+(?:\w+\s+){1,3},?\s*)?|\bon behalf of your (?:provider|doctor|physician|prescriber),?\s+|\byour (?:doctor|provider|physician|prescriber|surgeon|specialist|neurologist|oncologist|rheumatologist|cardiologist|dermatologist|nurse practitioner),\s+",
    re.I,
)
_ASKED = re.compile(r"\b(?:request (?:from|by)|services? (?:provided|rendered|performed) by|treatment by|on behalf of|for (?:the )?member|for (?:your )?patient,?|our member,?|for)\s+", re.I)  # fmt: skip
_STREET = re.compile(r"^\s*(?:\d+[\w-]*\s+\S|p\.?\s?o\.?\s+box\b|apt\b)", re.I)
_CITY = re.compile(r"[A-Za-z.' ]+,?\s+[A-Z]{2}\.?\s+\d{5}(?:-?\d{4})?\b")
_PROVIDER_ORDER = (
    (re.compile(r"prescrib|request|order|submitting", re.I), 1.0),
    (re.compile(r"treating|attending|referring|physician|doctor|clinician|practitioner|surgeon", re.I), 0.96),
    (re.compile(r"render|servic|perform", re.I), 0.92),
    (re.compile(r"billing|primary care|pcp|facility", re.I), 0.75),
)  # fmt: skip


def read_person(text: str) -> tuple[int, int] | None:
    """Where a person's name stands at the beginning of `text` (title and credentials left out),
    or None."""
    at = 0
    title = _TITLE.match(text)
    if title:
        at = title.end()
    match = _NAME.match(text, at)
    if match is None:
        return None
    start, end = match.span("name")
    credentials = _CREDENTIALS.search(text, start, min(len(text), end + 12))
    if credentials and credentials.start() < end:
        end = credentials.start()
    name = text[start:end].rstrip(" ,-")
    end = start + len(name)
    words = name.split()
    if len(words) < 2 or _ORGANISATION.search(name) or _NOT_A_NAME.search(name):
        return None
    if all(len(w.strip(".,")) < 2 for w in words) or re.search(r"\d", name):
        return None
    return start, end


def find_patient(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of patient_name: labels, the addressee, the salutation, the `Re:` block."""
    for pair in analysis.pairs_of("patient_name", "subscriber_name"):
        base = PAIR_SCORES[pair.how] * (1.0 if pair.exact else 0.85)
        if "patient_name" not in pair.keys:
            base *= 0.55
        yield from _named(analysis, pair, "patient_name", base * _patient_label(pair))
    yield from _salutation(analysis)
    yield from _addressee(analysis)
    for match in re.finditer(
        r"\b(?:for|behalf of|patient|member|enrollee)[,:]?\s+(?=[A-Z])", analysis.text
    ):
        span = read_person(analysis.text[match.end() : match.end() + 50])
        if span and not re.search(r"\bDr\b", analysis.text[match.end() : match.end() + 4]):
            start, end = match.end() + span[0], match.end() + span[1]
            if _CREDENTIALS.match(analysis.text, end) or "\n" in analysis.text[start:end]:
                continue
            yield Candidate("patient_name", analysis.text[start:end], start, end, 0.4, "cue:for")


def _patient_label(pair: Pair) -> float:
    label = pair.label.lower()
    if "insured" in label or "cardholder" in label or "customer" in label:
        return 0.8
    return 0.85 if label.strip() == "name" else 1.0


def _named(analysis: Analysis, pair: Pair, key: str, score: float) -> Iterator[Candidate]:
    if is_placeholder(pair.value.split("  ")[0]) or score <= 0:
        return
    offset = 0
    for piece in re.split(r"(?<=[;(|])|\s[—–-]\s", pair.value):
        at = pair.value.find(piece, offset)
        offset = at + len(piece)
        span = read_person(piece)
        if span is None:
            continue
        start, end = pair.value_start + at + span[0], pair.value_start + at + span[1]
        yield Candidate(key, analysis.text[start:end], start, end, score, f"label:{key}:{pair.how}")
        return


def _salutation(analysis: Analysis) -> Iterator[Candidate]:
    for match in _DEAR.finditer(analysis.text):
        rest_at = match.start("rest")
        title = match["title"] or ""
        span = read_person(match["rest"])
        medical = _MEDICAL_TITLE.search(title) or _CREDENTIALS.search(
            analysis.text[rest_at : rest_at + 70].split("\n")[0]
        )
        if span is not None:
            start, end = rest_at + span[0], rest_at + span[1]
            key = "provider_name" if medical else "patient_name"
            yield Candidate(key, analysis.text[start:end], start, end, 0.8, "salutation")
        elif title and re.fullmatch(rf"{_PART}", match["rest"].strip()):
            yield from _in_full(analysis, match["rest"].strip(), bool(medical), match.start())


def _in_full(analysis: Analysis, family: str, medical: bool, before: int) -> Iterator[Candidate]:
    """`Dear Mr. Smith`: the full name printed elsewhere that ends in (or begins with) Smith."""
    if _NOT_A_NAME.search(family) or _ORGANISATION.search(family):
        return
    pattern = re.compile(
        rf"(?:{_PART}[ ]+){{1,3}}{re.escape(family)}\b|{re.escape(family)},[ ]*{_PART}(?:[ ]{_PART})?",
        re.I,
    )
    for match in pattern.finditer(analysis.text):
        if re.search(r"\b(?:dear|mr|mrs|ms|dr|miss)\b", match.group(), re.I):
            continue
        span = read_person(match.group())
        if span is not None and match.group()[:1].isupper():
            start, end = match.start() + span[0], match.start() + span[1]
            key = "provider_name" if medical else "patient_name"
            score = 0.78 if match.start() < before else 0.7
            yield Candidate(key, analysis.text[start:end], start, end, score, "salutation:in_full")
            return


def _addressee(analysis: Analysis) -> Iterator[Candidate]:
    """The first line of the address block on the first page: a person over a street and a city."""
    cells = analysis.segments
    view = analysis.view
    first = view.pages[0] if view.pages else None
    for cell in cells:
        if first is None or cell.page != first.number or cell.box.top > 0.6 * first.height:
            break
        under = _column_below(cells, cell)
        texts = [analysis.text[c.start : c.end] for c in under[:3]]
        if not texts or not (
            _STREET.match(texts[0]) or (len(texts) > 1 and _STREET.match(texts[1]))
        ):
            continue
        if not any(_CITY.search(t) for t in texts):
            continue
        line = analysis.text[cell.start : cell.end]
        lead = re.match(
            r"(?:to|attn|attention|the parents? (?:or guardian )?of|parent/guardian of|estate of)\b[:\s]*",
            line,
            re.I,
        )
        at = lead.end() if lead else 0
        span = read_person(line[at:])
        if span is None or len(line[at:]) - span[1] > 14:
            continue
        start, end = cell.start + at + span[0], cell.start + at + span[1]
        medical = _CREDENTIALS.match(analysis.text, end) or re.match(r"Dr\b", line[at:])
        key = "provider_name" if medical else "patient_name"
        yield Candidate(key, analysis.text[start:end], start, end, 0.66, "address_block")


def _column_below(cells: tuple[Segment, ...], cell: Segment) -> list[Segment]:
    """The cells right under a cell, each in the next printed line."""
    column: list[Segment] = []
    last = cell
    for other in cells:
        if other.page != cell.page or other.start <= last.start:
            continue
        gap = other.box.top - last.box.bottom
        if gap > 1.6 * cell.box.height:
            break
        if gap > -2 and abs(other.box.x0 - cell.box.x0) < 3 * cell.box.height:
            column.append(other)
            last = other
    return column


def find_provider(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of provider_name: labels, `prescribed by Dr. ...`, a letter's medical addressee
    (those come with `find_patient`)."""
    for pair in analysis.pairs_of("provider_name"):
        weight = next((w for p, w in _PROVIDER_ORDER if p.search(pair.label)), 0.94)
        base = PAIR_SCORES[pair.how] * weight * (1.0 if pair.exact else 0.85)
        found = list(_named(analysis, pair, "provider_name", base))
        if found:
            yield from found
        else:
            yield from _organisation(analysis, pair, base * 0.85)
    reviewers = {p.value_start for p in analysis.pairs_of("reviewer_name")}
    for match in _PRESCRIBED.finditer(analysis.text):
        yield from _in_prose(analysis, match.end(), 0.78, reviewers)
    for match in re.finditer(r"\bDr\.?\s+(?=[A-Z])|\bDoctor\s+(?=[A-Z])", analysis.text):
        sentence = analysis.sentence_at(match.start())
        whole = analysis.text[sentence.start : sentence.end]
        if sentence.section == "signature" or re.search(
            r"medical director|review(?:er|ed|ing)|determination (?:was )?made by|decision (?:was )?made by",
            whole,
            re.I,
        ):
            continue
        yield from _in_prose(analysis, match.start(), 0.6, reviewers)


def _organisation(analysis: Analysis, pair: Pair, score: float) -> Iterator[Candidate]:
    """A provider given as a practice: its name as printed, up to a comma or bracket."""
    value = re.split(r"\s*[(|]|,\s*(?:NPI|TIN|Dr\.?)\b|\s+NPI\b|\s[—–]\s", pair.value)[0].strip(
        " ,;"
    )
    if (
        len(value) < 4
        or is_placeholder(value)
        or re.match(r"[\d$#]", value)
        or len(value.split()) > 8
    ):
        return
    if not value[:1].isupper() or re.search(r"[.!?]$", value):
        return
    start = pair.value_start + pair.value.index(value)
    yield Candidate(
        "provider_name", value, start, start + len(value), score, f"label:practice:{pair.how}"
    )


def _in_prose(
    analysis: Analysis, at: int, score: float, reviewers: set[int]
) -> Iterator[Candidate]:
    text = analysis.text
    piece = text[at : at + 70].replace("\n", " ")
    span = read_person(piece)
    if span is None:
        return
    start, end = at + span[0], at + span[1]
    medical = _MEDICAL_TITLE.match(piece) or _CREDENTIALS.match(text, end)
    near = text[max(0, at - 60) : at]
    if start in reviewers or re.search(r"reviewed|director|decision (?:was )?made", near, re.I):
        return
    name = re.sub(r"\s+", " ", text[start:end])
    yield Candidate(
        "provider_name", name, start, end, score if medical else score * 0.8, "cue:prescriber"
    )
