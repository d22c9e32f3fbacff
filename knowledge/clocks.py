"""Every clock of a case: what opens, what is due, counted how, and what to rely on.

`deadlines(facts)` gives, in this order: the next step open to the member (first the one to use),
what keeps benefits running, the plan's own time limits, then the later steps, whose dates hang on
decisions not yet made. `due` is the last day under the rule; `safe_due` the day not to rely
beyond: counted from the notice date without presumed receipt or roll, and no later than what the
letter itself gives. Pure: reads the knowledge base only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from knowledge import law
from knowledge.clock_tables import (
    DecisionClock,
    FilingClock,
    decision_clocks,
    filing_clocks,
)
from knowledge.counting import Counted, add_months, on, rolled
from knowledge.law import Regime
from knowledge.stated import heed_letter
from models.case import Deadline
from models.fields import Window
from models.vocabulary import DenialCategory, Level, PlanType

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)
_C = DenialCategory
MEDICAL = frozenset(
    (
        *(_C.MEDICAL_NECESSITY, _C.QUANTITY_LIMIT, _C.STEP_THERAPY, _C.NON_FORMULARY),
        *(_C.EXPERIMENTAL, _C.INDICATION_OR_AGE, _C.SITE_OF_CARE, _C.PRIOR_AUTHORIZATION),
    )
)
"""Reasons that rest on medical judgment."""
EXCEPTION = frozenset((_C.NON_FORMULARY, _C.STEP_THERAPY, _C.QUANTITY_LIMIT))
STARTS_FROM = {
    "receipt": "receipt",
    "notice": "notice date",
    "action": "day of the change",
    "care": "day of the care",
}
THIRD_YEAR = "December 31 of the third year after the year of the care"
NEEDS = {
    "receipt": "received or letter_date",
    "notice": "letter_date",
    "action": "the day on which the change takes effect",
    "care": "date_of_service",
}


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What the clocks hang on. `level` is that of the letter in hand; `regime` a decided regime
    (None: the plan type's usual one stands in, and each clock says so).

    `filed` is the day on which our own request went in; `effective` the day on which a service is
    to end or shrink; `payment` that the care was given already; `second_level` that the letter
    offers a second internal appeal."""

    plan_type: PlanType
    level: Level | None = None
    letter_date: date | None = None
    received: date | None = None
    stated_window: Window | None = None
    stated_deadline: date | None = None
    urgent: bool = False
    regime: str | None = None
    category: DenialCategory | None = None
    is_drug: bool = False
    part_b_drug: bool = False
    filed: date | None = None
    effective: date | None = None
    date_of_service: date | None = None
    request_date: date | None = None
    payment: bool = False
    second_level: bool = False


def deadlines(facts: ClockFacts) -> tuple[Deadline, ...]:
    """Every clock of the case, the next step first. A date out of reason (before 1990, after
    2099) counts as unknown; an unknown date gives `due` None, and `missing` names it."""
    facts = _plausible(facts)
    known = _candidates(facts)
    now = [d for r in known for d in _next_steps(r, facts)]
    ours = sorted(now, key=lambda d: d.kind != "ours")
    plan = [d for r in known for d in _decisions(r, facts)]
    later = [d for r in known for d in _later_steps(r, facts)]
    return tuple({d.key: d for d in reversed((*ours, *plan, *later))}.values())[::-1]


def _plausible(facts: ClockFacts) -> ClockFacts:
    """The same facts without dates and windows that cannot be."""
    window = facts.stated_window
    sane = window is not None and 0 < window.value <= 2000 and window.unit in ("days", "months")
    return replace(
        facts,
        letter_date=_sane(facts.letter_date),
        received=_sane(facts.received),
        stated_deadline=_sane(facts.stated_deadline),
        filed=_sane(facts.filed),
        effective=_sane(facts.effective),
        date_of_service=_sane(facts.date_of_service),
        request_date=_sane(facts.request_date),
        stated_window=window if sane else None,
    )


def _sane(day: date | None) -> date | None:
    return day if day is not None and EARLIEST <= day < LATEST else None


def _candidates(facts: ClockFacts) -> tuple[Regime, ...]:
    """The regime; both Medicare parts while it is open which one a drug falls under."""
    first = law.working(facts.regime, facts.plan_type)
    open_drug = facts.regime is None and facts.is_drug and not facts.part_b_drug
    if open_drug and facts.plan_type is PlanType.MEDICARE_ADVANTAGE:
        return first, law.regime("part_d")
    return (first,)


def _here(known: Regime, facts: ClockFacts) -> int | None:
    """The step of the regime's path that the letter in hand opens."""
    level = facts.level or Level.INITIAL
    return next((n for n, step in enumerate(known.path) if level in step.after), None)


