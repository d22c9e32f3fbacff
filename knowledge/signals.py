"""Wordings that bear on the law, on urgency and on units (`data/signals.toml`), found in a text.

Each finding keeps its place, so that the reviewer is shown the words and the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from knowledge.cues import Phrase, compiled
from knowledge.law_entries import member_of, only
from knowledge.tables import Row, entries
from models.vocabulary import PlanType

KEYS = ("id", "means", "shows", "phrases", "unless")
_SENTENCE_END = re.compile(r"[.;!?][\"')\]]*\s|\n\s*\n|\n\s*[•▪·*\-–]\s")
_TAIL = re.compile(r"[.;!?](?=[\"')\]]*(?:\s|$))|\n\s*\n|\n\s*[•▪·*\-–]\s")
WIDEST = 400
"""Characters on either side of a phrase in which its sentence is looked for."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal found: its key, and where the words that show it stand (`text[start:end]`)."""

    key: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SignalKind:
    """What a signal means, the wordings that show it, and those that take it back."""

    key: str
    means: str
    shows: tuple[PlanType, ...]
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...]


@cache
def kinds() -> Mapping[str, SignalKind]:
    """Every kind of signal by its key."""
    return {key: _kind(row) for key, row in entries("signals", "signals.toml").items()}


def signals_in(text: str) -> tuple[Signal, ...]:
    """Every signal in a letter's text, in reading order; overlapping places are one."""
    lowered = text.lower()
    found = [
        Signal(kind.key, " ".join(text[start:end].split()), start, end)
        for kind in kinds().values()
        for start, end in _apart(_places(kind, text, lowered))
    ]
    return tuple(sorted(found, key=lambda s: (s.start, s.key)))


def _places(kind: SignalKind, text: str, lowered: str) -> Iterator[tuple[int, int]]:
    for phrase in kind.phrases:
        if not phrase.may_match(lowered):
            continue
        for match in phrase.pattern.finditer(text):
            sentence = _sentence(text, match.start(), match.end())
            if not any(p.pattern.search(sentence) for p in kind.unless):
                yield match.start(), match.end()


def _apart(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places that overlap made one."""
    begun: tuple[int, int] | None = None
    for start, end in sorted(places):
        if begun is not None and start < begun[1]:
            begun = (begun[0], max(end, begun[1]))
            continue
        if begun is not None:
            yield begun
        begun = (start, end)
    if begun is not None:
        yield begun


def _sentence(text: str, start: int, end: int) -> str:
    """The sentence around a place."""
    before = text[max(start - WIDEST, 0) : start]
    begun = max((m.end() for m in _SENTENCE_END.finditer(before)), default=0)
    after = text[end : end + WIDEST]
    ended = _TAIL.search(after)
    return before[begun:] + text[start:end] + (after[: ended.start()] if ended else after)


def _kind(row: Row) -> SignalKind:
    only(row, KEYS)
    return SignalKind(
        row.id,
        row.text("means"),
        tuple(member_of(row, PlanType, value) for value in row.texts("shows")),
        _phrases(row, "phrases"),
        _phrases(row, "unless"),
    )


def _phrases(row: Row, key: str) -> tuple[Phrase, ...]:
    found = []
    for phrase in row.texts(key):
        try:
            found.append(compiled(phrase))
        except re.error as error:
            raise row.wrong(key, f"valid; {phrase!r} is not: {error}") from error
    return tuple(found)
