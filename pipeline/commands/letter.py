"""`denialdesk letter`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.common import home_option, settings
from pipeline.store.cases import Cases


@click.command(epilog="Example: denialdesk letter 3f9a1c0b72de --out packets/")
@click.argument("case_id", metavar="CASE")
@click.option("--out", metavar="DIR", help="Where packets go (default: packets in the home).")
@home_option
def letter(case_id: str, out: str | None) -> None:
    """Write a case's letter packet again, over what is there. CASE is its id, or its start."""
    from pipeline.batch import open_store, worker_pool
    from pipeline.packets import Packets

    chosen = settings()
    place = Path(out).expanduser().absolute() if out else chosen.packet_folder
    with open_store(chosen) as database:
        cases = Cases(database)
        found = cases.one(case_id)
        with worker_pool(chosen, 1) as pool:
            packets = Packets(place, pool)
            try:
                names = packets.write(found, chosen.day(), afresh=True)
            finally:
                packets.close()
        cases.set_packet(found.id, names)
    for name in names:
        click.echo(place / name)
    if not names:
        route = found.route["route"].replace("_", " ")
        click.echo(f"Nothing is written for a case with the route {route}: {found.route['rule']}")
