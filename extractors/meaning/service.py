"""What was denied where it is no drug: the phrase that the letter prints for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from extractors.candidates import Candidate
from extractors.columns import printed_rows
from extractors.meaning.passages import Passage
from extractors.nlp.analysis import Analysis, Pair

LABELS = (
    ("service", 0.95),
    ("hcpcs", 0.75),
    ("drug", 0.7),
)
"""Label roles whose value may be the service, with how surely."""

GUESSED = 0.75
"""What a label counts whose role is told from its words alone."""

_NOUN = r"(?P<what>[^.;:\n]{3,110}?)"
_END = (
    r"(?=\s*(?:[.;:]|\(?\b(?:performed|rendered|provided|received|submitted|prescribed|dated|which|"
    r"that|because|as not|as being|as experimental|from|on|by|to treat|to be|for the treatment|"
    r"for treatment|for your|at this|at|under|with dates?|has been|have been|is|was|were|are|"
    r"does|do|will|would|occur\w*|should|filed|and found|due to|you received|you asked|"
    r"described|listed|related to|requested|between|beginning|starting|in order|beyond|"
    r"outside|exceeding|"
    r"over|above|until|after|before|through|since|so|but|there|per|again|more than|at \d+|for \d+|"
    r"and (?:found|have|we|determined)|with (?:dr|doctor))\b|,(?!\s(?:right|left|bilateral|"
    r"initial|both|"
    r"with|without)\b)|$))"
)
_SENTENCE_CUES = tuple(
    (re.compile(cue + r"\s+(?:the |a |an |your |continued |continuing )*" + _NOUN + _END, re.I), w)
    for cue, w in (
        (
            r"(?:following|listed below)(?: \S+){0,8}? (?:doctor|provider|prescriber|request"
            r"ed|denied)\s*:",
            0.9,
        ),
        (
            r"(?:asked|asks|asking|requested)(?: \S+){0,7}? to (?:approve|cover|pay for|auth"
            r"orize)(?: payment for| coverage of)?",
            0.86,
        ),
        (r"(?:you|doctor|provider) (?:asked|requested)(?: us)?(?: for)?", 0.7),
        (
            r"den(?:y|ied|ying|ial of)(?: \w+){0,2} (?:coverage|authorization|payment|benefi"
            r"ts) (?:for|of)",
            0.88,
        ),
        (
            r"(?:request|precertification|authorization|review)s?(?: request)?(?: (?:submitt"
            r"ed|received|made|from|sent|by|to us|dated|on|we received)\b[^.;]{0,70}?)? (?:f"
            r"or|to cover|to pay for|to approve)",
            0.74,
        ),
        (
            r"(?:claims?|reimbursement|payment|coverage|approval)(?: (?:you |was |were )?(?:"
            r"submitted|received|filed|sent|from|by)\b[^.;]{0,60}?)? (?:for|of)",
            0.72,
        ),
        (
            r"(?:not|unable to|cannot) (?:be )?(?:approv\w+|cover\w*|authoriz\w+|pay\w*)(?: "
            r"coverage| payment| for| of)*",
            0.6,
        ),
        (r"we (?:have )?(?:denied|are denying|deny|did not approve)\s?:?", 0.6),
        (
            r"(?<!not )\b(?:den(?:y|ies|ied|ying|ial of)|refus(?:e|ed|al of)|disapprov\w+|"
            r"terminat(?:e|ed|ion of)|"
            r"discontinu\w+|stop(?:ped|ping)?|reduc(?:e|ed|ing|tion of))",
            0.52,
        ),
    )
)
_REFERENCE = re.compile(
    r"^\W*(?:re|subject|regarding)\W+(?:.*?\b(?:denial|determination|notice|request|claim|"
    r"authorization)\b[^–—:-]*[–—:-]\s*)?(?P<what>.{3,90})$",
    re.I,
)
_CODES = re.compile(
    r"\s*[(\[]\s*(?:(?:cpt|hcpcs|code|procedure)[^()\[\]]*|[A-Z]?\d{4,5}[A-Z]?(?:\s*"
    r",\s*[A-Z]?\d{4,5}[A-Z]?)*)[)\]]"
    r"|\s*[-–—,]?\s*(?:cpt|hcpcs)(?:/hcpcs)?(?: codes?)?\W*[A-Z]?\d{4,5}[A-Z]?(?:\s*"
    r",\s*[A-Z]?\d{4,5})*",
    re.I,
)
_CODE_ROW = re.compile(
    r"^\W*(?:cpt|hcpcs)(?:/hcpcs)?(?: code)?\W*[A-Z]?\d{4,5}[A-Z]?\s*(?:[-–—:(]|\s)"
    r"\s*(?P<what>[A-Za-z].{4,110}?)\)?$",
    re.I,
)
_CODED = re.compile(
    r"\b(?:cpt|hcpcs|procedure)(?: code)?s?\W{0,3}[A-Z]?\d{4,5}\W{1,3}(?P<what>"
    r"[A-Za-z][^()\n]{4,60})\)",
    re.I,
)
_CODE_TAIL = re.compile(
    r",\s*(?:and\s)?(?:[A-Z]\d{4}|\d{5}|\d{4}[TUF])\b.*$"
    r"|(?:,|\s(?:at|x|for))\s*\d+\s?(?:hours?|visits?|units?|days?|sessions?|times|weeks?|months?)\b.*$",
    re.I,
)
"""Further codes and amounts behind a service's name."""
_CODE_LEAD = re.compile(r"^(?:(?:CPT|HCPCS)\s*)?[A-Z]?\d{4,5}[A-Z]?\s*[-–:]\s*(?=[A-Za-z])")
_CODE_THEN_NAME = re.compile(r"^[A-Z]?\d{4,5}[A-Z]?\s*\(([A-Za-z][^()]{3,90})\)$")
_EOB_LINE = re.compile(
    r"(?<![\w.-])(?P<what>[A-IK-PR-Z]\d{4}|\d{5})(?![\w.-])(?=.*\d\.\d\d)(?=.*\b(?:CO|PR|OA|PI)-?\s?\d|.*\$0\.00)"
)
_GENERAL = re.compile(
    r"^(?:(?:the|this|your|above|following|requested|referenced|these|those|medical|health|care|"
    r"healthcare|covered|claims?|prior|authorization|services?|items?|requests?|treatment|coverage|"
    r"procedures?|medications?|drugs?|benefits?|supplies|information|notification|denial|approval|"
    r"determination|appeal|review|payment|reimbursement|of|for|prescription|copy|cop"
    r"ies|decision|it|"
    r"and|or|us|you|new|date|dates|name|type|description|standard|urgent|any|all|s)\W*)+$",
    re.I,
)
_NOT_SERVICE = re.compile(
    r"\b(?:appeal|grievance|hearing|copy|copies|documents?|records|review|information|criteria|"
    r"reconsideration|redetermination|complaint|peer|interpreter|questions?|member services|days?|"
    r"reasons?|letter|notice|denied|denial|dr|md|http|because|we|you|our|not|claim|c"
    r"laims|premiums?|"
    r"this plan|your plan|following|describe|listed|insert|amount|below|above|evalua"
    r"tion of|criteria|"
    r"health plan|^on \w+|^use|benefit plan|explanation|time|look again|services of|"
    r"fee schedule|infusion drugs|prescription drug|request for|preferred|for payment|"
    r"coverage status|member id|tracking|date issued|timely|policy|emergency use)\b",
    re.I,
)
_AMOUNT = re.compile(
    r"^(?:\d+|one|two|three|four)\s+(?:more |additional )?(?:hours?|days?|visits?|se"
    r"ssions?|units?)(?: (?:a|per|each) (?:week|day|month|year))?(?: of)?\s+",
    re.I,
)
_LEAD = re.compile(
    r"^(?:the|a|an|your|requested|coverage (?:of|for)|request for|payment (?:of|for)"
    r"|"
    r"claims? (?:for|of)|continued|for|of|receipt of|drug|service|procedure)\s+",
    re.I,
)


