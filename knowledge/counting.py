"""Counting days and months as the appeal rules do, with the arithmetic in words.

The trigger day is day 0. Federal holidays are the legal public holidays of 5 USC 6103(a) on
their own dates: the observed Friday or Monday of 6103(b) is written for federal pay and leave, so
it extends no window here.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

SATURDAY = 5
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Counted:
    """A day and how it was come by: "2026-09-14 + 180 days = 2027-03-13"."""

    day: date
    words: str

    def and_days(self, count: int, why: str = "") -> Counted:
        """So many days on."""
        later = self.day + timedelta(days=count)
        return Counted(later, f"{self.words} + {count} days{f' ({why})' if why else ''} = {later}")


def on(day: date) -> Counted:
    """The start of a count."""
    return Counted(day, f"{day}")


def add_months(start: Counted, count: int, first_of_next: bool) -> Counted:
    """The same day number so many months on. Where the month has no such day: the first day of
    the month after (`first_of_next`, as 45 CFR 147.136(d)(2)(i) says), else its last day."""
    months = start.day.year * MONTHS + start.day.month - 1 + count
    year, month = months // MONTHS, months % MONTHS + 1
    words = f"{start.words} + {count} months ="
    last = monthrange(year, month)[1]
    if start.day.day <= last:
        day = date(year, month, start.day.day)
        return Counted(day, f"{words} {day}")
    absent = f"{words} {year}-{month:02}-{start.day.day:02}, which does not exist:"
    if not first_of_next:
        day = date(year, month, last)
        return Counted(day, f"{absent} last day of that month, {day}")
    day = date(year, month, last) + timedelta(days=1)
    return Counted(day, f"{absent} first day of the month after, {day}")


def rolled(count: Counted) -> Counted:
    """Moved on to a day that is no Saturday, Sunday or federal holiday, where it is one."""
    day = count.day
    while (why := day_off(day)) is not None:
        day += timedelta(days=1)
    if day == count.day:
        return count
    why = day_off(count.day)
    return Counted(day, f"{count.words}; {count.day} is {why}: next working day {day} ({day:%A})")


def day_off(day: date) -> str | None:
    """What makes the day none on which a window ends ("a Sunday", "Christmas Day"), or None."""
    if day.weekday() >= SATURDAY:
        return f"a {day:%A}"
    return federal_holidays(day.year).get(day)


@cache
def federal_holidays(year: int) -> dict[date, str]:
    """The legal public holidays of 5 USC 6103(a), by their own dates."""
    import holidays  # 60 ms: only where a window rolls

    return dict(holidays.country_holidays("US", years=year, observed=False))
