"""Adjustment, remark and reject codes on a letter: CARC, RARC and NCPDP, with their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from extractors.meaning.passages import Passage
from knowledge.tables import entries

_CARC = re.compile(r"\b(?:co|pr|oa|pi|cr)\s?[-–—*]?\s?(\d{1,3}|[abpdwy]\d{1,2})\b(?![-/]\d)")
_CARC_NAMED = re.compile(r"\bcarc\W{0,3}(?:code\W{0,3})?(\d{1,3}|[abpdwy]\d{1,2})\b")
_RARC = re.compile(r"\b(ma?\d{1,3}|n\d{1,3})\b")
_RARC_SIGN = re.compile(r"\brem(?:ark)?s?\b|\brarc\b")
_NCPDP = re.compile(
    r"\b(?:ncpdp|reject(?:ion|ed|s)?)(?:\s+(?:reject|claim))?\s*(?:codes?|reason|#|number)?\s*"
    r"[:#(-]*\s*([a-z]?\d{1,3}|\d[a-z]|[a-z]{2})\b(?!\s*[a-z]{4,}\s+of\b)"
)
_LEGEND = re.compile(
    r"^\W*(?:(?:co|pr|oa|pi|cr)\s?-?\s?\d{1,3}|ma?\d{1,3}|n\d{1,3}|[abp]\d{1,2})\s"
)


_CODE_ALONE = re.compile(r"^\W*(?:(?:co|pr|oa|pi|cr)\s?-?\s?\d{1,3}|ma?\d{1,3}|n\d{1,3})\W*$")
_WORDS = re.compile(r"^\W*[a-z]+(?: [a-z'/-]+){3,}")


@dataclass(frozen=True, slots=True)
class CodeHit:
    """A known code at `start:end` of the view's text."""

    code: str
    category: str
    weight: float
    start: int
    end: int
    passage: Passage
    in_legend: bool


@cache
def _meanings() -> dict[tuple[str, str], tuple[str, float]]:
    table: dict[tuple[str, str], tuple[str, float]] = {}
    for row in entries("codes", "cues*.toml").values():
        for code in row.texts("codes"):
            weight = float(row.raw.get("weight", 0.8))
            table[row.text("system"), code.lower()] = (row.text("category"), weight)
    return table


def find_codes(passages: tuple[Passage, ...]) -> tuple[CodeHit, ...]:
    """Codes that the letter applies: where a legend explains many, those used above it alone."""
    explained = legend(passages)
    every = tuple(
        hit
        for passage in passages
        if passage.weight > 0.15
        for hit in _in(passage, passage.start in explained)
    )
    used = {hit.code for hit in every if not hit.in_legend}
    if not used:
        return every
    return tuple(hit for hit in every if hit.code in used and not hit.in_legend)


def legend(passages: tuple[Passage, ...]) -> frozenset[int]:
    """Starts of the passages that explain codes rather than applying them: a code and its text
    in one passage, or in two cells side by side."""
    found: set[int] = set()
    for passage, following in zip(passages, (*passages[1:], None), strict=True):
        text = passage.text
        if _LEGEND.match(text) and (passage.section == "glossary" or len(text) > 25):
            found.add(passage.start)
        elif _CODE_ALONE.match(text) and following is not None and _WORDS.search(following.text):
            found.update((passage.start, following.start))
    return frozenset(found)


def _in(passage: Passage, in_legend: bool) -> Iterator[CodeHit]:
    text = passage.text
    found = [("carc", m) for p in (_CARC, _CARC_NAMED) for m in p.finditer(text)]
    if in_legend or found or _RARC_SIGN.search(text):
        found += [("rarc", m) for m in _RARC.finditer(text)]
    found += [("ncpdp", m) for m in _NCPDP.finditer(text)]
    for system, match in found:
        meaning = _meanings().get((system, match.group(1)))
        if meaning is not None:
            category, weight = meaning
            at = passage.start
            yield CodeHit(
                f"{system} {match.group(1)}", category, weight,
                at + match.start(), at + match.end(), passage, in_legend,
            )  # fmt: skip
