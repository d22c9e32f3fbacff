"""Filing windows counted again, day by day, from the rules alone: shares no code with the project.

Used by the clock tests as the second opinion; slow and plain on purpose.
"""

from __future__ import annotations

from datetime import date, timedelta

ONE = timedelta(days=1)


def days_after(start: date, count: int) -> date:
    """The trigger day is day 0; each midnight is one more."""
    day, counted = start, 0
    while counted < count:
        day = day + ONE
        counted = counted + 1
    return day


def months_after(start: date, count: int) -> tuple[int, int, int]:
    """Year, month and day number so many months on, whether or not such a day exists."""
    year, month = start.year, start.month
    for _ in range(count):
        month = month + 1
        if month == 13:
            year, month = year + 1, 1
    return year, month, start.day


def exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def four_months(receipt: date) -> date:
    """Federal external review: four months on, else the first of the fifth, then rolled."""
    year, month, number = months_after(receipt, 4)
    if exists(year, month, number):
        day = date(year, month, number)
    else:
        year, month, _ = months_after(receipt, 5)
        day = date(year, month, 1)
    while day.isoweekday() in (6, 7) or day in legal_holidays(day.year):
        day = day + ONE
    return day


def months_or_last_day(start: date, count: int) -> date:
    year, month, number = months_after(start, count)
    while not exists(year, month, number):
        number = number - 1
    return date(year, month, number)


def legal_holidays(year: int) -> set[date]:
    """5 USC 6103(a), each on its own date."""
    fixed = {(1, 1), (7, 4), (11, 11), (12, 25)}
    if year >= 2021:
        fixed.add((6, 19))  # Juneteenth, by Public Law 117-17
    monday, thursday = 1, 4
    floating = [
        (1, monday, 3),  # Martin Luther King, Jr.
        (2, monday, 3),  # Washington
        (9, monday, 1),  # Labor Day
        (10, monday, 2),  # Columbus Day
        (11, thursday, 4),  # Thanksgiving
    ]
    days = {date(year, month, day) for month, day in fixed}
    for month, weekday, nth in floating:
        hits = [
            date(year, month, n)
            for n in range(1, 32)
            if exists(year, month, n) and date(year, month, n).isoweekday() == weekday
        ]
        days.add(hits[nth - 1])
    last_monday = date(year, 5, 31)
    while last_monday.isoweekday() != monday:
        last_monday = last_monday - ONE
    days.add(last_monday)
    return days
