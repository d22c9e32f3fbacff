"""Wordings that carry meaning in letters (`data/cues.toml`), compiled.

A phrase is written as people would say it: `(a|b)` for either, `x?` for optional, a word with
`*` for any ending, `…` for up to 60 characters within the sentence, a blank for any white space,
an accented letter for itself and for the bare one, since readers and writers lose accents.
Everything else is a regular expression, matched at word bounds and without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
    **{
        accented: f"[{plain}{accented}]" for plain, accented in zip("aeioun", "áéíóúñ", strict=True)
    },
}
_BARE = str.maketrans("áéíóúñ", "aeioun")
_SPACED_GAP = re.compile(r" ?… ?")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase. `needs`: groups of literals; one of each group stands in every match."""

    pattern: re.Pattern[str]
    needs: tuple[tuple[str, ...], ...]

    def may_match(self, lowered: str) -> bool:
        """Quick test on a lower-case text, before the pattern is run."""
        for group in self.needs:
            for need in group:
                if need in lowered:
                    break
            else:
                return False
        return True


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


class Scanner:
    """All cues of one array, run together over a text: phrases whose literals are absent cost
    nothing, so that a hundred short sentences take a few milliseconds."""

    def __init__(self, all_cues: tuple[Cue, ...]) -> None:
        self._always: list[tuple[Cue, Phrase]] = []
        self._by_need: dict[str, list[tuple[Cue, Phrase]]] = {}
        for cue in all_cues:
            for phrase in cue.phrases:
                if not phrase.needs:
                    self._always.append((cue, phrase))
                    continue
                for need in set(phrase.needs[0]):
                    self._by_need.setdefault(need, []).append((cue, phrase))

    def find(self, text: str) -> Iterator[tuple[Cue, int, int]]:
        """Every match in a lower-case text: (cue, start, end), maybe overlapping."""
        possible = {id(pair[1]): pair for pair in self._always}
        for need, pairs in self._by_need.items():
            if need in text:
                possible.update((id(pair[1]), pair) for pair in pairs)
        for cue, phrase in possible.values():
            if not phrase.may_match(text):
                continue
            for match in phrase.pattern.finditer(text):
                yield cue, match.start(), match.end()


@cache
def scanner(array: str) -> Scanner:
    """The scanner of one array of ARRAYS."""
    return Scanner(cues(array))


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
        after_class = char == "*" and out and out[-1] == "]"
        out.append(char if after_class else _OUTSIDE.get(char, char))
    return "".join(out)


def compiled(phrase: str) -> Phrase:
    """A phrase compiled, bound to whole words at both ends."""
    body = translate(phrase)
    return Phrase(re.compile(rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE), needs(phrase))


_PART = re.compile(
    r"\((?P<group>[^()]*)\)(?P<after>[?{]?)|(?P<open>[()])|(?P<word>[^\W\d_]{3,}\??)"
)


def needs(phrase: str) -> tuple[tuple[str, ...], ...]:
    """Groups of literals, the most telling first: each word, and each set of plain alternatives,
    that is neither optional nor part of a nested group. () where nothing can be told."""
    bare = re.sub(r"\\S\+\)\{0,\d+\}", "x)?", phrase)
    if (
        "\\" in bare
        or "(?" in bare
        or "|" in re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", bare))
    ):
        return ()
    found: list[tuple[str, ...]] = []
    depth = 0
    for part in _PART.finditer(bare):
        if part["open"]:
            depth += 1 if part["open"] == "(" else -1
        elif depth or part["after"]:
            continue
        elif part["word"]:
            found.append((_unaccented(_sure(part["word"])),))
        else:
            found.append(tuple(_longest(alternative) for alternative in part["group"].split("|")))
    usable = [tuple(dict.fromkeys(n.lower() for n in g)) for g in found if min(map(len, g)) >= 2]
    return tuple(sorted(usable, key=lambda group: (-min(map(len, group)), len(group))))


def _sure(word: str) -> str:
    """The part of a word that must stand: `units?` needs `unit`."""
    return word[:-2] if word.endswith("?") else word


def _longest(alternative: str) -> str:
    """The longest plain word of one alternative that must stand; "" where it has none."""
    words = [_unaccented(_sure(word)) for word in re.findall(r"[^\W\d_]+\??", alternative)]
    return max(words, key=len, default="")


def _unaccented(word: str) -> str:
    """The longest part of a word that is spelled so with and without accents."""
    return max(re.split(r"[^\x00-\x7f]+", word), key=len)


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
    """Long plain words of all our phrases, without accents: what a word damaged by reading is
    compared with."""
    words: set[str] = set()
    for array in ARRAYS:
        for row in entries(array, "cues*.toml").values():
            for phrase in row.texts("phrases"):
                words.update(re.findall(r"(?<![\w\\])[a-z]{6,}(?![\w*?])", phrase.translate(_BARE)))
    return tuple(sorted(words))
