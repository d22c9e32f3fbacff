"""Signs on a page that are no letters: specks, rules, graphics, bullets, bars and empty boxes; and
signs that stand where letters were printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from extractors.reading.sheets import Grey
from extractors.reading.tesseract import Seen

_MARKS = frozenset("•-–—*☐☑☒□&$#%+=@:;.,/()[]©®™§\"'“”‘’?!")


def is_noise(word: Seen, dpi: float) -> bool:
    """Whether a word is a speck or a piece of a ruled line and no writing."""
    if any(c.isalnum() for c in word.text):
        tiny = word.bottom - word.top < dpi * 0.03
        return word.confidence < 0.02 and (tiny or len(word.text) <= 2)
    return not set(word.text) & _MARKS or word.confidence < 0.3


SPECK = 0.026
"""Inches: what is smaller both ways is a full stop or a speck, and no colon or dash."""

_SMALL = frozenset(".,'’`·")


def without_specks(words: Sequence[Seen], dpi: float) -> Iterator[Seen]:
    """The words without specks taken for punctuation: a stop that begins a line, a colon as small
    as a stop."""
    line = None
    for word in words:
        first, line = word.line != line, word.line
        small = max(word.x1 - word.x0, word.bottom - word.top) < SPECK * dpi
        mark = not any(c.isalnum() for c in word.text)
        if not (small and mark and (first or not set(word.text) <= _SMALL)):
            yield word


DOUBTFUL = 0.6
"""Confidence below which a word may be a graphic, such as a logo before the payer's name."""

FILLED = 0.7
"""Share of a word's box that is ink where the word is a graphic: letters leave more white."""


BAR = 0.9
"""Share of the box of a single sign that is ink where the sign is a bar or block beside a name."""

_LIKE_A_DOT = frozenset("eoOc*°®©@¢»«")


def is_graphic(word: Seen, grey: Grey, dpi: float) -> bool:
    """Whether a short word is a solid graphic, as high as a letter or higher."""
    wide, high = word.x1 - word.x0, word.bottom - word.top
    if len(word.text) > 3 or high < 0.08 * dpi:
        return False
    if len(word.text) == 1 and wide >= 0.05 * dpi and _inked(word, grey) > BAR:
        return True
    if word.confidence >= DOUBTFUL or wide < 0.6 * high:
        return False
    return _inked(word, grey) > FILLED


def is_bullet(word: Seen, grey: Grey, dpi: float) -> bool:
    """Whether a sign is the round dot before an item of a list, which is often read as an e."""
    wide, high = word.x1 - word.x0, word.bottom - word.top
    if word.text not in _LIKE_A_DOT or not 0.7 * high <= wide <= 1.4 * high or wide > 0.08 * dpi:
        return False
    return _inked(word, grey) > FILLED


def _inked(word: Seen, grey: Grey) -> float:
    """Share of a word's box that is ink."""
    place = grey[max(word.top, 0) : word.bottom, max(word.x0, 0) : word.x1]
    paper = float(np.percentile(grey[::8, ::8], 75))
    return float((place < 0.75 * paper).mean()) if place.size else 0.0


_LIKE_A_RULE = "|[]{}!"


def without_edges(word: Seen, edges: Sequence[float]) -> str:
    """A word's text without the signs that a table's rule beside it was taken for.

    `edges` are the rules' places across the page, in pixels.
    """
    text = word.text.strip("|")
    near = (word.bottom - word.top) * 0.6
    if any(abs(word.x0 - x) < near for x in edges):
        text = text.lstrip(_LIKE_A_RULE) if "]" not in text[1:] else text
    if any(abs(word.x1 - x) < near for x in edges):
        text = text.rstrip(_LIKE_A_RULE) if "[" not in text[:-1] else text
    return text


_OPENS, _CLOSES = frozenset({"[", "{", "(", "{[", "[{", "|"}), frozenset({"]", "}", ")", "|"})


def with_boxes_whole(words: Sequence[Seen]) -> tuple[Seen, ...]:
    """The words, an empty box at the head of a line as `[` and `]`, however its sides were read:
    half a box is no sign of a choice."""
    out = list(words)
    for n, (left, right) in enumerate(pairwise(words)):
        first = not n or words[n - 1].line != left.line
        near = right.x0 - left.x1 < 1.5 * (left.bottom - left.top)
        box = left.text in _OPENS and right.text in _CLOSES and "|" != left.text != right.text
        if first and near and box and left.line == right.line:
            out[n], out[n + 1] = replace(left, text="["), replace(right, text="]")
    return tuple(out)


def is_bar(word: Seen, before: Seen | None, after: Seen | None, dark: Grey) -> bool:
    """Whether an upright stroke is printed between two words of a line, as high as they are, and
    is no piece of a rule: it parts what stands on both sides of it."""
    if word.text != "|" or before is None or after is None or word.confidence < DOUBTFUL:
        return False
    high, beside = word.bottom - word.top, max(before.bottom - before.top, after.bottom - after.top)
    level = before.line == word.line == after.line
    if not level or high > 1.6 * beside:
        return False
    above = dark[max(word.top - beside // 3, 0) : word.top, word.x0 : word.x1]
    below = dark[word.bottom : word.bottom + beside // 3, word.x0 : word.x1]
    return not (above.any() or below.any())


_ID = re.compile(r"[1l|(\[!\\]D(?=[:#.]*$)")
_HCPCS = re.compile(r"£(?=\d{4}\b)")


def printed(text: str, following: str) -> str:
    """A word with the letters that these signs were taken for: `(D` or `1D` before a number is
    `ID`, `£1399` the code `E1399`, since no letter is about pounds."""
    if any(c.isdigit() for c in following):
        text = _ID.sub("ID", text)
    return _HCPCS.sub("E", text)
