"""`denialdesk case`: list, show, export."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from models.vocabulary import RouteName
from pipeline.auditing import caller
from pipeline.commands.common import home_option, settings
from pipeline.store.cases import Cases, StoredCase
from pipeline.store.holds import Holds

_ROUTES = click.Choice([route.value for route in RouteName])


@click.group(epilog="Example: denialdesk case export cases.xlsx")
@home_option
def case() -> None:
    """List, show and export cases."""


@case.command("list", epilog="Example: denialdesk case list --route human_review")
@click.option("--route", type=_ROUTES, help="Only cases of this route.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def list_(route: str | None, as_json: bool) -> None:
    """List cases, in the order in which their letters came."""
    from pipeline.auditing import open_noted

    with open_noted(settings(), "cases.list") as database:
        cases = Cases(database).all(route)
    if as_json:
        _print_json([_brief(each) for each in cases])
    elif not cases:
        click.echo("No cases yet. `denialdesk process PATH` makes them." if not route else "None.")
    else:
        _print_table(cases)


def _brief(each: StoredCase) -> dict[str, object]:
    return {
        "id": each.id,
        "file": each.source,
        "payer": each.value("payer"),
        "drug": each.value("drug") or each.value("drug_generic") or each.value("service"),
        "category": each.value("denial_category"),
        "route": each.route["route"],
        "urgent": each.body["urgent"],
        "due": each.due.isoformat() if each.due else None,
        "confidence": each.confidence,
        "same_as": each.same_as,
    }


def _print_table(cases: Sequence[StoredCase]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(header_style="bold")
    for head in ("Case", "File", "Payer", "Drug or service", "Reason", "Route", "Sure", "Due"):
        table.add_column(head, overflow="fold", no_wrap=head in ("Case", "Due"))
    for each in cases:
        brief = _brief(each)
        sure = each.confidence
        table.add_row(
            each.id,
            *(escape(str(brief[key] or "–")) for key in ("file", "payer", "drug")),
            str(brief["category"] or "–").replace("_", " "),
            str(brief["route"]).replace("_", " ")
            + (" (urgent)" if brief["urgent"] else "")
            + (f"; probably the same as case {each.same_as}" if each.same_as else ""),
            "–" if sure is None else f"{sure:.2f}",
            str(brief["due"] or "–"),
        )
    width = None if sys.stdout.isatty() else 160
    Console(highlight=False, width=width).print(table)


@case.command("show", epilog="Example: denialdesk case show 3f9a1c0b72de")
@click.argument("case_id", metavar="CASE")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the place of each value.")
@home_option
def show(case_id: str, as_json: bool) -> None:
    """Show a case: fields, law, deadlines and route. CASE is its id, or the start of it."""
    from pipeline.auditing import note_call
    from pipeline.batch import open_store

    chosen = settings()
    with open_store(chosen) as database:
        found = Cases(database).one(case_id)
        note_call(chosen.home, database, "case.view", found.id)
    if as_json:
        about = {"id": found.id, "version": found.version, "same_as": found.same_as}
        _print_json({**about, **found.body})
    else:
        _print_case(found)


def _print_case(found: StoredCase) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from models.fields import FIELD_SPECS

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    route = found.route
    console.print(f"Case {found.id}, version {found.version}, from {escape(found.source)}")
    if found.same_as:
        console.print(f"Probably the same as case {found.same_as}: the letter was received twice.")
    console.print(escape(f"Route: {route['route'].replace('_', ' ')}. {route['rule']}"))
    for reason in route["reasons"]:
        console.print(escape(f"  - {reason}"))
    if route["urgent"]:
        console.print(escape(f"Urgent: {route['urgent_because'] or 'yes'}"))
    law = found.body["law"]
    console.print(escape(f"Law: {law['name'] or 'undecided'}"))
    for line in _question(found):
        console.print(escape(line))
    fields = Table("Field", "Value", "Sure", "Page", header_style="bold")
    for key, spec in FIELD_SPECS.items():
        field = found.body["fields"][key]
        value = _spelled(field["value"])
        if value:
            pages = sorted({place["page"] for place in field["evidence"]})
            where = ", ".join(map(str, pages)) or "computed"
            fields.add_row(spec.label, escape(value), f"{field['confidence']:.2f}", where)
    console.print(fields)
    clocks = Table("Step", "Due", "Safe", "Rule", "Arithmetic", header_style="bold")
    for clock in found.body["deadlines"]:
        due = clock["due"] or f"unknown: {clock['missing'] or ''}"
        how = "\n".join(filter(None, (clock["arithmetic"], clock["conflict"])))
        cells = (clock["step"], due, clock["safe_due"] or "–", clock["citation"], how)
        clocks.add_row(*(escape(cell) for cell in cells))
    if found.body["deadlines"]:
        console.print(clocks)
    if lacking := found.body.get("notice_audit"):
        console.print("Not found in the notice:")
        for defect in lacking:
            console.print(escape(f"  - {defect['label']} ({defect['citation']})"))


def _question(found: StoredCase) -> Iterator[str]:
    """What would settle the law, with the answers that a facts file may give."""
    law = found.body["law"]
    if law["question"]:
        yield f"To settle: {law['question']}"
        for choice in law.get("choices", ()):
            yield f'  - {choice["words"]}: coverage = "{choice["regime"]}"'
        if law.get("choices"):
            yield f"  (denialdesk letter {found.id} --facts-form)"


def _spelled(value: object) -> str:
    if isinstance(value, dict):
        return f"{value['value']} {value['unit']}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@case.command("export", epilog="Example: denialdesk case export cases.xlsx")
@click.argument("file", metavar="FILE")
@click.option("--route", type=_ROUTES, help="Only cases of this route.")
@home_option
def export_(file: str, route: str | None) -> None:
    """Write cases to FILE, one row each; .xlsx, .csv, .parquet or .json by its ending."""
    from pipeline.auditing import open_noted
    from pipeline.export import check_ending, export

    path = Path(file).expanduser()
    check_ending(path)
    with open_noted(settings(), "cases.export", route=route or "all") as database:
        cases = Cases(database).all(route)
    export(cases, path)
    click.echo(f"{len(cases)} case{'' if len(cases) == 1 else 's'} in {path}")


@case.command("hold", epilog='Example: denialdesk case hold 3f9a1c0b72de --reason "suit 26-114"')
@click.argument("case_id", metavar="CASE")
@click.option("--reason", required=True, help="Why; it is shown by `case holds`.")
@home_option
def hold(case_id: str, reason: str) -> None:
    """Keep a case, and the letter that it came in, from being deleted (legal hold)."""
    found = _held(case_id, "case.hold", lambda holds, case: holds.hold(case, caller(), reason))
    click.echo(f"Case {found.id} is on hold: `denialdesk purge` leaves it.")


@case.command("release", epilog="Example: denialdesk case release 3f9a1c0b72de")
@click.argument("case_id", metavar="CASE")
@home_option
def release(case_id: str) -> None:
    """End a legal hold."""
    found = _held(case_id, "case.release", lambda holds, case: holds.release(case, caller()))
    click.echo(f"Case {found.id} is no longer on hold.")


def _held(case_id: str, action: str, act: Callable[[Holds, StoredCase], None]) -> StoredCase:
    from pipeline.auditing import note_call
    from pipeline.batch import open_store

    chosen = settings()
    with open_store(chosen) as database:
        found = Cases(database).one(case_id)
        note_call(chosen.home, database, action, found.id)
        act(Holds(database), found)
    return found


@case.command("holds", epilog="Example: denialdesk case holds")
@home_option
def holds_() -> None:
    """Show the cases on legal hold."""
    from pipeline.auditing import open_noted

    with open_noted(settings(), "cases.holds") as database:
        for row in Holds(database).all():
            click.echo(f"{row.case_id}  since {row.at:%Y-%m-%d} by {row.who}: {row.reason}")


def _print_json(value: object) -> None:
    out = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.buffer.write(out.encode("utf-8", "backslashreplace") + b"\n")
