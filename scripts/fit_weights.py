#!/usr/bin/env python3
"""Fit how much each kind of evidence counts: benchmarks/written/dev -> extractors/data.

reason_weights.toml for the primary reason (extractors/meaning/evidence.py), kind_weights.toml for
what the document does (kind_evidence.py). A softmax over the answers with one weight for each
feature and one for each answer, drawn towards nothing. Few numbers, so that some hundred letters
settle them; the letters of a batch are told by a fit of the other batches to see what holds of
letters that were not there.

    python scripts/fit_weights.py    # a minute; prints the answers right of each batch left out
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.written import BATCHES, WRITTEN, batch_of  # noqa: E402  # not installed with the package
from extractors.extraction import looked_at  # noqa: E402
from extractors.meaning import (  # noqa: E402
    Begun,
    evidence,
    kind_evidence,
    known_of_kind,
)
from extractors.meaning.reasons import find_reasons, letter_evidence  # noqa: E402
from extractors.meaning.weighing import DATA  # noqa: E402
from extractors.nlp.analysis import Analysis  # noqa: E402
from extractors.splitting import split_letters  # noqa: E402
from models.vocabulary import DenialCategory, DocumentKind  # noqa: E402
from pipeline.evaluate.labels import Label, find_labelled  # noqa: E402
from pipeline.evaluate.run import read_now  # noqa: E402

DRAWN = 1.0
"""How strongly the weights of features are drawn towards nothing."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A labelled letter: its batch, its evidence, its answer and what else would be right."""

    batch: str
    evidence: Any
    answer: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class Task:
    """What is fitted: the field, its answers, the features and the file; how strongly the weights
    of answers are drawn towards nothing, and the evidence of a letter."""

    field: str
    answers: tuple[str, ...]
    features: tuple[str, ...]
    file: str
    drawn: float
    rows: Callable[[Analysis], Any]


REASONS = tuple(sorted(category.value for category in DenialCategory))
KINDS = tuple(sorted(kind.value for kind in DocumentKind))


def _reason_rows(analysis: Analysis) -> Any:
    told = Begun.of(analysis)
    return evidence.evidence(letter_evidence(told.passages, told.of_drug, told.filled), REASONS)


def _kind_rows(analysis: Analysis) -> Any:
    told = Begun.of(analysis)
    reasons = find_reasons(told.passages, told.of_drug, told.filled)
    known = known_of_kind(analysis, told.passages, reasons)
    return kind_evidence.kind_evidence(told.passages, known, KINDS)


TASKS = (
    Task("denial_category", REASONS, evidence.FEATURES, evidence.WEIGHTS, 3.0, _reason_rows),
    Task("document_kind", KINDS, kind_evidence.FEATURES, kind_evidence.WEIGHTS, 1.0, _kind_rows),
)


def analyses() -> Iterator[tuple[str, Analysis, Label]]:
    """The letters of `dev`: batch, analysis, label."""
    for item in find_labelled(WRITTEN / "dev", ("txt",)):
        document, _ = read_now(item.path.read_bytes(), item.path.name)
        batch = batch_of(item.path.stem)
        for pages, label in zip(split_letters(document), item.letters, strict=False):
            yield batch, looked_at(pages), label


def letters(task: Task, read: Sequence[tuple[str, Analysis, Label]]) -> list[Letter]:
    """The letters whose answer is labelled."""
    found = []
    for batch, analysis, label in read:
        answer = label.values.get(task.field)
        if isinstance(answer, str):
            also = label.accept.get(task.field, ())
            right = frozenset((answer, *map(str, also)))
            found.append(Letter(batch, task.rows(analysis), answer, right))
    return found


def design(task: Task, found: Sequence[Letter]) -> Any:
    """Evidence with a column for each answer."""
    own = np.eye(len(task.answers))
    return np.stack([np.concatenate([letter.evidence, own], axis=1) for letter in found])


def fit(task: Task, found: Sequence[Letter]) -> Any:
    """The weights of features, then of answers."""
    rows = design(task, found)
    right = np.array([[answer == letter.answer for answer in task.answers] for letter in found])
    drawn = np.array([DRAWN] * len(task.features) + [task.drawn] * len(task.answers))

    def loss(by: Any) -> tuple[float, Any]:
        scores = rows @ by
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        missed = -np.log((shares * right).sum(axis=1) + 1e-12).sum()
        slope = np.einsum("nrf,nr->f", rows, shares - right) + drawn * by
        return float(missed + 0.5 * (drawn * by * by).sum()), slope

    return minimize(loss, np.zeros(rows.shape[2]), jac=True, method="L-BFGS-B").x


def rights(task: Task, by: Any, found: Sequence[Letter]) -> str:
    """How many letters' answers are told right."""
    best = (design(task, found) @ by).argmax(axis=1)
    right = sum(task.answers[at] in one.right for at, one in zip(best, found, strict=True))
    return f"{right} of {len(found)}"


def main() -> None:
    read = list(analyses())
    for task in TASKS:
        found = letters(task, read)
        for batch in BATCHES:
            out = [letter for letter in found if letter.batch == batch]
            by = fit(task, [letter for letter in found if letter.batch != batch])
            print(f"{task.field}: {batch}, fitted without it: {rights(task, by, out)}")
        by = fit(task, found)
        print(f"{task.field}: all, fitted with them: {rights(task, by, found)}")
        lines = [
            f"# What each kind of evidence counts for {task.field}, and how common each answer is,",
            "# in natural logarithms. Written by scripts/fit_weights.py; not by hand.",
        ]
        for name, keys, numbers in (
            ("features", task.features, by[: len(task.features)]),
            ("answers", task.answers, by[len(task.features) :]),
        ):
            pairs = zip(keys, numbers, strict=True)
            lines += ["", f"[{name}]", *(f"{key} = {number:.3f}" for key, number in pairs)]
        (DATA / task.file).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
