"""`python -m benchmarks.boxes`: whether a field's box lies on its print, under each damage.

The truth is the digital letter's own: the ink of the words of the evidence, found on the clean
page, each word moved as the damage moved the page. A turned word keeps its size, and a box is the
level one around its words, as ours are.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.common import publish
from benchmarks.conditions import CONDITIONS, Condition, damaged
from benchmarks.generator.damage import Matrix
from benchmarks.generator.letter import letters
from benchmarks.generator.places import Printed, printed_words
from models.geometry import Box

SEED = 5503
ENOUGH, GOAL = 0.8, 0.95
LIKE = 0.85
"""How like the printed words an evidence must be to be of them."""

_SPELL = re.compile(r"[^a-z0-9]")


def moved(box: Box, move: Matrix) -> Box:
    """Where a box of the clean page went: its middle moved, its size as the page's scale there."""

    def point(x: float, y: float) -> np.ndarray:
        at = move @ np.array([x, y, 1.0])
        return np.asarray(at[:2] / at[2])

    x, y = box.middle
    middle = point(x, y)
    wide = np.linalg.norm(point(box.x1, y) - point(box.x0, y)) / 2
    high = np.linalg.norm(point(x, box.bottom) - point(x, box.top)) / 2
    return Box(middle[0] - wide, middle[1] - high, middle[0] + wide, middle[1] + high)


def truth_for(text: str, near: Box, words: Sequence[Printed], move: Matrix) -> Box | None:
    """The place of the printed words that an evidence quotes, the nearest to where it points;
    None where the words do not stand on the page (the reading, not the box, is then at fault)."""
    wanted = _SPELL.sub("", text.lower())
    if len(wanted) < 2:
        return None
    places = [
        Box.around(moved(word.box, move) for word in words[start:end])
        for start, end in _places(words, wanted)
    ]
    return min(places, key=lambda box: np.hypot(*_from(box, near)), default=None)


def _from(box: Box, near: Box) -> tuple[float, float]:
    (x, y), (to_x, to_y) = box.middle, near.middle
    return x - to_x, y - to_y


def _places(words: Sequence[Printed], wanted: str) -> list[tuple[int, int]]:
    """Where words stand that spell `wanted` about rightly; of runs that share words the likest."""
    found = sorted(_runs(words, wanted), key=lambda run: -run[0])
    kept: list[tuple[int, int]] = []
    for _, start, end in found:
        if all(end <= a or start >= b for a, b in kept):
            kept.append((start, end))
    return kept


def _runs(words: Sequence[Printed], wanted: str) -> Iterator[tuple[float, int, int]]:
    """Runs of words as like to `wanted` as `LIKE`: how like, and their first and last, the last
    not included."""
    spelled = [_SPELL.sub("", word.text.lower()) for word in words]
    for start in range(len(words)):
        text = ""
        for end in range(start, len(words)):
            text += spelled[end]
            if len(text) > 1.15 * len(wanted) + 1:
                break
            close = Levenshtein.normalized_similarity(text, wanted, score_cutoff=LIKE)
            if spelled[start] and spelled[end] and close:
                yield close, start, end + 1


def overlaps(condition: Condition, pdf: bytes, seed: str) -> list[tuple[float, float]]:
    """For each evidence of one letter: intersection over union, and the share of print covered."""
    from extractors.extraction import extract_fields
    from extractors.reading import Limits, read_document
    from extractors.splitting import split_letters

    made = damaged(condition, pdf, seed)
    document = read_document(made.data, f"letter{made.suffix}", Limits(page_seconds=600))
    words = printed_words(pdf)
    found = []
    for letter in split_letters(document):
        fields = extract_fields(letter)
        seen = {(e.page, e.bbox): e.text for _, f in fields.items() for e in f.evidence}
        for (number, shown), text in seen.items():
            truth = truth_for(text, shown, words[number - 1], made.moves[number - 1])
            if truth is not None:
                found.append((shown.iou(truth), shown.intersection(truth) / truth.area))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boxes", description=__doc__)
    parser.add_argument("--letters", type=int, default=20)
    parser.add_argument("--damage", help="only damages whose name has this in it")
    args = parser.parse_args()
    pdfs = [made.pdf() for _, made in letters(SEED, args.letters, wordings="held_out")]
    rows, all_found = [], []
    for condition in (c for c in CONDITIONS if not args.damage or args.damage in c.name):
        found = [
            pair for n, pdf in enumerate(pdfs) for pair in overlaps(condition, pdf, f"{SEED}/{n}")
        ]
        all_found += found
        rows.append(_row(condition.name, found))
        print(rows[-1], file=sys.stderr, flush=True)
    share = sum(iou >= ENOUGH for iou, _ in all_found) / max(len(all_found), 1)
    publish(
        "boxes",
        "Evidence boxes",
        [
            f"{args.letters} generated letters (seed {SEED}) under each damage. The truth is the "
            "ink of the quoted words on the clean page, moved as the damage moved the page; a "
            "turned word keeps its size, and a box is the level one around its words. Evidence "
            "whose words are not printed so (a reading error) is left out.",
            "",
            f"| damage | places | IoU at least {ENOUGH} | mean IoU | print covered |",
            "| --- | ---: | ---: | ---: | ---: |",
            *rows,
            _row("all", all_found),
            "",
            f"Goal {GOAL:.0%}: {'met' if share >= GOAL else 'missed'}.",
        ],
    )


def _row(name: str, found: Sequence[tuple[float, float]]) -> str:
    if not found:
        return f"| {name} | 0 | – | – | – |"
    ious, covered = np.array(found).T
    return (
        f"| {name} | {len(found)} | {(ious >= ENOUGH).mean():.1%} | {ious.mean():.2f} "
        f"| {covered.mean():.1%} |"
    )


if __name__ == "__main__":
    main()
