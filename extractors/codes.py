"""ICD-10-CM diagnosis codes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

from extractors.candidates import Candidate
from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Pair
from extractors.nlp.wordings import wording

_ICD_INDEX = Path(__file__).parent / "data" / "icd10cm.txt.gz"
"""All ICD-10-CM codes without their dot, one a line; written by `scripts/build_icd10_index`."""

_ICD = re.compile(
    r"(?<![\w./-])(?P<code>[A-TV-Z][0-9OolI][0-9A-Z]\.?[0-9A-Zol]{0,4})(?![\w]|[./-]\d)"
)
_ICD_LOOKALIKE = {"O": "0", "o": "0", "l": "1", "I": "1", "S": "5", "B": "8"}


@cache
def icd10_codes() -> frozenset[str]:
    """Every ICD-10-CM code and category, without dots."""
    return frozenset(gzip.decompress(_ICD_INDEX.read_bytes()).decode("ascii").split())


def with_dot(code: str) -> str:
    """`M1711` or `M17.11` as `M17.11`; a category (`R51`) has no dot."""
    bare = code.replace(".", "").upper()
    return bare if len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"


def pair_at(pairs: tuple[Pair, ...], offset: int) -> Pair | None:
    return next((p for p in pairs if p.value_start <= offset < p.value_end), None)


def find_diagnoses(analysis: Analysis) -> Iterator[Candidate]:
    """Candidates of diagnosis_codes; each is one code, with its dot, that is in ICD-10-CM.

    Without a dot, or as a bare category, a code counts only next to a diagnosis cue. A code that
    is not in the list counts, doubted, when a label says that it is a diagnosis code.
    """
    text = analysis.text
    pairs = analysis.pairs_of("diagnosis_codes")
    yield from _first_letters_lost(analysis, pairs)
    for match in _ICD.finditer(text):
        raw, start = match["code"].rstrip("."), match.start("code")
        if not re.search(r"\d", raw):
            continue
        sentence = analysis.sentence_at(start)
        before = text[sentence.start : start].replace("\n", " ")
        pair = pair_at(pairs, start)
        cued = pair is not None or wording("codes", "diagnosis").search(before) is not None
        if wording("codes", "not_a_diagnosis").search(before):
            continue
        for code, certain in _readings(raw):
            score = _icd_score(code, raw, cued, certain, pair, before)
            if score > 0:
                shown = with_dot(code)
                end = start + len(raw)
                yield Candidate(
                    "diagnosis_codes", (shown,), start, end, score, "icd10", supports=shown
                )


_ODD_ICD = re.compile(
    r"(?<![\w./-])(?P<code>[0-9£€$][0-9OolI][0-9A-Z]\.[0-9A-Zol]{1,4})(?![\w]|[./-]\d)"
)
"""A diagnosis code whose first letter was read as a figure."""
_FIRST_LETTER = {
    "1": "IL", "6": "G", "£": "EF", "€": "EC", "$": "S", "5": "S", "8": "B", "0": "OQD", "2": "Z",
    "7": "T", "4": "A", "9": "G",
}  # fmt: skip


def _first_letters_lost(analysis: Analysis, pairs: tuple[Pair, ...]) -> Iterator[Candidate]:
    """`125.10` under a label of diagnoses: `I25.10`, where the list of codes leaves one reading."""
    for match in _ODD_ICD.finditer(analysis.text):
        pair = pair_at(pairs, match.start())
        if pair is None or match.start() - pair.value_start > 40:
            continue
        raw = match["code"].replace(".", "")
        rest = (tuple({c, _ICD_LOOKALIKE.get(c, c)}) for c in raw[1:])
        read = product(_FIRST_LETTER.get(raw[0], ""), *rest)
        codes = {"".join(chars) for chars in read} & icd10_codes()
        if len(codes) == 1:
            code = with_dot(codes.pop())
            yield Candidate(
                "diagnosis_codes", (code,), match.start(), match.end(), 0.66, "icd10:repaired", code
            )


def _readings(raw: str) -> list[tuple[str, bool]]:
    """The code as printed; if it is no code, the one repair of look-alike characters that is."""
    bare = raw.replace(".", "")
    if bare.upper() in icd10_codes() and not re.search(r"[a-z]", bare):
        return [(bare, True)]
    options = [(bare[0],), *(tuple({c, _ICD_LOOKALIKE.get(c, c)}) for c in bare[1:])]
    repaired = {"".join(chars) for chars in product(*options)} & icd10_codes()
    if len(repaired) == 1:
        return [(repaired.pop(), False)]
    return [(bare, False)] if not re.search(r"[a-z]", bare) else []


def _icd_score(
    code: str, raw: str, cued: bool, certain: bool, pair: Pair | None, before: str
) -> float:
    known = code in icd10_codes()
    dotted = "." in raw
    if not known:
        strict = re.fullmatch(r"[A-TV-Z]\d[0-9AB]\.[0-9A-Z]{1,4}", raw) is not None
        return 0.6 if strict and pair is not None else 0.0
    if dotted:
        score = 0.95 if cued else 0.88
    elif len(code) > 3:
        score = 0.85 if cued else 0.0
    elif cued or re.search(r"\(\s*$", before):
        score = 0.75 if cued else 0.0
    else:
        return 0.0
    return score if certain else score * 0.8
