"""`python -m benchmarks.reading`: damaged pages read by us, bare Tesseract and OCRmyPDF.

Letters are measured a few at a time under every damage. What a reader read is kept as it is made,
so that a run may be stopped (`--minutes`, or at any moment) and goes on where it was; the figures
are those of the letters that every damage has been measured on.
"""

from __future__ import annotations

import argparse
import io
import shlex
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

import pypdfium2

from benchmarks.common import ROOT, publish, workplace
from benchmarks.conditions import CONDITIONS, Condition, Damaged, joined
from benchmarks.generator.letter import make_letter
from benchmarks.kept_runs import KeptRuns, code_digest, pages_digest
from benchmarks.readers import (
    OCRMYPDF,
    PATIENT,
    Ours,
    Run,
    ocrmypdf,
    ocrmypdf_version,
    tesseract,
    tesseract_version,
)
from benchmarks.text_scores import Score, score

SEED = 3301
SLOWER, FASTER = 1.15, 2.5
"""Goals: our time at most so many times Tesseract's; OCRmyPDF's at least so many times ours."""
HALF = ("fax fine", "fax standard", "photo")
"""Damages where half of OCRmyPDF's error is the goal."""

TITLES = {"ours": "Denial Desk", "tesseract": "Tesseract", "ocrmypdf": "OCRmyPDF"}

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


class Readers:
    """The readers compared, by name, and what each has read so far."""

    def __init__(self, names: Sequence[str], kept: KeptRuns, anew: Collection[str], work: Path):
        self._kept = kept
        self._anew = set(anew)
        self._work = work
        self._ours: Ours | None = None
        code = code_digest(ROOT, ("extractors/reading", "models"), ("benchmarks/readers.py",))
        known = {
            "ours": lambda: f"ours {code}",
            "tesseract": lambda: f"tesseract {tesseract_version()}",
            "ocrmypdf": lambda: f"ocrmypdf {ocrmypdf_version()} {' '.join((*OCRMYPDF, *PATIENT))}",
        }
        self.keys = {name: known[name]() for name in names}

    def read(self, made: Damaged) -> dict[str, Run]:
        """All readers on the same pages, one after the other; what is kept is not read again."""
        pages = pages_digest(made)
        runs = {}
        for name, key in self.keys.items():
            run = None if name in self._anew else self._kept.get(key, pages)
            if run is None:
                run = self._run(name, made)
                self._kept.add(key, pages, run)
            runs[name] = run
        return runs

    def _run(self, name: str, made: Damaged) -> Run:
        if name == "tesseract":
            pictures = []
            for n, (suffix, data) in enumerate(made.pictures):
                pictures.append(self._work / f"page-{n:04d}{suffix}")
                pictures[-1].write_bytes(data)
            return tesseract(pictures)
        path = self._work / f"pages{made.suffix}"
        path.write_bytes(made.data)
        if name == "ocrmypdf":
            return ocrmypdf(path, self._work, len(made.pictures))
        self._ours = self._ours or Ours()
        return self._ours.read(path)

    def close(self) -> None:
        if self._ours is not None:
            self._ours.close()


def measure(condition: Condition, pdfs: Sequence[bytes], seed: str, readers: Readers) -> Result:
    """All readers on one damage, on the same pages."""
    runs = readers.read(joined(condition, pdfs, seed))
    truth = printed_pages(pdfs)
    scores = {name: _score(truth, run.texts) for name, run in runs.items()}
    costs = {
        name: Cost(len(run.texts), run.wall, run.cpu, run.megabytes, run.again)
        for name, run in runs.items()
    }
    return Result(condition.name, scores, costs)


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
    results: Sequence[Result], letters_read: int, args: argparse.Namespace, keys: Mapping[str, str]
) -> list[str]:
    pages = results[0].costs["ours"].pages
    names = list(results[0].costs)
    cut = f" (of each the first {args.pages})" if args.pages else ""
    title = TITLES
    versions = "; ".join(key for name, key in keys.items() if name != "ours")
    lines = [
        f"{letters_read} generated letters (seed {args.seed}, held-out wordings), {pages} "
        f"pages{cut}, each under {len(results)} damages; every reader on the same pages "
        f"({versions}). What the others read of the same bytes with the same version is kept and "
        "not measured again.",
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
        if "tesseract" in names:
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
    parser.add_argument("--without", help="not the damage of this name")
    parser.add_argument("--pages", type=int, help="at most so many first pages of a letter")
    parser.add_argument("--readers", nargs="+", choices=TITLES, default=list(TITLES))
    parser.add_argument(
        "--anew", nargs="+", choices=TITLES, default=[], help="read again though it is kept"
    )
    parser.add_argument("--seed", default=str(SEED), help="of the letters; another to develop with")
    parser.add_argument("--minutes", type=float, help="stop then; the next run goes on")
    args = parser.parse_args()
    ends = time.monotonic() + 60 * args.minutes if args.minutes else float("inf")
    chosen = [
        c
        for c in CONDITIONS
        if (not args.damage or args.damage in c.name) and c.name != args.without
    ]
    spans = [
        range(first, min(first + TOGETHER, args.letters))
        for first in range(0, args.letters, TOGETHER)
    ]
    done: list[list[Result]] = []
    with workplace() as work:
        readers = Readers(args.readers, KeptRuns(KEPT), args.anew, work)
        for span in spans:
            group = f"{span.start}-{span.stop - 1}"
            pdfs = _letters(args.seed, span, args.pages)
            results = []
            for condition in chosen:
                if time.monotonic() > ends:
                    break
                results.append(measure(condition, pdfs, f"{args.seed}/{group}", readers))
                told = {n: round(100 * s.error_rate, 2) for n, s in results[-1].scores.items()}
                print(group, condition.name, told, file=sys.stderr, flush=True)
            if len(results) == len(chosen):
                done.append(results)
        readers.close()
    if not done:
        raise SystemExit("No letters have been measured under every damage yet; run it again.")
    if "ours" not in args.readers:
        return
    sums = [reduce(add, each) for each in zip(*done, strict=True)]
    letters_read = min(len(done) * TOGETHER, args.letters)
    lines = report(sums, letters_read, args, readers.keys)
    if args.seed != str(SEED):
        print("\n".join(lines))
        return
    name = "reading" if "ocrmypdf" in args.readers else "reading_tesseract"
    publish(name, "Reading damaged pages", lines, command=f"reading {shlex.join(sys.argv[1:])}")


def _letters(seed: str, span: range, pages: int | None) -> list[bytes]:
    made = (make_letter(f"{seed}/{n}", "held_out") for n in span)
    return [first_pages(letter.pdf(), pages) for letter in made]


if __name__ == "__main__":
    main()
