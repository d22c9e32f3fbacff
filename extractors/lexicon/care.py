"""The words of care: what names a service, a stay, a test or a device, and what only looks so.

The words stand in `data/care_words.toml`; this module tells a word's part in a phrase.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "data" / "care_words.toml"


class Part(StrEnum):
    """What a word does in a phrase that may name care."""

    HEAD = "head"
    """Names care standing alone: `colonoscopy`, `skilled nursing facility`."""
    WEAK = "weak"
    """Names care with a word before it that says which: `surgery`, `visit`."""
    SAYS = "says"
    """Says which care: `lumbar`, `inpatient`."""
    GENERAL = "general"
    """Says nothing of which care it is: `requested`, `medical`."""
    WORD = "word"
    """Any other word that may stand in a name."""
    STOP = "stop"
    """Ends a phrase."""


@dataclass(frozen=True)
class CareWords:
    """The lexicon; every word in lower case. `names` are runs of words by their first one, longest
    first, each with its part; `places` are parts and sides of the body; a phrase without a head
    that ends in a `no_head` is no care; a word of `follows` behind care makes it something else."""

    parts: Mapping[str, Part]
    names: Mapping[str, tuple[tuple[tuple[str, ...], Part], ...]]
    endings: tuple[str, ...]
    not_heads: frozenset[str]
    kept: frozenset[str]
    places: frozenset[str]
    products: frozenset[str]
    no_head: frozenset[str]
    follows: frozenset[str]
    tails: tuple[tuple[str, ...], ...]
    cues: Mapping[str, re.Pattern[str]]

    def part(self, word: str) -> Part:
        """The part of one word in lower case."""
        if (known := self.parts.get(word)) is not None:
            return known
        if word.endswith(self.endings) and word not in self.not_heads:
            return Part.HEAD
        if "/" in word or "-" in word:
            *before, last = (self.parts.get(piece, Part.WORD) for piece in re.split(r"[/-]", word))
            if "/" in word and {Part.STOP, Part.GENERAL} & {*before, last}:  # `claim/service`
                return Part.STOP
            return last if last in (Part.HEAD, Part.WEAK, Part.SAYS) else Part.WORD
        if word.endswith(("'s", "’s", "n't", "n’t")):
            return Part.STOP
        if word.endswith(("ed", "ing", "ly")) and len(word) > 4 and word not in self.kept:
            return Part.STOP
        return Part.WORD

    def name_at(self, words: Sequence[str], at: int) -> tuple[int, Part] | None:
        """How many words the longest known name has that starts at `words[at]`, and its part."""
        for name, part in self.names.get(words[at], ()):
            if tuple(words[at : at + len(name)]) == name:
                return len(name), part
        return None

    def tail_at(self, words: Sequence[str], at: int) -> int:
        """How many words the tail has that starts there, of `with contrast`; 0 where none does."""
        fitting = (len(tail) for tail in self.tails if tuple(words[at : at + len(tail)]) == tail)
        return max(fitting, default=0)


@cache
def care_words() -> CareWords:
    """The lexicon, read once."""
    table: Mapping[str, Any] = tomllib.loads(TABLE.read_text("utf-8"))
    parts: dict[str, Part] = {}
    for key, part in (
        ("modifiers", Part.SAYS), ("general", Part.GENERAL), ("weak", Part.WEAK),
        ("heads", Part.HEAD), ("products", Part.HEAD), ("stops", Part.STOP),
    ):  # fmt: skip
        for group, words in table[key].items():
            if group != "kept":
                parts.update(dict.fromkeys(words.split(), part))
    stops = table["stops"]
    return CareWords(
        parts,
        _names(table),
        tuple(table["endings"].split()),
        frozenset(table["not_heads"].split()),
        frozenset(stops["kept"].split()),
        frozenset((table["modifiers"]["body"] + " " + table["modifiers"]["sides"]).split()),
        frozenset(table["products"]["words"].split()),
        frozenset(table["no_head"]["words"].split()),
        frozenset(table["follows"]["other"].split()),
        tuple(_split(table["follows"]["tails"])),
        {name: _stems(words) for name, words in table["cues"].items()},
    )


def _names(table: Mapping[str, Any]) -> dict[str, tuple[tuple[tuple[str, ...], Part], ...]]:
    found: dict[str, list[tuple[tuple[str, ...], Part]]] = {}
    for key, part in (("names", Part.HEAD), ("not_care", Part.STOP), ("half", Part.SAYS)):
        for listed in table[key].values():
            for name in _split(listed):
                weak = name[-1].endswith("~")
                words = (*name[:-1], name[-1].rstrip("~"))
                found.setdefault(words[0], []).append((words, Part.WEAK if weak else part))
    return {first: tuple(sorted(names, key=lambda n: -len(n[0]))) for first, names in found.items()}


def _split(listed: str) -> Iterable[tuple[str, ...]]:
    return (tuple(name.split()) for name in listed.replace("\n", " ").split("|") if name.strip())


def _stems(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words.split()))})", re.I)
