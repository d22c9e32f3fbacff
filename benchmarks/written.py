"""`python -m benchmarks.written`: letters in nobody's grammar, against what they scored at first.

The letters in `benchmarks/written` were written by hand by somebody who had not seen the program,
its generator, its samples or its tests, and were labelled before it had read one of them. The
first figures are therefore figures on unseen letters; they are kept in `first_run.json` and stay.
`dev` may be looked into; `frozen` is only ever measured.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, publish
from models.fields import FIELD_SPECS
from pipeline.evaluate.labels import find_labelled
from pipeline.evaluate.pages import markdown_table, summary_line
from pipeline.evaluate.report import make_report
from pipeline.evaluate.run import Result, measure_all

WRITTEN = ROOT / "benchmarks" / "written"
HALVES = ("dev", "frozen")
FIRST = "first_run.json"
ABOUT = "about.md"
BATCHES = {
    "w001 to w166": (1, 166),
    "w167 to w256": (167, 256),
    "w257 to w336": (257, 336),
    "w337 to w420": (337, 420),
    "w421 to w504": (421, 504),
}
"""Letters by when they came, each with a first run of its own (of the last one the totals only)."""
_FIELDS_HEAD = ["field", "dev labels", "dev", "frozen labels", "frozen"]
_BATCH_HEAD = ["letters", "fields", "dev first", "dev now", "frozen first", "frozen now"]
_TOTALS = {"key_fields": "key fields *", "all_fields": "all fields"}

Figures = Mapping[str, Mapping[str, Any]]


def results(folder: Path, workers: int) -> list[Result]:
    """Every letter of a half, measured."""
    return list(measure_all(find_labelled(folder, ("txt",)), workers))


def figures(found: Sequence[Result]) -> Figures:
    """F1 and labels of each field and of the totals."""
    report = make_report(list(found))
    rows = {**report["fields"], **{total: report[total] for total in _TOTALS}}
    return {key: {"f1": row["f1"], "labels": row["support"]} for key, row in rows.items()}


def batch_of(stem: str) -> str:
    """The name of the batch that a letter came in, by its number."""
    number = int(re.sub(r"\D", "", stem))
    return next(name for name, (_, last) in BATCHES.items() if number <= last)


def batch(found: Iterable[Result], first: int, last: int) -> list[Result]:
    """The results of the letters with numbers from `first` to `last`."""
    return [one for one in found if first <= int(re.sub(r"\D", "", Path(one.file).stem)) <= last]


def batch_table(first: Mapping[str, Any], now: Mapping[str, Mapping[str, Figures]]) -> str:
    """F1 of the totals at the first run and now, for each batch."""
    rows = []
    for name in BATCHES:
        for total, label in _TOTALS.items():
            row = [name, label.removesuffix(" *")]
            for half in HALVES:
                row += [_shown(first[name][half][total]), _shown(now[name][half][total])]
            rows.append(row)
    return markdown_table(_BATCH_HEAD, rows)


def field_table(now: Mapping[str, Figures]) -> str:
    """F1 of each field, both halves side by side."""
    rows = []
    for key in (*FIELD_SPECS, *_TOTALS):
        mark = " *" if key in FIELD_SPECS and FIELD_SPECS[key].is_key else ""
        row = [_TOTALS.get(key, key + mark)]
        for half in HALVES:
            found = now[half].get(key, {})
            row += [str(found.get("labels", 0)), _shown(found)]
        rows.append(row)
    return markdown_table(_FIELDS_HEAD, rows)


def _shown(row: Mapping[str, Any]) -> str:
    return f"{100 * row['f1']:.1f}" if row.get("f1") is not None else "-"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.written", description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--first",
        choices=BATCHES,
        help=f"write the batch's figures into {FIRST}: only before anyone has looked",
    )
    args = parser.parse_args()
    found = {half: results(WRITTEN / half, args.workers) for half in HALVES}
    now = {
        name: {half: figures(batch(found[half], *numbers)) for half in HALVES}
        for name, numbers in BATCHES.items()
    }
    first = json.loads((WRITTEN / FIRST).read_text(encoding="utf-8"))
    if args.first:
        first[args.first] = now[args.first]
        (WRITTEN / FIRST).write_text(json.dumps(first, indent=1) + "\n", encoding="utf-8")
    lines = [(WRITTEN / ABOUT).read_text(encoding="utf-8").rstrip(), ""]
    lines += [f"{half}: {summary_line(make_report(found[half]))}." for half in HALVES]
    lines += ["", "F1 in percent, at the first run and now:", "", batch_table(first, now)]
    every = {half: figures(found[half]) for half in HALVES}
    lines += ["", "All letters now; * key field:", "", field_table(every)]
    publish("written", "Letters written blind", lines)


if __name__ == "__main__":
    main()
