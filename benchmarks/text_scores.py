"""How well a page was read, whatever order its words were read in.

Three readers of three layouts do not give one reading order, and no order is the only right one,
so pages are compared as bags of words. Words that are the same cancel out; the rest are paired so
that the fewest characters differ (the assignment of least Levenshtein distance). What stays
unpaired counts in full: a lost word as characters left out, an invented one as characters put in.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist
from scipy.optimize import linear_sum_assignment

_SAME = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-"})
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Score:
    """Characters printed and wrong, words printed and found; scores add up."""

    characters: int = 0
    wrong: int = 0
    words: int = 0
    found: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.characters + other.characters,
            self.wrong + other.wrong,
            self.words + other.words,
            self.found + other.found,
        )

    @property
    def error_rate(self) -> float:
        """Wrong characters a printed one; above 1 where more was invented than printed."""
        return self.wrong / self.characters if self.characters else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.words if self.words else 1.0


def words_of(text: str) -> list[str]:
    """Words with a letter or digit, in one spelling of quotes, dashes and ligatures."""
    plain = unicodedata.normalize("NFKC", text).translate(_SAME)
    return [word for word in plain.split() if any(c.isalnum() for c in word)]


def score(printed: str, read: str) -> Score:
    """One page's reading against what is printed on it."""
    truth, seen = words_of(printed), words_of(read)
    lost, invented = Counter(truth), Counter(seen)
    same = lost & invented
    missing, extra = list((lost - same).elements()), list((invented - same).elements())
    bare, bare_seen = Counter(_bare(truth)), Counter(_bare(seen))
    return Score(
        characters=sum(map(len, truth)),
        wrong=_least_wrong(missing, extra),
        words=sum(bare.values()),
        found=sum((bare & bare_seen).values()),
    )


def _bare(words: Iterable[str]) -> list[str]:
    """Words without their punctuation and case, for recall."""
    return [bare for word in words if (bare := _EDGES.sub("", word).casefold())]


def _least_wrong(missing: list[str], extra: list[str]) -> int:
    if not missing or not extra:
        return sum(map(len, missing)) + sum(map(len, extra))
    apart = cdist(missing, extra, scorer=Levenshtein.distance).astype(np.int64)
    alone = np.array([len(a) for a in missing])[:, None] + np.array([len(b) for b in extra])[None]
    # A pair that shares nothing is no pair: it may cost no more than the two words alone, and
    # the gain of pairing is what is maximised.
    gain = np.maximum(alone - apart, 0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return int(sum(map(len, missing)) + sum(map(len, extra)) - gain[rows, columns].sum())
