"""Words that Tesseract ran together, parted where the print has a gap and the text two words.

Half of the errors on a clean page are of this kind, and they are read with confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from extractors.reading.pixels import level
from extractors.reading.sheets import Grey
from extractors.reading.spelling import is_word
from extractors.reading.tesseract import Seen

LEAST_GAP = 0.2
"""Share of the line's height that a gap between words has at the least; the narrowest seen on
124 damaged pages had 0.23, and gaps within words were mostly below 0.2."""

WIDER = 1.6
"""How many times wider than the gaps between the word's letters."""

_OF = re.compile(r"(?<=[\dLlI])(?=of(?:\d|$))|(?<=^of)(?=\d)")
_DATE = re.compile(r"^\d{1,2},(?=(?:19|20)\d\d\b)")
_ZIP = re.compile(r"^[A-Z]{2}(?=\d{5}(?:-\d{4})?\W?$)")
_NUMBERED = re.compile(r"^[A-Za-z]{3,}(?=\d+(?:,\d{4})?\W?$)")
_SPECKS = re.compile(r"^[\W_]+")
_LISTED = re.compile(r"(?<=[A-Za-z][,;])(?=[A-Za-z]{2})")


def parted(words: Sequence[Seen], grey: Grey) -> tuple[Seen, ...]:
    """The words, those that hold two printed ones as two."""
    if not any(places(word.text) for word in words):
        return tuple(words)
    paper, black = level(grey[::4, ::4], 0.75), level(grey[::4, ::4], 0.01)
    dark = black + 0.6 * (paper - black)
    out: list[Seen] = []
    for _, group in groupby(words, key=lambda word: word.line):
        line = list(group)
        tall = sorted(w.bottom - w.top for w in line if len(w.text) > 1)[-3:]
        high = float(np.median(tall)) if tall else 0.0
        for word in line:
            out += _parts(word, grey, dark, high)
    return tuple(out)


def places(text: str) -> list[int]:
    """Where a text may be two words: how many of its signs belong to the first."""
    if len(text) < 3 or is_word(text):
        return []
    found = {match.start() for p in (_OF, _LISTED) for match in p.finditer(text)}
    found |= {m.end() for p in (_DATE, _ZIP) if (m := p.match(text))}
    if (numbered := _NUMBERED.match(text)) and is_word(numbered[0]):
        found.add(numbered.end())
    for at in range(1, len(text) - 1):
        if text[at - 1].isalpha() and text[at].isalpha():
            if is_word(text[:at]) and is_word(text[at:]):
                found.add(at)
        elif text[at] == "_" and is_word(text[:at]) and is_word(text[at + 1 :]):
            found.add(at)
    return sorted(found)


def may_be(whole: str, parts: Sequence[str]) -> bool:
    """Whether a text may be these words run together: no code or number that falls into pieces.
    Specks before either count for nothing."""
    whole, *parts = (_SPECKS.sub("", text) for text in (whole, *parts))
    for part in parts[:-1]:
        if len(part) not in places(whole):
            return False
        whole = whole[len(part) :]
    return True


def _parts(word: Seen, grey: Grey, dark: float, high: float) -> Iterator[Seen]:
    at_best = places(word.text)
    gaps = _gaps(word, grey, dark) if at_best else []
    if gaps:
        usual = sorted(end - start for start, end in gaps)[len(gaps) // 4]
        least = max(LEAST_GAP * high, WIDER * usual if len(gaps) > 2 else 0.0)
        wide = [gap for gap in gaps if gap[1] - gap[0] >= least]
        for at in at_best:
            gap = _gap_at(word, at, wide, high)
            if gap is not None:
                start = "1" if word.text[at:].startswith("of") and at == 1 else word.text[:at]
                first = replace(word, text=start, x1=gap[0])
                rest = replace(word, text=word.text[at:].lstrip("_"), x0=gap[1])
                yield first
                yield from _parts(rest, grey, dark, high)
                return
    yield word


def _gaps(word: Seen, grey: Grey, dark: float) -> list[tuple[int, int]]:
    """Columns without ink inside a word, as places on the page."""
    box = grey[max(word.top, 0) : word.bottom, max(word.x0, 0) : word.x1]
    if not box.size:
        return []
    inked = np.flatnonzero((box < dark).any(axis=0))
    after = np.flatnonzero(np.diff(inked) > 1)
    return [(word.x0 + int(inked[i]) + 1, word.x0 + int(inked[i + 1])) for i in after]


_NARROW, _THIN, _WIDE = frozenset("iljtfI.,:;'’!|()[]"), frozenset("rs-/1"), frozenset("mwMW")


def _width(text: str) -> float:
    """About how wide a text is printed, in any unit."""
    return sum(
        0.3 if c in _NARROW else 0.42 if c in _THIN else 0.85 if c in _WIDE
        else 0.68 if c.isupper() else 0.54
        for c in text
    )  # fmt: skip


def _gap_at(
    word: Seen, at: int, gaps: Sequence[tuple[int, int]], high: float
) -> tuple[int, int] | None:
    """The gap that lies where the text would be parted."""
    left, right = _width(word.text[:at]), _width(word.text[at:].lstrip("_"))
    best, least = None, 0.4 * high
    for gap in gaps:
        ink = (word.x1 - word.x0) - (gap[1] - gap[0])
        off = abs(gap[0] - word.x0 - ink * left / (left + right))
        if off < least:
            best, least = gap, off
    return best