def find_service(
    analysis: Analysis, passages: tuple[Passage, ...], drug_rows: tuple[Pair, ...]
) -> Iterable[Candidate]:
    """`service` candidates, best first."""
    found = [*_labelled(analysis, drug_rows), *_code_rows(analysis), *_told(analysis, passages)]
    found.extend(_under(analysis, passages))
    found.extend(_by_head(analysis, passages))
    found = _weighed(analysis, found)
    if not found:
        found.extend(_eob_lines(analysis))
    return sorted(found, key=lambda c: (-c.score, c.start))


_OTHERS = frozenset(
    {
        "provider_name",
        "facility_name",
        "reviewer_name",
        "payer",
        "patient_name",
        "address",
        "appeal_address",
    }
)
CARE = 0.06
"""Added where a phrase of a sentence names a kind of care, taken off twice where it does not."""
AGAIN = 0.03
"""Added for each further place, up to three, that names the service in the same words."""


def _weighed(analysis: Analysis, found: list[Candidate]) -> list[Candidate]:
    """Without names of practices and plans; a phrase that the letter repeats counts more."""
    named = [
        " ".join(pair.value.split()).lower()
        for pair in analysis.pairs
        if _OTHERS.intersection(pair.keys[:1])
    ]
    text = " ".join(analysis.text.split()).lower()
    labelled = any(c.because.endswith("by label") and c.score >= 0.7 for c in found)
    kept = []
    for candidate in found:
        words = str(candidate.value).lower()
        if any(words in name and len(words) > 0.7 * len(name) for name in named):
            continue
        score = candidate.score
        if candidate.because.endswith("by sentence") and not labelled:
            head = _ENDS_IN_CARE.search(words) is not None
            score += CARE if head else -2 * CARE
            score += AGAIN * min(text.count(words) - 1, 3) if head else 0.0
            score = min(score, 0.9)
        kept.append(replace(candidate, score=score))
    return kept


