"""HCPCS and CPT codes of the denied item.

Five digits may be anything: they count where a label or a cue says so, or where a procedure's code
stands in letters, claims and fixtures: in a column of codes, on a claim's line, in brackets or
between commas after the item's name. Of several lines or items the refused ones count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractors.candidates import Candidate
from extractors.claim_lines import SUM
from extractors.codes import icd10_codes, pair_at
from extractors.columns import printed_rows
from extractors.date_fields import PAIR_SCORES
from extractors.lexicon.drug_index import drug_index
from extractors.line_verdicts import LineVerdict, granted_places, line_verdicts
from extractors.nlp.analysis import Analysis
from extractors.nlp.labels import label_lexicon
from extractors.nlp.spans import Pair
from extractors.nlp.tokens import plain_phrase
from extractors.nlp.wordings import wording

_LEVEL_II = r"[A-EGHJ-MP-V]\d{4}"
_CATEGORY = r"\d{4}[FTU]"
_CPT = r"\d{5}"
_LOOKALIKE_DIGITS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
_EXACT = re.compile(rf"{_LEVEL_II}|{_CATEGORY}|{_CPT}")
_CODE = re.compile(
    rf"(?<![\w$#.,/-])(?P<code>[A-EGHJ-MP-V][\dOolI]{{4}}|{_CATEGORY}|{_CPT})"
    r"(?P<modifier>(?:[-\s](?:\d{2}|[A-Z]{2}|[A-Z]\d))*)"
    r"(?![\w%]|[.,/-]\d|-[A-Z]\b|[ ]\d{3,4}[ ]\d{3,4}\b)"
)
_ADDRESS_AFTER = re.compile(r"^\s*(?:[NSEW]\.?\s|[A-Z][a-z]+ (?:St|Ave|Rd|Blvd|Dr|Lane|Way)\b)")
_STATE_BEFORE = re.compile(r"\b[A-Z]{2}\s+$")
_DRUG_LETTERS = frozenset("JQSCA")
"""Level II codes that stand without a cue: drugs, temporary codes, supplies."""
_ITEM_ENDS = re.compile(
    r"\s*(?:$|[),;|]|\n|[-–—]\s|[-–—:]?\s?(?:[x×]\s?\d|\(|\[|for\b|with\b|at\b|in\b|units?\b|qty\b"
    r"|quantity\b|\d+ (?:units?|hours?|visits?|sessions?|days?)\b))",
    re.I,
)
"""What follows an item's code in the line that names the item."""
_ITEM_BEFORE = re.compile(
    r"(?:[A-Za-z)%\]]|\d\s?(?:mg|mcg|ml|mL|g|units?)(?:/\w+)?)\s?[,;–—-]\s*$|[a-z)]\s[-–—]{1,2}\s*$|^\W*$"
    r"|(?:\d{5}|[A-Z]\d{4}|\d{4}[FTU])(?:-\w\w)?(?:\s?[x×]\s?\d+)?\s?(?:[,;/&+]|and|,\s?and)\s*$"
)
_BRACKET = re.compile(
    r"[(\[](?:[A-Za-z][\w .]{0,24}[,:]?\s?)?(?:(?:\d{5}|[A-Z]\d{4}|\d{4}[FTU])(?:-\w\w)?"
    r"(?:\s?[x×]\s?\d+)?\s?(?:,|;|/|&|\+|and|through|to|-|–)\s?(?:and\s)?)*\s*$"
)
_BRACKET_ENDS = re.compile(
    r"(?:-\w\w)?\s?(?:[)\],;/&+]|[x×:]\s?\d|and\b|through\b|to\b|units?\b|\d+ (?:units?|hours?)\b"
    r"|with\b|plus\b|for\b|at\b|modifiers?\b)"
)
_LEAD = re.compile(r"^(?i:\W|\d{1,2}[.)]\s|[(]?[a-h1-9][.)]\s|(?:re|regarding|subject|about):)*")
_FAINT_SECTIONS = frozenset({"glossary", "legal", "appeal", "alternatives", "criteria"})
_MOST_ROWS = 30
_BESIDE = 40
"""Letters between a drug's name and the code that bills it, at most."""
_LINE, _ITEM, _COLUMN = 0.8, 0.74, 0.82


