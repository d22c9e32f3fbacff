"""`python -m benchmarks.splitting`: batches of letters in one scan, told apart again."""

from __future__ import annotations

import argparse
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pypdfium2

from benchmarks.common import publish
from benchmarks.generator.damage import damaged
from benchmarks.generator.dice import Dice
from benchmarks.generator.letter import Letter, letters
from benchmarks.sheets import (
    blank_page,
    code128_sheet,
    cover_page,
    patch_sheet,
    qr_sheet,
    text_sheet,
)

SEED = 90473
GOAL = 0.95
_PAGE_OF = re.compile(r"Page (\d+) of (\d+)")
_BETWEEN = {"nothing": 50, "blank": 14, "code128": 10, "qr": 9, "patch": 9, "text": 8}


@dataclass
class Batch:
    """One file. `truth` has the page numbers of each letter in their right order; sheets between
    letters are of none, and `covers` may go with any or none."""

    pdf: bytes = b""
    truth: list[list[int]] = field(default_factory=list)
    covers: set[int] = field(default_factory=set)
    between: str = "nothing"
    shuffled: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A batch's letters found exactly, in the right order too, cut in two, and merged."""

    letters: int
    exact: int
    in_order: int
    cut: int
    merged: int

    @property
    def right(self) -> bool:
        return self.exact == self.letters and not self.cut and not self.merged


def make_batch(seed: str, made: Sequence[Letter]) -> Batch:
    """Letters one after the other in one PDF, with what lies between them."""
    dice = Dice(seed)
    batch = Batch(between=dice.weighted(_BETWEEN))
    whole = pypdfium2.PdfDocument.new()

    def add(pdf: bytes, order: Sequence[int] | None = None) -> list[int]:
        with pypdfium2.PdfDocument(pdf) as source:
            chosen = list(order if order is not None else range(len(source)))
            first = len(whole) + 1
            whole.import_pages(source, chosen)
        return list(range(first, first + len(chosen)))

    for n, letter in enumerate(made):
        pdf = letter.pdf()
        order, numbered = _page_order(pdf, dice)
        if n and batch.between != "nothing":
            add(_sheet(batch.between, dice))
        if dice.chance(0.2):
            batch.covers.update(add(cover_page(dice, len(order))))
        placed = dict(zip(order, add(pdf, order), strict=True))
        batch.truth.append([placed[index] for index in sorted(placed)])
        if numbered and order != sorted(order):
            batch.shuffled.append(n)
    out = io.BytesIO()
    whole.save(out)
    whole.close()
    batch.pdf = out.getvalue()
    return batch


def _page_order(pdf: bytes, dice: Dice) -> tuple[list[int], bool]:
    """The order in which a letter's pages are scanned: mixed at times, where numbers are printed
    that tell how they belong."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(text_page.get_text_range())
            text_page.close()
    order = list(range(len(texts)))
    numbered = len(texts) > 1 and all(_PAGE_OF.search(text) for text in texts)
    if numbered and dice.chance(0.5):
        dice.random.shuffle(order)
    return order, numbered


def _sheet(kind: str, dice: Dice) -> bytes:
    caption = dice.pick(["", "", "Scan center 4", "Place between letters"])
    if kind == "code128":
        return code128_sheet(dice.pick(["PATCHT", "SEP-0001", "DOCSEP"]), caption)
    if kind == "qr":
        return qr_sheet(dice.pick(["SEPARATOR", "PATCHT", "BATCH-NEXT"]), caption)
    if kind == "patch":
        return patch_sheet(dice.pick([(0, 3), (0, 2), (1, 3), (0, 1)]), caption)
    return text_sheet() if kind == "text" else blank_page()


def judged(batch: Batch, found: Sequence[Sequence[int]]) -> Outcome:
    """How the letters found compare with those put in; covers and separators do not count."""
    whose = {page: n for n, pages in enumerate(batch.truth) for page in pages}
    cases = [[page for page in pages if page in whose] for pages in found]
    cases = [pages for pages in cases if pages]
    sets = [set(pages) for pages in cases]
    holders = Counter(n for pages in cases for n in {whose[page] for page in pages})
    return Outcome(
        letters=len(batch.truth),
        exact=sum(set(pages) in sets for pages in batch.truth),
        in_order=sum(pages in cases for pages in batch.truth),
        cut=sum(count > 1 for count in holders.values()),
        merged=sum(len({whose[page] for page in pages}) > 1 for pages in cases),
    )


def run(batch: Batch, seed: str, scanned: bool, day: object) -> Outcome:
    from extractors.reading import Limits, read_document
    from extractors.splitting import split_letters

    data = batch.pdf
    if scanned:
        _, data = damaged(data, "scan", seed, day)  # type: ignore[arg-type]
    document = read_document(data, "batch.pdf", Limits(max_pages=2000))
    return judged(batch, [[page.number for page in pages] for pages in split_letters(document)])


def row(name: str, outcomes: Sequence[Outcome]) -> str:
    total = sum(o.letters for o in outcomes)
    exact, order = sum(o.exact for o in outcomes), sum(o.in_order for o in outcomes)
    cut, merged = sum(o.cut for o in outcomes), sum(o.merged for o in outcomes)
    right = sum(o.right for o in outcomes)
    return (
        f"| {name} | {len(outcomes)} | {total} | {exact / total:.1%} | {order / total:.1%} "
        f"| {cut} | {merged} | {right / len(outcomes):.0%} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.splitting", description=__doc__)
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--scanned", type=int, default=3, help="how many to read as scans too")
    parser.add_argument("--tell", action="store_true", help="say which batches went wrong")
    args = parser.parse_args()
    sizes = [Dice(f"{SEED}/{n}").number(2, 12) for n in range(args.batches)]
    pool = (letter for _, letter in letters(SEED, sum(sizes), wordings="held_out"))
    digital: list[tuple[str, Outcome]] = []
    scans: list[Outcome] = []
    for n, size in enumerate(sizes):
        made = [next(pool) for _ in range(size)]
        batch = make_batch(f"{SEED}/{n}", made)
        outcome = run(batch, f"{SEED}/{n}", False, None)
        digital.append((batch.between, outcome))
        if n < args.scanned:
            day = made[0].scene.days["letter_date"]
            scans.append(run(batch, f"{SEED}/{n}", True, day))
        for one in (outcome, *scans[n : n + 1]):
            if args.tell and not one.right:
                print(n, batch.between, batch.truth, batch.shuffled, one, flush=True)
    everything = [outcome for _, outcome in digital]
    rows = [row("all, as printed", everything)]
    rows += [
        row(f"between letters: {kind}", [o for k, o in digital if k == kind])
        for kind in _BETWEEN
        if any(k == kind for k, _ in digital)
    ]
    if scans:
        rows.append(row("scanned at 200 dpi", scans))
    share = sum(o.exact for o in everything) / sum(o.letters for o in everything)
    publish(
        "splitting",
        "Several letters in one file",
        [
            f"{args.batches} batches of 2 to 12 generated letters (seed {SEED}), some with fax "
            "covers, back pages of rights, notices and taglines; pages that bear `Page k of n` are "
            "shuffled within half of their letters. Exact: a case has all pages of a letter and no "
            "other's. In order: they stand as they were printed.",
            "",
            "| batches | number | letters | exact | in order | cut | merged | batches all right |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            f"Goal {GOAL:.0%} of letters exact: {'met' if share >= GOAL else 'missed'}.",
        ],
    )


if __name__ == "__main__":
    main()