def _applies(clock: FilingClock, facts: ClockFacts) -> bool:
    match clock.when:
        case "drug_exception":
            return facts.is_drug and facts.category in EXCEPTION
        case "urgent":
            return facts.urgent
        case "medical":
            return facts.category is None or facts.category in MEDICAL
        case "factual":
            return facts.category is None or facts.category not in MEDICAL
        case _:
            return True


def _next_steps(known: Regime, facts: ClockFacts) -> Iterator[Deadline]:
    here = _here(known, facts)
    if here is None:
        return
    clocks = [filing_clocks()[key] for key in known.path[here].clocks]
    second = facts.second_level and any(c.when == "second_level" for c in clocks)
    if second:
        clocks.sort(key=lambda clock: clock.when != "second_level")
    for clock in clocks:
        if not _applies(clock, facts):
            continue
        made = _with_date(clock, known, facts)
        heeds = clock.kind == "ours" and (clock.when == "second_level") == second
        if heeds and not (clock.automatic or clock.is_open):
            made = heed_letter(made, clock, known, facts)
        yield _explained(made, known, facts)


def _with_date(clock: FilingClock, known: Regime, facts: ClockFacts) -> Deadline:
    """The clock under the rule alone."""
    blank = _blank(clock)
    if clock.automatic or clock.is_open:
        nothing = "nothing to file" if clock.automatic else "no time limit"
        return replace(blank, opens=facts.letter_date, arithmetic=nothing)
    if clock.third_year_end:
        return _third_year_end(blank, facts)
    if clock.starts == "action":
        return _before_the_change(blank, facts)
    if clock.count is None:
        return replace(
            blank,
            opens=facts.received or facts.letter_date,
            missing=clock.set_by,
            arithmetic=f"counted from {STARTS_FROM[clock.starts]}; {clock.set_by}",
        )
    return _counted(blank, clock, known, facts)


def _blank(clock: FilingClock) -> Deadline:
    return Deadline(
        key=clock.id,
        step=clock.step,
        who=clock.who,
        opens=None,
        due=None,
        safe_due=None,
        counts_from=STARTS_FROM[clock.starts],
        citation=clock.citation,
        confidence=clock.confidence,
        arithmetic="",
        kind=clock.kind,
        note="; ".join(filter(None, (clock.note, clock.filed and f"filing: {clock.filed}")))
        or None,
    )


def _counted(blank: Deadline, clock: FilingClock, known: Regime, facts: ClockFacts) -> Deadline:
    by_receipt = clock.starts == "receipt"
    base = (facts.received if by_receipt else None) or facts.letter_date
    if base is None:
        return replace(blank, missing=NEEDS[clock.starts], arithmetic=formula(clock))
    start = on(base)
    conflict = None
    if by_receipt and facts.received is None and clock.presumed:
        start = start.and_days(clock.presumed, "presumed receipt")
    last = span(clock, start)
    if clock.roll:
        last = rolled(last)
    words = last.words
    if clock.or_action and facts.effective is not None and facts.effective > last.day:
        last = Counted(facts.effective, "")
        words += f"; the change takes effect later, on {facts.effective}"
    safe = span(clock, on(min(base, facts.letter_date or base)), cautious=True)
    if known.shortest is not None:
        safe = min(safe, on(facts.letter_date or base).and_days(known.shortest), key=_day)
    if safe.day != last.day:
        words += f"; safe: {safe.words}"
    if facts.received and facts.letter_date and facts.received < facts.letter_date:
        conflict = f"received on {facts.received}, before the notice date {facts.letter_date}"
    return replace(
        blank, opens=base, due=last.day, safe_due=safe.day, arithmetic=words, conflict=conflict
    )


def _day(count: Counted) -> date:
    return count.day


def span(clock: FilingClock, start: Counted, cautious: bool = False) -> Counted:
    """The clock's window after `start`; `cautious`: a day that a month lacks is its last day."""
    count = clock.count or 0
    if clock.unit == "months":
        return add_months(start, count, clock.first_of_next_month and not cautious)
    return start.and_days(count)


def formula(clock: FilingClock) -> str:
    """The count in words, for a step whose start is not known yet."""
    if clock.third_year_end:
        return THIRD_YEAR
    if clock.starts == "action":
        return "the day before the change"
    if clock.count is None:
        return clock.set_by or ""
    presumed = f" + {clock.presumed} days (presumed receipt)" if clock.presumed else ""
    start = "notice date" if presumed else STARTS_FROM[clock.starts]
    return f"{start}{presumed} + {clock.count} {clock.unit}"


