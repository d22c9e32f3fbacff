"""Numbers named in running text or beside a person's name, without a label of their own.

A token is an ID by its build (figures enough, no date, phone, amount or code); what it names is
told by the nearest word before it: `member`, `request`, `logged as`; or by its place in brackets
after the patient's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.dates import find_dates
from extractors.names import CREDENTIALS, MEDICAL_TITLE, PART, read_person
from extractors.nlp.analysis import Analysis
from extractors.nlp.shapes import fits, parted_id

_ID = r"(?P<id>(?=[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*)"
_ENDS = r"(?![\w/%$@]|[.,]\d|-\w)"
_MEMBER = r"""(?:plan|member(?:ship)?|medicaid|medicare|subscriber|enrollee|enrollment|recipient|
participant|fund|insurance|beneficiary|health\ plan|card|contract|benefits?)"""
_TURN = r"""(?:id|no|nbr|num|number|code|identification|\#)"""
_TURNS = re.compile(r"(?i)(?:\b(?:id|no\.?|nbr|num\w*|code|identification|key|id\w+|is|was)|#)\W*$")
_ASKED = """review|request|case|file|tracking|appeal|authorization|auth|pa|prior\\ authorization|
precertification|decision|determination|control|certification|inquiry|grievance|hearing|coverage|
service|referral|sr|redetermination|reconsideration|epa|letter|external\\ review"""
_KINDS = {
    "member_id": rf"""{_MEMBER}[ ]{{1,3}}(?:{_TURN})|(?!code)(?:{_TURN})|{_MEMBER}|
        (?:dod|d\.o\.d\.)\ benefits\ number|
        dbn|mbi|hicn?|mid|
        n[uú]mero\ de\ (?:identificaci[oó]n|miembro|afiliado)(?:\ de\ medicaid)?|
        (?:identificaci[oó]n|id)\ (?:de|del)\ (?:miembro|afiliado)""",
    "reference_number": rf"""(?:{_ASKED})(?:[ ]{{1,3}}(?:{_ASKED}))?(?:[ ]{{1,3}}(?:{_TURN}|key))?|
        (?:our|your)\ (?:number|reference|ref|file)|
        please\ (?:quote|mention|cite|give|use|refer\ to)|
        (?:logged|filed|recorded|registered|entered)\ (?:as|under)(?:\ (?:number|no))?|
        reference|ref|tracking|n[uú]mero\ de\ (?:caso|referencia|solicitud)|caso""",
}
_SPOKEN = {
    key: re.compile(
        rf"(?<![\w-])(?i:{words})\b(?:[.\#:]|[ ](?:is|was|es)\b|[ ]no\.|[ ]number\b|[ ]\#){{0,2}}"
        rf"(?:[ ]{{1,3}}for[ ]this[ ]\w+:?)?(?:,[ ]|\s{{1,3}})\#?{_ID}{_ENDS}",
        re.X,
    )
    for key, words in _KINDS.items()
}
_OWN = re.compile(
    rf"\b(?i:my|your|his|her|their|the (?:member|patient)'?s?|\w+'s)\s(?i:(?:member|plan|card|"
    rf"insurance|subscriber|policy) )?(?i:id|number|card|id number)\b[^.;:\d\n]{{0,28}},?\s"
    rf"{_ID}{_ENDS}"
)
"""`My ID is still the same, JQU118M40927`."""
_WITH_GROUP = re.compile(
    rf"(?m)^\W*{_ID}\s?(?:[-–—,/|·]\s?|\(|\s)(?i:group|grp)\b"
    rf"(?=[ :#.]{{0,3}}(?:(?i:no|id|number)\W)?\s?[A-Z0-9-]*\d)"
)
"""A line with the member's number and the group's: `ZGP804417726 - group 088417`."""
_ID_WORD = re.compile(r"(?:ID|No\.?|#)[ :#.]*")
_BUILT = {
    "reference_number": (
        r"PA|AUTH|REF|CASE|CS|APL|APP|APPEAL|GRV|REQ|TRK|TRN|SR|UM|EOC|PAR|PREAUTH|IRO|IMR"
    ),
    "claim_number": r"CLM|CLAIM|ICN|DCN|TCN",
    "member_id": r"MBR|MEM|MID|SUB",
    "group_number": r"GRP|GROUP",
}
_SELF_TOLD = {
    key: re.compile(
        rf"(?<![\w/-])(?P<id>(?:{words})[-#]?(?=[A-Z0-9-]*\d{{2}})(?=(?:[A-Z-]*\d){{5}})[A-Z0-9]+"
        rf"(?:-[A-Z0-9]+)*){_ENDS}"
    )
    for key, words in _BUILT.items()
}
"""Numbers that begin with the word for what they name: `PA-190-447-2218`, `CLM26044187`."""
_NAMED = re.compile(
    rf"(?P<name>(?:{PART}|[A-Z]\.)(?:[ ]{PART}){{1,3}})[ ]?(?P<join>\(|,[ ]|/[ ]?|[ ]-[ ])"
    rf"(?P<label>(?i:member|id|member id|plan id|subscriber|enrollee|no\.)[ :#.]*)?{_ID}{_ENDS}"
)
_CODE = re.compile(r"[A-Z]\d{4}|\d{5}(?:-\d{4})?|[A-TV-Z]\d[A-Z0-9](?:\.?\w{1,4})?")
_ELSE = re.compile(
    r"(?:DEN|REF|PA|AUTH|CASE|APP|CLM|RX|GRP|SR|TRK|REQ|EOC|APL|GRV|IRO|ICN)\W?\d.*|\d{5}-\d{3,4}-\d{1,2}|\d{4}-\d{4}-\d{2}",
    re.I,
)
"""Built as a request's, a claim's or a product's number, not as a member's."""
_PHONE = re.compile(r"(?:1-)?\d{3}-\d{3}-\d{4}|(?:1-)?\d{3}-\d{4}")
_OTHERS = re.compile(
    r"(?i)\b(?:policy|guideline|bulletin|rule|section|form|account|check|invoice|npi|tax|license|"
    r"group|claim|rx|prescription|zip|box|code|fax|phone|call|lcd|ncd)\W*(?:no\.?|number|id)?\W*$"
)


def _is_id(text: str) -> bool:
    """Whether a token is built as an ID, not as a code, a date or a phone number."""
    if len(text) < 6 or _PHONE.fullmatch(text) or find_dates(text):
        return False
    return _CODE.fullmatch(text) is None


def find_spoken_ids(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of member_id, reference_number and patient_name."""
    text = analysis.text
    for key, pattern in _SPOKEN.items():
        for match in pattern.finditer(text):
            value, end = match["id"], match.end("id")
            cell = analysis.segment_at(match.start("id"))
            if parted := parted_id(text[match.start("id") : cell.end]):
                end = match.start("id") + parted
                value = text[match.start("id") : end]
            words = text[match.start() : match.start("id")]
            if "\n\n" in words and not _TURNS.search(words):
                continue  # a heading, and a row of the table under it
            others = _OTHERS.search(text, max(0, match.start() - 24), match.start())
            odd = _ELSE.fullmatch(value) and (key == "member_id" or value[0].isdigit())
            if others or odd or not _is_id(value):
                continue
            section = analysis.section_at(match.start("id")).kind
            score = 0.62 if section in {"legal", "external", "hearing"} else 0.74
            yield Candidate(key, value, match.start("id"), end, score, f"spoken:{key}")
    yield from _beside_a_name(analysis)
    yield from _parted(analysis)
    yield from _after_a_labelled_name(analysis)
    yield from _own_numbers(analysis)
    yield from _self_told(analysis)


_LED = re.compile(
    rf"(?<![\w-])(?i:{_MEMBER}[ ]{{1,3}}(?:{_TURN})|id(?:[ ](?:number|no\.?))?)\b[.\#:]?"
    rf"(?:[ ](?:is|was))?[ \n](?=[A-Z0-9])",
    re.X,
)


_OF_ROLE = re.compile(
    rf"\b(?i:member|patient|enrollee|insured|beneficiary|subscriber|recipient)[ ]"
    rf"(?:[A-Z][\w.'’-]*[ ]){{1,4}}\({_ID}\)"
)
"""`Member R. Szyman (YWP807715540)`: whoever it is, the number is the member's."""


def _parted(analysis: Analysis) -> Iterator[Candidate]:
    """`your member number is 951 330 872`: a number whose groups blanks part, in a sentence."""
    text = analysis.text
    for match in _LED.finditer(text):
        size = parted_id(text[match.end() : match.end() + 40])
        if size and not _OTHERS.search(text, max(0, match.start() - 24), match.start()):
            start = match.end()
            yield Candidate(
                "member_id", text[start : start + size], start, start + size, 0.7, "spoken"
            )


def _after_a_labelled_name(analysis: Analysis) -> Iterator[Candidate]:
    """`Member  SEN, PETRA  SC 04418876-01`: the number in the cell behind the member's name."""
    cells = analysis.segments
    labelled = {pair.value_start for pair in analysis.pairs if pair.how != "column"}
    for pair in analysis.pairs_of("patient_name"):
        if pair.how not in {"colon", "beside", "bare"}:
            continue
        name = analysis.segment_at(max(pair.value_end - 1, pair.value_start))
        beside = [
            c
            for c in cells
            if c.page == name.page
            and c.box.rows_overlap(name.box) > 0.5
            and c.box.x0 >= name.box.x1 - 1
        ]
        first = min(beside, key=lambda c: c.box.x0, default=None)
        if first is None or first.start in labelled:
            continue
        lead = _ID_WORD.match(analysis.text, first.start, first.end)
        start = lead.end() if lead else first.start
        text = analysis.text[start : first.end].strip()
        size = parted_id(text) or (len(text) if " " not in text and fits("id", text) else 0)
        if size >= 6 and re.search(r"\d{4}", text[:size]) and not find_dates(text):
            yield Candidate("member_id", text[:size], start, start + size, 0.7, "beside_the_name")


def _own_numbers(analysis: Analysis) -> Iterator[Candidate]:
    """The writer's or the member's own number, with words between, or before the group's."""
    patterns = (_OWN, _WITH_GROUP, _OF_ROLE)
    for match in (m for pattern in patterns for m in pattern.finditer(analysis.text)):
        if _is_id(match["id"]) and not _ELSE.fullmatch(match["id"]):
            at = match.start("id")
            yield Candidate("member_id", match["id"], at, match.end("id"), 0.68, "spoken:own")


def _self_told(analysis: Analysis) -> Iterator[Candidate]:
    """Numbers whose own first letters tell what they name, outside rules and policies."""
    for key, pattern in _SELF_TOLD.items():
        matches = list(pattern.finditer(analysis.text))
        if key == "member_id" and len({m["id"] for m in matches}) > 1:
            continue  # a list of several members
        for match in matches:
            before = analysis.text[max(0, match.start() - 30) : match.start()]
            section = analysis.section_at(match.start()).kind
            if section in {"legal", "glossary", "criteria"} or _RULES.search(before):
                continue
            yield Candidate(key, match["id"], match.start(), match.end(), 0.62, "self_told")


_RULES = re.compile(
    r"(?i)\b(?:polic(?:y|ies)|guidelines?|bulletin|criteria|rule|form|version|rev\w*|code|notice|"
    r"other|previous|prior|earlier|ticket|call|job|batch|device|order|invoice)\W*(?:no\.?|number|id)?\W*$"
)


def _beside_a_name(analysis: Analysis) -> Iterator[Candidate]:
    """`Nora Quill (PXA11822904)`: a name with the member's number, and the name with it."""
    text = analysis.text
    for match in _NAMED.finditer(text):
        span = read_person(match["name"])
        doctor = MEDICAL_TITLE.search(text, max(0, match.start() - 8), match.end("name"))
        if span is None or doctor or CREDENTIALS.match(text, match.end("name")):
            continue
        if not _is_id(match["id"]) or _ELSE.fullmatch(match["id"]):
            continue
        start, end = match.start("name") + span[0], match.start("name") + span[1]
        sure = 0.72 if match["label"] else 0.66
        yield Candidate("patient_name", text[start:end], start, end, sure, "beside_an_id")
        at = match.start("id")
        yield Candidate("member_id", match["id"], at, match.end("id"), sure, "beside_a_name")
