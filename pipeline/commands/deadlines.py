"""`denialdesk deadlines`: every clock of a denial or of given facts, with its arithmetic."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.clinical import ClinicalFacts
from models.errors import StoreError, UsageError
from models.fields import Window
from models.serial import plain
from models.vocabulary import DenialCategory, Level, PlanType
from pipeline.commands.common import home_option, settings

if TYPE_CHECKING:
    from knowledge.clocks import ClockFacts
    from models.case import Deadline

DAY = click.DateTime(formats=["%Y-%m-%d", "%m/%d/%Y"])
_UNITS = {"day": ("days", 1), "week": ("days", 7), "month": ("months", 1), "year": ("months", 12)}
_WINDOW = re.compile(r"(\d{1,4})[\s-]*(?:calendar[\s-]+)?(day|week|month|year)s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored case, and what a person entered for it."""

    id: str
    body: dict[str, Any]
    entries: ClinicalFacts


class _WindowType(click.ParamType[Window]):
    """A stretch of time such as "180 days"."""

    name = "window"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Window:
        match = _WINDOW.fullmatch(str(value).strip())
        if match is None or int(match[1]) == 0:
            self.fail(f"{value!r} is no window; write it like '180 days' or '4 months'", param, ctx)
        unit, times = _UNITS[match[2].lower()]
        return Window(int(match[1]) * times, unit)


def _choice(words: type[PlanType] | type[Level] | type[DenialCategory]) -> click.Choice[str]:
    return click.Choice([word.value for word in words])


@click.command(
    epilog='Example: denialdesk deadlines --plan-type commercial --level initial --letter-date'
    ' 2026-09-14 --stated-window "180 days"'
)  # fmt: skip
@click.argument("case", required=False, metavar="[CASE]")
@click.option("--plan-type", type=_choice(PlanType), help="The kind of coverage.")
@click.option("--level", type=_choice(Level), help="Which decision the letter gives.")
@click.option("--letter-date", type=DAY, metavar="DATE", help="The notice's date (2026-09-14).")
@click.option("--received", type=DAY, metavar="DATE", help="When the notice arrived.")
@click.option("--stated-window", type=_WindowType(), help='The letter\'s own window ("180 days").')
@click.option("--stated-deadline", type=DAY, metavar="DATE", help="The letter's printed last day.")
@click.option("--second-level", is_flag=True, help="The letter offers a second internal appeal.")
@click.option("--urgent", is_flag=True, help="Delay would harm: expedited times.")
@click.option("--regime", metavar="KEY", help="The law, where it is known (erisa_self_funded ...).")
@click.option("--category", type=_choice(DenialCategory), help="The reason for the denial.")
@click.option("--drug", "is_drug", is_flag=True, help="A drug was denied.")
@click.option("--request-date", type=DAY, metavar="DATE", help="When the plan was asked.")
@click.option("--date-of-service", type=DAY, metavar="DATE", help="When the care was given.")
@click.option("--filed", type=DAY, metavar="DATE", help="When the appeal went in.")
@click.option("--effective", type=DAY, metavar="DATE", help="When a service is to end or shrink.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--ics", type=click.Path(dir_okay=False), help="Also write a calendar file.")
@home_option
def deadlines(case: str | None, as_json: bool, ics: str | None, **given: Any) -> int:
    """Every clock of a denial: when it opens and ends, counted how, under which rule.

    Of a stored CASE (its id), or of the facts given as options; options given beside a CASE
    replace its facts.
    """
    chosen = {key: _day(value) for key, value in given.items() if value not in (None, False)}
    kept = None if case is None else _kept(case)
    found = _stored(kept) if kept is not None and not chosen else _computed(kept, chosen)
    if ics is not None:
        from pipeline.calendars import calendar

        try:
            Path(ics).write_bytes(calendar(found, kept.id if kept else ""))
        except OSError as error:
            raise StoreError(
                f"{ics} cannot be written ({error.strerror})", "Name another file."
            ) from error
    if as_json:
        click.echo(json.dumps(plain(found), ensure_ascii=False, indent=2))
    else:
        _print(found)
    return 0


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _stored(case: Kept) -> tuple[Deadline, ...]:
    """The clocks of a stored case, as they were decided."""
    from pydantic import TypeAdapter

    from models.case import Deadline

    kept: tuple[Deadline, ...] = TypeAdapter(tuple[Deadline, ...]).validate_python(
        case.body["deadlines"]
    )
    return kept


def _computed(case: Kept | None, chosen: dict[str, Any]) -> tuple[Deadline, ...]:
    """The clocks of the facts given, over those of the case where there is one."""
    from knowledge.clocks import deadlines as compute

    return compute(_facts(case, chosen))


def _facts(case: Kept | None, chosen: dict[str, Any]) -> ClockFacts:
    """Raises UsageError, StoreError."""
    from knowledge import law
    from knowledge.clocks import EARLIEST, LATEST, ClockFacts

    for key, value in chosen.items():
        if isinstance(value, date) and not EARLIEST <= value < LATEST:
            option = "--" + key.replace("_", "-")
            raise UsageError(f"{option} {value} is out of reason", "Check the year.")
    regime = chosen.get("regime")
    if regime is not None and regime not in law.regimes():
        raise UsageError(f"There is no regime {regime}", f"Known: {', '.join(law.regimes())}.")
    for key, words in (("plan_type", PlanType), ("level", Level), ("category", DenialCategory)):
        if key in chosen:
            chosen[key] = words(chosen[key])
    if case is not None:
        return replace(_of_case(case), **chosen)
    if "plan_type" not in chosen:
        if regime is None:
            raise UsageError(
                "Neither a case nor a plan type is given",
                "Name a case, or give --plan-type (unknown where it is not known).",
            )
        chosen["plan_type"] = law.regime(regime).plan_types[0]
    return ClockFacts(**chosen)


def _of_case(case: Kept) -> ClockFacts:
    """The case's facts, with what a person entered: receipt, urgency."""
    from models.serial import fields_in
    from pipeline.deciding import clock_facts

    first = [clock["key"] for clock in case.body["deadlines"][:1]]
    facts = clock_facts(
        fields_in(case.body["fields"]),
        case.body["law"]["regime"],
        second_level=first == ["erisa_l2"],
        urgent=case.entries.is_urgent,
    )
    return replace(facts, received=case.entries.answers.received)


def _kept(case: str) -> Kept:
    from pipeline.auditing import note_call
    from pipeline.batch import open_store
    from pipeline.store.cases import Cases
    from pipeline.store.entries import Entries

    chosen = settings()
    with open_store(chosen) as database:
        found = Cases(database).one(case)
        note_call(chosen.home, database, "case.view", found.id)
        return Kept(found.id, found.body, Entries(database).of(found.id).facts)


def _print(found: tuple[Deadline, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not found:
        click.echo("No clock is known: no further step is open under this law.")
        return
    table = Table(header_style="bold")
    for head in ("Clock", "Step", "Last day", "Safe day", "How it is counted", "Rule"):
        table.add_column(head, overflow="fold", no_wrap=head in ("Clock", "Last day", "Safe day"))
    for clock in found:
        due = str(clock.due) if clock.due else "–"
        missing = f"missing: {clock.missing}" if clock.missing else ""
        how = "\n".join(filter(None, (clock.arithmetic, missing, clock.conflict, clock.note)))
        cells = (clock.key, f"{clock.step}\n{clock.who}", due, str(clock.safe_due or "–"), how)
        table.add_row(*(escape(cell) for cell in (*cells, clock.citation)))
    width = None if sys.stdout.isatty() else 160
    Console(highlight=False, width=width).print(table)
