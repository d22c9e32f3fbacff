"""Dates as letters print them, and the role each one plays.

A date is taken only where its form proves it; letters read as digits (`O` as 0, `l` as 1) are
put right only inside such a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from rapidfuzz import fuzz, process

from extractors.letter_view import LetterView

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_SPANISH = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8"})
_D = r"[\dOolI|]"  # a digit, or what reading makes of one
_Y4 = r"(?:19|20|2[Oo]|l9|I9)[\dOolI|SB]{2}"
_TO = r"\s*(?:-|–|—|to|through|thru|and|&)\s*"

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "month_day_year",
        re.compile(
            rf"\b(?P<month>[A-Za-z0](?:[A-Za-z]|1(?!\d)){{2,9}})(?:\.?,?\s{{1,2}}|[.,]|(?=\d))(?P<day>{_D}{{1,2}})"
            rf"(?:st|nd|rd|th)?(?:{_TO}(?:(?P<month2>[A-Za-z]{{3,9}})\.?\s+)?{_D}{{1,2}}(?:st|nd|rd|th)?)?"
            rf"\s?[,.]?\s*(?:[-–—~]\s+)?(?P<year>{_Y4}|'\d{{2}})(?!\d)"
        ),
    ),
    (
        "day_month_year",
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:de\s+|(?:day\s+)?of\s+)?(?P<month>[A-Za-z]{{3,10}})\.?,?"
            rf"[\s-]+(?:del?\s+)?(?P<year>{_Y4}|\d{{2}})(?!\d)"
        ),
    ),
    (
        "iso",
        re.compile(
            rf"(?<![\w-])(?P<year>{_Y4})(?P<sep>[-/.])(?P<month>{_D}{{2}})(?P=sep)(?P<day>{_D}{{2}})"
            r"(?=T\d|Z|[^\w-]|$)"
        ),
    ),
    (
        "numeric",
        re.compile(
            rf"(?<![\w/.-])(?P<month>{_D}{{1,2}})\s?(?P<sep>[/.-])\s?(?P<day>{_D}{{1,2}})\s?(?P=sep)\s?"
            rf"(?P<year>{_Y4}|\d{{2}})(?![\w/])(?!-\d)"
        ),
    ),
)
_COMPACT = re.compile(r"(?<![\w-])(?:\d{8}|\d{6})(?![\w-])")
YEARS = range(1900, 2100)
_PIVOT = 50
"""Two-digit years below it are of this century. Birth dates are never put out, so need no more."""


@dataclass(frozen=True, slots=True)
class DateMention:
    """A printed date; of a range, its first day. `certain` is False for a two-digit year with
    dashes or a day before the month, and for characters put right."""

    start: int
    end: int
    value: date
    form: str
    certain: bool = True


_GLUED = re.compile(r"(?:(?<=/\d\d)|(?<=/\d{4}))[-–](?=\d{1,2}/\d)")
"""The dash of a range printed without blanks: `07/08/26-07/08/26`."""


def find_dates(text: str) -> tuple[DateMention, ...]:
    """Every date in the text, in its order, none overlapping."""
    text = _GLUED.sub(" ", text)
    found: list[DateMention] = []
    taken: list[tuple[int, int]] = []
    for form, pattern in _FORMS:
        for match in pattern.finditer(text):
            if any(match.start() < b and a < match.end() for a, b in taken):
                continue
            mention = _mention(form, match)
            if mention is not None:
                found.append(mention)
                taken.append(match.span())
    return tuple(sorted(found, key=lambda m: m.start))


def compact_dates(text: str, start: int, end: int) -> Iterator[DateMention]:
    """Dates without separators (`110125`, `20260914`); only for cells that must hold a date."""
    for match in _COMPACT.finditer(text, start, end):
        digits = match.group()
        for year, month, day in (
            (digits[4:], digits[:2], digits[2:4]),
            (digits[:4], digits[4:6], digits[6:]) if len(digits) == 8 else ("", "", ""),
        ):
            value = _date(year, month, day)
            if value is not None and 1990 <= value.year <= 2060:
                yield DateMention(match.start(), match.end(), value, "compact", certain=False)
                break


def _mention(form: str, match: re.Match[str]) -> DateMention | None:
    raw_month, raw_day, raw_year = match["month"], match["day"], match["year"].lstrip("'")
    certain = len(raw_year) == 4
    if form in {"month_day_year", "day_month_year"}:
        month = month_number(raw_month)
        if month is None or not (
            len(raw_year) == 4 or form == "day_month_year" or "'" in match["year"]
        ):
            return None
        value = _date(raw_year, str(month), raw_day)
        certain = certain or form == "month_day_year"
    else:
        if form == "numeric" and len(raw_year) == 2 and match["sep"] == ".":
            return None
        value = _date(raw_year, raw_month, raw_day)
        if value is None and form == "numeric":
            value, certain = _date(raw_year, raw_day, raw_month), False
        if form == "numeric" and len(raw_year) == 2 and match["sep"] == "/":
            certain = True
    if value is None:
        return None
    repaired = any(c.isalpha() or c == "|" for c in raw_day + raw_year)
    return DateMention(match.start(), match.end(), value, form, certain and not repaired)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        numbers = [int(part.translate(_LOOKALIKE)) for part in (year, month, day)]
        if numbers[0] < 100:
            numbers[0] += 2000 if numbers[0] < _PIVOT else 1900
        return date(*numbers) if numbers[0] in YEARS else None
    except ValueError:
        return None


@cache
def month_number(word: str) -> int | None:
    """1 to 12 for a month's name or abbreviation, English or Spanish, slightly damaged too."""
    low = word.lower().replace("0", "o").replace("1", "l")
    for names in (_MONTHS, _SPANISH):
        for number, name in enumerate(names, start=1):
            if low == name or (len(low) >= 3 and name.startswith(low) and len(low) <= 4):
                return number
    if len(low) < 5:
        return None
    near = process.extractOne(low, _MONTHS, scorer=fuzz.ratio, score_cutoff=80)
    return near[2] + 1 if near else None


_FAX_SIGNS = tuple(
    re.compile(sign, re.I)
    for sign in (
        r"\bfax\b|rightfax|efax|facsimile",
        r"\bfrom\s*:",
        r"\bto\s*:",
        r"\b(?:p|pg|page|pages)\.?\s*:?\s*\d{1,3}\s*(?:/|of)\s*\d{1,3}|\bp\.?\s?\d{1,3}\b|\b\d{2,3}/\d{2,3}\b",
        r"\b\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]\.?m\b)?",
        r"\(?\b\d{3}\)?[\s.-]?\d{3}[\s.-]\d{4}\b",
        r"->|=>|-->",
        r"\b(?:[ECMP][SD]T|UTC|GMT)\b",
    )
)
_HEADER_ZONE = 0.08
"""Share of the page's height in which a fax machine prints its line."""


def is_fax_header(view: LetterView, offset: int) -> bool:
    """Whether the printed line is the strip that a fax machine adds: at the very top or bottom,
    with two or more of: fax, from, to, a page counter, a time, a phone number."""
    line = view.line_at(offset)
    page = next(p for p in view.pages if p.number == line.page)
    middle = line.box.middle[1] / max(page.height, 1.0)
    if _HEADER_ZONE < middle < 1 - _HEADER_ZONE / 2:
        return False
    return sum(sign.search(line.text) is not None for sign in _FAX_SIGNS) >= 2
