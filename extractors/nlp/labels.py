"""The vocabulary of labels (`data/labels.toml`), found in a line exactly or through damage."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

from rapidfuzz import fuzz, process

from extractors.nlp.tokens import Plain, plain_phrase

DATA = Path(__file__).parent.parent / "data"
FUZZY_CUTOFF = 86.0
"""Least similarity (0 to 100) at which damaged words pass for a label."""
SAME = 100.0
FUZZY_STRETCH = 0.12
"""Damage changes letters; it seldom adds or drops more than this share of them."""
FUZZY_LENGTH = 6
"""Labels shorter than this are not recognised through damage: `Rx`, `Ref`, `DOS`."""


GLUED_LENGTH = 8
"""Labels with fewer letters are not recognised without their blanks."""


def _ordinary(words: Sequence[Plain]) -> bool:
    """Whether the words part as the phrase does anyway; then it is no glued label."""
    return len(words) > 1 and all(len(w.text) < 4 for w in words)


_CONFUSED = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "i"), ("l", "i"), ("5", "s"), ("8", "b"))


def folded(word: str) -> str:
    """A word with characters that reading confuses written as one: `Mernber lD` as `Member ID`."""
    for seen, meant in _CONFUSED:
        word = word.replace(seen, meant)
    return word


@dataclass(frozen=True, slots=True)
class LabelHit:
    """A label at `text[start:end]` with the roles it may have."""

    start: int
    end: int
    keys: tuple[str, ...]
    exact: bool = True
    guessed: bool = False
    """The roles are told from the label's words alone; the value's shape must bear them out."""


@cache
def _word_rules() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str] | None], ...]:
    rows = tomllib.loads((DATA / "labels.toml").read_text(encoding="utf-8"))["words"]
    return tuple(
        (
            row["key"],
            re.compile(rf"\b(?:{'|'.join(row['any'])})\b", re.I),
            re.compile(rf"\b(?:{'|'.join(row['but'])})\b", re.I) if "but" in row else None,
        )
        for row in rows
    )


@lru_cache(maxsize=4096)
def roles_by_words(label: str) -> tuple[str, ...]:
    """The roles that the words of a label outside the vocabulary speak for, the likelier first:
    `Who asked` names a provider, a date or both; the value's shape tells."""
    return tuple(
        key
        for key, words, but in _word_rules()
        if words.search(label) and not (but and but.search(label))
    )


@dataclass(frozen=True)
class LabelLexicon:
    """All label phrases: `roles` by phrase words, `expects` (shape of the value) by role."""

    roles: Mapping[tuple[str, ...], tuple[str, ...]]
    expects: Mapping[str, str]
    _first: Mapping[str, tuple[tuple[str, ...], ...]] = field(repr=False)
    _joined: Mapping[str, tuple[str, ...]] = field(repr=False)
    _glued: Mapping[str, tuple[str, ...]] = field(repr=False)
    """Roles by the letters of a phrase of several words, as when reading lost the blanks."""

    def hits(self, words: Sequence[Plain]) -> list[LabelHit]:
        """Every longest label among the words, left to right, none overlapping."""
        found: list[LabelHit] = []
        texts = tuple(word.text for word in words)
        at = 0
        while at < len(words):
            best = 0
            for phrase in self._first.get(texts[at], ()):
                size = len(phrase)
                if size > best and texts[at : at + size] == phrase:
                    best = size
            if best:
                phrase = texts[at : at + best]
                end = words[at + best - 1].end
                found.append(LabelHit(words[at].start, end, self.roles[phrase]))
                at += best
                continue
            glued = self._glued_at(words, at)
            if glued is not None:
                found.append(glued[0])
            at += glued[1] if glued else 1
        return found

    def _glued_at(self, words: Sequence[Plain], at: int) -> tuple[LabelHit, int] | None:
        """The label whose words have run together here: `Claimnumber`, `Date ofservice`."""
        text = ""
        for size, word in enumerate(words[at : at + 4], start=1):
            text += word.text
            keys = self._glued.get(text) if len(text) >= GLUED_LENGTH else None
            if keys and not _ordinary(words[at : at + size]):
                return LabelHit(words[at].start, word.end, keys, exact=False), size
        return None

    def damaged(self, words: Sequence[Plain], cutoff: float = FUZZY_CUTOFF) -> LabelHit | None:
        """The label that all of these words are most like, if one is like enough (100: the same
        but for characters that reading confuses)."""
        text = folded("".join(w.text for w in words))
        if len(text) < FUZZY_LENGTH or len(words) > 7:
            return None
        keys = self._joined.get(text, ()) if cutoff == SAME else self._fuzzy(text)
        return LabelHit(words[0].start, words[-1].end, keys, exact=False) if keys else None

    def _fuzzy(self, joined: str) -> tuple[str, ...]:
        near = process.extractOne(
            joined, self._joined.keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_CUTOFF
        )
        if near is None or len(near[0]) < FUZZY_LENGTH:
            return ()
        if abs(len(near[0]) - len(joined)) > max(1, FUZZY_STRETCH * len(joined)):
            return ()
        return self._joined[near[0]]


@cache
def label_lexicon() -> LabelLexicon:
    """The vocabulary, read once."""
    rows = tomllib.loads((DATA / "labels.toml").read_text(encoding="utf-8"))["labels"]
    roles: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in rows:
        for text in row["phrases"]:
            phrase = plain_phrase(text)
            if phrase and row["key"] not in roles.get(phrase, ()):
                roles[phrase] = (*roles.get(phrase, ()), row["key"])
    listed = dict(roles)
    for row in rows:
        for words in product(*row.get("composed", ())):
            phrase = plain_phrase(" ".join(words))
            if phrase and phrase not in roles:  # a listed phrase has the role it is listed under
                roles[phrase] = (row["key"],)
    first: dict[str, list[tuple[str, ...]]] = {}
    joined: dict[str, tuple[str, ...]] = {}
    glued: dict[str, tuple[str, ...]] = {}
    for phrase in roles:
        first.setdefault(phrase[0], []).append(phrase)
    for phrase, keys in listed.items():  # composed ones are too many to be guessed at
        joined.setdefault(folded("".join(phrase)), keys)
        if len(phrase) > 1 and len("".join(phrase)) >= GLUED_LENGTH:
            glued.setdefault("".join(phrase), keys)
    return LabelLexicon(
        roles,
        {row["key"]: row["expects"] for row in rows},
        {word: tuple(phrases) for word, phrases in first.items()},
        joined,
        glued,
    )