def _labelled(analysis: Analysis, drug_rows: tuple[Pair, ...]) -> Iterator[Candidate]:
    taken = {pair.label_start for pair in drug_rows}
    for pair in analysis.pairs:
        if pair.label_start in taken:
            continue
        for key, weight in LABELS:
            if not _is_label(pair, key) or (
                key == "hcpcs" and not re.search(r"[A-Za-z]{4}", pair.value)
            ):
                continue
            weight *= 1.0 if pair.exact else GUESSED
            if (value := phrase(pair.value, keep_code=True)) is not None:
                yield _candidate(analysis, value, pair.value_start, pair.value_end, weight, "label")
            break


def _is_label(pair: Pair, key: str) -> bool:
    return key in pair.keys or (key == "service" and pair.label.lower() in ("request", "requested"))


def _code_rows(analysis: Analysis) -> Iterator[Candidate]:
    for line in analysis.view.lines:
        match = _CODE_ROW.match(line.text)
        if match and (value := phrase(match["what"])) is not None:
            at = line.start + match.start("what")
            short = re.split(r"[,;]", value)[0]
            value = short if " " in short else value
            yield _candidate(analysis, value, at, line.start + match.end("what"), 0.74, "code row")


def _eob_lines(analysis: Analysis) -> Iterator[Candidate]:
    """A claim line that prints a procedure code alone."""
    for row in printed_rows(analysis.segments):
        text = "  ".join(analysis.text[cell.start : cell.end] for cell in row)
        if match := _EOB_LINE.search(text):
            code = match["what"]
            cell = next(c for c in row if code in analysis.text[c.start : c.end])
            at = analysis.text.index(code, cell.start)
            value = f"CPT/HCPCS {code}"
            yield Candidate("service", value, at, at + 5, 0.5, "code of a claim line")
            return


def _told(analysis: Analysis, passages: tuple[Passage, ...]) -> Iterator[Candidate]:
    for passage in passages:
        if passage.weight < 0.5:
            continue
        raw = _plain(analysis.text[passage.start : passage.end])
        if match := _REFERENCE.match(raw):
            yield from _from(analysis, passage, match, 0.72, "title")
        for match in _CODED.finditer(raw):
            yield from _from(analysis, passage, match, 0.6, "code in a sentence")
        for pattern, weight in _SENTENCE_CUES:
            for match in pattern.finditer(raw):
                yield from _from(analysis, passage, match, weight * passage.weight, "sentence")


