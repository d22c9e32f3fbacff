"""Drug names in running text: 40,000 names from a compact file, our own drugs merged over them.

Names with reading damage are looked up by edit distance, but only for words that the caller
has other cause to think a drug (see `closest`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from knowledge.tables import entries

BRANDS = Path(__file__).parents[1] / "data" / "brand_names.toml"
NAMES = Path(__file__).parents[1] / "data" / "drug_names.txt"
RELEASES = frozenset({"xr", "er", "sr", "cr", "la", "xl", "ir", "dr", "odt", "hfa", "hd"})
"""Forms that are printed as part of a brand: `Lyrica CR`."""
LONGEST = 5
"""Words in the longest name that is looked for."""

_WORD = re.compile(r"[^\W_]+(?:[-'’/.+][^\W_]+)*")
_TAIL = re.compile(
    r" for \w+$|,(?!.* and ).*$| \([^)]*\)$"
    r"| (?:patch|implant|(?:nasal|topical|oral) (?:gel|powder|spray|solution)|buccal|"
    r"sublingual)(?: \(.*\))?$"
)
_SUFFIX = re.compile(r"(?<=[a-z]{5})-[a-z]{4}$")
_MARKS = str.maketrans("’", "'", "®™©*")
_CONFUSED = str.maketrans("015|8", "olslb")


@dataclass(frozen=True, slots=True)
class DrugName:
    """A name as letters print it, its active ingredient, and whether it is a brand."""

    name: str
    generic: str
    is_brand: bool
    ours: bool = False


@dataclass(frozen=True, slots=True)
class DrugMatch:
    """A drug's name found at `text[start:end]`."""

    drug: DrugName
    start: int
    end: int
    exact: bool = True


class DrugIndex:
    """All drug names by their lower-case form, found in running text."""

    def __init__(self, names: dict[str, DrugName]) -> None:
        self.by_name = names
        self._reach: dict[str, int] = {}
        for name in names:
            first, *rest = name.split()
            self._reach[first] = max(self._reach.get(first, 0), len(rest) + 1)

    def __len__(self) -> int:
        return len(self.by_name)

    def named(self, text: str) -> DrugName | None:
        """The drug of exactly this name."""
        return self.by_name.get(_key(text))

    def find(self, text: str) -> Iterator[DrugMatch]:
        """Names in a text, left to right, the longest at each place, none overlapping."""
        words = [(m.start(), m.end(), _key(m.group())) for m in _WORD.finditer(text)]
        at = 0
        while at < len(words):
            found = self._longest(words, at)
            if found is None:
                at += 1
                continue
            drug, last = found
            if drug.is_brand and last + 1 < len(words) and words[last + 1][2] in RELEASES:
                start, end, _ = words[last + 1]
                if text[start:end].isupper() and text[words[last][1] : start] == " ":
                    last += 1
            yield DrugMatch(drug, words[at][0], words[last][1])
            at = last + 1

    def _longest(self, words: list[tuple[int, int, str]], at: int) -> tuple[DrugName, int] | None:
        first = words[at][2]
        reach = self._reach.get(first, 0)
        for n in range(min(reach, LONGEST, len(words) - at), 0, -1):
            name = " ".join(word for _, _, word in words[at : at + n])
            drug = self.by_name.get(name)
            if drug is not None:
                return drug, at + n - 1
        bare = self._part(first)
        return (bare, at) if bare is not None else None

    def _part(self, word: str) -> DrugName | None:
        """A name with a biologic suffix, or names joined by a slash or hyphen."""
        bare = _SUFFIX.sub("", word)
        if bare != word and bare in self.by_name:
            return DrugName(word, self.by_name[bare].generic, self.by_name[bare].is_brand)
        if "/" in word or "-" in word:
            parts = [p for p in re.split(r"[/-]", word) if p]
            drugs = [self.by_name.get(p) for p in parts]
            if len(parts) > 1 and all(d is not None and len(d.name) > 4 for d in drugs):
                joined = "/".join(d.generic for d in drugs if d is not None)
                return DrugName(word, joined, False)
        return None

    def closest(self, word: str) -> DrugName | None:
        """The one drug whose name a damaged word of six letters or more must be, or None."""
        return _closest(self, _key(word))

    @property
    def single_words(self) -> tuple[str, ...]:
        return _single_words(self)


@lru_cache(maxsize=4096)
def _closest(index: DrugIndex, word: str) -> DrugName | None:
    if len(word) < 6 or not any(c.isalpha() for c in word):
        return None
    undigited = word.translate(_CONFUSED)
    for variant in (undigited, undigited.replace("rn", "m"), undigited.replace("m", "rn")):
        if variant in index.by_name:
            return index.by_name[variant]
    allowed = 1 if len(word) < 9 else 2
    found = process.extract(
        undigited, index.single_words, scorer=Levenshtein.distance, score_cutoff=allowed, limit=3
    )
    best = [name for name, distance, _ in found if distance == found[0][1]]
    generics = {index.by_name[name].generic for name in best}
    return index.by_name[best[0]] if len(generics) == 1 else None


@cache
def _single_words(index: DrugIndex) -> tuple[str, ...]:
    return tuple(name for name in index.by_name if " " not in name and len(name) >= 6)


def _key(text: str) -> str:
    return text.translate(_MARKS).lower().strip(".")


def plain_generic(generic: str) -> str:
    """An ingredient as the contract wants it: lower case, `a/b`, no biologic suffix or note."""
    bare = _TAIL.sub("", generic.lower())
    return _SUFFIX.sub("", re.sub(r",? and |, ", "/", bare))


@cache
def drug_index() -> DrugIndex:
    """The index, read once (some 60 ms). Raises KnowledgeError for a malformed drug entry."""
    names: dict[str, DrugName] = {}
    for line in NAMES.read_text(encoding="utf-8").splitlines():
        generic, _, rest = line.partition("\t")
        for name in rest.split("|"):
            names[name] = DrugName(name, generic, name[:5] != generic[:5] and " " not in name)
    brands = tomllib.loads(BRANDS.read_text(encoding="utf-8"))["brands"]
    for name, generic in brands.items():
        names[name] = DrugName(name, generic, True)
    for row in entries("drugs", "drugs*.toml", growing=("brands", "also")).values():
        if "device" in row.texts("routes"):
            continue
        generic = plain_generic(row.text("generic"))
        for name in (row.text("generic"), generic, *row.texts("also")):
            names[_key(name)] = DrugName(_key(name), generic, False, True)
        for name in row.texts("brands"):
            names[_key(name)] = DrugName(_key(name), generic, True, True)
    return DrugIndex(names)
