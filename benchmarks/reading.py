"""`python -m benchmarks.reading`: damaged pages read by us, bare Tesseract and OCRmyPDF.

Letters are measured a few at a time under every damage. Each measurement is kept as it is made, so
that a run may be stopped (`--minutes`, or at any moment) and goes on where it was; the figures are
those of the letters that every damage has been measured on.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from pathlib import Path

import pypdfium2

from benchmarks.common import ROOT, publish, workplace
from benchmarks.conditions import CONDITIONS, Condition, Damaged, joined
from benchmarks.generator.letter import make_letter
from benchmarks.readers import OCRMYPDF, Ours, ocrmypdf, ocrmypdf_version, tesseract
from benchmarks.text_scores import Score, score

SEED = 3301
SLOWER, FASTER = 1.15, 2.5
"""Goals: our time at most so many times Tesseract's; OCRmyPDF's at least so many times ours."""
HALF = ("fax fine", "fax standard", "photo")
"""Damages where half of OCRmyPDF's error is the goal."""


TOGETHER = 4
"""Letters in one file: OCRmyPDF starts once for them, and both cores have work."""
KEPT = ROOT / ".benchmarks" / "reading.jsonl"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a reader spent on pages, and how many of them took a second look; costs add up."""

    pages: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    megabytes: float = 0.0
    again: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.pages + other.pages,
            self.wall + other.wall,
            self.cpu + other.cpu,
            max(self.megabytes, other.megabytes),
            self.again + other.again,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One damage: each reader's score and cost, by its name."""

    condition: str
    scores: Mapping[str, Score]
    costs: Mapping[str, Cost]

    def __add__(self, other: Result) -> Result:
        return Result(
            self.condition,
            {name: score + other.scores[name] for name, score in self.scores.items()},
            {name: cost + other.costs[name] for name, cost in self.costs.items()},
        )


class Kept:
    """Measurements made so far with the same code, in a file of one JSON line each."""

    def __init__(self, path: Path, setting: str) -> None:
        self._path = path
        self._setting = setting
        self._found: dict[tuple[str, str], Result] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            told = json.loads(line)
            if told["setting"] == setting:
                self._found[told["letters"], told["damage"]] = Result(
                    told["damage"],
                    {name: Score(**score) for name, score in told["scores"].items()},
                    {name: Cost(**cost) for name, cost in told["costs"].items()},
                )

    def get(self, group: str, damage: str) -> Result | None:
        return self._found.get((group, damage))

    def add(self, group: str, result: Result) -> None:
        self._found[group, result.condition] = result
        told = {
            "setting": self._setting,
            "letters": group,
            "damage": result.condition,
            "scores": {name: asdict(score) for name, score in result.scores.items()},
            "costs": {name: asdict(cost) for name, cost in result.costs.items()},
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(told) + "\n")

    def whole(self, groups: Sequence[str], damages: Sequence[str]) -> tuple[int, list[Result]]:
        """How many of the groups every damage was measured on, and their sum a damage."""
        done = [
            group for group in groups if all((group, damage) in self._found for damage in damages)
        ]
        sums = [[self._found[group, damage] for group in done] for damage in damages]
        return len(done), [reduce(add, each) for each in sums if each]


