"""The stretches of a letter in which phrases of care are looked for: sentences and rows in one
line, broken where nothing goes on."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.meaning.passages import Passage
from extractors.nlp.analysis import Analysis, Pair

LEAST_WEIGHT = 0.05
"""Below this weight of a passage nothing in it is looked at."""
BREAK = "¶"
"""Stands for the end of a cell, or of a line that was not wrapped: nothing goes on over it."""
_BELOW = re.compile(
    r"(?:following|listed below|described below|shown below)\b[^.]{0,160}:\s*$"
    r"|\b(?:we (?:are |have |did )?(?:den\w+|not (?:approv|cover)\w+)|what (?:was|you|your \w+) "
    r"(?:is |are )?(?:den\w+|ask\w*|request\w*)(?: for)?)\W*$",
    re.I,
)
"""A sentence whose service stands in the line under it."""
MOST_ALONE = 18
"""A line of more words is no name."""
_LISTED = re.compile(r"\b(?:services?|items?)\b.{0,20}\b(?:listed|shown|described) below\b", re.I)
MOST_BETWEEN = 4
"""So many sentences on, a line that stands alone is what was `listed below`."""
_WHY = re.compile(r"\W*(?:reasons?|why|basis|explanation)\b", re.I)
"""What stands under such a title is a reason."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or a row: `raw` is `text[start:end]` in one line, as long as it was. `under`: it
    stands under `the services listed below:`."""

    start: int
    end: int
    raw: str
    passage: Passage
    under: bool


def units(
    analysis: Analysis, passages: Sequence[Passage], values: Sequence[Pair]
) -> Iterator[Unit]:
    """Every passage that may speak of the decision, in order; one in which one of the `values`
    begins goes on to that value's end."""
    cells = [segment.start for segment in analysis.segments]
    under_until, left = -1, 0
    for passage in passages:
        if passage.weight < LEAST_WEIGHT:
            continue
        ends = (p.value_end for p in values if passage.start <= p.value_start < passage.end)
        end = max(passage.end, *ends, 0)
        raw = _one_line(analysis, passage.start, end, cells)
        left -= 1
        under = passage.start <= under_until or (left > 0 and is_alone(raw))
        if _BELOW.search(raw.replace(BREAK, " ").strip()) and not _WHY.match(raw):
            under_until = passage.end + 4
        elif _LISTED.search(raw):
            left = MOST_BETWEEN
        yield Unit(passage.start, end, raw, passage, under)


def is_alone(raw: str) -> bool:
    """Whether a line is a name rather than a sentence: short, without a full stop."""
    return len(raw.split()) <= MOST_ALONE and not raw.rstrip().endswith((".", ":", "?", "!"))


def _one_line(analysis: Analysis, start: int, end: int, cells: Sequence[int]) -> str:
    """A line's end after which the next word would have had room is a break, and so is the gap
    before a further cell of a line."""
    chars = list(analysis.text[start:end].replace("\n", " "))
    for at in cells[bisect_left(cells, start + 1) : bisect_left(cells, end)]:
        wrapped = analysis.text[at - 1] == "\n" and not _had_room(analysis, at)
        if not wrapped and chars[at - 1 - start].isspace():
            chars[at - 1 - start] = BREAK
    return "".join(chars)


def _had_room(analysis: Analysis, at: int) -> bool:
    """Whether the word that starts at `at` had room at the end of the line before its own."""
    line = analysis.view.line_at(at - 1)
    after = analysis.view.words_in(at, at + 1)
    if not after or analysis.text[at - 2 : at - 1] == "\n":
        return True
    right = max(other.box.x1 for other in analysis.view.lines if other.page == line.page)
    return line.box.x1 + after[0].word.box.width + line.box.height < 0.92 * right
