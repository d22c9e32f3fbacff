"""`python -m benchmarks.service_fit`: the weights by which the denied service is chosen.

Fits `extractors/data/service_model.toml` on the development half of the letters of another hand
and on made letters, in which no drug is denied: a softmax over the mentions of a letter and `none`,
drawn to the weights that the table states by hand (`[drawn_to]`). Prints first how it does on each
batch of letters with the batch left out of the fit. The same letters give the same table.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from benchmarks.generator.letter import make_letter
from benchmarks.written import WRITTEN, batch_of
from extractors.calibration import curve
from extractors.extraction import looked_at
from extractors.meaning.drugs import find_drug
from extractors.meaning.passages import passages
from extractors.meaning.service_mentions import Mention, mentions
from extractors.meaning.service_model import MODEL, NONE, choose
from extractors.splitting import split_letters
from models.document import Document
from pipeline.evaluate.compare import Outcome, judge
from pipeline.evaluate.labels import Label, find_labelled, read_label
from pipeline.evaluate.run import read_now

MADE = "made letters"
MADE_SEED, MADE_COUNT = 60_604, 240
WEIGHTS = {MADE: 0.2}
"""What a letter of a batch weighs, if not 1: made letters are alike."""
DRAWN = 1.0
"""How strongly a weight is drawn to what is stated by hand: so much per square of the distance."""

Vector = Any
_HEAD = """# How much each thing that a mention tells counts for its being the denied service; see
# docs/models.md. `drawn_to` is stated by hand; `python -m benchmarks.service_fit` writes `weights`.
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One letter's mentions, and which of them name the service as labelled."""

    batch: str
    name: str
    label: Label
    mentions: tuple[Mention, ...]
    right: tuple[bool, ...]


def examples(also: Sequence[Path]) -> Iterator[Example]:
    """Of every letter whose service is labelled and in which no denied drug is found. A folder of
    `also` is a batch of its own name."""
    for folder in (WRITTEN / "dev", *also):
        for item in find_labelled(folder):
            document, _ = read_now(item.path.read_bytes(), item.path.name)
            batch = folder.name if folder in also else batch_of(item.path.stem)
            yield from _of_document(batch, item.path.stem, document, item.letters)
    for number in range(MADE_COUNT):
        made = make_letter(f"{MADE_SEED}/{number}", "train")
        if made.label.get("service"):
            document, _ = read_now(made.text().encode(), "made.txt")
            yield from _of_document(MADE, str(number), document, (read_label(made.label),))


def _of_document(
    batch: str, name: str, document: Document, labels: Sequence[Label]
) -> Iterator[Example]:
    for pages, label in zip(split_letters(document), labels, strict=False):
        if "service" not in label.values:
            continue
        analysis = looked_at(pages)
        told = passages(analysis)
        drug = find_drug(analysis, told)
        if drug.denied is None:
            found = tuple(mentions(analysis, told, drug.labels))
            right = tuple(_judged(label, mention.value).ok for mention in found)
            yield Example(batch, name, label, found, right)


def _judged(label: Label, value: str | None) -> Outcome:
    wanted = label.values["service"]
    return judge("service", wanted, value, 0.0, label.accept.get("service", ())).outcome


def fit(train: Sequence[Example], drawn_to: Mapping[str, float]) -> dict[str, float]:
    """The weights, by name, that make the right mentions likeliest."""
    names = sorted(
        {*drawn_to, *(key for e in train for m in e.mentions for key in m.tells)} - {NONE}
    )
    hand = np.array([*(drawn_to.get(name, 0.0) for name in names), drawn_to[NONE]])
    letters = [
        (
            np.array([[m.tells.get(name, 0.0) for name in names] for m in e.mentions]),
            np.array([*e.right, not any(e.right)]),
            WEIGHTS.get(e.batch, 1.0),
        )
        for e in train
        if e.mentions and any(e.right) == (e.label.values["service"] is not None)
    ]

    def loss(weights: Vector) -> tuple[float, Vector]:
        lost = DRAWN * float(((weights - hand) ** 2).sum()) / 2
        slope = DRAWN * (weights - hand)
        for table, right, counts in letters:
            scores = np.append(table @ weights[:-1], weights[-1])
            powers = np.exp(scores - scores.max())
            shares = powers / powers.sum()
            held = float(shares[right].sum())
            lost -= counts * float(np.log(held))
            pull = counts * (shares - np.where(right, shares / held, 0.0))
            slope[:-1] += pull[:-1] @ table
            slope[-1] += pull[-1]
        return lost, slope

    found = minimize(loss, hand, jac=True, method="L-BFGS-B").x
    return {name: round(float(w), 3) for name, w in zip([*names, NONE], found, strict=True)}


def outcomes(test: Sequence[Example], weights: Mapping[str, float]) -> Counter[Outcome]:
    """What becomes of each letter's service with these weights."""
    counted: Counter[Outcome] = Counter()
    floor = curve("service").floor
    for example in test:
        best = next(iter(choose(example.mentions, weights)), None)
        told = best is not None and best.score >= floor
        counted[_judged(example.label, best.mention.value if best and told else None)] += 1
    return counted


def _shown(counted: Counter[Outcome]) -> str:
    right, wrong = counted[Outcome.RIGHT], counted[Outcome.WRONG]
    missed, invented = counted[Outcome.MISSED], counted[Outcome.INVENTED]
    whole = 2 * right + 2 * wrong + missed + invented
    f1 = 200 * right / whole if whole else 100.0
    return f"F1 {f1:5.1f}  right {right}, wrong {wrong}, missed {missed}, invented {invented}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service_fit", description=__doc__)
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="folders only measured")
    args = parser.parse_args()
    drawn_to = tomllib.loads(MODEL.read_text("utf-8"))["drawn_to"]
    every = list(examples(args.also))
    own = [e for e in every if e.batch not in {folder.name for folder in args.also}]
    for batch, group in groupby(every, key=lambda e: e.batch):
        weights = fit([e for e in own if e.batch != batch], drawn_to)
        print(f"{batch:14} left out: {_shown(outcomes(list(group), weights))}")
    weights = fit(own, drawn_to)
    print(f"{'all':14} fitted on: {_shown(outcomes(own, weights))}")
    lines = [_HEAD, "[drawn_to]", *(f"{name} = {w}" for name, w in drawn_to.items()), ""]
    lines += ["[weights]", *(f"{name} = {w}" for name, w in weights.items())]
    MODEL.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
