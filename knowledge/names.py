"""Names of companies and drugs as letters print them, and finding them in running text.

The same name varies in case, spacing, punctuation and trademark signs ("BlueCross BlueShield of
Texas", "Blue Cross® and Blue Shield® of Texas"). Names are compared by `squash`, so that one is
listed once, however it is spaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_NOT_ALNUM = re.compile(r"[\W_]+")
_ENDINGS = ("inc", "incorporated", "llc", "corp", "corporation", "co", "company", "ltd", "lp")
_UNSAID = frozenset(("and", "the", *_ENDINGS))
_HEAD = 3
_MOST_WORDS = 16


def squash(text: str) -> str:
    """Letters and digits alone, lower case, without "and", "the" and company endings."""
    if text.isalnum():
        word = text.casefold()
        return "" if word in _UNSAID else word
    words = _NOT_ALNUM.sub(" ", text.casefold().replace("'", "").replace("’", "")).split()
    return "".join(word for word in words if word not in _UNSAID)


@dataclass(frozen=True, slots=True)
class Alias(Generic[T]):
    """A name of `of`, as written in the data. `weak` ones are also ordinary words or short
    initials. Names in capitals (UHC) count only in capitals; `any_case` ones (generic drug
    names) count in lower case too, others must be capitalised as names are. `exact` ones would
    be an ordinary word if respaced (Medi-Cal): they count as written only, in any case."""

    text: str
    of: T
    weak: bool = False
    any_case: bool = False
    exact: bool = False

    def fits(self, printed: str) -> bool:
        if self.exact and printed.casefold() != self.text.casefold():
            return False
        if self.text.isupper():
            return printed.isupper()
        return self.any_case or not printed.islower()


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A name found at `text[start:end]`."""

    alias: Alias[T]
    start: int
    end: int

    @property
    def of(self) -> T:
        return self.alias.of


class NameIndex(Generic[T]):
    """Names and what they stand for. A name may stand for several things, in the order given."""

    def __init__(self, aliases: Iterable[Alias[T]]) -> None:
        self._by_key: dict[str, tuple[Alias[T], ...]] = {}
        self._reach: dict[str, int] = {}
        for alias in aliases:
            key = squash(alias.text)
            known = self._by_key.get(key, ())
            if all(other.of is not alias.of for other in known):
                self._by_key[key] = (*known, alias)
                head = key[:_HEAD]
                if len(key) > self._reach.get(head, 0):
                    self._reach[head] = len(key)

    def exactly(self, text: str) -> tuple[Alias[T], ...]:
        """The names that `text` is, however spaced and cased."""
        found = self._by_key.get(squash(text), ())
        return tuple(a for a in found if not a.exact or a.fits(text.strip()))

    def groups(self) -> Iterator[tuple[Alias[T], ...]]:
        """Every name, with all that it stands for."""
        return iter(self._by_key.values())

    def find(self, text: str) -> Iterator[Match[T]]:
        """Names in running text, left to right, the longest at each place, none overlapping.

        A name begins and ends at word ends and does not cross an empty line. One that stands for
        several things gives one match for each.
        """
        words = [(m.start(), m.end(), squash(m.group())) for m in _WORD.finditer(text)]
        at = 0
        while at < len(words):
            last, found = self._longest(text, words, at)
            for alias in found:
                yield Match(alias, words[at][0], words[last][1])
            at = last + 1

    def _longest(
        self, text: str, words: list[tuple[int, int, str]], at: int
    ) -> tuple[int, tuple[Alias[T], ...]]:
        """The longest name that begins with word `at`: its last word, and what it stands for."""
        found: tuple[Alias[T], ...] = ()
        key, best = "", at
        if not words[at][2]:
            return best, found
        for n in range(at, min(at + _MOST_WORDS, len(words))):
            if not words[n][2]:
                continue
            if n > at and "\n\n" in text[words[n - 1][1] : words[n][0]]:
                break
            key += words[n][2]
            if len(key) >= _HEAD and len(key) > self._reach.get(key[:_HEAD], 0):
                break
            group = self._by_key.get(key)
            if group:
                printed = text[words[at][0] : words[n][1]]
                fitting = tuple(alias for alias in group if alias.fits(printed))
                if fitting:
                    best, found = n, fitting
        return _with_ending(text, words, best) if found else best, found


def _with_ending(text: str, words: list[tuple[int, int, str]], last: int) -> int:
    """The word with which a company's name ends: "Aetna Life Insurance" + "Company"."""
    while last + 1 < len(words):
        start, end, _ = words[last + 1]
        gap = text[words[last][1] : start]
        if text[start:end].casefold() not in _ENDINGS or gap.strip(" ,.") or len(gap) > 2:
            break
        last += 1
    return last
