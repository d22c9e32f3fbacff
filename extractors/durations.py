"""Stretches of time as letters print them: `60 days`, `sixty-five (65) calendar days`, `two years`,
`ciento ochenta días`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.fields import Window

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100,
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "ocho": 8, "nueve": 9, "diez": 10, "doce": 12, "quince": 15, "veinte": 20, "treinta": 30,
    "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
    "cien": 100, "ciento": 100,
}  # fmt: skip
_WORD = rf"(?:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_WORDS = rf"{_WORD}(?:[\s-]+(?:(?:and|y)\s+)?{_WORD}){{0,3}}"
DURATION = re.compile(
    rf"\b(?P<n>(?=[\dOolIS]*\d)[\dOolIS]{{1,3}}|{_WORDS}|an?(?=[\s-]+(?:full[\s-]+|calendar[\s-]+)?"
    r"(?:year|month|week)\b))"
    rf"(?:\s*\(\s*(?P<n2>\d{{1,3}}|{_WORDS})\s*\))?[\s-]*(?:\*+)?"
    r"(?:(?:calendar|business|working|consecutive|full|natural|straight)[\s-]+)?"
    r"(?P<unit>days?|months?|weeks?|years?|d[ií]as?|mes(?:es)?|semanas?|años?)\b",
    re.I,
)
_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "S": "5"})
_WEEK, _YEAR = 7, 12


def number_of(text: str) -> int | None:
    """`60`, `6O`, `sixty`, `one hundred eighty` as a number; None if it is none."""
    digits = text.translate(_LOOKALIKE)
    if digits.isdigit():
        return int(digits)
    total = 0
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word in {"and", "y"}:
            continue
        if word in {"a", "an"}:
            return 1
        if word not in _NUMBERS:
            return None
        total = max(total, 1) * 100 if word == "hundred" else total + _NUMBERS[word]
    return total or None


def durations(text: str) -> Iterator[tuple[re.Match[str], Window]]:
    """Every stretch of time in the text, in days or months; the number in brackets counts."""
    for match in DURATION.finditer(text):
        numbers = [number_of(match[name]) for name in ("n2", "n") if match[name]]
        value = next((n for n in numbers if n), None)
        if value is None:
            continue
        unit = match["unit"].lower()
        if unit.startswith(("w", "s")):
            yield match, Window(value * _WEEK, "days")
        elif unit.startswith(("y", "a")):
            yield match, Window(value * _YEAR, "months")
        else:
            yield match, Window(value, "months" if unit.startswith("m") else "days")