def _third_year_end(blank: Deadline, facts: ClockFacts) -> Deadline:
    care = facts.date_of_service
    if care is None:
        return replace(blank, missing=NEEDS["care"], arithmetic=THIRD_YEAR)
    last = date(care.year + 3, 12, 31)
    words = f"care in {care.year}; {THIRD_YEAR}: {last}"
    return replace(blank, opens=facts.letter_date, due=last, safe_due=last, arithmetic=words)


def _before_the_change(blank: Deadline, facts: ClockFacts) -> Deadline:
    change = facts.effective
    if change is None:
        return replace(blank, missing=NEEDS["action"], arithmetic="the day before the change")
    last = on(change).and_days(-1)
    words = f"change on {change}; the day before: {last.day}"
    opens = facts.letter_date
    return replace(blank, opens=opens, due=last.day, safe_due=last.day, arithmetic=words)


def _explained(made: Deadline, known: Regime, facts: ClockFacts) -> Deadline:
    """With what was taken for granted said in its note."""
    said = [made.note]
    if facts.regime is None and known.assumption and made.kind == "ours":
        said.append(known.assumption)
    if facts.level is None and made.kind == "ours":
        said.append("the letter does not tell its level: taken as a first decision")
    return replace(made, note="; ".join(filter(None, said)) or None)


def _later_steps(known: Regime, facts: ClockFacts) -> Iterator[Deadline]:
    here = _here(known, facts)
    if here is None:
        return
    before = filing_clocks()[known.path[here].clocks[0]].step
    for step in known.path[here + 1 :]:
        for clock in (filing_clocks()[key] for key in step.clocks):
            if not _applies(clock, facts):
                continue
            waits = f"the date of the decision on the {before}"
            made = replace(_blank(clock), arithmetic=formula(clock), missing=waits)
            if clock.automatic or clock.is_open:
                made = replace(made, missing=None, arithmetic="nothing to file")
            if clock.id.startswith("ext_") and facts.urgent:
                rule = law.citation("external_with_urgent")
                also = f"urgent: may be asked for at once, beside the internal appeal ({rule})"
                made = replace(made, note=f"{made.note}; {also}" if made.note else also)
            yield made
        before = filing_clocks()[step.clocks[0]].step


def _decisions(known: Regime, facts: ClockFacts) -> Iterator[Deadline]:
    level = facts.level or Level.INITIAL
    true = frozenset(
        name
        for name, holds in (
            ("urgent", facts.urgent),
            ("payment", facts.payment),
            ("drug", facts.is_drug),
            ("part_b_drug", facts.part_b_drug),
            ("two_levels", facts.second_level),
        )
        if holds
    )
    for clock in decision_clocks().values():
        if known.id not in clock.regimes:
            continue
        if clock.needs == "drug_exception" and not (facts.is_drug and facts.category in EXCEPTION):
            continue
        if clock.after == level:
            yield _decision(clock, true, facts.filed, "the date on which the request is filed")
        elif clock.after == "request" and level is Level.INITIAL and facts.request_date:
            yield _was_it_in_time(
                _decision(clock, true, facts.request_date, ""), clock, true, facts
            )


def _decision(
    clock: DecisionClock, true: frozenset[str], start: date | None, missing: str
) -> Deadline:
    variant = clock.variant(true, start)
    note = [clock.note]
    if clock.if_missed:
        note.append(f"if it is missed: {clock.if_missed}")
    due, words = None, "no time limit known"
    if variant is not None:
        length = f"{variant.count} {variant.unit}"
        words = f"filing date + {length}"
        if start is not None:
            due = on(start).and_days(variant.days).day
            words = f"{start} + {length} = {due}"
        if variant.extra_days:
            note.append(f"may be extended by {variant.extra_days} days")
    fast = clock.variant(true | {"urgent"}, start)
    if fast is not None and fast != variant:
        note.append(f"{fast.count} {fast.unit} if expedited")
    return Deadline(
        key=clock.id,
        step=clock.step,
        who=clock.who,
        opens=start,
        due=due,
        safe_due=due,
        counts_from="request" if clock.after == "request" else "filing",
        citation=clock.citation,
        confidence=clock.confidence,
        arithmetic=words,
        kind="plan",
        missing=missing if due is None else None,
        note="; ".join(filter(None, note)) or None,
    )


def _was_it_in_time(
    made: Deadline, clock: DecisionClock, true: frozenset[str], facts: ClockFacts
) -> Deadline:
    """Flags a first decision that is dated after the plan's limit and any extension."""
    variant = clock.variant(true, facts.request_date)
    if variant is None or made.due is None or facts.letter_date is None:
        return made
    latest = on(made.due).and_days(variant.extra_days).day
    if facts.letter_date <= latest:
        return made
    late = (facts.letter_date - made.due).days
    said = f"the notice is dated {facts.letter_date}, {late} days after the plan's limit {made.due}"
    return replace(made, conflict=said)
