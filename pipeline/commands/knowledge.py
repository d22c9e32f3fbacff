"""`denialdesk knowledge`: the knowledge base checked, the NDC directory loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from pipeline.commands.common import home_option, settings


@click.group(epilog="Example: denialdesk knowledge check")
@home_option
def knowledge() -> None:
    """Check the knowledge base and your own entries; load the NDC directory."""


@knowledge.command("check", epilog="Example: denialdesk knowledge check --folder my_entries")
@click.option(
    "--folder",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Your entries' folder (default: `knowledge` in the home).",
)
@home_option
def knowledge_check(folders: tuple[Path, ...]) -> int:
    """Check every entry, ours and yours: ids, names, dates, sources, references.

    Exit 0 where nothing is to mend, 1 else.
    """
    from knowledge.check import TABLES, check
    from knowledge.tables import entries

    own = settings().home.root / "knowledge"
    where = folders or ((own,) if own.is_dir() else ())
    findings = check(where, date.today())
    for finding in findings:
        click.echo(str(finding))
    if findings:
        click.echo(f"{len(findings)} to mend.")
        return 1
    counts = (f"{len(entries(t.array, t.pattern, where))} {t.array}" for t in TABLES)
    click.echo(f"Nothing to mend in {', '.join(counts)}.".replace("_", " "))
    return 0


@knowledge.command("import-ndc", epilog="Example: denialdesk knowledge import-ndc ndctext.zip")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@home_option
def knowledge_import_ndc(file: Path) -> int:
    """Load the FDA's NDC directory (product.txt and package.txt, or the zip of both).

    Its names are shown beside an NDC that a letter prints, and tell where the two do not agree.
    """
    from knowledge.ndc import FILE
    from knowledge.ndc_import import import_directory

    products, packages = import_directory(file, settings().home.root / "knowledge" / FILE)
    click.echo(f"{products:,} products and {packages:,} packages loaded.")
    return 0
