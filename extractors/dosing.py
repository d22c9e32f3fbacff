"""Strength and quantity of the denied drug."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from extractors.candidates import Candidate
from extractors.date_fields import PAIR_SCORES
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.placeholders import is_placeholder
from models.document import PageSource

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_LONG_UNIT = "milligrams?|micrograms?|milliliters?|grams?"
_UNIT = rf"(?:{_LONG_UNIT}|mg|mcg|µg|ug|gm|g|ml|mL|iu|units?|meq|mmol|mci|%)"
_PARTS = rf"(?:\s?/\s?(?:{_NUMBER})?|\sper\s(?=[\d.])(?:{_NUMBER})|\s?[-–+]\s?(?:{_NUMBER}))"
_STRENGTH = re.compile(
    rf"(?<![\w.$-])(?P<strength>(?:{_NUMBER})(?:\s?[-–/]\s?(?:{_NUMBER})){{0,3}}\s?{_UNIT}"
    rf"(?:{_PARTS}\s?(?:{_UNIT}|hr|hour|h|actuation|spray|vial|pen|dose|act|patch)\b){{0,3}})(?![\w/])",
    re.I,
)
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_COUNT = (
    rf"(?:(?:one|two|a) hundred(?: and)?(?:[ -](?:\w+ty))?"
    rf"|(?:{_TENS})(?:[ -](?:{_ONES}))?|{_ONES}|ten|eleven|twelve|\w+teen)"
)
_BILLING_UNIT = re.compile(r"\b[JQ]\d{4}\b")
_BILLED_UNITS = re.compile(r"\s*[,x]\s*\d+ units?\b", re.I)
_NEAR = 60
"""A strength belongs to a drug named at most so many characters before it."""


@cache
def _quantities() -> re.Pattern[str]:
    """`60 tablets per 30 days`, `#30`, `10 mg/kg every 4 weeks`; volumes and units need a rate."""
    form, per = wording("dosing", "form").pattern, wording("dosing", "per").pattern
    measure = wording("dosing", "measure").pattern
    amount = rf"(?:{_NUMBER})\s*"
    return re.compile(
        rf"(?<![\w.$/-])(?:(?:#\s?)?{amount}{form}(?:{per})?|#\s?{amount}{per}|{amount}{measure}{per}"
        rf"|(?:{_COUNT})\s+(?:(?:{_NUMBER})\s?{_UNIT}\s)?{form}{per}"
        rf"|(?<=\bfor\s)(?:{_COUNT})\s+{form}"
        rf"|(?<=[A-Z]\d{{4}}\s[x×]\s){amount}(?:units?\b)?(?:,?{per})?"  # `J0177 x 8 units`
        rf"|{amount}(?:(?-i:[A-Z])[\w-]*\s+){{1,3}}{form}{per}"  # `4 Lumen G2 sensors per 30 days`
        rf"|(?<=\bqty\s){amount}(?:{form}|{measure})(?:{per})?"
        rf"|(?<=quantity\s){amount}{per}|(?<=quantity of\s){amount}{per})(?!\w)",
        re.I,
    )


def find_strength(analysis: Analysis, drug_spans: Sequence[tuple[int, int]]) -> Iterator[Candidate]:
    """Candidates of strength: labelled, or printed right after the denied drug's name
    (`drug_spans`: where that name stands)."""
    text = analysis.text
    for pair in analysis.pairs_of("strength"):
        match = _STRENGTH.search(pair.value[:60])
        if match is not None:
            start = pair.value_start + match.start("strength")
            score = PAIR_SCORES[pair.how] * 0.95
            end = start + len(match["strength"])
            yield _strength(analysis, start, end, score, "label:strength")
    for start, end in drug_spans:
        # the name may be printed with its generic and its strength in one cell
        match = _STRENGTH.search(text, start, min(len(text), end + _NEAR))
        if match is None:
            continue
        between = text[min(end, match.start()) : match.start()]
        cell = analysis.segment_at(start)
        billed = _BILLED_UNITS.match(text, match.end())
        if billed or _BILLING_UNIT.search(text[cell.start : start]):
            continue  # `J1745 - infliximab, 10 mg` is what one unit means, not a strength
        if wording("dosing", "parted").search(between):
            continue
        found = match.span("strength")
        score = 0.8 if len(between) < 30 else 0.6
        if len(between) > 2 and wording("dosing", "rate").match(text[found[1] : found[1] + 25]):
            score *= 0.6
        yield _strength(analysis, *found, score, "after_drug")


def _strength(analysis: Analysis, start: int, end: int, score: float, because: str) -> Candidate:
    return Candidate("strength", _shown(analysis, start, end), start, end, score, because)


_NO_BLANK = re.compile(r"(?<=\d)(?=(?:mg|mcg|ml|units?|[a-z]{4,})\b)|(?<=[a-z])(?=\d)", re.I)
_GLUED = re.compile(r"(?<=[a-z])(per|every)(?=\s?\d)", re.I)


def _shown(analysis: Analysis, start: int, end: int) -> str:
    """An amount as printed, on one line; on a picture with the blanks that reading lost."""
    shown = re.sub(r"\s+", " ", analysis.text[start:end])
    page = analysis.view.line_at(start).page
    if any(p.number == page and p.source is PageSource.OCR for p in analysis.view.pages):
        shown = _NO_BLANK.sub(" ", _GLUED.sub(r" \1 ", shown))
        shown = re.sub(r"\s+", " ", re.sub(r"(?<=\d)(?=days?\b)", " ", shown))
    return shown


def find_quantity(
    analysis: Analysis, drug_spans: Sequence[tuple[int, int]] = ()
) -> Iterator[Candidate]:
    """Candidates of quantity: labelled, a number of units asked for, or one printed with the
    denied drug (`drug_spans`: where it is named); never the plan's limit."""
    text = analysis.text
    for pair in analysis.pairs_of("quantity"):
        if _ALLOWED.search(pair.label):
            continue
        value = re.split(r"\s*[|;]|\.\s", pair.value)[0].strip()
        counted = re.match(rf"#?\s*\d|(?i:{_COUNT})\b", value)
        if counted is None or is_placeholder(value) or len(value) > 50:
            continue
        if _LOOSE.search(pair.label):
            told = _quantities().match(value)
            if told is None:
                continue  # an amount of money
            value = told.group()
        bare = pair.label.lower() in {"units", "number of units"}
        score = PAIR_SCORES[pair.how] * (0.85 if bare else 0.97)
        start = pair.value_start
        end = start + len(value)
        shown = _shown(analysis, start, end)
        yield Candidate("quantity", shown, start, end, score, "label:quantity")
    for pair in analysis.pairs_of("frequency"):
        told = _quantities().search(pair.value[:80])
        if told is not None:
            start, end = (pair.value_start + at for at in told.span())
            score = PAIR_SCORES[pair.how] * 0.72
            shown = _shown(analysis, start, end)
            yield Candidate("quantity", shown, start, end, score, "label:frequency")
    for match in _quantities().finditer(text):
        sentence = analysis.sentence_at(match.start())
        if sentence.section in {"criteria", "legal", "alternatives", "glossary"}:
            continue
        before = text[max(sentence.start, match.start() - 130) : match.start()].replace("\n", " ")
        after = text[match.end() : match.end() + 40].replace("\n", " ")
        if _TIME.match(match.group()) or _DOSE_DAYS.match(match.group()):
            continue
        score = max(
            _asked_for(before, after),
            _with_the_drug(analysis, match.start(), drug_spans),
            _after_a_name(analysis, match, sentence.start),
            0.7 if _OF_A_CODE.search(before) or _OF_QTY.search(before) else 0.0,
        )
        if score:
            if _DAILY.search(match.group()):
                score *= 0.9  # how it is taken, where a supply may be told too
            start, end = match.span()
            if re.match(r"[\d.,#\s]+(?:mg|mcg|g|gm|grams?|ml)\b", match.group(), re.I):
                score *= 0.92  # a dose, where a number of pieces may be told too
            shown = _shown(analysis, start, end)
            yield Candidate("quantity", shown, start, end, score, "cue:quantity")
    yield from _bare_counts(analysis, drug_spans)


