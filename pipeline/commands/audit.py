"""`denialdesk audit`: verify, export."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from typing import TextIO

import click

from pipeline.commands.common import home_option, settings
from pipeline.errors import FAILED, OK
from pipeline.store.audit_tables import AuditRow

_COLUMNS = (
    "number", "at", "who", "origin", "action", "case_id", "document", "detail", "previous", "hash",
)  # fmt: skip


@click.group(epilog="Example: denialdesk audit verify")
@home_option
def audit() -> None:
    """Who looked at, changed, exported or took along which case, when, and from where."""


@audit.command("verify", epilog="Example: denialdesk audit verify --head 4711:9f86d0...")
@click.option("--head", metavar="HEAD", help="A head that was printed before and kept elsewhere.")
@home_option
def verify(head: str | None) -> int:
    """Say whether every line is as it was written, none missing.

    Prints the head, number and hash of the last line: kept elsewhere (in a mail, on paper) it
    shows later that nobody made a whole new audit. Exit code: 0 all is whole, 1 it is not.
    """
    from pipeline.auditing import audit_of
    from pipeline.batch import open_store
    from pipeline.store.audit import parse_head

    chosen = settings()
    kept = parse_head(head) if head else None
    with open_store(chosen) as database:
        held = audit_of(chosen.home, database)
        broken = held.verify(kept)
        last = held.head()
        anchored = held.anchor() is not None
    for each in broken[:100]:
        click.echo(f"Line {each.number}: {each.what}.")
    if len(broken) > 100:
        click.echo(f"... and {len(broken) - 100} more.")
    if not anchored and kept is None:
        click.echo("No anchor is in this home: whether the end was cut off cannot be told.")
    click.echo(f"{last.number} lines, head {last}")
    click.echo("The audit is NOT whole." if broken else "The audit is whole.")
    return FAILED if broken else OK


@audit.command("export", epilog="Example: denialdesk audit export --format csv > audit.csv")
@click.option("--format", "style", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.option("--case", "case_id", metavar="CASE", help="Only the lines of one case.")
@home_option
def export(style: str, case_id: str | None) -> None:
    """Print the audit: ids, names of users, times and places; nothing of a letter."""
    from pipeline.auditing import audit_of, note_call
    from pipeline.batch import open_store

    chosen = settings()
    with open_store(chosen) as database:
        note_call(chosen.home, database, "audit.export", case_id and case_id[:12])
        rows = audit_of(chosen.home, database).entries(case_id)
        if style == "jsonl":
            for row in rows:
                print(json.dumps({name: getattr(row, name) for name in _COLUMNS}))
        else:
            _as_csv(rows, sys.stdout)


def _as_csv(rows: Iterable[AuditRow], out: TextIO) -> None:
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(row, name) for name in _COLUMNS])


def _cell(row: AuditRow, name: str) -> str:
    value = getattr(row, name)
    if value is None:
        return ""
    said = json.dumps(value) if isinstance(value, dict) else str(value)
    return f"'{said}" if said[:1] in "=+-@\t\r" and said[:1] else said  # no formula in a table
