"""What the letter itself says of the time to appeal, against the rule.

Both are kept. A later date or longer window is honoured: the plan has given it. A shorter one is
a defect of the notice where the rule sets a minimum; the rule's day stands as the last one, the
letter's shorter one is the day to rely on. Where no rule is known, the letter's word counts, unless
no federal rule allows so little.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from knowledge.clock_tables import FilingClock
from knowledge.counting import Counted, add_months, on
from knowledge.law import Regime
from models.case import Deadline
from models.fields import Window

LONGEST = timedelta(days=3 * 366)
MAIL_DAYS = timedelta(days=5)


class Stated(Protocol):
    """The facts that bear on it (see ClockFacts)."""

    @property
    def letter_date(self) -> date | None: ...
    @property
    def received(self) -> date | None: ...
    @property
    def stated_window(self) -> Window | None: ...
    @property
    def stated_deadline(self) -> date | None: ...


def heed_letter(made: Deadline, clock: FilingClock, known: Regime, facts: Stated) -> Deadline:
    """The clock with the letter's own window and last day taken into account."""
    given, troubles = _given(facts, clock)
    if not given:
        return _with(made, troubles)
    latest, soonest = max(given, key=_day), min(given, key=_day)
    # What the rule counted already is not counted again.
    counted = {made.due, made.safe_due}
    told = (w.partition(":")[0] if day in counted else w for day, w in map(_parts, given))
    words = "; ".join(dict.fromkeys(told))
    too_short = _too_short(known, facts, latest)
    if made.due is None or (not known.laws and clock.count is not None and not too_short):
        return _with(
            replace(
                made,
                due=latest.day,
                safe_due=soonest.day,
                arithmetic=words,
                missing=None,
            ),
            troubles,
        )
    made = replace(made, arithmetic=f"{made.arithmetic}; {words}")
    if too_short:
        # Perhaps the plan's own time to decide: not the last day, and still the day to rely on.
        troubles.append(
            f"the letter gives less time ({latest.day}) than any federal rule for a first"
            f" appeal ({known.shortest} days): check that it is the time to appeal"
        )
        return _with(replace(made, safe_due=soonest.day), troubles)
    return _against_the_rule(made, clock, latest, soonest, troubles)


def _too_short(known: Regime, facts: Stated, latest: Counted) -> bool:
    """Whether, the coverage being unknown, no federal rule lets a first appeal end so soon."""
    if known.shortest is None or facts.letter_date is None:
        return False
    return latest.day < facts.letter_date + timedelta(days=known.shortest)


def _against_the_rule(
    made: Deadline, clock: FilingClock, latest: Counted, soonest: Counted, troubles: list[str]
) -> Deadline:
    due, safe = made.due, made.safe_due or made.due
    assert due is not None  # the caller has made sure
    assert safe is not None
    if soonest.day < safe:
        troubles.append(
            f"the letter gives less time ({soonest.day}) than the rule ({due}), which is a minimum:"
            " a defect of the notice; rely on the shorter"
        )
        made = replace(made, safe_due=soonest.day)
    if latest.day > due:
        if clock.state_sets and clock.most and _within(made, latest.day, clock.most):
            return _with(replace(made, due=latest.day, safe_due=soonest.day), troubles)
        troubles.append(
            f"the letter gives more time ({latest.day}) than the rule ({due}): it is followed; do"
            f" not rely beyond {made.safe_due}"
        )
        made = replace(made, due=latest.day)
    return _with(made, troubles)


def _within(made: Deadline, day: date, most: int) -> bool:
    """Whether a state may have set that day."""
    return made.opens is not None and day <= made.opens + timedelta(days=most)


def _given(facts: Stated, clock: FilingClock) -> tuple[list[Counted], list[str]]:
    """The last days that the letter gives, and what is wrong with them."""
    given: list[Counted] = []
    troubles: list[str] = []
    notice, window, printed = facts.letter_date, facts.stated_window, facts.stated_deadline
    starts = sorted({day for day in (notice, facts.received) if day is not None})
    if window is not None:
        # "65 days" of a Medicare notice are the rule's 60 from receipt and the 5 presumed for the
        # mail, counted from its date: they are not counted again from a later receipt.
        with_mail = clock.presumed and window == Window((clock.count or 0) + clock.presumed, "days")
        for start in starts[:1] if with_mail and notice is not None else starts:
            end = _end(window, start)
            given.append(Counted(end.day, f"the letter gives {window}: {end.words}"))
    if printed is not None:
        if starts and not starts[0] <= printed <= starts[0] + LONGEST:
            troubles.append(f"the printed last day {printed} cannot be right and is not used")
        else:
            if given and not any(g.day <= printed <= g.day + MAIL_DAYS for g in given):
                troubles.append(
                    f"the letter contradicts itself: {window} ends on {given[0].day}, its printed"
                    f" last day is {printed}"
                )
            given.append(Counted(printed, f"the letter prints the last day {printed}"))
    return given, troubles


def _end(window: Window, start: date) -> Counted:
    if window.unit == "months":
        return add_months(on(start), window.value, first_of_next=False)
    return on(start).and_days(window.value)


def _parts(count: Counted) -> tuple[date, str]:
    return count.day, count.words


def _day(count: Counted) -> date:
    return count.day


def _with(made: Deadline, troubles: list[str]) -> Deadline:
    said = "; ".join(filter(None, (made.conflict, *troubles)))
    return replace(made, conflict=said or None)
