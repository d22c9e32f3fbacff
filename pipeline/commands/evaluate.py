"""`denialdesk eval`: accuracy against labelled letters, or against what persons corrected."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings
from pipeline.evaluate.figures import RISK
from pipeline.evaluate.labels import FORMATS, find_labelled
from pipeline.evaluate.pages import MISS_HEAD, as_markdown, as_text, miss_rows, text_table
from pipeline.evaluate.report import compare_reports, make_report
from pipeline.evaluate.run import WORKERS, measure_all

if TYPE_CHECKING:
    from pipeline.evaluate.run import Result


def _html(report: Mapping[str, Any]) -> str:
    from pipeline.evaluate.html_page import as_html  # loads Jinja and Pillow

    return as_html(report)


_WRITERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    ".json": json.dumps,
    ".html": _html,
    ".htm": _html,
    ".md": as_markdown,
}
_MOST = 0.5


@click.command(
    name="eval",
    epilog="Example: denialdesk eval sample_docs --report accuracy.html",
    short_help="Accuracy against labelled letters.",
)
@click.argument("gold", metavar="GOLD_DIR", required=False, type=click.Path(path_type=Path))
@click.option("--report", type=click.Path(path_type=Path), help="Write .json, .html or .md.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--misses", is_flag=True, help="List every field that is not right (quotes letters).")
@click.option(
    "--risk", type=click.FloatRange(0, _MOST), default=RISK, show_default=True,
    help="Of the values taken unseen, so many may be wrong.",
)  # fmt: skip
@click.option(
    "--compare", type=click.Path(path_type=Path), metavar="OLD.json",
    help="Tell what changed since that report. GOLD_DIR may be a newer report too.",
)  # fmt: skip
@click.option(
    "--from-corrections", is_flag=True,
    help="Measure on the cases that persons reviewed here, instead of on GOLD_DIR.",
)  # fmt: skip
@click.option("--formats", default=",".join(FORMATS), help="Suffixes to take, the preferred first.")
@click.option("--every-format", is_flag=True, help="Measure each format that a label has.")
@click.option("--workers", default=WORKERS, show_default=True, help="Processes at work.")
@home_option
def evaluate(
    gold: Path | None,
    report: Path | None,
    as_json: bool,
    misses: bool,
    risk: float,
    compare: Path | None,
    from_corrections: bool,
    formats: str,
    every_format: bool,
    workers: int,
) -> None:
    """Read and extract every labelled document in GOLD_DIR and compare with its labels.

    A label is NAME.json beside NAME.pdf (.tif, .jpg, .docx, .txt ...): the field keys with
    their right values; a key that is absent is not scored, `accept` lists other right answers.
    """
    old = _read(compare) if compare is not None else None
    if report is not None and report.suffix not in _WRITERS:
        raise UsageError(f"{report.name}: unknown kind of report", "End it in .json, .html or .md")
    if from_corrections:
        made = make_report(_of_corrections(), risk)
    elif gold is not None and gold.is_dir():
        pictures = report is not None and _WRITERS[report.suffix] is _html
        found = find_labelled(gold, formats.split(","), every_format)
        made = make_report(list(measure_all(found, workers, pictures)), risk)
    elif gold is not None and old is not None:
        click.echo(_compared(old, _read(gold)))
        return
    else:
        raise UsageError("No folder of labelled letters was given", "denialdesk eval GOLD_DIR")
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(made))
        if misses:
            click.echo("\n" + text_table(MISS_HEAD, miss_rows(made)))
        if old is not None:
            click.echo("\n" + _compared(old, made))
    if report is not None:
        _write(report, _WRITERS[report.suffix](made))


def _of_corrections() -> list[Result]:
    """What the machine read in this home's cases, against what persons said of it."""
    from pipeline.auditing import open_noted
    from pipeline.evaluate.corrected import results_of
    from pipeline.store.corrections import Corrections

    with open_noted(settings(), "corrections.evaluate") as database:
        results = list(results_of(Corrections(database).all()))
    if not results:
        raise UsageError(
            "Nobody has reviewed a case here yet",
            "Check some in `denialdesk serve`: values that are set or accepted there are measured.",
        )
    return results


def _write(path: Path, text: str) -> None:
    """The report under its name only once all of it is there."""
    partial = path.with_name(f".{secrets.token_hex(4)}{path.suffix}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as broken:
        raise UsageError(
            f"{path} cannot be written ({broken.strerror})", "Name another file with --report"
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What changed between two reports, as a table."""
    rows = [
        [row["name"], _percent(row["before"]), _percent(row["after"]), _change(row["change"])]
        for row in compare_reports(before, after)
    ]
    return text_table(["F1", "before", "now", "change"], rows)


def _percent(figure: float | None) -> str:
    return "-" if figure is None else f"{100 * figure:.1f}"


def _change(figure: float | None) -> str:
    return "-" if figure is None else f"{100 * figure:+.1f}"


def _read(path: Path) -> Mapping[str, Any]:
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(made, dict) or "fields" not in made:
            raise ValueError(path)
    except (OSError, ValueError):
        raise UsageError(f"{path} is no report", "Make one with --report FILE.json") from None
    return made
