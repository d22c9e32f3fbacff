"""Fax, phone and address to which an appeal goes, told from a plan's general numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.placeholders import is_placeholder
from extractors.purposes import LATER, named_last, purpose_of, row_lead

_PHONE = re.compile(
    r"(?<![\w-])(?:\+?1[-.\s]?)?\(?[2-9]\d{2}\)?[-.\s]{0,2}\d{3}[-.\s]\d{4}(?![\w-])"
    r"|(?<![\w-])1?-?\(?8\d\d\)?[-.\s][A-Z0-9]{3}-?[A-Z0-9]{4,7}(?![\w-])"
)
_RIGHTS = {
    "appeal": 0.25, "expedited": 0.2, "external": -0.3, "hearing": -0.3, "contact": -0.15,
    "legal": -0.5, "peer_to_peer": -0.4, "head": -0.1, "provider": -0.5, "records": -0.2,
}  # fmt: skip
"""What the section that a number or address stands in adds."""

_SAYS = re.compile(
    r"\b(?:must|may|can|send|sent|mail|writ(?:e|ing)|fax(?:ed|ing)|call(?:ing)?|within|if)\b", re.I
)
"""Words of a sentence, which a letterhead has not."""


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
        near = text[max(0, start - 10) : start]
        fax = _FAX_LEADS.search(near) is not None or _is_fax(
            before, pair.label if pair else "", text[end : end + 12]
        )
        key = "appeal_fax" if fax else "appeal_phone"
        score = weigh(analysis, start, before, later) + _spoken(analysis, start, before, key)
        if pair is not None and key in pair.keys:
            score = max(score, 0.0) * 0.2 + 0.78
        if score > 0:
            shown = re.sub(r"\s+", " ", match.group())
            shown = shown if ")" in shown else shown.lstrip("(")
            yield Candidate(key, shown, start, end, min(score, 0.97), f"number:{key}")


_FAX_LEADS = re.compile(r"(?i)\b(?:fax|fx|facsimile)\W{0,3}$")


def _words_before(analysis: Analysis, start: int) -> str:
    """The words that lead to a number: those of its sentence, else the line above it alone."""
    text, line = analysis.text, analysis.view.line_at(start)
    cell = analysis.segment_at(start)
    own = text[cell.start : start]
    if _BARE.fullmatch(own) and (lead := row_lead(analysis, cell)):
        return no_relay(f"{lead} {own}".replace("\n", " "))
    sentence = analysis.sentence_at(start)
    prose = not sentence.is_row and sentence.start > line.start
    first = sentence.start if prose else min(line.start, sentence.start)
    before = text[max(first, start - 90) : start]
    if not re.search(r"\w", text[line.start : start]) and sentence.start >= line.start:
        above = analysis.view.line_at(max(line.start - 1, 0))
        near = line.box.top - above.box.bottom < 1.2 * line.box.height
        short = len(above.text.split()) <= 8 and not above.text.rstrip().endswith(".")
        if above.index < line.index and above.page == line.page and near and short:
            before = text[above.start : start]
    return no_relay(before.replace("\n", " "))


_BARE = re.compile(
    r"(?i)[^\w]*(?:(?:or|by|to|at|fax|phone|telephone|tel|call|facsimile|toll|free|no)\b\W*)*"
)
"""What stands before a number in its cell and tells no more than how it is reached."""
_NAMED = re.compile(r"(?P<name>[A-Z][^.:;()\d]{2,90}?)\s*:\s*$")
"""What stands before a number's colon: `Provider line:`."""
AFTER_NUMBER = re.compile(r"\d{3}[-.\s]\d{4}\)?[.,;]?(?=\s*\S*[A-Za-z])")
_CALLS = {"appeal_phone": 0.25, "appeal_fax": 0.0}


def _spoken(analysis: Analysis, start: int, before: str, key: str) -> float:
    """What the words of its own clause add: a call when waiting would harm, or a name for the
    number that is not appeals."""
    office = _OFFICE.search(before)
    if office is not None and not wording("contacts", "appeal").search(office.group()):
        return -_OTHERS
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
    before = AFTER_NUMBER.split(before)[-1]
    faxes = [m.start() for m in wording("contacts", "fax").finditer(before)]
    phones = [m.start() for m in wording("contacts", "phone").finditer(before)]
    if faxes or phones:
        return max(faxes, default=-1) > max(phones, default=-1)
    fax = wording("contacts", "fax")
    return fax.search(label) is not None or fax.match(after.lstrip(" (")) is not None


