"""`denialdesk keys`: init, seal, rotate, status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings

if TYPE_CHECKING:
    from pipeline.home import Settings
    from pipeline.store.database import Database
    from pipeline.store.keys import KeySource


@click.group(epilog="Example: denialdesk keys init --file /etc/denialdesk/key")
@home_option
def keys() -> None:
    """Seal letters at rest: make a key, change it, see what is sealed with which."""


@keys.command("init", epilog="Example: denialdesk keys init --file /etc/denialdesk/key")
@click.option(
    "--file", "place", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="The new key file; best on another disk than the letters.",
)  # fmt: skip
@home_option
def init(place: Path) -> None:
    """Make a key and have this home use it. What is stored already is sealed by `keys seal`.

    Keep a copy of the file elsewhere: without it no letter can be read, by anyone.
    """
    from pipeline.auditing import open_noted
    from pipeline.store.keys import Ring, new_key, write_ring

    chosen = settings()
    if chosen.key:
        raise UsageError("This home has a key already", "`denialdesk keys rotate` changes it.")
    chosen.home.prepare()
    place = place.expanduser().absolute()
    with open_noted(chosen, "keys.init"):
        write_ring(place, Ring((new_key(),)), new=True)
        _remember(chosen, place)
    click.echo(f"{place} holds the key; {chosen.home.settings_file} names it.")
    click.echo(
        "Keep a copy of it elsewhere. Run `denialdesk keys seal` for what is stored already,"
    )
    click.echo("and start `denialdesk serve` and workers again.")


def _remember(chosen: Settings, place: Path) -> None:
    path = chosen.home.settings_file
    before = path.read_text("utf-8") if path.exists() else ""
    # At the top: a line at the end could fall into a table.
    name = str(place).replace("\\", "\\\\").replace('"', '\\"')
    incoming = path.with_name(f".{path.name}.new")
    incoming.write_text(f'key = "file:{name}"\n{before}', "utf-8")
    incoming.replace(path)


@keys.command("seal", epilog="Example: denialdesk keys seal")
@home_option
def seal() -> None:
    """Seal what is stored with the current key. May be stopped at any moment and run again."""
    with _opened("keys.seal") as (chosen, database, _):
        _seal(chosen, database)


@keys.command("rotate", epilog="Example: denialdesk keys rotate")
@click.option("--forget-old", is_flag=True, help="Take old keys out of the file once none is used.")
@home_option
def rotate(forget_old: bool) -> None:
    """Make a new key, and seal everything with it. May be stopped at any moment and run again: it
    then goes on with the key that it made.

    Old keys stay in the file, for backups and for what a running program still seals, until
    `--forget-old`.
    """
    from pipeline.operations.sealing_anew import status
    from pipeline.store.keys import Ring, new_key

    with _opened("keys.rotate") as (chosen, database, source):
        ring = source.ring()
        if forget_old:
            values, blobs = status(chosen, database)
            used = {*values, *blobs} - {ring.current.id}
            if used:
                raise UsageError(
                    f"Not everything is sealed with the key {ring.current.id}",
                    "Run `denialdesk keys seal` first.",
                )
            source.replace(Ring((ring.current,)))
            click.echo(f"{len(ring.keys) - 1} old keys are gone. Backups made with them need them.")
            return
        if _is_done(chosen, database, ring.current.id):
            source.replace(Ring((*ring.keys, new_key())))
            click.echo(f"New key {source.ring().current.id}.")
        else:
            click.echo(f"Going on with the key {ring.current.id}.")
        _seal(chosen, database)


def _is_done(chosen: Settings, database: Database, current: str) -> bool:
    from pipeline.operations.sealing_anew import status

    values, blobs = status(chosen, database)
    return not ({*values, *blobs} - {current})


def _seal(chosen: Settings, database: Database) -> None:
    from pipeline.operations.purge import compact
    from pipeline.operations.sealing_anew import seal_anew

    rows, blobs = seal_anew(chosen, database, lambda what, count: None)
    compact(database)  # what stood there before stays in the file until it is written over
    click.echo(f"Sealed {rows} rows and {blobs} files.")


@keys.command("status", epilog="Example: denialdesk keys status")
@home_option
def status_command() -> None:
    """Say how much is sealed with which key."""
    from pipeline.operations.sealing_anew import PLAIN, status

    with _opened("keys.status") as (chosen, database, source):
        ring = source.ring()
        values, blobs = status(chosen, database)
    for name in sorted({*values, *blobs, *ring.by_id}):
        note = " (current)" if name == ring.current.id else ""
        if name != PLAIN and name not in ring.by_id:
            note = " (NOT HERE)"
        click.echo(f"{name}{note}: {values[name]} values, {blobs[name]} files")


@contextmanager
def _opened(action: str) -> Iterator[tuple[Settings, Database, KeySource]]:
    from pipeline.auditing import open_noted
    from pipeline.store.keys import KeySource

    chosen = settings()
    if not chosen.key:
        raise UsageError("This home has no key", "`denialdesk keys init --file FILE` makes one.")
    with open_noted(chosen, action) as database:
        yield chosen, database, KeySource(chosen.key)
