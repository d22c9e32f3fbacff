"""`denialdesk restore`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.common import home_option, settings


@click.command(epilog="Example: denialdesk restore /backups/desk-2026-09-14.zip --home /srv/desk")
@click.argument("source", metavar="FILE")
@home_option
def restore(source: str) -> None:
    """Restore a backup into an empty home. Nothing is ever overwritten."""
    from pipeline.auditing import open_noted
    from pipeline.operations.backup import restore as bring_back

    chosen = settings()
    counts = bring_back(chosen, Path(source).expanduser().absolute())
    with open_noted(chosen, "restore", documents=counts["documents"]):
        pass
    click.echo(f"Restored {counts['documents']} documents with {counts['blobs']} files.")
