"""`python -m benchmarks.written`: letters in nobody's grammar, against what they scored at first.

The letters in `benchmarks/written` were written by hand by somebody who had not seen the program,
its generator, its samples or its tests, and were labelled before it had read one of them. The
first figures are therefore figures on unseen letters; they are kept in `first_run.json` and stay.
`dev` may be looked into; `frozen` is only ever measured.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, publish
from models.fields import FIELD_SPECS
from pipeline.evaluate.labels import find_labelled
from pipeline.evaluate.pages import markdown_table, summary_line
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.written", description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--first", action="store_true", help=f"write {FIRST} too: only before anyone has looked"
    )
    args = parser.parse_args()
    measured = {half: figures(WRITTEN / half, args.workers) for half in HALVES}
    now = {half: kept for half, (kept, _) in measured.items()}
    if args.first:
        (WRITTEN / FIRST).write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    first = json.loads((WRITTEN / FIRST).read_text(encoding="utf-8"))
    lines = [(WRITTEN / ABOUT).read_text(encoding="utf-8").rstrip(), ""]
    lines += [f"{half}: {said}." for half, (_, said) in measured.items()]
    lines += ["", "F1 in percent; * key field.", "", table(first, now)]
    publish("written", "Letters written blind", lines)


if __name__ == "__main__":
    main()
