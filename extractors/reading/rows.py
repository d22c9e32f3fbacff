"""Words on a page to rows, and each row to runs: words that are read in one breath."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from models.document import Word
from models.geometry import Box

WIDE_GAP = 1.5
"""A gap wider than this many line heights parts two runs of words."""

USUAL = 1.8
"""A gap must be so many times the usual one as well: a typewriter's blanks are as wide as its
letters, wider than those are high after a comma."""

MOST_USUAL = 1.5
"""Line heights that a usual blank may have: lists of single words have no blanks."""

FEWEST_GAPS = 40
"""Gaps that must be there to tell what is usual."""

_LABEL_END = re.compile(r"[:：]$")

_LABEL = re.compile(r"^[^:]{1,60}[:：](\s|$)")

_MARKER = re.compile(r"^([•●○▪■□☐☑☒◦·*o-]|\(?[0-9]{1,2}[.)]|\(?[A-Za-z][.)]|\[[ xX]?\]|[_.]{3,})$")

_LABEL_CUE = re.compile(
    r"\b(name|member|patient|subscriber|enrollee|insured|id|i\.d\.|number|no\.?|date|dob|birth|"
    r"drug|medication|medicine|service|requested|provider|prescriber|physician|doctor|npi|group|"
    r"plan|claim|case|reference|ref|authorization|request|tracking|diagnosis|code|codes|phone|fax|"
    r"address|policy|quantity|strength|dose|status|decision|determination|reason|amount|facility|"
    r"pharmacy|rx|type|level|account|issued|received|decided|deadline|due)\b|#",
    re.I,
)


_DATE_LABEL = re.compile(r"^(?:[A-Za-z]+ ){0,3}date$", re.I)

_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d|[A-Z][a-z]+\.? \d{1,2}, \d{4}")


@dataclass(frozen=True)
class Run:
    """Words of one row without a wide gap between them."""

    words: tuple[Word, ...]

    @cached_property
    def box(self) -> Box:
        return Box.around(word.box for word in self.words)

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def is_label(self) -> bool:
        """Ends as a label does, its value still to come."""
        return bool(_LABEL_END.search(self.text)) and len(self.words) <= 8

    @property
    def has_label(self) -> bool:
        """Starts with a label of its own."""
        return bool(_LABEL.match(self.text))

    @property
    def sounds_like_label(self) -> bool:
        """A short text with a label's words, though no colon ends it."""
        return (
            len(self.words) <= 4
            and bool(_LABEL_CUE.search(self.text))
            and not any(c.isdigit() for c in self.text)
        )


@dataclass(frozen=True)
class Row:
    """Runs on one baseline, left to right."""

    runs: tuple[Run, ...]

    @cached_property
    def box(self) -> Box:
        return Box.around(run.box for run in self.runs)

    @cached_property
    def height(self) -> float:
        """A typical word height of the row."""
        return _typical_height(word for run in self.runs for word in run.words)

    @cached_property
    def letter_size(self) -> float:
        """Height of the row's letters from the highest top to the lowest foot, were all of them
        in it: ink alone makes `on sea` half as high as `(High)`."""
        return _typical(
            word.box.height / _height_share(word.text) for run in self.runs for word in run.words
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    words: Sequence[Word]
    box: Box


def rows_of(pieces: Iterable[Sequence[Word]], wide: float | None = None) -> list[Row]:
    """Words gathered to rows from top to bottom, each split at wide gaps."""
    known = [_Piece(words, Box.around(w.box for w in words)) for words in pieces if words]
    open_rows: list[list[_Piece]] = []
    for piece in sorted(known, key=lambda p: (p.box.top + p.box.bottom, p.box.x0)):
        for row in reversed(open_rows[-8:]):
            if _same_row(row, piece):
                row.append(piece)
                break
        else:
            open_rows.append([piece])
    words = [sorted((w for p in row for w in p.words), key=lambda w: w.box.x0) for row in open_rows]
    heights = max(WIDE_GAP, USUAL * _usual_gap(words)) if wide is None else 0.0
    rows = [_split(row, heights * _typical_height(row) if wide is None else wide) for row in words]
    return sorted(rows, key=lambda row: row.box.top + row.box.bottom)


def _same_row(row: Sequence[_Piece], new: _Piece) -> bool:
    """Neighbours decide: a tall logo beside three small lines is not part of any of them."""
    near = min(row, key=lambda piece: _apart(piece.box, new.box)).box
    shared = min(near.bottom, new.box.bottom) - max(near.top, new.box.top)
    tall = max(near.height, new.box.height)
    low = min(near.height, new.box.height)
    if shared >= 0.5 * tall:
        return True
    # A comma, a dash or a superscript is low, and lies within its neighbour's height.
    mark = sum(len(word.text) for word in new.words) <= 2
    return shared >= 0.7 * low and (tall <= 1.6 * low or (mark and _apart(near, new.box) < tall))


def _apart(one: Box, other: Box) -> float:
    """White space between two boxes, across the page."""
    return max(one.x0 - other.x1, other.x0 - one.x1, 0.0)


def _typical_height(words: Iterable[Word]) -> float:
    """Height of a row's letters: that of its taller words, since `on` has no tall letter."""
    return _typical(word.box.height for word in words)


def _typical(heights: Iterable[float]) -> float:
    ordered = sorted(heights)
    return ordered[min(len(ordered) * 3 // 4, len(ordered) - 1)] or 1.0


_RISES = re.compile(r"[A-ZÀ-Þ0-9bdfhklt\[\](){}/|$&%#@?!'\"]")
_HANGS = re.compile(r"[gjpqyçQ,;()\[\]{}|/$@]")


def _height_share(text: str) -> float:
    """How much of a letter's whole height the ink of a word takes: small letters half, a quarter
    more for what rises and for what hangs."""
    return 0.5 + 0.27 * bool(_RISES.search(text)) + 0.23 * bool(_HANGS.search(text))


def _usual_gap(rows: Iterable[Sequence[Word]]) -> float:
    """Line heights of white between neighbours in running text: the median; 0 with too few."""
    gaps = [
        (right.box.x0 - left.box.x1) / height
        for row in rows
        if len(row) > 1 and (height := _typical_height(row))
        for left, right in pairwise(row)
    ]
    usual = statistics.median(gaps) if len(gaps) >= FEWEST_GAPS else 0.0
    return usual if usual <= MOST_USUAL else 0.0


def _split(words: Sequence[Word], wide: float) -> Row:
    runs: list[list[Word]] = [[words[0]]]
    for left, right in pairwise(words):
        gap = right.box.x0 - left.box.x1
        if gap > wide:
            runs.append([])
        runs[-1].append(right)
    return Row(tuple(Run(tuple(run)) for run in runs))


def glued(row: Row) -> Row:
    """A label and the value that follows it, a marker and its item, become one run; a date's label
    needs no colon."""
    runs: list[Run] = [row.runs[0]]
    for run in row.runs[1:]:
        last = runs[-1]
        dated = _DATE_LABEL.search(last.text) and _DATE.fullmatch(run.text)
        if (last.is_label and not run.has_label) or dated or _MARKER.match(last.text):
            runs[-1] = Run(last.words + run.words)
        else:
            runs.append(run)
    return Row(tuple(runs))
