"""Numbers that name a member, a group, a claim, a case, a prescription, a prescriber, a product.

A number is given as printed. It is put right only where a check digit (NPI) or a fixed format
(Medicare beneficiary identifier) proves the reading wrong and leaves one repair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from extractors.candidates import Candidate
from extractors.date_fields import PAIR_SCORES
from extractors.dates import find_dates
from extractors.nlp.analysis import Analysis
from extractors.nlp.labels import label_lexicon
from extractors.nlp.shapes import fits, parted_id
from extractors.nlp.spans import Pair
from extractors.nlp.tokens import plain_phrase
from extractors.nlp.wordings import ordered, wording
from extractors.placeholders import is_placeholder

_ID_KEYS = ("member_id", "group_number", "claim_number", "reference_number", "rx_number")
_TOKEN = re.compile(r"#?\s*(?P<id>[A-Za-z0-9*][A-Za-z0-9*\-–/._]*[A-Za-z0-9*]|\d)")
_MORE = re.compile(
    r" (?P<id>(?=[A-Z]{0,2}\d)[A-Z0-9]{1,5}(?![\w/.-]|\s[a-z]{3})"
    r"|-(?=[A-Z0-9-]*\d)[A-Z0-9-]{2,12}(?![\w/.]))"
)
_PREFIX_APART = re.compile(
    r"(?!(?:ID|NO|NBR|NUM|MID|HIC|SSN|DOB|TEL|FAX|GRP|RX) )[A-Z]{2,4} (?=(?:-?\d){6})\d{4,12}"
    r"(?:-\w{1,8})*(?![\w/.-])"
)
"""Letters and figures of one number that a blank parts: `XEC 152130341`."""
_MASKED = re.compile(r"^(?:[*xX#]{3}-?[*xX#]{2}-?)?\d{4}\s*[/,;|]\s*(?=\S)")
_SSN = re.compile(r"(?i)\bssn\b|social security")
"""A social security number of which four figures are left, before the number that counts."""
_A_TIME = re.compile(
    r"\d{1,3}\s*(?:calendar |business )?(?:days?|months?|hours?|hrs?|" r"weeks?|years?)\b", re.I
)
_SHORTEST = 5
_ZIP = re.compile(r"\d{5}(?:-?\d{4})?$")
_PHONE = re.compile(r"^\(?\d{3}\)?[-.]\d{3}[-.]\d{4}$|^\(\d{3}\)|^1-8\d\d-")
_MONEY = re.compile(r"^\$|^\d+\.\d\d$")
_CODE_LIKE = re.compile(r"^(?:CO|PR|OA|PI|CR)-?\d{1,3}$", re.I)

_LABEL_TABLES = {
    "reference_number": "reference_label",
    "member_id": "member_label",
    "group_number": "group_label",
    "claim_number": "claim_label",
    "npi": "npi_label",
}
_A, _AN = "[AC-HJKMNP-RT-Y]", "[AC-HJKMNP-RT-Y0-9]"
_MBI = re.compile(rf"[1-9]{_A}{_AN}\d{_A}{_AN}\d{_A}{{2}}\d\d")
"""The Medicare beneficiary identifier (CMS): 11 characters; S, L, O, I, B and Z are never used."""
_NDC = re.compile(r"\b(?:\d{5}-\d{4}-\d{1,2}|\d{5}-\d{3}-\d{2}|\d{4}-\d{4}-\d{2}|\d{11})\b")
_MBI_REPAIRS = str.maketrans({"S": "5", "L": "1", "O": "0", "I": "1", "B": "8", "Z": "2"})
_NPI_LOOKALIKE = {"O": "0", "o": "0", "I": "1", "l": "1", "S": "5", "B": "8"}


def read_id(text: str) -> str | None:
    """The number at the beginning of a value, or None: nothing, a blank of a form, a date, a
    phone number, words."""
    if is_placeholder(text.split(",")[0]) and not re.search(r"\d", text.split(",")[0]):
        return None
    if (parted := parted_id(text)) and not find_dates(text[:parted]):
        return text[:parted]
    match = _TOKEN.match(text)
    if match is None:
        return None
    end = match.end()
    if (apart := _PREFIX_APART.match(text)) is not None:
        end = apart.end()
    name = re.match(r"[A-Z]?[a-z]{4,}$", match["id"])  # `Renavir 54`: a name with a strength
    while not name and (more := _MORE.match(text, end)) is not None:
        end = more.end()
    found = text[match.start("id") : end].rstrip(".-/")
    digits = sum(c.isdigit() for c in found)
    if digits < 1 or len(found) < 3 or "[" in found:
        return None
    if digits < 3 and not re.search(r"[-\d]{2}", found) and len(found) < 6:
        return None
    dated = find_dates(found)
    if (dated and dated[0].end - dated[0].start >= len(found) - 1) or _PHONE.match(found):
        return None
    return None if _MONEY.match(found) or _CODE_LIKE.match(found) else found


def find_identifiers(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of member_id, group_number, claim_number, reference_number and rx_number."""
    for pair in analysis.pairs_of(*_ID_KEYS):
        masked = _SSN.search(analysis.text, max(0, pair.label_start - 10), pair.label_end)
        value = read_id(_MASKED.sub("", pair.value) if masked else pair.value)
        if "group_number" in pair.keys and (value is None or not re.search(r"\d", value)):
            named = _BEHIND_A_NAME.search(pair.value[:90])
            value = named["id"] if named else value
        if value is None and pair.keys[0] == "group_number" and fits("group", pair.value):
            value = pair.value.split()[0].rstrip(";,|")
        if (two := _two_in_one(pair)) is not None:
            yield from two
            continue
        if value is None or (value.isdigit() and _A_TIME.match(pair.value)):
            continue
        if len(value) < _SHORTEST and re.search(r"(?i)enrollment code", pair.label):
            continue  # FEHB's `105`: self only, self and family
        start = pair.value_start + pair.value.index(value)
        if pair.how != "colon" and pair.label.strip() == "PA" and _ZIP.match(value):
            continue  # `Erie, PA 16501` is a place, not a prior authorization
        if pair.how in {"bare", "inline"} and pair.label.isupper() and _nested(analysis, pair):
            start, value = pair.label_start, f"{pair.label.strip()} {value}"
        base = PAIR_SCORES[pair.how] * (1.0 if pair.exact else 0.85)
        if not re.search(r"\d.*\d", value):
            base *= 0.8
        for place, key in enumerate(k for k in pair.keys if k in _ID_KEYS):
            score = base * (0.5 if place else 1.0) * _label_weight(key, pair)
            if pair.how == "inline":
                score *= _inline_weight(analysis, pair)
            if _OF_A_CALL.search(analysis.text, max(0, pair.label_start - 12), pair.label_start):
                score *= 0.6
            shown = re.sub(r" (?=-)", "", value)
            shown = _repaired_mbi(shown) if key == "member_id" else shown
            yield Candidate(key, shown, start, start + len(value), score, f"label:{key}:{pair.how}")
    yield from _named_groups(analysis)
    yield from _under_the_name(analysis)


