"""`denialdesk purge`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings
from pipeline.store.reviews import Status

_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@click.command(epilog="Example: denialdesk purge --older-than 2y")
@click.option("--older-than", "age", required=True, metavar="AGE", help="Like 90d, 26w, 18m, 2y.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([each.value for each in Status]),
    help="Only letters whose cases all have this status; may be given more than once.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
def purge(age: str, statuses: tuple[str, ...], yes: bool) -> None:
    """Delete letters received longer ago than AGE: files, cases, what persons said of them, what
    inboxes noted of them, and packets, also those in folders of `process --out`. It cannot be
    undone. Backups, exports, and packets written by `letter --out` or copied are not touched."""
    from pipeline.auditing import open_noted
    from pipeline.logs import open_log
    from pipeline.operations.purge import purge as delete

    found = re.fullmatch(r"(\d+)([dwmy])", age.strip().lower())
    if not found:
        raise UsageError(f"--older-than {age} is no age", "Write one like 90d, 26w, 18m or 2y.")
    before = datetime.now(UTC) - timedelta(days=int(found[1]) * _DAYS[found[2]])
    if not yes:
        click.confirm(f"Delete all letters received before {before:%Y-%m-%d}?", abort=True)
    chosen = settings()
    with open_noted(chosen, "purge", before=before.date().isoformat()) as database:
        open_log(chosen.home.logs)
        done = delete(chosen, database, before, statuses)
    click.echo(
        f"Deleted {done.documents} documents, {done.cases} cases, {done.messages} other messages "
        f"and {done.blobs} files."
    )
    if done.held:
        click.echo(f"{done.held} on legal hold stay (`denialdesk case holds` shows them).")
    for folder in done.out_of_reach:
        click.echo(f"Not reached: {folder}. Packets that lie there are yours to delete.", err=True)
