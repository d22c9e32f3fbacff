"""`denialdesk guide`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from models.errors import UsageError
from models.vocabulary import DenialCategory, PlanType
from pipeline.errors import OK


@click.command(
    epilog='Example: denialdesk guide --payer "Blue Cross Blue Shield" --drug Tecartus '
    "--category quantity_limit --format html --out guide.html"
)
@click.option("--payer", required=True, metavar="NAME", help="The plan or insurer.")
@click.option("--drug", required=True, metavar="NAME", help="Brand, generic, or class of drugs.")
@click.option(
    "--category",
    required=True,
    metavar="REASON",
    help=f"Why it was denied: {', '.join(DenialCategory)}.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("md", "html", "pdf")),
    help="Without it: from the ending of --out, else md.",
)
@click.option(
    "--plan-type",
    type=click.Choice([kind.value for kind in PlanType]),
    help="Kind of coverage; without it the guide shows the periods of every kind.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Default: the screen.")
def guide(
    payer: str,
    drug: str,
    category: str,
    form: str | None,
    plan_type: str | None,
    out: Path | None,
) -> int:
    """Write the appeal guide for a payer, a drug and a reason for denial."""
    from letters.guide import write_guide

    ending = out.suffix.lstrip(".").lower() if out else ""
    chosen = form or (ending if ending in ("md", "html", "pdf") else "md")
    kind = PlanType(plan_type) if plan_type else None
    content = write_guide(payer, drug, category, chosen, kind)
    if out is None:
        sys.stdout.buffer.write(content)
        return OK
    try:
        out.write_bytes(content)
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written ({error.strerror})", "Name another file with --out"
        ) from error
    return OK
