"""Seeded choices, and the phrase tables they choose from."""

from __future__ import annotations

import random
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

DATA = Path(__file__).parent / "data"
WORDINGS = ("all", "train", "held_out")
_HELD_OUT_IN = 4
_FEW = 3

T = TypeVar("T")


@cache
def table(name: str) -> Mapping[str, Any]:
    """One of the phrase tables in `data/`, by its stem."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


class Dice:
    """Random choices that a seed fixes.

    `wordings` keeps phrases apart: `train` never says what `held_out` says, wherever a list has
    more than three phrases, so that a frozen test set is worded as nothing in training was.
    """

    def __init__(self, seed: str, wordings: str = "all") -> None:
        if wordings not in WORDINGS:
            raise ValueError(f"wordings are {', '.join(WORDINGS)}")
        self.random = random.Random(seed)
        self.wordings = wordings

    def pick(self, options: Sequence[T]) -> T:
        return options[self.random.randrange(len(options))]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return self.random.randint(low, high)

    def real(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones (or all, if there are fewer), in any order."""
        return self.random.sample(list(options), min(count, len(options)))

    def weighted(self, weights: Mapping[T, float]) -> T:
        return self.random.choices(list(weights), weights=list(weights.values()))[0]

    def phrase(self, options: Sequence[str]) -> str:
        """A phrase of the list, from the side of it that `wordings` allows."""
        return self.pick(self.allowed(options))

    def allowed(self, options: Sequence[str]) -> Sequence[str]:
        """The phrases of the list that `wordings` lets be said."""
        if self.wordings == "all" or len(options) <= _FEW:
            return options
        held = [o for o in options if zlib.crc32(o.encode()) % _HELD_OUT_IN == 0] or [options[-1]]
        if self.wordings == "held_out":
            return held
        return [o for o in options if o not in held] or options

    def code(self, pattern: str) -> str:
        """An identifier: `#` becomes a digit, `@` a letter that looks like no digit."""
        letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
        return "".join(
            str(self.number(0, 9)) if c == "#" else self.pick(letters) if c == "@" else c
            for c in pattern
        )


def check_digit_npi(nine: str) -> str:
    """A National Provider Identifier: nine digits and the Luhn digit over `80840` and them."""
    total = 0
    for position, char in enumerate(reversed("80840" + nine)):
        digit = int(char) * (2 if position % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return nine + str(-total % 10)
