"""Two small statistical models of sentences (see scripts/train_reason_model.py).

They give each sentence the chance of every reason, or of every kind of document that it may be the
verdict of, and of `none`; `meaning.reasons` and `meaning.kind` join them with the cues, so that
wordings no cue knows still count.
"""

from __future__ import annotations

import re
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

SHORT = 5
"""Words of fewer letters keep their endings."""
DENIED_WORDS = 5
"""So many words after `not`, `no` or the like are marked as denied."""
_ENDING = re.compile(r"(?:ations?|ments?|ings?|edly|ed|es|ies|ied|ly|s|e|y)$")
_DENIES = re.compile(
    r"(?:not|no|never|without|nor|neither|cannot|none|lacks?|lacking|fails?|failed|nothing|absent"
    r"|.*n't)$"
)
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


def chances(text: str) -> dict[str, float]:
    """The probability of each category (and of no reason) for one sentence."""
    return chances_together((text,))


@lru_cache(maxsize=4096)
def chances_together(texts: tuple[str, ...]) -> dict[str, float]:
    """The same for several sentences taken as one."""
    return _shares(MODEL, texts)


def verdict_chances(text: str) -> dict[str, float]:
    """The probability of each kind of document that a sentence may be the verdict of (and of
    none)."""
    return verdicts_together((text,))


@lru_cache(maxsize=2048)
def verdicts_together(texts: tuple[str, ...]) -> dict[str, float]:
    """The same for several sentences taken as one."""
    return _shares(VERDICTS, texts)


@lru_cache(maxsize=2048)
def _places(path: Path, text: str) -> Any:
    """The places of a sentence's known n-grams in the model, each as often as it is said."""
    known, said = _model(path).grams, plain(text)
    found = [at for gram in _phrases(said) if (at := known.get(gram)) is not None]
    for word in said.split():
        found.extend(_word_places(path, word))
    return np.array(found, dtype=np.int64)


@lru_cache(maxsize=16384)
def _word_places(path: Path, word: str) -> tuple[int, ...]:
    """The places of the known runs of characters of a word: letters say the same words often."""
    known = _model(path).grams
    return tuple(at for run in _runs(word) if (at := known.get(run)) is not None)


def forget() -> None:
    """Forgets every sentence that was weighed before, so that times can be measured."""
    for kept in (chances_together, verdicts_together, _places, _word_places, _stem):
        kept.cache_clear()


def _shares(path: Path, texts: tuple[str, ...]) -> dict[str, float]:
    model = _model(path)
    said = np.concatenate([_places(path, text) for text in texts])
    places, often = np.unique(said, return_counts=True)
    shares = (1 + np.log(often, dtype=np.float32)) * model.idf[places]
    length = float(np.sqrt((shares * shares).sum())) or 1.0
    scores = model.bias + (shares / length) @ model.weights[places]
    powers = np.exp(scores - scores.max())
    whole = powers / powers.sum()
    return {name: float(share) for name, share in zip(model.classes, whole, strict=True)}


def grams(text: str) -> list[str]:
    """What a plain sentence is told by: runs of characters inside words, and phrases."""
    return [*(run for word in text.split() for run in _runs(word)), *_phrases(text)]


def _runs(word: str) -> list[str]:
    """The runs of characters of a word, padded with blanks (as scikit-learn's char_wb)."""
    found: list[str] = []
    padded = f" {word} "
    for size in SIZES:
        if len(padded) <= size:
            found.append(padded)
            break
        found.extend(padded[at : at + size] for at in range(len(padded) - size + 1))
    return found


def _phrases(text: str) -> list[str]:
    """One to three neighbouring words and pairs with one or two words between, all without their
    endings; and the words that stand after a denying word."""
    words = _WORD.findall(text)
    stems = [_stem(word) for word in words]
    found = [f"={stem}" for stem in stems]
    found.extend(f"{first} {second}" for first, second in pairwise(stems))
    found.extend(map(" ".join, zip(stems, stems[1:], stems[2:], strict=False)))
    for skipped in (2, 3):
        pairs = zip(stems, stems[skipped:], strict=False)
        found.extend(f"{first}~{second}" for first, second in pairs)
    denied = 0
    for word, stem in zip(words, stems, strict=True):
        if _DENIES.match(word):
            denied = DENIED_WORDS
        elif denied:
            denied -= 1
            found.append(f"!{stem}")
    return found


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    """A word without the commonest endings."""
    return word if len(word) < SHORT else _ENDING.sub("", word)
