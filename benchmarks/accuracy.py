"""`python -m benchmarks.accuracy`: what is read rightly, on samples, made and others' letters."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ablation import ablated, spread
from benchmarks.calibrate import WRITTEN
from benchmarks.common import ROOT, publish, workplace
from benchmarks.frozen import SETS
from benchmarks.generator.damage import damaged
from benchmarks.readings import reader
from pipeline.evaluate.labels import FORMATS, find_labelled
from pipeline.evaluate.pages import (
    DAMAGE_HEAD,
    FIELD_HEAD,
    REVIEW_HEAD,
    damage_rows,
    field_rows,
    markdown_table,
    notes,
    percent,
    review_rows,
    summary_line,
)
from pipeline.evaluate.report import make_report
from pipeline.evaluate.run import measure_all

EXTRA = "DENIALDESK_GOLD"
_KINDS = ("clean", "scan", "fax", "photo")
GOALS = {
    "clean": (0.98, 0.95), "scan": (0.97, 0.94), "fax": (0.93, 0.90), "photo": (0.90, 0.85),
}  # fmt: skip
"""F1 of key fields and of all fields aimed at."""
_APART = "wordings held out from training; the damages below in turn."
_PAPERS = (
    "Fax-backs with boxes, pharmacy rejects, remittances, mails, portal pages, drug-list mailings, "
    "requests for information, dismissals, delegated reviewers, letters to prescribers, two drugs "
    "in one letter, columns, forms, letters in Spanish."
)
_WRITTEN = "The `dev` half of `benchmarks/written`, as text; its figures stand in `written.md`."
SURE, TAKEN, MOST_ECE = 0.99, 0.70, 0.03


def write_gold(
    folder: Path, count: int, which: str = "letters", kinds: Sequence[str] = _KINDS
) -> None:
    """A frozen set of made letters or papers with their labels, damaged in turn. Papers take their
    kinds in turn too, so each damage goes once round the kinds."""
    chosen = SETS[which]
    for n, (name, letter) in enumerate(chosen.members(count)):
        turn = n if which == "letters" else n + n // 16
        kind = kinds[turn % len(kinds)]
        suffix, data = ".pdf", letter.pdf()
        if kind != "clean":
            day = letter.scene.days["letter_date"]
            suffix, data = damaged(data, kind, f"{chosen.seed}/{n}", day)
        (folder / f"{name}{suffix}").write_bytes(data)
        label = {**letter.label, "about": {"damage": kind}}
        (folder / f"{name}.json").write_text(json.dumps(label), encoding="utf-8")


def measured(folder: Path, cache: Path | None = None) -> Mapping[str, Any]:
    found = find_labelled(folder, FORMATS)
    return make_report(list(measure_all(found, reader=reader(cache))))


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
        markdown_table(REVIEW_HEAD, review_rows(report)),
        "",
    ]


def against_goals(report: Mapping[str, Any]) -> list[str]:
    """What was aimed at, by damage, and what was reached."""
    rows = []
    for kind, (key_goal, all_goal) in GOALS.items():
        row = report["damage"].get(kind)
        if row is None:
            continue
        reached = [row[name]["f1"] or 0.0 for name in ("key_fields", "all_fields")]
        for name, goal, f1 in zip(("key", "all"), (key_goal, all_goal), reached, strict=True):
            rows.append([f"F1 {name}, {kind}", percent(goal), percent(f1), _met(f1 >= goal)])
    unseen, ece = report["unseen"]["all_fields"], report["calibration"]["ece"] or 0.0
    right, rate = unseen["precision"] or 0.0, unseen["rate"] or 0.0
    rows += [
        ["right of those over their threshold", ">= 99", percent(right), _met(right >= SURE)],
        ["values over their threshold", ">= 70", percent(rate), _met(rate >= TAKEN)],
        ["expected calibration error", "<= 0.03", f"{ece:.3f}", _met(ece <= MOST_ECE)],
    ]
    head = ["goal", "wanted, %", "reached, %", ""]
    return ["### Against the goals", "", markdown_table(head, rows), ""]


def _met(reached: bool) -> str:
    return "met" if reached else "MISSED"


def taken_apart(folder: Path, count: int, cache: Path | None = None) -> list[str]:
    """What each part adds to letters spread over a set, and how long extraction alone takes."""
    found = find_labelled(folder, FORMATS)
    found = [found[n * len(found) // count] for n in range(min(count, len(found)))]
    if not found:
        return []
    parts, seconds = ablated(found, cache)
    rows = [
        [part.name, percent(part.key), percent(part.all), f"{part.ece or 0:.3f}"] for part in parts
    ]
    lines = ["### What each part adds", "", f"{len(found)} of these letters, spread over them.", ""]
    lines += [markdown_table(["read", "F1 key", "F1 all", "ECE"], rows), ""]
    if seconds:
        median, most = spread(seconds)
        lines += [
            f"Extraction without reading, letters of 3 pages: median {1000 * median:.0f} ms, 95th "
            f"percentile {1000 * most:.0f} ms (goal 80 ms; two at once on this machine).",
            "",
        ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--generated", type=int, default=120, help="how many letters to make")
    parser.add_argument("--papers", type=int, default=128, help="how many papers of other kinds")
    parser.add_argument(
        "--ablation", type=int, default=40, help="so many of them measured with parts away"
    )
    parser.add_argument(
        "--extra", type=Path, default=os.environ.get(EXTRA), help=f"another folder (or {EXTRA})"
    )
    parser.add_argument(
        "--cache", type=Path, help="a folder that keeps what was read, with the seconds it took"
    )
    parser.add_argument(
        "--digital",
        action="store_true",
        help="made letters without damage, no samples; writes accuracy_digital.md",
    )
    args = parser.parse_args()
    kinds = _KINDS[:1] if args.digital else _KINDS
    lines: list[str] = []
    if not args.digital:
        lines += section(
            "Sample documents",
            "`sample_docs/`, written by hand here and looked at during development.",
            measured(ROOT / "sample_docs", args.cache),
        )
    with workplace() as work:
        write_gold(work, args.generated, kinds=kinds)
        about = f"Seed {SETS['letters'].seed}, {_APART}"
        report = measured(work, args.cache)
        lines += section("Generated letters", about, report)
        lines += [*against_goals(report), *taken_apart(work, args.ablation, args.cache)]
    if args.papers:
        with workplace() as work:
            write_gold(work, args.papers, "papers", kinds)
            about = f"{_PAPERS} Seed {SETS['papers'].seed}, {_APART}"
            report = measured(work, args.cache)
            lines += section("Generated papers of other kinds", about, report)
            lines += against_goals(report)
    if args.ablation:
        lines += ["## Letters of another hand, with parts away", "", _WRITTEN, ""]
        lines += taken_apart(WRITTEN, args.ablation, args.cache)
    if args.extra and Path(args.extra).is_dir():
        about = "Letters that no one here wrote, mostly plain text; used in development."
        lines += section("Letters of others", about, measured(Path(args.extra), args.cache))
    name, title = ("_digital", ", letters with text") if args.digital else ("", "")
    publish(
        f"accuracy{name}",
        f"Accuracy{title}",
        lines,
        command="accuracy --digital" if args.digital else "",
    )


if __name__ == "__main__":
    main()
