"""`python -m benchmarks.reading`: damaged pages read by us, bare Tesseract and OCRmyPDF."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

import pypdfium2

from benchmarks.common import publish, workplace
from benchmarks.conditions import CONDITIONS, Condition, Damaged, joined
from benchmarks.generator.letter import letters
from benchmarks.readers import OCRMYPDF, Ours, Run, ocrmypdf, ocrmypdf_version, tesseract
from benchmarks.text_scores import Score, score

SEED = 3301
SLOWER, FASTER = 1.15, 2.5
"""Goals: our time at most so many times Tesseract's; OCRmyPDF's at least so many times ours."""
HALF = ("fax fine", "fax standard", "photo")
"""Damages where half of OCRmyPDF's error is the goal."""


@dataclass(frozen=True, slots=True)
class Result:
    """One damage: each reader's score and run, by its name."""

    condition: Condition
    scores: Mapping[str, Score]
    runs: Mapping[str, Run]


def printed_pages(pdfs: Sequence[bytes]) -> list[str]:
    """What is printed, page by page, from the digital letters' own text."""
    texts = []
    for pdf in pdfs:
        with pypdfium2.PdfDocument(pdf) as document:
            for page in document:
                text_page = page.get_textpage()
                texts.append(text_page.get_text_range())
                text_page.close()
    return texts


def measure(
    condition: Condition,
    pdfs: Sequence[bytes],
    truth: Sequence[str],
    ours: Ours,
    work: Path,
    with_ocrmypdf: bool,
) -> Result:
    """All readers on one damage, on the same pages, one reader after the other."""
    made = joined(condition, pdfs, str(SEED))
    path, pictures = _write(made, work)
    runs = {"ours": ours.read(path), "tesseract": tesseract(pictures)}
    if with_ocrmypdf:
        runs["ocrmypdf"] = ocrmypdf(path, work)
    scores = {name: _score(truth, run.texts) for name, run in runs.items()}
    for each in (path, *pictures):
        each.unlink()
    return Result(condition, scores, runs)


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


def report(results: Sequence[Result], letters_read: int, version: str) -> list[str]:
    pages = len(results[0].runs["ours"].texts)
    names = list(results[0].runs)
    title = {"ours": "Denial Desk", "tesseract": "Tesseract", "ocrmypdf": "OCRmyPDF"}
    lines = [
        f"{letters_read} generated letters (seed {SEED}, held-out wordings), {pages} pages, "
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
        again = result.runs["ours"].again / pages
        lines.append(f"| {result.condition.name} | {' | '.join(cells)} | {again:.0%} |")
    lines += ["", "## What it costs", "", *_costs(results, names, title, pages)]
    return [*lines, "", *_verdicts(results, names)]


def _costs(
    results: Sequence[Result], names: Sequence[str], title: Mapping[str, str], pages: int
) -> list[str]:
    others = [n for n in names if n != "ours"]
    head = "| damage | ours, s a page (wall, CPU) |"
    head += "".join(f" {title[n]} / ours, wall | CPU |" for n in others) + " our memory, MB |"
    lines = [head, "| --- | ---: |" + " ---: | ---: |" * len(others) + " ---: |"]
    for result in results:
        mine = result.runs["ours"]
        row = f"| {result.condition.name} | {mine.wall / pages:.2f}, {mine.cpu / pages:.2f} |"
        for n in others:
            run = result.runs[n]
            row += f" {run.wall / mine.wall:.2f} | {run.cpu / mine.cpu:.2f} |"
        lines.append(f"{row} {mine.megabytes:.0f} |")
    row = "| all |  |"
    for n in others:
        wall, cpu = (_total(results, n, what) / _total(results, "ours", what) for what in _KINDS)
        row += f" {wall:.2f} | {cpu:.2f} |"
    most = max(result.runs["ours"].megabytes for result in results)
    return [*lines, f"{row} {most:.0f} |"]


_KINDS = ("wall", "cpu")


def _total(results: Sequence[Result], name: str, what: str) -> float:
    return sum(float(getattr(result.runs[name], what)) for result in results)


def _verdicts(results: Sequence[Result], names: Sequence[str]) -> list[str]:
    """The goals, and where they are missed."""
    lines = []
    for n in (n for n in names if n != "ours"):
        worse = [
            r.condition.name
            for r in results
            if r.scores["ours"].error_rate >= r.scores[n].error_rate
        ]
        told = f"missed at {', '.join(worse)}" if worse else "met"
        lines.append(f"- Lower error than {n} at every damage: {told}.")
    if "ocrmypdf" in names:
        worse = [
            r.condition.name
            for r in results
            if r.condition.name in HALF
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
    parser.add_argument("--without-ocrmypdf", action="store_true")
    args = parser.parse_args()
    version = "" if args.without_ocrmypdf else (
        f" (OCRmyPDF {ocrmypdf_version()}, {' '.join(OCRMYPDF)})"
    )  # fmt: skip
    pdfs = [made.pdf() for _, made in letters(SEED, args.letters, wordings="held_out")]
    truth = printed_pages(pdfs)
    chosen = [c for c in CONDITIONS if not args.damage or args.damage in c.name]
    results = []
    with workplace() as work:
        ours = Ours()
        for condition in chosen:
            results.append(measure(condition, pdfs, truth, ours, work, not args.without_ocrmypdf))
            told = {n: round(100 * s.error_rate, 2) for n, s in results[-1].scores.items()}
            print(condition.name, told, file=sys.stderr, flush=True)
        ours.close()
    publish("reading", "Reading damaged pages", report(results, args.letters, version))


if __name__ == "__main__":
    main()
