"""`denialdesk backup`."""

from __future__ import annotations

from pathlib import Path

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings


@click.command(epilog="Example: denialdesk backup /backups/desk-2026-09-14.zip")
@click.argument("target", metavar="FILE")
@home_option
def backup(target: str) -> None:
    """Write database and letters received into one zip, consistent while everything runs.

    It holds patients' letters: it is readable by its owner alone; keep it so. Packets are not in
    it, `denialdesk letter` writes them again.
    """
    from pipeline.auditing import open_noted
    from pipeline.operations.backup import backup as make

    place = Path(target).expanduser().absolute()
    if place.exists():
        raise UsageError(f"{place} exists already", "Name a new file.")
    if not place.parent.is_dir():
        raise UsageError(f"There is no folder {place.parent}", "Make it first.")
    chosen = settings()
    with open_noted(chosen, "backup") as database:
        counts = make(chosen, database, place)
    click.echo(f"{place}: database and {counts['blobs']} letters received.")
