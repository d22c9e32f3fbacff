"""Words that ask, deny, suppose or tell of what was, and how they stand to a phrase."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.lexicon.care import Part, care_words

NEGATES = 4
"""So many words behind a `not` a verdict is still denied."""
MOST_LEADING = 14
"""So many words lead from a marking word to its object at most."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A marking word at `raw[start:end]`; `kind` is a class of `[cues]` in `care_words.toml`."""

    start: int
    end: int
    kind: str


_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_GIVES = re.compile(
    r"(?<!that )\b(?:we|plan|does|do|will|policy|medicare|benefit)\s+\Z"
    r"|\b(?:remains?|is|are|stays?|still|fully)\s+\Z",
    re.I,
)
"""Before `cover` or `covered`: told of what is covered, not of what was asked for."""


def marks(raw: str) -> list[Mark]:
    """The marking words of a sentence; a `not` shortly before a verdict makes it a denial."""
    cues = care_words().cues
    found: list[Mark] = []
    negated = -NEGATES - 1
    for number, word in enumerate(_WORD.finditer(raw)):
        text = word.group().lower().replace("’", "'")
        kinds = [kind for kind, stems in cues.items() if stems.match(text)]
        if "negated" in kinds:
            negated = number
            continue
        for kind in kinds:
            if kind in ("ask", "approved") and number - negated <= NEGATES:
                kind = "deny"
            elif kind == "ask" and text.startswith("cover") and _GIVES.search(raw, 0, word.start()):
                kind = "approved"
            found.append(Mark(word.start(), word.end(), kind))
    return found


def beside(raw: str, start: int, end: int, found: Sequence[Mark]) -> dict[str, float]:
    """How near the marks stand before and behind `raw[start:end]`, 1 for the very next word; and
    whether it is the object of one that asks or denies (`led`, `led_deny`)."""
    tells = {"says_deny": float(any(mark.kind == "deny" for mark in found))}
    for mark in found:
        if mark.end <= start:
            gap, side = raw.count(" ", mark.end, start) - 1, "before"
        elif mark.start >= end:
            gap, side = raw.count(" ", end, mark.start) - 1, "behind"
        else:
            continue
        key = f"{mark.kind}_{side}"
        tells[key] = max(tells.get(key, 0.0), 1.0 / (1.0 + max(gap, 0) / 3))
    return tells | _led(raw, start, found)


_LEADING = frozenset(
    {
        "for", "of", "the", "a", "an", "your", "his", "her", "their", "to", "us", "that", "we",
        "on", "from", "by", "dr", "md", "was", "is", "were", "are", "more", "another", "be", "you",
    }
)  # fmt: skip
_OBJECT_OF = frozenset({"for", "of", "the", "a", "an", "your", "his", "her", "their", "more"})
_PIECE = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d[\d/,.-]*|[^\sA-Za-z0-9]")


def _led(raw: str, start: int, found: Sequence[Mark]) -> dict[str, float]:
    """Goes left over words that only lead on: `denied the request of Dr. Pike for`."""
    kinds = {mark.start: mark.kind for mark in found if mark.kind in ("ask", "deny")}
    lexicon = care_words()
    told: dict[str, float] = {}
    pieces = list(_PIECE.finditer(raw, 0, start))[-MOST_LEADING:]
    for number, piece in enumerate(reversed(pieces)):
        word = piece.group()
        kind = kinds.get(piece.start())
        general = lexicon.part(word.lower()) is Part.GENERAL
        objects = kind is not None or general or word == ":" or word.lower() in _OBJECT_OF
        if number == 0 and not objects:
            break
        if kind is not None:
            told["led" if kind == "ask" else "led_deny"] = 1.0
            continue
        leads = word.lower() in _LEADING or word[0].isupper() or word[0].isdigit()
        if not (leads or word in ".:," or general):
            break
        if word == "." and not re.search(r"\b(?:dr|mr|mrs|ms|st)\Z", raw[: piece.start()], re.I):
            break
    return told
