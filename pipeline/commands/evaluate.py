"""`denialdesk eval`: accuracy against labelled letters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from models.errors import UsageError
from pipeline.evaluate.labels import FORMATS, find_labelled
from pipeline.evaluate.pages import as_html, as_markdown, as_text, miss_rows, text_table
from pipeline.evaluate.report import compare_reports, make_report
from pipeline.evaluate.run import WORKERS, measure_all

_WRITERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    ".json": json.dumps,
    ".html": as_html,
    ".htm": as_html,
    ".md": as_markdown,
}


@click.command(
    name="eval",
    epilog="Example: denialdesk eval sample_docs --report accuracy.html",
    short_help="Accuracy against labelled letters.",
)
@click.argument("folder", metavar="GOLD_DIR", required=False, type=click.Path(path_type=Path))
@click.option("--report", type=click.Path(path_type=Path), help="Write .json, .html or .md.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--misses", is_flag=True, help="List every field that is not right (quotes letters).")
@click.option("--formats", default=",".join(FORMATS), help="Suffixes to take, the preferred first.")
@click.option("--every-format", is_flag=True, help="Measure each format that a label has.")
@click.option("--workers", default=WORKERS, show_default=True, help="Processes at work.")
@click.option(
    "--compare", nargs=2, type=click.Path(path_type=Path), metavar="A.json B.json",
    help="Print what changed between two reports.",
)  # fmt: skip
def evaluate(
    folder: Path | None,
    report: Path | None,
    as_json: bool,
    misses: bool,
    formats: str,
    every_format: bool,
    workers: int,
    compare: tuple[Path, Path] | None,
) -> None:
    """Read and extract every labelled document in GOLD_DIR and compare with its labels.

    A label is NAME.json beside NAME.pdf (.tif, .jpg, .docx, .txt ...): the field keys with
    their right values; a key that is absent is not scored, `accept` lists other right answers.
    """
    if compare:
        click.echo(_compared(*compare))
        return
    if folder is None or not folder.is_dir():
        raise UsageError("No folder of labelled letters was given", "denialdesk eval GOLD_DIR")
    if report is not None and report.suffix not in _WRITERS:
        raise UsageError(f"{report.name}: unknown kind of report", "End it in .json, .html or .md")
    found = find_labelled(folder, formats.split(","), every_format)
    made = make_report(list(measure_all(found, workers)))
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(made))
        if misses:
            click.echo("\n" + _misses(made))
    if report is not None:
        report.write_text(_WRITERS[report.suffix](made), encoding="utf-8")


def _misses(made: Mapping[str, Any]) -> str:
    return text_table(["file", "field", "what", "expected", "got", "conf"], miss_rows(made))


def _compared(old: Path, new: Path) -> str:
    """What changed between two reports, as a table."""
    before, after = (_read(path) for path in (old, new))
    rows = [
        [row["name"], *(_shown(row[k]) for k in ("before", "after", "change"))]
        for row in compare_reports(before, after)
    ]
    return text_table(["F1", old.stem, new.stem, "change"], rows)


def _shown(figure: float | None) -> str:
    return (
        "-" if figure is None else f"{100 * figure:+.1f}" if figure < 0 else f"{100 * figure:.1f}"
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        made: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(f"{path} is no report", "Make one with --report FILE.json") from None
    return made
