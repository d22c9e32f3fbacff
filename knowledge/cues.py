"""Wordings that carry meaning in letters (`data/cues.toml`), compiled.

A phrase is written as people would say it: `(a|b)` for either, `x?` for optional, a word with
`*` for any ending, `…` for up to 60 characters within the sentence, a blank for any white space.
Everything else is a regular expression, matched at word bounds and without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from knowledge.tables import Row, entries

ARRAYS = (
    "reasons",
    "negations",
    "suppositions",
    "kinds",
    "levels",
    "plans",
    "expedited",
    "expedited_not",
    "drug_roles",
    "drug_classes",
    "devices",
)
GAP = r"[^.;:]{0,60}?\b"
_OUTSIDE = {
    " ": r"\s+",
    "*": r"\w*",
    "…": GAP,
    "'": r"['’]",
    "¿": r"\s*",
}
_SPACED_GAP = re.compile(r" ?… ?")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase, and literals of which at least one stands in every match (or ())."""

    pattern: re.Pattern[str]
    needs: tuple[str, ...]

    def may_match(self, lowered: str) -> bool:
        """Quick test on a lower-case text, before the pattern is run."""
        return not self.needs or any(need in lowered for need in self.needs)


@dataclass(frozen=True, slots=True)
class Cue:
    """One group of phrases. `value` is what they prove (a category, a kind, a plan type ...);
    `also` a second value that they prove half as surely."""

    id: str
    value: str
    weight: float
    phrases: tuple[Phrase, ...]
    also: str | None = None

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where its phrases stand in a lower-case text: (start, end), maybe overlapping."""
        for phrase in self.phrases:
            if phrase.may_match(text):
                for match in phrase.pattern.finditer(text):
                    yield match.start(), match.end()

    def within(self, text: str) -> Cue | None:
        """The same cue without the phrases that cannot match anywhere in a lower-case text."""
        left = tuple(phrase for phrase in self.phrases if phrase.may_match(text))
        return replace(self, phrases=left) if left else None


def translate(phrase: str) -> str:
    """A phrase of `cues.toml` as a regular expression."""
    phrase = _SPACED_GAP.sub("…", phrase.strip()).replace(" ?", "¿")
    out: list[str] = []
    in_class = escaped = False
    for char in phrase:
        if escaped or in_class:
            out.append(char)
            in_class = in_class and (char != "]" or escaped)
            escaped = char == "\\" and not escaped
            continue
        escaped = char == "\\"
        in_class = char == "["
        out.append(_OUTSIDE.get(char, char))
    return "".join(out)


def compiled(phrase: str) -> Phrase:
    """A phrase compiled, bound to whole words at both ends."""
    body = translate(phrase)
    return Phrase(re.compile(rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE), needs(phrase))


_PART = re.compile(
    r"\((?P<group>[^()]*)\)(?P<after>[?{]?)|(?P<open>[()])|(?P<word>[^\W\d_]{3,}\??)"
)


def needs(phrase: str) -> tuple[str, ...]:
    """Literals of which one is in every text that the phrase matches: the most telling word, or
    set of alternatives, that is neither optional nor part of a nested group; () where none is."""
    if "\\" in phrase or "|" in re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", phrase)):
        return ()
    best: tuple[str, ...] = ()
    depth = 0
    for part in _PART.finditer(phrase):
        if part["open"]:
            depth += 1 if part["open"] == "(" else -1
            continue
        if depth:
            continue
        if part["word"]:
            word = part["word"]
            found = () if word.endswith("?") and len(word) < 5 else (word.rstrip("?")[:-1],)
            if not word.endswith("?"):
                found = (word,)
        else:
            found = () if part["after"] else tuple(_longest(a) for a in part["group"].split("|"))
        if found and min(map(len, found)) > min(map(len, best), default=2):
            best = tuple(item.lower() for item in found)
    return best


def _longest(alternative: str) -> str:
    """The longest plain word of one alternative; "" where it has none that must stand."""
    words = re.findall(r"[^\W\d_]+(?!\w*\?)", alternative)
    return max(words, key=len, default="")


@cache
def cues(array: str, *folders: Path) -> tuple[Cue, ...]:
    """The cues of one array of ARRAYS, the users' own merged over ours.

    Raises KnowledgeError for a malformed entry, naming the phrase.
    """
    rows = entries(array, "cues*.toml", folders or None, growing=("phrases",))
    return tuple(_cue(row) for row in rows.values())


def _cue(row: Row) -> Cue:
    phrases = []
    for phrase in row.texts("phrases"):
        try:
            phrases.append(compiled(phrase))
        except re.error as error:
            raise row.wrong("phrases", f"valid; {phrase!r} is not: {error}") from error
    value = next((row.text(k) for k in _VALUES if k in row), row.id)
    weight = row.raw.get("weight", 1.0)
    if not isinstance(weight, int | float):
        raise row.wrong("weight", "a number from 0 to 1")
    return Cue(row.id, value, float(weight), tuple(phrases), row.maybe("also"))


_VALUES = ("category", "kind", "level", "plan_type")


@cache
def vocabulary() -> tuple[str, ...]:
    """Long plain words of all our phrases: what a word damaged by reading is compared with."""
    words: set[str] = set()
    for array in ARRAYS:
        for row in entries(array, "cues*.toml").values():
            for phrase in row.texts("phrases"):
                words.update(re.findall(r"(?<![\w\\])[a-z]{6,}(?![\w*?])", phrase))
    return tuple(sorted(words))