def weigh(analysis: Analysis, start: int, before: str, later: bool, name: str = "") -> float:
    """How surely a number or address is the one for appeals, from the words and part around it,
    and from the `name` of the office that an address has."""
    sentence = analysis.sentence_at(start)
    whole = _told(analysis.text[sentence.start : sentence.end])
    context = _told(analysis.text[max(0, sentence.start - 200) : sentence.start])
    section = analysis.section_at(start)
    appeal, general = wording("contacts", "appeal"), wording("contacts", "general")
    lead = _told(_lead(analysis, start))
    if any(wording("values", "legal").search(words) for words in (whole, lead)):
        return 0.0
    whole, context, lead = (_EYES.sub(_as_els, words) for words in (whole, context, lead))
    line = analysis.view.line_at(start)
    at_top = section.kind == "head" and line.index < LETTERHEAD
    if at_top and not (_SAYS.search(whole) or after_prose(analysis, sentence.start)):
        whole, context, lead = line.text, "", ""
    review = wording("contacts", "later")
    beyond = any(review.search(w) for w in (before, whole, section.title, name))
    rights = "appeal" if later and section.kind in {"external", "hearing"} else section.kind
    rights = "body" if rights == "head" and context else rights  # prose before any heading
    score = 0.35 + _RIGHTS.get(rights, 0.0)
    if wording("contacts", "direct").search(before):
        score += 0.3
    if later and not general.search(before) and (beyond or review.search(context)):
        score += 0.25 if beyond else 0.1
    purpose = purpose_of(analysis, start, f"{before} {name}")
    about = appeal.search(lead) is not None and not general.search(before)
    about = about or purpose == "appeal"
    if appeal.search(whole) or appeal.search(before) or about:
        score += 0.3
    elif appeal.search(context):
        score += 0.2
    if not appeal.search(whole) and (general.search(before) or general.search(no_relay(whole))):
        score -= 0.5
    elif general.search(before):
        score -= 0.2
    if wording("contacts", "peer").search(whole) or (
        wording("contacts", "peer").search(context[-130:]) and not appeal.search(whole)
    ):
        score -= 0.5
    led = "" if purpose else named_last(lead[-_LEAD_TELLS:])
    if later and (purpose in LATER or led in LATER):
        score = max(score, 0.0) + 0.25
        beyond = True
    elif (
        purpose in _ELSEWHERE
        or (purpose == "other" and not appeal.search(whole))
        or led in (_NEVER if later else _ELSEWHERE)
    ):
        score -= _OTHERS
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


_NEVER = frozenset({"help", "new_request", "peer", "copies"})
_ELSEWHERE = _NEVER | LATER
"""Purposes that are no appeal to the plan."""
_OTHERS = 0.6
_LEAD_TELLS = 220
_OFFICE = re.compile(
    r"(?<![a-z] )\b(?!(?i:Call|Phone|Fax|Tel|Toll|Or|By|At|Telephone)\b)[A-Z][\w.'’&-]*"
    r"(?:,? (?:of |and |for |the |& )?(?!(?i:Phone|Fax|Tel|Telephone|Call|Toll)\b)[A-Z][\w.'’&-]*)+"
    r"[,.]?\s*$"
)
"""The name of an office right before a number that nothing else leads to."""


def after_prose(analysis: Analysis, start: int) -> bool:
    """Whether a sentence of prose ends before a place: no letterhead follows it."""
    return any(
        s.end <= start and not s.is_row and s.end - s.start > _PROSE for s in analysis.sentences
    )


LETTERHEAD = 12
"""Lines from the top in which a plan prints its own address and numbers."""
_PROSE = 60
"""Characters from which a line is prose, after which no letterhead follows."""
_EYES = re.compile(r"(?<=[a-z])I+(?=[a-z]|\b)")
"""Capitals in a word of small letters are misread: `appeaI`, `CaII`."""
_LEAD_REACH = 700
_MOST_ROWS = 6
SENTENCE_ENDS = re.compile(r"[a-z]{3}[.;]\s")


_STILL_TO_COME = re.compile(
    r"(?i)\bappeal (?:rights?|instructions?|information|form)\b[^.;]{0,40}\b(?:sent|mailed|follow|"
    r"come|attached|enclosed)\b|\b(?:letter|notice)s? (?:with|about|of) (?:your |the )?appeal "
    r"(?:rights?|instructions?)|\b(?:is|was) not an appeal\b"
)


def _told(text: str) -> str:
    """Words on one line, without an appeal that is told of elsewhere or is none."""
    return _STILL_TO_COME.sub(" ", text.replace("\n", " "))


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
        if lead.count("\n") > _MOST_ROWS or SENTENCE_ENDS.search(lead):
            break
        lead = f"{above} {lead}"
    return lead.replace("\n", " ")


def no_relay(text: str) -> str:
    """Without the relay number that stands in brackets behind a phone number."""
    return re.sub(r"(?i)\(?\bTT[YD][^)\n]{0,24}(?:\)|\b711\b)|\b711\b", " ", text)