_ASKS_NUMBER = re.compile(
    r"(?i)\b(?:request|reference|ref|case|file|auth\w*|tracking|claim|appeal|certification)\W{0,2}"
    r"(?:no|number|id)?[\s.]*[:#]\s*$"
)


def _nested(analysis: Analysis, pair: Pair) -> bool:
    """Whether a label of capitals stands where another label's value is: `Request #: EOC 1180`."""
    before = analysis.text[max(0, pair.label_start - 30) : pair.label_start]
    return _ASKS_NUMBER.search(before) is not None


_BEHIND_A_NAME = re.compile(
    r"^[A-Z][\w&.,' -]*?[A-Za-z.]\s?(?:[(/,|–-]|\s#|\s)\s?#?(?P<id>[A-Z]{0,4}-?\d[\w-]{3,})\)?\s*$"
)
"""A group's number behind the name of the group: `Acme Widgets (77120-03)`."""


def _two_in_one(pair: Pair) -> list[Candidate] | None:
    """Two numbers under a label of two: `Member ID / Group: W2341 0098 / 88120`."""
    labels, values = pair.label.split("/"), re.split(r"\s+/\s+", pair.value)
    if len(labels) != 2 or len(values) != 2:
        return None
    found, at = [], pair.value_start
    for label, value in zip(labels, values, strict=True):
        keys = label_lexicon().roles.get(plain_phrase(label), ())
        key = next((k for k in keys if k in _ID_KEYS), None)
        number = read_id(value)
        start = pair.value_start + pair.value.index(value, at - pair.value_start)
        at = start + len(value)
        if key is None or number is None:
            return None
        score = PAIR_SCORES[pair.how]
        because = f"label:{key}:{pair.how}"
        found.append(Candidate(key, number, start, start + len(number), score, because))
    return found


