"""Clocks as a calendar file (iCalendar, RFC 5545): an all-day event for each day that counts.

It names the step and the rule only: nothing of the patient goes into a calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from models.case import Deadline

OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar(found: tuple[Deadline, ...], name: str = "") -> bytes:
    """The file: last days and safe days of every clock that has them. `name` sets the events of
    one case apart from another's (its id)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Denial Desk//deadlines//EN"]
    # The stamp tells when an entry was last revised. It hangs on the clock alone, so that the same
    # clocks give the same bytes.
    for clock in found:
        for day, what in _days(clock):
            title = f"{what}: {clock.step}" + (f" ({name})" if name else "")
            about = ". ".join(filter(None, (clock.arithmetic, clock.citation, clock.conflict)))
            lines += [
                "BEGIN:VEVENT",
                f"UID:{name or 'case'}-{clock.key}-{day:%Y%m%d}@denialdesk",
                f"DTSTAMP:{clock.opens or day:%Y%m%d}T000000Z",
                f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
                f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
                f"SUMMARY:{title.translate(_ESCAPES)}",
                f"DESCRIPTION:{about.translate(_ESCAPES)}",
                "BEGIN:VALARM",
                "ACTION:DISPLAY",
                "TRIGGER:-P7D",
                f"DESCRIPTION:{title.translate(_ESCAPES)}",
                "END:VALARM",
                "END:VEVENT",
            ]
    lines.append("END:VCALENDAR")
    return "".join(part + "\r\n" for line in lines for part in _folded(line)).encode()


def _days(clock: Deadline) -> Iterator[tuple[date, str]]:
    if clock.due is None:
        return
    if clock.kind == "plan":
        yield clock.due, "Decision due"
        return
    if clock.safe_due is not None and clock.safe_due != clock.due:
        yield clock.safe_due, "File by (safe day)"
    yield clock.due, "Last day"


def _folded(line: str) -> Iterator[str]:
    """A content line in pieces of at most 75 octets, the later ones begun with a blank."""
    piece, size = "", 0
    for char in line:
        wide = len(char.encode())
        if size + wide > OCTETS:
            yield piece
            piece, size = " ", 1
        piece += char
        size += wide
    yield piece
