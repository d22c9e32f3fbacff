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
    r"(?:(?:Dr|Mr|Mrs|Ms|Miss)\.?\s+)?[A-Z][A-Za-z'’\-]*\.?,?(?:\s+(?:[A-Z]|(?=(?:de|la|del|van|von|der|den|da|di|al|bin|el|y)\s)[a-z])[A-Za-z'’\-]*\.?,?){1,5}"
)
_MEASURE = re.compile(r"\d\s*(?:mg|mcg|ml|g|units?|iu|%|meq)\b", re.I)


def _whole_id(text: str) -> bool:
    token = ID_TOKEN.match(text)
    if token is None or len(text.split()) > 4:
        return False
    return not (_SEPARATED.search(text) and _DATE.fullmatch(text))


SHAPES: dict[str, Callable[[str], bool]] = {
    "id": _whole_id,
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
