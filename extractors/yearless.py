"""Dates printed without their year (`on October 2`, `10/29 received`).

A letter tells what happened before it was written, so such a date is the last of its day and
month that is no later than the notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from extractors.dates import DateMention, month_number

_MONTH = r"(?P<month>[A-Z][a-z]{2,8}|[A-Z]{3,9})\.?"
_FORMS = (
    re.compile(rf"\b{_MONTH}\s{{1,2}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\w/-]|[.,]\d)"),
    re.compile(
        r"(?<![\w/.-])(?P<day>\d{1,2})(?:st|nd|rd|th)?\s(?:of\s|de\s)?(?P<month>[A-Z][a-z]{2,8}"
        r"|(?<=de\s)[a-z]{4,10})\b"
    ),
    re.compile(r"(?<![\w/.-])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\w/%-]|[.,]\d)"),
)
_YEAR_FOLLOWS = re.compile(r"\.?,?\s*(?:del?\s+)?(?:19|20)\d\d\b")


def yearless_dates(
    text: str, taken: tuple[DateMention, ...], notice: date
) -> Iterator[DateMention]:
    """Every date without a year outside those already `taken`, in a year that `notice` tells."""
    for form in _FORMS:
        for match in form.finditer(text):
            if any(match.start() < m.end and m.start < match.end() for m in taken):
                continue
            if _YEAR_FOLLOWS.match(text, match.end()):
                continue
            value = _last_before(_month(match["month"]), int(match["day"]), notice)
            if value is not None:
                yield DateMention(*match.span(), value, "yearless", certain=False)


def _month(printed: str) -> int:
    """1 to 12, or 0 for what is no month; a damaged name is not mended without its year."""
    if printed.isdigit():
        return int(printed)
    number = month_number(printed)
    sound = (number is not None and len(printed) <= 4) or month_number(printed[:3]) == number
    return number if number is not None and sound else 0


def _last_before(month: int, day: int, notice: date) -> date | None:
    for year in (notice.year, notice.year - 1):
        try:
            value = date(year, month, day)
        except ValueError:
            continue
        if value <= notice:
            return value
    return None