def _bare_counts(analysis: Analysis, drug_spans: Sequence[tuple[int, int]]) -> Iterator[Candidate]:
    """Counts without a form that are printed with the denied drug."""
    for match in _BARE.finditer(analysis.text):
        if score := _with_the_drug(analysis, match.start(), drug_spans):
            shown = _shown(analysis, *match.span()).lstrip("# ")
            start, end = match.span()
            yield Candidate("quantity", shown, start, end, 0.9 * score, "cue:quantity")


_BARE = re.compile(
    r"(?<![\w.$/-])(?:\#\s?\d{1,4}(?:\.\d+)?\s?(?:/|per|for)\s?\d{1,3}(?![\d/])(?:\s?(?:days?|ds|d)\b)?"
    r"|\d{1,4}(?:\.\d+)?\s?(?:gm|g|ml|ea|each|tabs?|caps?)?"
    r"(?=\s{1,3}(?:ds|days?['’]? supply)\W{0,2}\d)"
    r"|\d{1,4}\s?/\s?\d{1,3}\s?(?:ds|day supply|days supply)"
    r"|(?:\#\s?)?\d{1,4}(?:\.\d+)?\s?(?:ml|tabs?|caps?|ea)?\s?"
    r"(?:/|\bper\b|\bfor(?: each)?\b|\bevery\b|\beach\b|\bpor\b|\bcada\b)"
    r"\s?\d{1,3}\s?(?:days?|d[ií]as?|weeks?|months?))(?![\w/])",
    re.I,
)
"""A count for a time without the name of a form: `28 for 28 days`, `1 every 8 weeks`, `#60/30`."""
_ALLOWED = re.compile(r"(?i)\b(?:limits?|max\w*|allow\w*|covered|plan|approved|authorized)\b")
"""Labels of what the plan gives, not of what was asked for."""
_DOSE_DAYS = re.compile(r"[\d.,]+\s?(?:mg|mcg)\s(?:in|for)\b", re.I)
"""A strength that days happen to follow: `Xarelto 20 mg in 30 days`."""
_OF_QTY = re.compile(r"(?i)\b(?:qty|quantity)\W{0,3}$")
_OF_A_CODE = re.compile(r"\b[A-Z]\d{4}\s[x×]\s$")
_TIME = re.compile(r"(?:24|48|72)\s*hours?\b", re.I)
"""Hours of a quick decision, and no amount of care."""
_LOOSE = re.compile(r"\b(?:amount|much|many)\b", re.I)
_DAILY = re.compile(r"\b(?:daily|a day|per day|each day|every day|nightly)\b", re.I)
_NAME_BEFORE = re.compile(
    rf"(?:^|[:;.)\n]|\b(?:for|of|cover|get))\s*(?:\d\W\s)?(?:[A-Z][\w-]+\s){{0,3}}[A-Z][\w-]+"
    rf"(?:\s\([^()]{{2,40}}\))?(?:\s(?:{_NUMBER})(?:\s?/\s?(?:{_NUMBER}))*\s?{_UNIT}"
    rf"(?:\s?/\s?(?:{_NUMBER})?\s?{_UNIT})?(?:\s[a-z]+){{0,2}})?\s?[,;:–—-]\s$"
)
"""A product's name with or without its strength, right before an amount."""


