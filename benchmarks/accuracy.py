"""`python -m benchmarks.accuracy`: what is read rightly, on samples, made and others' letters."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, publish, workplace
from benchmarks.generator.damage import damaged
from benchmarks.generator.letter import letters
from pipeline.evaluate.labels import FORMATS, find_labelled
from pipeline.evaluate.pages import (
    DAMAGE_HEAD,
    FIELD_HEAD,
    damage_rows,
    field_rows,
    markdown_table,
    notes,
    summary_line,
)
from pipeline.evaluate.report import make_report
from pipeline.evaluate.run import measure_all

EXTRA = "DENIALDESK_GOLD"
SEED = 2027
_KINDS = ("clean", "scan", "fax", "photo")


def write_gold(folder: Path, count: int) -> None:
    """Generated letters and labels, in wordings kept out of training, damaged in turn."""
    for n, (name, letter) in enumerate(letters(SEED, count, wordings="held_out")):
        kind = _KINDS[n % len(_KINDS)]
        suffix, data = ".pdf", letter.pdf()
        if kind != "clean":
            suffix, data = damaged(data, kind, f"{SEED}/{n}", letter.scene.days["letter_date"])
        (folder / f"{name}{suffix}").write_bytes(data)
        label = {**letter.label, "about": {"damage": kind}}
        (folder / f"{name}.json").write_text(json.dumps(label), encoding="utf-8")


def measured(folder: Path) -> Mapping[str, Any]:
    return make_report(list(measure_all(find_labelled(folder, FORMATS))))


def section(title: str, about: str, report: Mapping[str, Any]) -> list[str]:
    """One set's figures; nothing of its letters."""
    return [
        f"## {title}",
        "",
        f"{about} {summary_line(report)}.",
        "",
        markdown_table(FIELD_HEAD, field_rows(report)),
        "",
        notes(report),
        "",
        markdown_table(DAMAGE_HEAD, damage_rows(report)),
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--generated", type=int, default=120, help="how many letters to make")
    parser.add_argument(
        "--extra", type=Path, default=os.environ.get(EXTRA), help=f"another folder (or {EXTRA})"
    )
    args = parser.parse_args()
    lines: list[str] = []
    lines += section(
        "Sample documents",
        "`sample_docs/`, written by hand here and looked at during development.",
        measured(ROOT / "sample_docs"),
    )
    with workplace() as work:
        write_gold(work, args.generated)
        about = f"Seed {SEED}, wordings held out from training, four kinds of damage in turn."
        lines += section("Generated letters", about, measured(work))
    if args.extra and Path(args.extra).is_dir():
        about = "Letters that no one here wrote, mostly plain text; used in development."
        lines += section("Letters of others", about, measured(Path(args.extra)))
    publish("accuracy", "Accuracy", lines)


if __name__ == "__main__":
    main()
