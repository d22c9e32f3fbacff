#!/usr/bin/env python3
"""Fit how much each kind of evidence counts when the primary reason of a denial is told:
benchmarks/written/dev -> extractors/data/reason_weights.toml.

A softmax over the sixteen reasons with one weight for each feature (extractors/meaning/evidence.py)
and one for each reason, drawn towards nothing. Few numbers, so that some hundred letters settle
them; the letters of a batch are told by a fit of the other batches to see what holds of letters
that were not there.

    python scripts/fit_reasons.py    # a minute; prints the reasons right of each batch left out
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.written import BATCHES, WRITTEN  # noqa: E402  # not installed with the package
from extractors.extraction import looked_at  # noqa: E402
from extractors.meaning import about_drug, is_filled  # noqa: E402
from extractors.meaning.drugs import find_drug  # noqa: E402
from extractors.meaning.evidence import FEATURES, WEIGHTS, evidence  # noqa: E402
from extractors.meaning.passages import passages  # noqa: E402
from extractors.meaning.reasons import letter_evidence  # noqa: E402
from extractors.splitting import split_letters  # noqa: E402
from models.vocabulary import DenialCategory  # noqa: E402
from pipeline.evaluate.labels import find_labelled  # noqa: E402
from pipeline.evaluate.run import read_now  # noqa: E402

REASONS = tuple(sorted(category.value for category in DenialCategory))
DRAWN = 1.0
"""How strongly the weights of features are drawn towards nothing; three times this for reasons."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A labelled letter: its batch, its evidence, its reason and what else would be right."""

    batch: str
    evidence: Any
    reason: str
    right: frozenset[str]


def letters() -> list[Letter]:
    """The letters of `dev` that deny something for a labelled reason."""
    found = []
    for item in find_labelled(WRITTEN / "dev", ("txt",)):
        document, _ = read_now(item.path.read_bytes(), item.path.name)
        number = int(re.sub(r"\D", "", item.path.stem))
        batch = next(name for name, (a, b) in BATCHES.items() if a <= number <= b)
        for pages, label in zip(split_letters(document), item.letters, strict=False):
            reason = label.values.get("denial_category")
            if not isinstance(reason, str):
                continue
            analysis = looked_at(pages)
            told = passages(analysis)
            drug = find_drug(analysis, told)
            of_drug = drug.denied is not None or about_drug(told)
            rows = evidence(letter_evidence(told, of_drug, is_filled(analysis, drug)), REASONS)
            also = label.accept.get("denial_category", ())
            found.append(Letter(batch, rows, reason, frozenset((reason, *map(str, also)))))
    return found


def design(found: Sequence[Letter]) -> Any:
    """Evidence with a column for each reason."""
    own = np.eye(len(REASONS))
    return np.stack([np.concatenate([letter.evidence, own], axis=1) for letter in found])


def fit(found: Sequence[Letter]) -> Any:
    """The weights of features, then of reasons."""
    rows = design(found)
    right = np.array([[reason == letter.reason for reason in REASONS] for letter in found])
    drawn = DRAWN * np.array([1.0] * len(FEATURES) + [3.0] * len(REASONS))

    def loss(by: Any) -> tuple[float, Any]:
        scores = rows @ by
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        missed = -np.log((shares * right).sum(axis=1) + 1e-12).sum()
        slope = np.einsum("nrf,nr->f", rows, shares - right) + drawn * by
        return float(missed + 0.5 * (drawn * by * by).sum()), slope

    return minimize(loss, np.zeros(rows.shape[2]), jac=True, method="L-BFGS-B").x


def rights(by: Any, found: Sequence[Letter]) -> int:
    """How many letters' reasons are told right."""
    best = (design(found) @ by).argmax(axis=1)
    return sum(REASONS[at] in letter.right for at, letter in zip(best, found, strict=True))


def main() -> None:
    found = letters()
    for batch in BATCHES:
        out = [letter for letter in found if letter.batch == batch]
        by = fit([letter for letter in found if letter.batch != batch])
        print(f"{batch}, fitted without it: {rights(by, out)} of {len(out)}")
    by = fit(found)
    print(f"all, fitted with them: {rights(by, found)} of {len(found)}")
    lines = [
        "# What each kind of evidence counts when the primary reason is told, and how common each",
        "# reason is, in natural logarithms. Written by scripts/fit_reasons.py; not by hand.",
    ]
    for name, keys, numbers in (
        ("features", FEATURES, by[: len(FEATURES)]),
        ("reasons", REASONS, by[len(FEATURES) :]),
    ):
        lines += ["", f"[{name}]", *(f"{k} = {n:.3f}" for k, n in zip(keys, numbers, strict=True))]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