def code_digest() -> str:
    """What the figures depend on here: the code of the reader and of the benchmarks."""
    digest = hashlib.sha256()
    for folder in ("extractors/reading", "benchmarks", "models"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def first_pages(pdf: bytes, count: int | None) -> bytes:
    """The letter's first pages; all of them for None."""
    if count is None:
        return pdf
    out = io.BytesIO()
    with pypdfium2.PdfDocument(pdf) as whole, pypdfium2.PdfDocument.new() as cut:
        cut.import_pages(whole, list(range(min(count, len(whole)))))
        cut.save(out)
    return out.getvalue()


def printed_pages(pdfs: Sequence[bytes]) -> list[str]:
    """What is printed, page by page, from the digital letters' own text.

    PDFium tells a word parted at a line's end with U+FFFE for its hyphen and the break.
    """
    texts = []
    for pdf in pdfs:
        with pypdfium2.PdfDocument(pdf) as document:
            for page in document:
                text_page = page.get_textpage()
                texts.append(text_page.get_text_range().replace("\ufffe", "-\n"))
                text_page.close()
    return texts


def measure(
    condition: Condition,
    pdfs: Sequence[bytes],
    seed: str,
    ours: Ours,
    work: Path,
    with_ocrmypdf: bool,
) -> Result:
    """All readers on one damage, on the same pages, one reader after the other."""
    made = joined(condition, pdfs, seed)
    truth = printed_pages(pdfs)
    path, pictures = _write(made, work)
    runs = {"ours": ours.read(path), "tesseract": tesseract(pictures)}
    if with_ocrmypdf:
        runs["ocrmypdf"] = ocrmypdf(path, work, len(pictures))
    scores = {name: _score(truth, run.texts) for name, run in runs.items()}
    for each in (path, *pictures):
        each.unlink()
    costs = {
        name: Cost(len(run.texts), run.wall, run.cpu, run.megabytes, run.again)
        for name, run in runs.items()
    }
    return Result(condition.name, scores, costs)


def _write(made: Damaged, work: Path) -> tuple[Path, list[Path]]:
    path = work / f"pages{made.suffix}"
    path.write_bytes(made.data)
    pictures = []
    for n, (suffix, data) in enumerate(made.pictures):
        pictures.append(work / f"page-{n:04d}{suffix}")
        pictures[-1].write_bytes(data)
    return path, pictures


def _score(truth: Sequence[str], texts: Sequence[str]) -> Score:
    if len(truth) != len(texts):
        raise SystemExit(f"{len(texts)} pages were read of {len(truth)}; nothing was measured")
    pairs = [(t, text) for t, text in zip(truth, texts, strict=True) if in_english(t)]
    return reduce(add, (score(t, text) for t, text in pairs), Score())


def in_english(printed: str) -> bool:
    """Whether a page is no page of language taglines: the English model, which all readers are
    given, cannot spell these, and no field stands there."""
    beyond = sum(ord(c) >= 0xC0 for c in printed if c.isalpha())
    return beyond <= 0.02 * max(len(printed), 1)


def report(
    results: Sequence[Result], letters_read: int, most_pages: int | None, version: str
) -> list[str]:
    pages = results[0].costs["ours"].pages
    names = list(results[0].costs)
    cut = f" (of each the first {most_pages})" if most_pages else ""
    title = {"ours": "Denial Desk", "tesseract": "Tesseract", "ocrmypdf": "OCRmyPDF"}
    lines = [
        f"{letters_read} generated letters (seed {SEED}, held-out wordings), {pages} pages{cut}, "
        f"each under {len(results)} damages; "
        f"every reader on the same pages in the same run{version}.",
        "",
        "Pages are compared as bags of words, the same way for all: words that are the same cancel "
        "out, the rest are paired for the least Levenshtein distance, what stays unpaired counts "
        "in full (`benchmarks/text_scores.py`). Error: wrong characters a hundred printed. Recall: "
        "words found, whatever their case and outer punctuation. Pages of language taglines are "
        "read and timed, not scored: no reader has their languages here.",
        "",
        "## What is read",
        "",
        "| damage | "
        + " | ".join(f"{title[n]} error | recall" for n in names)
        + " | second look |",
        "| --- |" + " ---: | ---: |" * len(names) + " ---: |",
    ]
    for result in results:
        cells = [
            f"{100 * result.scores[n].error_rate:.2f} | {100 * result.scores[n].recall:.1f}%"
            for n in names
        ]
        again = result.costs["ours"].again / pages
        lines.append(f"| {result.condition} | {' | '.join(cells)} | {again:.0%} |")
    again = sum(result.costs["ours"].again for result in results)
    read = sum(result.costs["ours"].pages for result in results)
    lines += [
        "",
        f"A second look was taken at {again} of {read} pages.",
        "",
        "## What it costs",
        "",
        "Where other work ran on the machine, wall time says little and the ratios of CPU seconds "
        f"hold. OCRmyPDF starts once for each {TOGETHER} letters, which is in its time.",
        "",
        *_costs(results, names, title, pages),
    ]
    return [*lines, "", *_verdicts(results, names)]


def _costs(
    results: Sequence[Result], names: Sequence[str], title: Mapping[str, str], pages: int
) -> list[str]:
    others = [n for n in names if n != "ours"]
    head = "| damage | ours, s a page (wall, CPU) |"
    head += "".join(f" {title[n]} / ours, wall | CPU |" for n in others) + " our memory, MB |"
    lines = [head, "| --- | ---: |" + " ---: | ---: |" * len(others) + " ---: |"]
    for result in results:
        mine = result.costs["ours"]
        row = f"| {result.condition} | {mine.wall / pages:.2f}, {mine.cpu / pages:.2f} |"
        for n in others:
            run = result.costs[n]
            row += f" {run.wall / mine.wall:.2f} | {run.cpu / mine.cpu:.2f} |"
        lines.append(f"{row} {mine.megabytes:.0f} |")
    row = "| all |  |"
    for n in others:
        wall, cpu = (_total(results, n, what) / _total(results, "ours", what) for what in _KINDS)
        row += f" {wall:.2f} | {cpu:.2f} |"
    most = max(result.costs["ours"].megabytes for result in results)
    return [*lines, f"{row} {most:.0f} |"]


_KINDS = ("wall", "cpu")


def _total(results: Sequence[Result], name: str, what: str) -> float:
    return sum(float(getattr(result.costs[name], what)) for result in results)


def _verdicts(results: Sequence[Result], names: Sequence[str]) -> list[str]:
    """The goals, and where they are missed."""
    lines = []
    for n in (n for n in names if n != "ours"):
        worse = [
            r.condition for r in results if r.scores["ours"].error_rate >= r.scores[n].error_rate
        ]
        told = f"missed at {', '.join(worse)}" if worse else "met"
        lines.append(f"- Lower error than {n} at every damage: {told}.")
    if "ocrmypdf" in names:
        worse = [
            r.condition
            for r in results
            if r.condition in HALF
            and r.scores["ours"].error_rate > 0.5 * r.scores["ocrmypdf"].error_rate
        ]
        told = f"missed at {', '.join(worse)}" if worse else "met"
        lines.append(f"- Half of OCRmyPDF's error on fax and photo: {told}.")
    for what in _KINDS:
        mine = _total(results, "ours", what)
        slower = mine / _total(results, "tesseract", what)
        told = "met" if slower <= SLOWER else "missed"
        lines.append(f"- {what}: {slower:.2f} times Tesseract's (goal {SLOWER}: {told}).")
        if "ocrmypdf" in names:
            faster = _total(results, "ocrmypdf", what) / mine
            told = "met" if faster >= FASTER else "missed"
            lines.append(
                f"- {what}: OCRmyPDF takes {faster:.2f} times ours (goal {FASTER}: {told})."
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--letters", type=int, default=40)
    parser.add_argument("--damage", help="only damages whose name has this in it")
    parser.add_argument("--pages", type=int, help="at most so many first pages of a letter")
    parser.add_argument("--without-ocrmypdf", action="store_true")
    parser.add_argument("--minutes", type=float, help="stop then; the next run goes on")
    args = parser.parse_args()
    ends = time.monotonic() + 60 * args.minutes if args.minutes else float("inf")
    version = "" if args.without_ocrmypdf else (
        f" (OCRmyPDF {ocrmypdf_version()}, {' '.join(OCRMYPDF)})"
    )  # fmt: skip
    chosen = [c for c in CONDITIONS if not args.damage or args.damage in c.name]
    kept = Kept(KEPT, f"{code_digest()} {SEED} {args.pages} {version}")
    spans = [
        range(first, min(first + TOGETHER, args.letters))
        for first in range(0, args.letters, TOGETHER)
    ]
    with workplace() as work:
        ours = Ours()
        for span in spans:
            group = _named(span)
            todo = [c for c in chosen if kept.get(group, c.name) is None]
            pdfs = _letters(span, args.pages) if todo else []
            for condition in todo:
                if time.monotonic() > ends:
                    break
                seed = f"{SEED}/{group}"
                result = measure(condition, pdfs, seed, ours, work, not args.without_ocrmypdf)
                kept.add(group, result)
                told = {n: round(100 * s.error_rate, 2) for n, s in result.scores.items()}
                print(group, condition.name, told, file=sys.stderr, flush=True)
        ours.close()
    groups, results = kept.whole([_named(span) for span in spans], [c.name for c in chosen])
    if not groups:
        raise SystemExit("No letters have been measured under every damage yet; run it again.")
    done = min(groups * TOGETHER, args.letters)
    publish("reading", "Reading damaged pages", report(results, done, args.pages, version))


def _named(span: range) -> str:
    return f"{span.start}-{span.stop - 1}"


def _letters(span: range, pages: int | None) -> list[bytes]:
    made = (make_letter(f"{SEED}/{n}", "held_out") for n in span)
    return [first_pages(letter.pdf(), pages) for letter in made]


if __name__ == "__main__":
    main()