_SLIP_GROUP = re.compile(
    r"(?<![A-Za-z])(?:(?:(?:RX ?)?GRP|(?:RX|Rx) ?(?:Group|GROUP|Grp)):?[ ](?P<id>[A-Z]{4,12})\b"
    r"|Group:?[ ](?P<name>[A-Z]{5,12})(?=[ ]?[·|;,\n]))"
)


def _named_groups(analysis: Analysis) -> Iterator[Candidate]:
    """A group that pharmacies know by letters alone: `GRP MODACOMM`, `Group HALVMAR ·`."""
    labelled = {pair.value_start for pair in analysis.pairs_of("group_number")}
    for match in _SLIP_GROUP.finditer(analysis.text):
        start, end = match.span(match.lastgroup or 0)
        if start in labelled:
            continue
        value = match[match.lastgroup or 0]
        yield Candidate("group_number", value, start, end, 0.62, "slip:group")


def _label_weight(key: str, pair: Pair) -> float:
    table = _LABEL_TABLES.get(key)
    for _, weight, pattern in ordered(table) if table else ():
        if pattern.search(pair.label):
            return weight
    bare = re.sub(r"[^a-z]", "", pair.label.lower())
    return 0.85 if bare in {"id", "member", "enrollee", "subscriber", "case", "group"} else 1.0


def _inline_weight(analysis: Analysis, pair: Pair) -> float:
    before = analysis.text[max(0, pair.label_start - 40) : pair.label_start]
    return 0.5 if wording("identifiers", "others_number").search(before) else 1.0


_OF_A_CALL = re.compile(r"(?i)\b(?:call|phone|chat)\W{0,4}$")


def _repaired_mbi(value: str) -> str:
    """A Medicare number read with letters that the format never uses, put right; else as is."""
    bare = re.sub(r"[-\s]", "", value).upper()
    if len(bare) != 11 or _MBI.fullmatch(bare):
        return value
    repaired = bare.translate(_MBI_REPAIRS)
    if not _MBI.fullmatch(repaired):
        return value
    letters = iter(repaired)
    return "".join(c if c in "- " else next(letters) for c in value)


def _under_the_name(analysis: Analysis) -> Iterator[Candidate]:
    """On explanations of benefits the member's number may stand unlabelled under the name."""
    cells = analysis.segments
    labelled = {pair.value_start for pair in analysis.pairs}
    for pair in analysis.pairs_of("patient_name"):
        if pair.how not in {"colon", "beside"}:
            continue
        name = analysis.segment_at(pair.label_start)
        reach = name.box.bottom + 0.9 * name.box.height
        below = [
            c
            for c in cells
            if c.page == name.page
            and name.box.bottom - 2 <= c.box.top < reach
            and abs(c.box.x0 - name.box.x0) < 2 * name.box.height
        ]
        if len(below) != 1 or below[0].start in labelled:
            continue
        text = analysis.text[below[0].start : below[0].end]
        if " " not in text and read_id(text) == text and re.search(r"\d{2}", text):
            yield Candidate("member_id", text, below[0].start, below[0].end, 0.55, "under_the_name")