def _after_a_name(analysis: Analysis, match: re.Match[str], sentence: int) -> float:
    """How surely an amount goes with a product of any name printed before it, in a row or a
    sentence that sets no limit: `Harvona 40 mg tablets, 30 tablets per 30 days`."""
    if not re.search(r"\bper\b|\bevery\b|\bfor\b|/|\bpor\b", match.group()):
        return 0.0
    line = analysis.view.line_at(match.start()).start
    before = analysis.text[max(min(line, sentence), match.start() - 90) : match.start()]
    if wording("dosing", "limit").search(before) or not _NAME_BEFORE.search(before):
        return 0.0
    return 0.62


_PLAIN_LEFT = 22
"""Letters that may stand between a drug and its quantity besides strength, generic and form."""


def _in_one_row(analysis: Analysis, first: int, second: int) -> bool:
    """Whether no empty line parts two places, or they stand in cells of one printed row."""
    if "\n\n" not in analysis.text[first:second]:
        return True
    one, other = analysis.segment_at(first), analysis.segment_at(second)
    return one.page == other.page and one.box.rows_overlap(other.box) > 0.5


def _with_the_drug(analysis: Analysis, start: int, spans: Sequence[tuple[int, int]]) -> float:
    """How surely an amount goes with the denied drug named before it: `Nurtec ODT 75 mg
    (rimegepant), 16 tablets per 30 days`."""
    near = [end for begin, end in spans if end <= start and start - end < _NEAR + 40]
    if not near:
        return 0.0
    between = analysis.text[max(near) : start].replace("\n", " ")
    if not _in_one_row(analysis, max(near) - 1, start) or wording("dosing", "parted").search(
        between
    ):
        return 0.0
    rest = _quantities().sub(" ", re.sub(r"\([^()]*\)", " ", between))
    rest = _STRENGTH.sub(" ", rest)
    if wording("dosing", "limit").search(rest):
        granted = re.search(r"\b(?:approved|authorized) for\b", rest) is not None
        return 0.6 if granted and len(rest) < 60 else 0.0
    return 0.7 if sum(c.isalpha() for c in rest) <= _PLAIN_LEFT else 0.0


def _asked_for(before: str, after: str) -> float:
    """How surely an amount is the one requested, from the words on both sides of it."""
    if wording("dosing", "requested_after").match(after):
        return 0.75
    if wording("dosing", "granted").search(before):
        return 0.68
    clause = re.split(r"[;,.]\s|\bbut\b|\bwhich\b|\bthat exceeds?\b", before.rstrip())[-1]
    if wording("dosing", "limit").search(clause):
        return 0.0
    if wording("dosing", "requested_before").search(clause):
        return 0.72
    return 0.55 if wording("dosing", "asked").search(clause) else 0.0
