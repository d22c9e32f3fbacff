"""Two small statistical models of sentences (see scripts/train_reason_model.py).

They give each sentence the chance of every reason, or of every kind of document that it may be the
verdict of, and of `none`; `meaning.reasons` and `meaning.kind` join them with the cues, so that
wordings no cue knows still count.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

MODEL = Path(__file__).parents[1] / "data" / "reason_model.npz"
VERDICTS = Path(__file__).parents[1] / "data" / "verdict_model.npz"
NO_REASON = "none"
SIZES = (3, 4, 5)

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w[\w'-]*")


@dataclass(frozen=True, slots=True)
class _Model:
    classes: tuple[str, ...]
    grams: dict[str, int]
    idf: Any
    weights: Any
    bias: Any


@cache
def _model(path: Path) -> _Model:
    with np.load(path, allow_pickle=False) as held:
        grams = held["grams"].tobytes().decode().split("\n")
        return _Model(
            tuple(str(name) for name in held["classes"]),
            {gram: at for at, gram in enumerate(grams)},
            held["idf"],
            held["weights"].astype(np.float32),
            held["bias"],
        )


def plain(text: str) -> str:
    """The sentence as the model sees it: lower case, every digit a 0."""
    return _DIGIT.sub("0", text.lower())


@lru_cache(maxsize=2048)
def chances(text: str) -> dict[str, float]:
    """The probability of each category (and of no reason) for one sentence."""
    return _shares(MODEL, text)


@lru_cache(maxsize=2048)
def verdict_chances(text: str) -> dict[str, float]:
    """The probability of each kind of document that a sentence may be the verdict of (and of
    none)."""
    return _shares(VERDICTS, text)


def _shares(path: Path, text: str) -> dict[str, float]:
    model = _model(path)
    counts = Counter(at for gram in grams(plain(text)) if (at := model.grams.get(gram)) is not None)
    places = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
    often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
    shares = (1 + np.log(often)) * model.idf[places]
    length = float(np.sqrt((shares * shares).sum())) or 1.0
    scores = model.bias + (shares / length) @ model.weights[places]
    powers = np.exp(scores - scores.max())
    whole = powers / powers.sum()
    return {name: float(share) for name, share in zip(model.classes, whole, strict=True)}


def grams(text: str) -> list[str]:
    """What a plain sentence is told by: runs of characters inside words, each word padded with a
    blank (as scikit-learn's char_wb), and pairs of neighbouring words, so that `not on` counts."""
    found: list[str] = []
    for word in text.split():
        padded = f" {word} "
        for size in SIZES:
            if len(padded) <= size:
                found.append(padded)
                break
            found.extend(padded[at : at + size] for at in range(len(padded) - size + 1))
    words = _WORD.findall(text)
    found.extend(f"{first} {second}" for first, second in pairwise(words))
    return found
