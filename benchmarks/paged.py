"""`python -m benchmarks.paged`: letters that are only text, read from damaged pages.

Every labelled `.txt` of a folder is set as pages in one of a few plain looks (`benchmarks/paper`),
damaged as generated letters are, read, and compared with its labels. A letter has the same look
under every damage. `--tell` prints what was right as text and is not right on the page: it quotes
the letters, so use it on letters that may be looked into.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from benchmarks.calibrate import WRITTEN
from benchmarks.common import ROOT, publish
from benchmarks.generator.damage import damaged
from benchmarks.paper import look_of, on_paper
from benchmarks.readings import kept_reading
from extractors.reading.text_file import decoded
from models.document import Document
from pipeline.evaluate.labels import Labelled, find_labelled
from pipeline.evaluate.pages import (
    DAMAGE_HEAD,
    damage_rows,
    markdown_table,
    percent,
    summary_line,
)
from pipeline.evaluate.report import make_report
from pipeline.evaluate.run import Result, measure_all, read_now

KINDS = ("clean", "scan", "fax", "photo")
GOALS: Mapping[str, tuple[float, float]] = {
    "clean": (0.98, 0.95), "scan": (0.97, 0.94), "fax": (0.93, 0.90), "photo": (0.90, 0.85),
}  # fmt: skip
"""F1 of key fields and of all fields aimed at."""
_NO_DAY = date(2026, 11, 2)
"""The day of a fax's head line where a letter has none."""
_TEXT = "text"


@dataclass(frozen=True)
class PageReader:
    """Reads a text as if it had come on damaged paper. `days` are those of the letters, by name:
    a fax is sent after its letter was written."""

    kind: str
    days: Mapping[str, date] = field(default_factory=dict)
    cache: Path | None = None

    def __call__(self, data: bytes, name: str) -> tuple[Document, float]:
        if self.cache is None:
            return self.now(data, name)
        self.cache.mkdir(parents=True, exist_ok=True)
        way = f"{self.kind} {name} {_code_of_pages()}"
        return kept_reading(data, name, self.cache, way, self.now)

    def now(self, data: bytes, name: str) -> tuple[Document, float]:
        """The document, and the seconds that reading its pages took. Raises DeskError."""
        suffix, made = as_pages(data, self.kind, name, self.days.get(name, _NO_DAY))
        return read_now(made, Path(name).stem + suffix)


@cache
def _code_of_pages() -> str:
    """A hash of what makes pages of a text."""
    made = ("paper.py", "paged.py", "generator/damage.py", "generator/look.py")
    return sha256(b"".join((ROOT / "benchmarks" / one).read_bytes() for one in made)).hexdigest()


def as_pages(data: bytes, kind: str, seed: str, day: date) -> tuple[str, bytes]:
    """A text as a file of pages after a damage; its suffix and its bytes."""
    pdf = on_paper(decoded(data), look_of(seed))
    return (".pdf", pdf) if kind == "clean" else damaged(pdf, kind, f"paged/{seed}", day)


def measured(
    found: Sequence[Labelled], kinds: Iterable[str], cache: Path | None = None
) -> Iterator[Result]:
    """Every letter under every damage, `text` standing for the letter as it is."""
    days = {item.path.name: day for item in found if (day := _day_of(item))}
    for kind in kinds:
        items = [replace(item, damage=kind) for item in found]
        reader = read_now if kind == _TEXT else PageReader(kind, days, cache)
        yield from measure_all(items, reader=reader)


def _day_of(item: Labelled) -> date | None:
    told = item.letters[0].values.get("letter_date")
    return date.fromisoformat(told) if told else None


def lost(results: Iterable[Result]) -> Iterator[str]:
    """A line for each field that is right as text and not on a damaged page."""
    as_text: dict[tuple[str, int, str], bool] = {}
    for result in results:
        for n, letter in enumerate(result.judged):
            for one in letter:
                place = result.file, n, one.key
                if result.damage == _TEXT:
                    as_text[place] = one.outcome.ok
                elif as_text.get(place) and not one.outcome.ok:
                    yield f"{result.file} {result.damage} {one.key}: {one.expected} -> {one.got}"


def goal_rows(results: Sequence[Result]) -> list[list[str]]:
    """What was aimed at under each damage, and what was reached."""
    rows = []
    damages = make_report(results)["damage"]
    for kind, goals in GOALS.items():
        if kind not in damages:
            continue
        for name, goal in zip(("key_fields", "all_fields"), goals, strict=True):
            f1 = damages[kind][name]["f1"] or 0.0
            told = "met" if f1 >= goal else "MISSED"
            rows.append([f"F1 {name.replace('_', ' ')}, {kind}", percent(goal), percent(f1), told])
    return rows


def section(title: str, results: Sequence[Result]) -> list[str]:
    """One folder's figures; nothing of its letters."""
    report = make_report(results)
    return [
        f"## {title}",
        "",
        f"{summary_line(report)}.",
        "",
        markdown_table(DAMAGE_HEAD, damage_rows(report)),
        "",
        markdown_table(["goal", "wanted, %", "reached, %", ""], goal_rows(results)),
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paged", description=__doc__)
    parser.add_argument(
        "folders", type=Path, nargs="*", default=[WRITTEN], help="labelled .txt files"
    )
    parser.add_argument("--damage", default=",".join(KINDS), help="which, with commas between")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th letter")
    parser.add_argument("--cache", type=Path, help="a folder that keeps what was read")
    parser.add_argument("--tell", action="store_true", help="print what the page has cost")
    parser.add_argument("--no-page", action="store_true", help="do not write docs/")
    args = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    lines = [
        "Letters that are only text, set as pages in the likes of Times, Arial and Courier, 10 to "
        "12 points, line by line, and damaged. `text` is the same letter without pages.",
        "",
    ]
    for number, folder in enumerate(args.folders, 1):
        found = find_labelled(folder, ("txt",))[:: args.every]
        results = list(measured(found, (_TEXT, *args.damage.split(",")), args.cache))
        inside = folder.resolve().is_relative_to(ROOT)
        title = (
            str(folder.resolve().relative_to(ROOT)) if inside else f"Letters of others, {number}"
        )
        lines += section(f"`{title}`" if inside else title, results)
        if args.tell:
            print("\n".join(lost(results)))
    if args.no_page:
        print("\n".join(lines))
    else:
        command = f"paged --every {args.every}" if args.every > 1 else ""
        publish("paged", "Letters in text, read from damaged pages", lines, command=command)


if __name__ == "__main__":
    main()