def _plain(text: str) -> str:
    """A sentence in one line, as long as it was, without the points of titles."""
    return re.sub(r"\b(Drs?|Mrs?|Ms|St|Inc|Co)\.", r"\1 ", text.replace("\n", " "))


_BELOW = re.compile(
    r"(?:following|listed below|described below)\b[^.]{0,160}:\s*$"
    r"|\b(?:we (?:are )?(?:den\w+|not (?:approv|cover)\w+)|what (?:was|you|your \w+) "
    r"(?:is |are )?(?:den\w+|ask\w*|request\w*)(?: for)?)\W*$",
    re.I,
)
"""A sentence whose service stands in the line under it."""


def _under(analysis: Analysis, passages: tuple[Passage, ...]) -> Iterator[Candidate]:
    """The line under `We denied the services listed below ...:`."""
    for passage, below in pairwise(passages):
        if passage.weight < 0.5 or below.start - passage.end > 4:
            continue
        if not _BELOW.search(_plain(analysis.text[passage.start : passage.end]).strip()):
            continue
        line = analysis.text[below.start : below.end].split("\n")[0]
        value = phrase(line.strip(" •*-–·"))
        if value is not None and len(value.split()) <= 12:
            at = below.start + max(line.find(value), 0)
            yield _candidate(analysis, value, at, at + len(value), 0.72, "line under a sentence")


_HEAD = r"""(?:therapy|surgery|mri|scans?|testing|tests?|stay|admission|transport|ambulance|
treatment|replacement|reduction|supplies|pump|wheelchair|monitor|device|fusion|injections?|study|
visits?|rehabilitation|nursing\ facility\ care|home\ (?:health|care)|counseling|x-?ray|imaging|
colonoscopy|transplant|implant|equipment|scooter|brace|bed|hospice|dialysis|ablation|nursing|
implantation|stimulator|orthosis|prosthesis|hospitalization|detoxification|attendant\ services|
aide\ services|
manipulation|biopsy|screening|sensors|walker|hearing\ aids?|ventilator|formula|lift|nerve\ blocks?|
behavior\ analysis|sequencing|panel|orthodontics|dentures|crowns?|acupuncture|massage|repair|
[a-z]{3,}(?:ectomy|plasty|otomy|oscopy|graphy))"""
_BY_HEAD = re.compile(
    rf"(?P<what>(?<![\w-])(?:(?!(?:the|a|an|your|this|that|for|of|in|to|and|or|with|by|more|from|no|"
    rf"after|before|any|some|our|his|her|their|such|is|was|not|new|other|further|visits|deny|denied|denial|"
    rf"denies|approve|approved|cover|covered|need|needs|based|requested|request|prescribed|ordered|have|has|cut|reduced|stopped|ended|continue|continued|reviewed|asked|"
    rf"received|had|did|does|using|see|under|health|plan|medicare|medicaid|you|we|he|she|they|on|at|if)\b)"
    rf"[A-Za-z][\w-]*\s){{1,4}}{_HEAD.replace(chr(10), '')}"
    rf"(?:\sof\s(?:the\s)?[a-z-]+(?:\s[a-z-]+)?(?=\s?[(.,;:]|\sfor\b|$))?)(?P<coded>\s*\((?:CPT|HCPCS|code)?"
    rf"\s*[A-Z]?\d{{4,5}})?",
    re.I,
)
_ASKING = re.compile(
    r"\b(?:request|asked|asks|asking|claim|referral|den(?:y|ied|ying)|approv\w+|cover\w*|pay|paid|"
    r"prescribed|ordered|stopped|no a second time|recommended)\b",
    re.I,
)