def npi_is_valid(digits: str) -> bool:
    """The check digit of a National Provider Identifier: Luhn over `80840` and its ten digits
    (45 CFR 162.406; ISO/IEC 7812)."""
    if not re.fullmatch(r"[12]\d{9}", digits):
        return False
    total = 0
    for place, digit in enumerate(reversed("80840" + digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _repaired_npi(raw: str) -> str | None:
    """Ten characters as an NPI: look-alike letters read as digits, if the check digit proves it."""
    options = [(_NPI_LOOKALIKE.get(c, c),) for c in raw]
    fits = {"".join(digits) for digits in product(*options)}
    valid = [digits for digits in fits if npi_is_valid(digits)]
    return valid[0] if len(valid) == 1 else None


def find_npi(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of npi. A number whose check digit fails is given as printed, but doubted."""
    for pair in analysis.pairs_of("npi"):
        match = re.match(r"[\dOoIlSB]{10}(?!\w)", pair.value)
        if match is None:
            continue
        raw = match.group()
        start = pair.value_start
        score = PAIR_SCORES[pair.how] * _label_weight("npi", pair) * _whose(analysis, pair)
        score = min(score, PAIR_SCORES["colon"])
        if raw.isdigit():
            score *= 1.0 if npi_is_valid(raw) else 0.75
            yield Candidate("npi", raw, start, start + 10, score, f"label:npi:{pair.how}")
        elif (repaired := _repaired_npi(raw)) is not None:
            yield Candidate("npi", repaired, start, start + 10, score * 0.85, "check_digit")
    for match in re.finditer(r"(?<![\w-])[12]\d{9}(?![\w-])", analysis.text):
        sentence = analysis.sentence_at(match.start())
        near = analysis.text[max(sentence.start, match.start() - 60) : match.start()]
        if not npi_is_valid(match.group()):
            continue
        line = analysis.view.line_at(match.start())
        if re.search(r"\bnpi\b", near, re.I):
            yield Candidate("npi", match.group(), match.start(), match.end(), 0.7, "cue:npi")
        elif match.start() == line.start and re.search(r"\d\.\d\d\b", line.text):
            # the line of a claim begins with who did the work
            yield Candidate("npi", match.group(), match.start(), match.end(), 0.62, "claim_line")


_PHARMACY = re.compile(
    r"(?i)\b(?:pharmac\w*|store|drug(?:s|store)? #|ncpdp|nabp|dispens\w+|rph|facility|billing)\b"
)
_PRESCRIBER = re.compile(
    r"(?i)\b(?:prescrib\w+|physician|doctor|provider|ordering|requesting|referring|dr|m\.?d|np|do|pa-c)\b"
)


def _whose(analysis: Analysis, pair: Pair) -> float:
    """What the words before the number tell: a pharmacy's counts little, a prescriber's more."""
    before = analysis.text[max(0, pair.label_start - 60) : pair.label_end]
    asks = max((m.start() for m in _PRESCRIBER.finditer(before)), default=-1)
    fills = max((m.start() for m in _PHARMACY.finditer(before)), default=-1)
    if fills > asks:
        return 0.5
    return 1.15 if asks >= 0 else 1.0


def find_ndc(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of ndc: labelled, or in the form of a National Drug Code next to its name."""
    labelled = {pair.value_start: pair for pair in analysis.pairs_of("ndc")}
    for match in _NDC.finditer(analysis.text):
        pair = next(
            (p for p in labelled.values() if p.value_start <= match.start() < p.value_end), None
        )
        near = analysis.text[max(0, match.start() - 25) : match.start()]
        if pair is not None:
            yield Candidate(
                "ndc", match.group(), match.start(), match.end(), PAIR_SCORES[pair.how], "label:ndc"
            )
        elif re.search(r"\bNDC\b", near):
            yield Candidate("ndc", match.group(), match.start(), match.end(), 0.85, "cue:ndc")
        elif re.search(
            r"(?i)\b(?:id|no|number|claim|case|member|ref\w*|pa|auth\w*|group|" r"rx)[\W]{0,3}$",
            near,
        ):
            continue
        elif match.group().count("-") == 2 and match.group().startswith("0"):
            yield Candidate("ndc", match.group(), match.start(), match.end(), 0.5, "form:ndc")
