"""Numbers that Tesseract cut in two, told by the step from digit to digit.

Digits are as wide as each other whatever their ink, so a thin 1 stands in much white, and
`4471-88203` is read as two words. Inside a number the middles of digits stand one digit's width
apart; a blank between words makes that half as much again.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from extractors.reading.pixels import components
from extractors.reading.sheets import Grey
from extractors.reading.tesseract import Seen

STEP = 1.25
"""Widths of a digit from the middle of one to the middle of the next below which no blank lies
between: 1 inside a number, 1.5 across a blank."""

DOT = 0.3
"""Widths of a digit: what is no larger either way is a speck or a stop."""

SIDES = 0.15
"""Share of a digit's width that is white at both ends of a number together."""

_ENDS, _GOES_ON = re.compile(r"\w[\d-]$|\d$"), re.compile(r"^\d|^-\d")
_CODE = re.compile(r"\d")
_NUMBER = re.compile(r"\d{4,}")
_WHOLE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}:\d\d(:\d\d)?|\$?[\d,]+\.\d\d|\d+%")
"""A date, a time or an amount, to which nothing is missing."""


def rejoined(words: Sequence[Seen], dark: Grey) -> tuple[Seen, ...]:
    """The words, those of one line that are halves of a number made whole. `dark` is 1 where the
    page has ink."""
    digit = digit_width(words)
    out: list[Seen] = []
    for word in words:
        last = out[-1] if out else None
        if last is None or not digit or last.line != word.line:
            out.append(word)
        elif _is_one(last, word, dark, digit) or _low_line(last, word, dark):
            out[-1] = _one(last, word)
        else:
            out.append(word)
    return tuple(out)


def digit_width(words: Sequence[Seen]) -> float:
    """The usual width of a digit, its white included, from the page's longer numbers; 0 where it
    has none."""
    widths = [
        (word.x1 - word.x0) / (len(word.text) - SIDES)
        for word in words
        if _NUMBER.fullmatch(word.text)
    ]
    return statistics.median(widths) if widths else 0.0


def _is_one(left: Seen, right: Seen, dark: Grey, digit: float) -> bool:
    return _may_be_one(left, right) and step_between(left, right, dark, digit) < STEP * digit


def _may_be_one(left: Seen, right: Seen) -> bool:
    return (
        bool(_ENDS.search(left.text) and _GOES_ON.search(right.text))
        and not _WHOLE.fullmatch(left.text)
        and not _WHOLE.fullmatch(right.text)
    )


def step_between(left: Seen, right: Seen, dark: Grey, digit: float) -> float:
    """Pixels from the middle of a word's last sign to the middle of the next word's first: of the
    ink on both sides of the widest white about where they meet. Infinite where there is none."""
    near = round(1.5 * digit)
    start, end = min(left.x1, right.x0) - near, max(left.x1, right.x0) + near
    top, bottom = min(left.top, right.top), max(left.bottom, right.bottom)
    place = dark[max(top, 0) : bottom, max(start, 0) : max(end, 0)]
    edges = _stretches(np.asarray(place.any(axis=0)))
    small = DOT * digit
    signs = [
        (first, last)
        for first, last in edges
        if last - first > small or np.ptp(np.flatnonzero(place[:, first:last].any(axis=1))) > small
    ]
    if len(signs) < 2:
        return math.inf
    edges = np.array(signs)
    white = edges[1:, 0] - edges[:-1, 1]
    at = int(white.argmax())
    before, after = np.minimum(np.diff(edges[at : at + 2]).ravel(), digit)
    return float(before / 2 + white[at] + after / 2)


def _stretches(on: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where each stretch of true values begins and ends, a row each."""
    change = np.diff(np.concatenate(([0], on.astype(np.int8), [0])))
    return np.flatnonzero(change).reshape(-1, 2)


LOW_LINE = 0.6, 1.8
"""Least and greatest width of an underscore, in mean widths of a sign of the word before it."""


def _low_line(left: Seen, right: Seen, dark: Grey) -> bool:
    """Whether an underscore read with one of two words links both: codes such as `B20_2022` are
    read in pieces. A rule is longer. (One read with neither is none: feet of letters look so.)"""
    ends, begins = left.text.endswith("_"), right.text.startswith("_")
    if ends == begins or not (left.text[-1:] + right.text[:1]).replace("_", "").isalnum():
        return False
    if not _CODE.search(left.text + right.text):
        return False
    high, sign = left.bottom - left.top, (left.x1 - left.x0) / len(left.text)
    first, last = sorted((left.x1, right.x0))
    start, end = first - round(2 * sign), last + round(2 * sign)
    if last - first > LOW_LINE[1] * sign or high < 2:
        return False
    top = left.top + round(0.6 * high)
    place = dark[max(top, 0) : left.bottom + round(0.5 * high), max(start, 0) : end]
    if min(place.shape) < 1:
        return False
    _, _, stats = components(np.ascontiguousarray(place))
    for x, _y, wide, tall, _area in stats[1:]:
        middle = max(start, 0) + x + wide / 2
        between = first - ends * 1.5 * sign <= middle <= last + begins * 1.5 * sign
        if between and LOW_LINE[0] * sign <= wide <= LOW_LINE[1] * sign and tall < 0.25 * high:
            return True
    return False


def _one(left: Seen, right: Seen) -> Seen:
    return replace(
        left,
        text=left.text + right.text,
        x0=min(left.x0, right.x0),
        top=min(left.top, right.top),
        x1=max(left.x1, right.x1),
        bottom=max(left.bottom, right.bottom),
        confidence=min(left.confidence, right.confidence),
    )
