"""What cases are found by: the words themselves or, where the installation has a key, a keyed hash
of each word and of its beginnings.

Who has the database but not the key can tell which cases share a word and how frequent it is, not
what it says.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from pipeline.store import keys

_LONGEST_START = 12
"""Longer beginnings of a word are not searched for."""
_SHORTEST_START = 2
_MOST_WORDS = 12


def terms(asked: str) -> list[list[str]]:
    """The words of a search, each in all the ways in which the index may have it: while a key is
    changed, or was introduced just now, some cases are still found by the older one, or plainly."""
    found = re.findall(r"\w+", asked.casefold())[:_MOST_WORDS]
    ring = keys.ring()
    if ring is None:
        return [[term] for term in found]
    return [
        [*(_hashed(_folded(term), key.words) for key in reversed(ring.keys)), term]
        for term in found
    ]


def indexed(words: str) -> str:
    """Words as they are put into the index."""
    ring = keys.ring()
    if ring is None:
        return words
    found: set[str] = set()
    for word in set(re.findall(r"\w+", _folded(words.casefold()))):
        found.add(word)
        found.update(word[:at] for at in range(_SHORTEST_START, min(len(word), _LONGEST_START) + 1))
    return " ".join(sorted(_hashed(each, ring.current.words) for each in found))


def _folded(words: str) -> str:
    """Without accents: as SQLite's index folds them."""
    apart = unicodedata.normalize("NFKD", words)
    return "".join(c for c in apart if not unicodedata.combining(c))


def _hashed(word: str, key: bytes) -> str:
    # A letter first, so that no part of it passes for a number.
    return "h" + hmac.new(key, word.encode(), hashlib.sha256).hexdigest()[:20]
