"""Rough shapes of values, to tell whether a cell may hold what its label promises."""

from __future__ import annotations

import re
from collections.abc import Callable

ID_TOKEN = re.compile(r"(?=[^\s]*\d)[A-Za-z0-9*][A-Za-z0-9*\-./_]{1,39}")
_SEPARATED = re.compile(r"[/.\s-]")
_DATE = re.compile(
    r"\b\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{6}(?:\d{2})?\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}\b"
    r"|\b\d{1,2}[\s-](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b",
    re.I,
)
_PHONE = re.compile(r"\(?\d{3}\)?[\s.\-]*\d{3}[\s.\-]*\d{4}|\b1?-?8\d\d-[A-Z0-9-]{7,12}\b")
_NAME = re.compile(
    r"(?:(?:[A-Z][A-Za-z]{1,4}\s)?\((?:Ret|USA|USN|USAF|USMC)\.?\)\s+)?"
    r"(?:(?:Dr|Mr|Mrs|Ms|Miss)\.?\s+)?[A-Z][A-Za-z'’\-]*\.?,?(?:\s+(?:[A-Z]|(?=(?:de|la|del|van|von|der|den|da|di|al|bin|el|y)\s)[a-z])[A-Za-z'’\-]*\.?,?){1,5}"
)
_MEASURE = re.compile(r"\d\s*(?:mg|mcg|ml|g|units?|iu|%|meq)\b", re.I)


_PARTED = re.compile(
    r"(?P<head>[A-Z]{1,4}\s(?=\d)|[A-Z]{0,4}(?=\d))(?P<first>\d[A-Z0-9]*(?:-[A-Z0-9]+)*)"
    r"(?P<rest>(?:\s(?:\d{2,9}(?:-\d{1,3})?|[A-Z](?=\s\d{2}|\s*(?:$|\n)))(?![\w/%-]|\.\w)){0,6})(?![\w/%-]|\.\w)"
)
"""A number whose groups blanks part: `QRM 118 204 556 01`, `7 2204 1187`."""
_SPOKEN_PHONE = re.compile(r"\d{3}\s\d{3}\s\d{4}$")
_LEAST_DIGITS = 6
_NAMED_AFTER = re.compile(r"\s*(?:[(/,;·|)]|\.(?:\s|$)|[-–—]\s|\n|$)")
"""What parts a number from the name printed behind it: `0042218 / Tannery Supply, Inc.`."""


def parted_id(text: str) -> int:
    """Where a number ends at the beginning of `text` whose groups are parted by blanks and which
    fills its cell or its clause; 0 where there is none."""
    match = _PARTED.match(text)
    if match is None or not (match["rest"] or match["head"].endswith(" ")):
        return 0
    digits = sum(c.isdigit() for c in match.group())
    if digits < _LEAST_DIGITS or _SPOKEN_PHONE.match(match.group()):
        return 0
    return match.end() if _NAMED_AFTER.match(text, match.end()) else 0


def _whole_id(text: str) -> bool:
    if parted_id(text):
        return True
    token = ID_TOKEN.match(text)
    if token is None:
        return False
    if len(text.split()) > 4 and not _NAMED_AFTER.match(text, token.end()):
        return False
    return not (_SEPARATED.search(text) and _DATE.fullmatch(text))


_LETTERS = re.compile(r"[A-Z]{5,12}(?=\s*(?:[·|;,]|$))")
_NO_GROUP = frozenset(
    {"NUMBER", "NAME", "HEALTH", "PLANS", "MEMBER", "INSURANCE", "MEDICAL", "CLAIM", "CLAIMS"}
)


_NAME_FIRST = re.compile(
    r"[A-Z][\w&.,' -]{3,50}?\s?(?:[(/,]|\s#|\s[-–]\s)\s?#?[A-Z]{0,4}-?\d[\w-]{3,}\)?"
)
"""A group's name with its number behind it."""


def _group(text: str) -> bool:
    """A group's number, or its letters where they stand alone: `HARBRX`."""
    letters = _LETTERS.match(text)
    if _NAME_FIRST.fullmatch(text):
        return True
    return _whole_id(text) or (letters is not None and letters.group() not in _NO_GROUP)


SHAPES: dict[str, Callable[[str], bool]] = {
    "id": _whole_id,
    "group": _group,
    "npi": lambda text: re.match(r"[\dOIl]{10}\b", text.replace(" ", "")) is not None,
    "date": lambda text: _DATE.search(text[:40]) is not None,
    "phone": lambda text: _PHONE.search(text) is not None,
    "name": lambda text: _NAME.match(text) is not None and len(text.split()) <= 12,
    "strength": lambda text: _MEASURE.search(text[:40]) is not None,
    "quantity": lambda text: re.match(r"#?\s*\d", text) is not None,
    "text": lambda text: bool(text.strip()),
}


def fits(expects: str, text: str) -> bool:
    """Whether `text` may be a value of the shape `expects` (see `data/labels.toml`)."""
    return SHAPES[expects](text.strip())
