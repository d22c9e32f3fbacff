"""Where on the pages a labelled value stands, found by its letters and digits alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.document import Page, Word
from models.fields import FIELD_SPECS, FieldKind
from models.geometry import Box
from pipeline.evaluate.compare import plain_id

_NOT_PRINTED = frozenset({FieldKind.CHOICE, FieldKind.FLAG})
_NUMBERS = {
    4: "four", 6: "six", 30: "thirty", 60: "sixty", 65: "sixtyfive", 90: "ninety",
    120: "onehundredtwenty", 180: "onehundredeighty",
}  # fmt: skip
_LEAST = 3
"""Shorter words than this stand anywhere."""


@dataclass(frozen=True, slots=True)
class Place:
    """A box on a page as received, turned upright."""

    page: int
    box: Box


def printed_forms(key: str, value: Any) -> list[str]:
    """How a value of field `key` may be printed, letters and digits alone; [] where it is not
    printed as such (a reason, a kind of plan)."""
    kind = FIELD_SPECS[key].kind
    if value in (None, "", []) or kind in _NOT_PRINTED or key == "denial_categories":
        return []
    if kind is FieldKind.LIST:
        return [plain_id(str(item)) for item in value]
    if kind is FieldKind.WINDOW:
        return list(_windows(int(value["value"]), str(value["unit"])))
    if kind is FieldKind.DATE:
        return list(_dates(date.fromisoformat(str(value)[:10])))
    return [plain_id(str(value))]


def _windows(count: int, unit: str) -> Iterator[str]:
    stem = unit.rstrip("s")
    for number in (str(count), _NUMBERS.get(count, "")):
        if number:
            yield from (f"{number}{between}{stem}s" for between in ("", "calendar", "business"))
    if count in _NUMBERS:
        yield f"{_NUMBERS[count]}{count}{stem}s"
        yield f"{_NUMBERS[count]}{count}calendar{stem}s"


def _dates(day: date) -> Iterator[str]:
    month, short = f"{day:%B}".lower(), f"{day:%b}".lower()
    for name in (month, short):
        yield f"{name}{day.day}{day.year}"
        yield f"{name}{day.day:02}{day.year}"
        yield f"{day.day}{name}{day.year}"
    yield from (f"{day:%m%d%Y}", f"{day.month}{day.day}{day.year}")
    yield from (f"{day:%m%d%y}", f"{day.month}{day.day}{day:%y}", f"{day:%Y%m%d}")


def find_value(key: str, value: Any, pages: Sequence[Page]) -> Place | None:
    """The first place where the value is printed, whole; None where it is not found so."""
    forms = {form for form in printed_forms(key, value) if len(form) >= _LEAST}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    for page in pages:
        words = [(plain_id(word.text), word) for word in page.words]
        words = [(text, word) for text, word in words if text]
        for form in longest_first:
            held = _run(words, form)
            if held:
                return Place(page.number, page.as_shown(Box.around(_first_line(held))))
    return None


def _run(words: Sequence[tuple[str, Word]], form: str) -> list[Word]:
    """The first words in a row that spell `form`, alone or within one longer word."""
    for start in range(len(words)):
        if form.startswith(words[start][0]):
            spelt, held = "", []
            for text, word in words[start:]:
                spelt += text
                held.append(word)
                if spelt == form:
                    return held
                if not form.startswith(spelt):
                    break
        elif form in words[start][0]:
            return [words[start][1]]
    return []


def _first_line(words: Iterable[Word]) -> Iterator[Box]:
    """The boxes of the words that stand on the first one's line: a value that runs on to the
    next line would have a box as wide as the page."""
    first: Box | None = None
    for word in words:
        first = first or word.box
        if word.box.rows_overlap(first) > 0.5:
            yield word.box
