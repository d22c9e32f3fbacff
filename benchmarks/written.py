"""`python -m benchmarks.written`: letters in nobody's grammar, against what they scored at first.

The letters in `benchmarks/written` were written by hand by somebody who had not seen the program,
its generator, its samples or its tests, and were labelled before it had read one of them. The
first figures are therefore figures on unseen letters; they are kept in `first_run.json` and stay.
`dev` may be looked into; `frozen` is only ever measured.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typst

from benchmarks.common import ROOT, publish, workplace
from benchmarks.generator.damage import damaged
from models.fields import FIELD_SPECS
from pipeline.evaluate.labels import find_labelled
from pipeline.evaluate.pages import DAMAGE_HEAD, damage_rows, markdown_table, summary_line
from pipeline.evaluate.report import make_report
from pipeline.evaluate.run import measure_all

WRITTEN = ROOT / "benchmarks" / "written"
HALVES = ("dev", "frozen")
FIRST = "first_run.json"
ABOUT = "about.md"
_HEAD = [
    "field", "dev labels", "dev first", "dev now", "frozen labels", "frozen first", "frozen now",
]  # fmt: skip
_TOTALS = {"key_fields": "key fields *", "all_fields": "all fields"}

KINDS = ("clean", "scan", "fax", "photo")
_PAPER = '#set page(paper: "us-letter", margin: (x: 0.8in, y: 0.7in))\n#set par(leading: 0.55em)\n'
_INCHES, _POINTS, _ADVANCE = 6.9, 72, 0.602
_LONGEST, _LARGEST = 92, 10.0
_NO_DAY = date(2026, 11, 2)
"""The day of a fax's head line where a letter has none."""

Figures = Mapping[str, Mapping[str, Any]]


def figures(folder: Path, workers: int) -> tuple[Figures, str]:
    """F1 and labels of each field and of the totals, and one line about the run."""
    report = make_report(list(measure_all(find_labelled(folder, ("txt",)), workers)))
    rows = {**report["fields"], **{total: report[total] for total in _TOTALS}}
    kept = {key: {"f1": row["f1"], "labels": row["support"]} for key, row in rows.items()}
    return kept, summary_line(report)


def table(first: Mapping[str, Figures], now: Mapping[str, Figures]) -> str:
    """F1 then and now, both halves side by side."""
    rows = []
    for key in (*FIELD_SPECS, *_TOTALS):
        mark = " *" if key in FIELD_SPECS and FIELD_SPECS[key].is_key else ""
        row = [_TOTALS.get(key, key + mark)]
        for half in HALVES:
            shown = now[half].get(key, {})
            row += [str(shown.get("labels", 0)), *_shown(first[half].get(key), shown)]
        rows.append(row)
    return markdown_table(_HEAD, rows)


def _shown(*rows: Mapping[str, Any] | None) -> Sequence[str]:
    found = [row.get("f1") if row else None for row in rows]
    return ["-" if f1 is None else f"{100 * f1:.1f}" for f1 in found]


def on_paper(text: str) -> bytes:
    """A text as PDF in a typewriter's face, so that its columns stand; long lines are broken."""
    pages = []
    for page in text.rstrip().split("\f"):
        lines: list[str] = []
        for line in page.splitlines():
            lines += textwrap.wrap(line, _LONGEST) if "   " not in line.strip() else [line]
            lines += [""] if not line.strip() else []
        widest = max(map(len, lines), default=1)
        size = min(_LARGEST, _INCHES * _POINTS / (_ADVANCE * widest))
        pages.append(
            f'#text(size: {size:.2f}pt, font: "DejaVu Sans Mono", '
            f"raw(block: true, {json.dumps(chr(10).join(lines), ensure_ascii=False)}))"
        )
    made = typst.compile((_PAPER + "\n#pagebreak()\n".join(pages)).encode())
    assert isinstance(made, bytes)
    return made


def put_on_paper(labels: Iterable[Path], folder: Path) -> None:
    """Letters as pages, clean, scanned, faxed or photographed in turn."""
    for n, path in enumerate(labels):
        label = json.loads(path.read_text(encoding="utf-8"))
        kind = KINDS[n % len(KINDS)]
        suffix, data = ".pdf", on_paper(path.with_suffix(".txt").read_text(encoding="utf-8"))
        if kind != "clean":
            day = date.fromisoformat(label.get("letter_date") or _NO_DAY.isoformat())
            suffix, data = damaged(data, kind, f"written/{path.stem}", day)
        (folder / path.stem).with_suffix(suffix).write_bytes(data)
        label["about"]["damage"] = kind
        (folder / path.name).write_text(json.dumps(label), encoding="utf-8")


def from_pages(count: int, workers: int) -> list[str]:
    """`count` letters spread over both halves, read from pages instead of text; by damage."""
    labels = sorted(WRITTEN.glob("*/*.json"), key=lambda path: path.stem)
    with workplace() as work:
        put_on_paper([labels[n * len(labels) // count] for n in range(count)], work)
        report = make_report(list(measure_all(find_labelled(work), workers)))
    return [
        "## Read from pages",
        "",
        f"{count} of both halves, in a typewriter's face, damaged in turn. {summary_line(report)}.",
        "",
        markdown_table(DAMAGE_HEAD, damage_rows(report)),
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.written", description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--first", action="store_true", help=f"write {FIRST} too: only before anyone has looked"
    )
    parser.add_argument("--pages", type=int, default=0, help="read so many from damaged pages too")
    args = parser.parse_args()
    measured = {half: figures(WRITTEN / half, args.workers) for half in HALVES}
    now = {half: kept for half, (kept, _) in measured.items()}
    if args.first:
        (WRITTEN / FIRST).write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    first = json.loads((WRITTEN / FIRST).read_text(encoding="utf-8"))
    lines = [(WRITTEN / ABOUT).read_text(encoding="utf-8").rstrip(), ""]
    lines += [f"{half}: {said}." for half, (_, said) in measured.items()]
    lines += ["", "F1 in percent; * key field.", "", table(first, now)]
    if args.pages:
        lines += ["", *from_pages(args.pages, args.workers)]
    publish("written", "Letters written blind", lines)


if __name__ == "__main__":
    main()
