"""`denialdesk letter`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings
from pipeline.errors import OK

if TYPE_CHECKING:
    from models.clinical import CaseForm
    from pipeline.home import Settings
    from pipeline.store.cases import StoredCase
    from pipeline.store.database import Database


@click.command(epilog="Example: denialdesk letter 3f9a1c0b72de --facts facts.toml --out packets/")
@click.argument("case_id", metavar="CASE", required=False)
@click.option("--out", metavar="DIR", help="Where packets go (default: packets in the home).")
@click.option(
    "--facts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Clinical facts to fill in (TOML): kept with the case, in place of those of before.",
)
@click.option("--facts-form", is_flag=True, help="Print CASE's form to fill in, and write nothing.")
@click.option("--facts-example", is_flag=True, help="Print a whole example of such a file.")
@home_option
def letter(
    case_id: str | None, out: str | None, facts: Path | None, facts_form: bool, facts_example: bool
) -> int:
    """Write a case's letter packet again, over what is there. CASE is its id, or its start."""
    from pipeline import facts_file

    if facts_example:
        click.echo(facts_file.example(), nl=False)
        return OK
    if case_id is None:
        raise UsageError("No case is named", "`denialdesk case list` shows all of them.")
    if facts_form:
        click.echo(_form(case_id), nl=False)
        return OK
    _write(case_id, out, facts)
    return OK


def _form(case_id: str) -> str:
    from pipeline.auditing import note_call
    from pipeline.batch import open_store
    from pipeline.facts_file import form
    from pipeline.store.cases import Cases

    chosen = settings()
    with open_store(chosen) as database:
        found = Cases(database).one(case_id)
        note_call(chosen.home, database, "case.view", found.id)
        return form(found.id, _case_form(database, found, chosen))


def _case_form(database: Database, found: StoredCase, chosen: Settings) -> CaseForm:
    from letters.form import case_form
    from models.serial import case_in
    from pipeline.store.entries import Entries

    entered = Entries(database).of(found.id).facts.on_paper_of(chosen.clinic)
    return case_form(case_in(found.body), found.id, chosen.day(), entered)


def _write(case_id: str, out: str | None, facts: Path | None) -> None:
    from letters.form import unused
    from pipeline.auditing import note_call
    from pipeline.batch import open_store, worker_pool
    from pipeline.entering import enter
    from pipeline.facts_file import read_facts
    from pipeline.packets import Packets
    from pipeline.store.cases import Cases
    from pipeline.store.entries import Entries

    chosen = settings()
    given = read_facts(facts) if facts is not None else None
    place = Path(out).expanduser().absolute() if out else chosen.packet_folder
    with open_store(chosen) as database:
        cases = Cases(database)
        found = cases.one(case_id)
        action = "packet.write" if given is None else "entries.set"
        note_call(chosen.home, database, action, found.id)
        with worker_pool(chosen, 1) as pool:
            if given is not None:
                found = enter(database, pool, found, given, chosen.day()) or found
            entered = Entries(database).of(found.id).facts
            packets = Packets(place, pool, chosen.clinic)
            try:
                names = packets.write(found, chosen.day(), afresh=True, entries=entered)
            finally:
                packets.close()
        cases.set_packet(found.id, names)
        strange = () if given is None else unused(_case_form(database, found, chosen))
    for name in names:
        click.echo(place / name)
    if strange:
        click.echo(f"Kept, but this case has no blank for: {', '.join(strange)}", err=True)
    if not names:
        route = found.route["route"].replace("_", " ")
        click.echo(f"Nothing is written for a case with the route {route}: {found.route['rule']}")