def find_hcpcs(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of hcpcs; each is one code. Modifiers are left out."""
    text = analysis.text
    pairs = analysis.pairs_of("hcpcs")
    items = analysis.pairs_of("service", "drug")
    verdicts = line_verdicts(analysis)
    columns = _column_places(analysis)
    found: list[Candidate] = []
    for match in _CODE.finditer(text):
        start, end = match.start("code"), match.end("code")
        pair = pair_at(pairs, start)
        code = match["code"].translate(_LOOKALIKE_DIGITS) if pair else match["code"]
        code = match["code"][0] + code[1:]
        if not _EXACT.fullmatch(code):
            continue
        placed = _by_place(analysis, start, end, items, verdicts, start in columns)
        score = max(placed, _by_words(analysis, code, start, end, pair, placed > 0))
        if score > 0:
            label = "label" if pair else "cue"
            found.append(
                Candidate("hcpcs", (code,), start, end, score, f"{label}:hcpcs", supports=code)
            )
    yield from _refused_only(analysis, found, verdicts)


def _by_place(
    analysis: Analysis,
    start: int,
    end: int,
    items: tuple[Pair, ...],
    verdicts: tuple[LineVerdict, ...],
    in_column: bool,
) -> float:
    """How surely a token is a procedure's code from where it stands: in a column of codes, on a
    claim's line, or behind the item in the line that names it."""
    text = analysis.text
    cell = analysis.segment_at(start)
    before, after = text[cell.start : start], text[end : end + 24]
    if in_column:
        return _COLUMN
    if wording("codes", "not_a_code").search(before[-60:]) or _STATE_BEFORE.search(before):
        return 0.0
    line = next((v for v in verdicts if v.holds(start)), None)
    if line is not None and _sum_follows(analysis, line, end):
        alone = re.fullmatch(r"\W*(?:[\w/.-]+\W+){0,4}?", before) is not None
        if alone or _BRACKET.search(before) or _ITEM_BEFORE.search(before):
            return _LINE
    item = pair_at(items, start)
    named = text[item.value_start : start] if item is not None else before
    if len(named) > 120 or (item is None and not _names_item(named)):
        return 0.0
    if item is not None and not named.strip() and re.match(r"\s*[-–:/(]?\s*[A-Za-z]{3}", after):
        return _ITEM
    if _BRACKET.search(named) and _BRACKET_ENDS.match(after):
        return _ITEM
    if _ITEM_BEFORE.search(named) and _ITEM_ENDS.match(after):
        return _ITEM if not _ADDRESS_AFTER.match(after) else 0.0
    return 0.0


def _sum_follows(analysis: Analysis, line: LineVerdict, end: int) -> bool:
    """Whether a claim's line goes on with sums behind a token, or prints none: codes of remarks
    stand behind the sums."""
    sums = [
        start + m.start()
        for start, stop in line.places
        for m in SUM.finditer(analysis.text[start:stop])
    ]
    return not sums or max(sums) >= end


def _names_item(named: str) -> bool:
    """Whether the beginning of a line is an item's name rather than a sentence: a drug, or words of
    care."""
    lead = _LEAD.sub("", named)
    if (not lead[:1].isupper() and not lead[:1].isdigit()) or wording("codes", "verbs").search(
        lead
    ):
        return False
    care = wording("codes", "care").search(lead) is not None
    return care or next(drug_index().find(lead), None) is not None


def _column_places(analysis: Analysis) -> frozenset[int]:
    """Where codes stand under a heading of procedures' codes, however few other headings the table
    has."""
    lexicon, text = label_lexicon(), analysis.text
    rows = printed_rows(analysis.segments)
    found: set[int] = set()
    for index, row in enumerate(rows):
        for head in row:
            roles = lexicon.roles.get(plain_phrase(text[head.start : head.end]), ())
            if len(row) < 2 or "hcpcs" not in roles:
                continue
            for below in rows[index + 1 : index + 1 + _MOST_ROWS]:
                if below[0].page != head.page:
                    break
                for cell in below:
                    code = _CODE.match(text, cell.start, cell.end)
                    if code and cell.box.columns_overlap(head.box) > 0.2:
                        found.add(code.start("code"))
    return frozenset(found)


def _by_words(
    analysis: Analysis, code: str, start: int, end: int, pair: Pair | None, placed: bool
) -> float:
    """How surely a token is the code asked about, from its label or the words around it."""
    text = analysis.text
    sentence = analysis.sentence_at(start)
    before = text[max(sentence.start, start - 60) : start].replace("\n", " ")
    if wording("codes", "not_a_code").search(before) or _STATE_BEFORE.search(before):
        return 0.0
    if code[0] == "D" and pair is None and code in icd10_codes():
        return 0.0
    if code[0].isalpha() and code in icd10_codes() and wording("codes", "diagnosis").search(before):
        return 0.0
    cued = wording("codes", "cue").search(before) is not None
    score = PAIR_SCORES[pair.how] if pair else 0.85 if cued else _bare(analysis, code, start, end)
    if _ADDRESS_AFTER.match(text[end : end + 20]) and not cued and pair is None:
        return 0.0
    whole = text[sentence.start : sentence.end]
    if pair is None and not placed and wording("codes", "instead").search(whole):
        score *= 0.45
    faint = sentence.section in _FAINT_SECTIONS and start >= analysis.titled
    if pair is None and not placed and faint:
        score *= 0.6
    return score


def _bare(analysis: Analysis, code: str, start: int, end: int) -> float:
    """The score of a code that neither a label nor a cue announces."""
    text = analysis.text
    sentence = analysis.sentence_at(start)
    before = text[max(sentence.start, start - 60) : start].replace("\n", " ")
    after = text[end : end + 12]
    if code[0] in _DRUG_LETTERS:
        return 0.8
    bracketed = _BRACKET.search(before) and _BRACKET_ENDS.match(after)
    if code[0].isalpha() or code[-1].isalpha():
        parted = re.search(r"[/,;|–—-]\s*$", before) and _ITEM_ENDS.match(after)
        return 0.65 if bracketed or parted else 0.45 if before.endswith(" ") else 0.3
    if sentence.section == "service" and re.match(r"\W{0,4}(?:\d{1,2}[.)]\s)?$", before):
        return 0.7
    parted = re.search(r"[-—–(]\s*$", before) and re.match(
        r"\s*(?:[)(—–-]|,\s*(?:diagnosis|dx|icd|[A-Z]?\d{4,5}\b))", after
    )
    return 0.6 if bracketed or parted else 0.0


def _refused_only(
    analysis: Analysis, found: list[Candidate], verdicts: tuple[LineVerdict, ...]
) -> Iterator[Candidate]:
    """Where some codes stand on lines or in sentences of what was paid or granted, and others do
    not, the others alone count."""
    granted = granted_places(verdicts)
    refused = {c.supports for c in found if any(v.refused and v.holds(c.start) for v in verdicts)}
    paid = {c.supports for c in found if any(a <= c.start < b for a, b in granted)} - refused
    paid |= {c.supports for c in found if _granted_in_words(analysis, c)} - refused
    left = [c for c in found if c.supports not in paid and c.score >= 0.55]
    for one in found:
        yield one.weighed(0.3, "granted") if left and one.supports in paid else one


_CLAUSE_ENDS = re.compile(r";\s|\bbut\b")
_DENIES = re.compile(r"\b(?:den(?:y|ied|ies|ial)|not (?:paid|covered|approved|payable))\b", re.I)


def _granted_in_words(analysis: Analysis, one: Candidate) -> bool:
    """Whether the sentence of an unlabelled code, or the next, says that this item was paid or is
    not in dispute."""
    if one.because.startswith("label"):
        return False
    sentence = analysis.sentence_at(one.start)
    start = sentence.start
    for cut in (*_CLAUSE_ENDS.finditer(analysis.text, start, sentence.end), None):
        stop = cut.start() if cut else sentence.end
        if start <= one.start < stop:
            if wording("lines", "settled").search(analysis.text, start, stop):
                return _DENIES.search(analysis.text, start, stop) is None
            break
        start = cut.end() if cut else stop
    following = analysis.text[sentence.end : sentence.end + 90]
    return wording("lines", "settled_before").match(following) is not None


def without_others(
    analysis: Analysis, found: Iterable[Candidate], denied: str | None
) -> Iterator[Candidate]:
    """Codes without those that stand unlabelled right behind another drug than the `denied` one
    (its ingredient), where there are more: `try Inflectra (Q5103) before Remicade (J1745)`."""
    codes = list(found)
    others = {c.supports for c in codes if denied and _behind_another(analysis, c, denied)}
    left = [c for c in codes if c.supports not in others and c.score >= 0.55]
    for one in codes:
        yield one.weighed(0.5, "another drug's") if left and one.supports in others else one


def _behind_another(analysis: Analysis, one: Candidate, denied: str) -> bool:
    if one.because.startswith("label"):
        return False
    sentence = analysis.sentence_at(one.start)
    before = analysis.text[max(sentence.start, one.start - _BESIDE) : one.start]
    names = [m.drug.generic for m in drug_index().find(before)]
    return bool(names) and denied not in names