_ACTS = re.compile(
    r"\s(?:has\s|have\s)?(?:asked|asks|requested|billed|submitted|sent|wants?|ordered)\b"
)
_ENDS_IN_CARE = re.compile(
    rf"(?:\b{_HEAD.replace(chr(10), '')}|care|services?|[a-z]+gram|(?:ultra)?sound|analysis|"
    rf"procedure|"
    r"chair|cpap|inserts?|kit|device|visits?|trial|program|hearing aids?|infusions?|"
    r"stockings?|system|arthroplasty)"
    r"(?:\s(?:of|to|with|without|for|on|at|in)\b.*|,.*)?$",
    re.I,
)


def _by_head(analysis: Analysis, passages: tuple[Passage, ...]) -> Iterator[Candidate]:
    """A phrase that ends in a kind of care, with its code or where something is asked or denied."""
    for passage in passages:
        if passage.weight < 0.75:
            continue
        raw = analysis.text[passage.start : passage.end].replace("\n", " ")
        asking = _ASKING.search(raw) is not None or passage.is_row
        for match in _BY_HEAD.finditer(raw):
            if _ACTS.match(raw, match.end()):
                continue  # a practice that asks
            if match["coded"] or asking:
                weight = 0.62 if match["coded"] else 0.42
                yield from _from(analysis, passage, match, weight * passage.weight, "kind of care")
                break


def _from(
    analysis: Analysis, passage: Passage, match: re.Match[str], weight: float, how: str
) -> Iterator[Candidate]:
    value = phrase(match["what"])
    if value is not None:
        at = passage.start
        yield _candidate(
            analysis, value, at + match.start("what"), at + match.end("what"), weight, how
        )


def _candidate(
    analysis: Analysis, value: str, start: int, end: int, score: float, how: str
) -> Candidate:
    inside = analysis.text[start:end].replace("\n", " ").find(value)
    if inside >= 0:
        start, end = start + inside, start + inside + len(value)
    return Candidate("service", value, start, end, score, f"service by {how}")


_NOT_PART = re.compile(
    r"(?:,?\s+(?:(?:starting|beginning|effective|from|on|for) \d.*|\d{1,2}/\d{1,2}/\d{2,4}|"
    r"(?:on |from )?(?:January|February|March|April|May|"
    r"June|July|August|"
    r"September|October|November|December) \d).*)$|^[\d-]{4,},\s+"
)
"""Dates after the service, a number of the request before it."""
_NO_NOUN = re.compile(
    r"(?:pre-service|post-service|standard|urgent|expedited|routine|to|by|this|that|these|those|as|if|when|why|how|what|not|any|all|such|because|it|in|on|at|with|from|"
    r"medical necessity|lack of|an? error|no|or|and|due|plan|working|\d+ visits)\b|[/{}*%]|\d+$",
    re.I,
)
_OTHER_PARTS = re.compile(r"\s+(?:for [A-Z][A-Z'-]+\b.*|ran out\b.*)$")
"""A patient in capitals, or a verb, after the service."""


def phrase(printed: str, keep_code: bool = False) -> str | None:
    """A printed phrase as the service's name: without codes, articles and general words; None
    where it names no service."""
    text = " ".join(printed.split())
    if inner := _CODE_THEN_NAME.match(text):
        text = inner.group(1)
    if not keep_code or not re.match(r"[A-Z]?\d{4}", text):
        text = _CODES.sub("", text)
    text = _CODE_LEAD.sub("", text)
    if len((short := _CODE_TAIL.sub("", text)).split()) > 1:
        text = short
    text = _OTHER_PARTS.sub("", _NOT_PART.sub("", text)).strip(' .,;:-–—*•[]"')
    if text.count("(") > text.count(")"):
        text = text[: text.rfind("(")].strip(" .,;:-")
    before = None
    while before != text:
        before, text = text, _AMOUNT.sub("", _LEAD.sub("", text))
    if _NO_NOUN.match(text):
        return None
    if not 3 <= len(text) <= 110 or _GENERAL.match(text) or not re.search(r"[A-Za-z]{3}", text):
        return None
    if (
        "<" in text
        or "[" in text
        or "|" in text
        or re.search(r"[:;] ", text)
        or _NOT_SERVICE.search(text)
    ):
        return None
    return text
