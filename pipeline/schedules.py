"""When an inbox is run: a cron line or an interval, a time zone, and what to do when a run
overlaps its predecessor. Kept as plain JSON with the inbox; Prefect keeps the time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from models.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LEAST_SECONDS = 10
OVERLAPS = ("skip", "wait")


def make_schedule(
    cron: str | None, every: str | None, zone: str, overlap: str
) -> dict[str, Any] | None:
    """A schedule as it is stored; None where none is asked for. Raises UsageError."""
    if cron and every:
        raise UsageError("--cron and --every exclude each other", "Give one of them.")
    if not cron and not every:
        return None
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"There is no time zone {zone}", "Write one like America/Chicago."
        ) from None
    made: dict[str, Any] = {"zone": zone, "overlap": overlap}
    if cron:
        try:
            CronSim(cron, datetime.now(UTC))
        except CronSimError as odd:
            raise UsageError(
                f"--cron {cron!r} is no cron line ({odd})", "Write one like '*/15 7-19 * * 1-5'."
            ) from None
        return {**made, "cron": cron}
    return {**made, "every": seconds_of(every or "")}


def seconds_of(text: str) -> int:
    """`90s`, `15m`, `2h` or `1d` in seconds. Raises UsageError."""
    found = re.fullmatch(r"\s*(\d+)\s*([smhd])\s*", text.lower())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if seconds < LEAST_SECONDS:
        raise UsageError(
            f"--every {text} is no interval of {LEAST_SECONDS} seconds or more",
            "Write one like 15m, 2h or 1d.",
        )
    return seconds


def due_since(schedule: dict[str, Any], last: datetime, at: datetime) -> bool:
    """Whether a run has been due between `last` and `at`."""
    return next_after(schedule, last) <= at


def next_after(schedule: dict[str, Any], last: datetime) -> datetime:
    """The first moment after `last` at which a run is due."""
    if "every" in schedule:
        return last + timedelta(seconds=schedule["every"])
    zone = ZoneInfo(schedule["zone"])
    found: datetime = next(CronSim(schedule["cron"], last.astimezone(zone)))
    return found.astimezone(UTC)


def spelled(schedule: dict[str, Any] | None) -> str:
    """A schedule in words, for lists."""
    if schedule is None:
        return "by hand"
    if "cron" in schedule:
        return f"cron {schedule['cron']} ({schedule['zone']})"
    seconds = schedule["every"]
    unit, size = next((u, s) for u, s in reversed(_UNITS.items()) if seconds % s == 0)
    return f"every {seconds // size}{unit}"
