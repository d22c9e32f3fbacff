"""Fingerprints of letters: the same letter scanned or faxed twice is told from its words.

A fingerprint is a MinHash sketch (Broder, 1997) of the letter's shingles, runs of three words in
one spelling, and the numbers and names that tell one person's letter from another's of the same
template. OCR changes words here and there: a sketch changes with them only in part. Numbers decide:
two letters of one template share nearly all of their wording, and differ in just these.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from models.document import Page, PageRole

PLACES = 128
"""Positions of a sketch; its standard error is about 0.04."""
SHINGLE = 3
ALIKE = 0.35
"""Share of the sketch that must agree. A fax read with one word in ten wrong keeps about half of
its shingles (0.9 to the power of three, of the union), two letters of different wording none."""
LEAST_WORDS = 25

_WORD = re.compile(r"[a-z]+|\d+")
_NUMBER = re.compile(r"(?<![\w.,$])[A-Za-z]{0,5}[\d-]*\d[\dA-Za-z/-]*(?![\w])")
_LOOK_ALIKE = str.maketrans("olisbgzq", "01155629")
_TELLING = ("patient_name", "member_id", "claim_number", "reference_number", "letter_date",
            "drug", "service", "date_of_service")  # fmt: skip

"""Fields whose clear difference makes two letters of one template two letters."""
_APART: Mapping[str, float] = {
    "patient_name": 0.34, "drug": 0.34, "service": 0.5, "letter_date": 0.0, "date_of_service": 0.0,
}  # fmt: skip
"""How far two spellings of a field may be apart; numbers 0.25."""
_LOST = 0.06
"""Share of a letter's long numbers that the other may lack, or one; a number spelled nearly the
same is not lacking. Letters of one template share the payer's phones and codes: 2 of 18 differed
where only the member's did, and none between a letter and its fax."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`sketch`: MinHash of the shingles. `numbers`: each long number of the letter in one spelling.
    `words`: how many words it has. `told`: values of the telling fields, as far as known."""

    sketch: tuple[int, ...]
    numbers: frozenset[str]
    words: int
    told: Mapping[str, str]


def fingerprint(pages: Sequence[Page], fields: Mapping[str, Any]) -> Fingerprint:
    """The fingerprint of a letter's pages. `fields` has the contract's shape: key to `value`.

    Pages that all letters of a payer share (taglines, notices, covers) and fax headers are left
    out.
    """
    kept = [page for page in pages if page.role in _OWN] or list(pages)
    text = "\n".join(line.text for page in kept for line in page.lines if not _at_edge(line, page))
    words = _WORD.findall(text.lower())
    told = {
        key: _spelled(str(value))
        for key in _TELLING
        if (value := (fields.get(key) or {}).get("value")) is not None
    }
    return Fingerprint(_sketch(words), frozenset(_numbers(text)), len(words), told)


_OWN = frozenset({PageRole.BODY, PageRole.EOB_TABLE})


def _at_edge(line: Any, page: Page) -> bool:
    return bool(line.box.bottom < 0.035 * page.height or line.box.top > 0.965 * page.height)


def _spelled(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _numbers(text: str) -> Iterable[str]:
    """Numbers of five digits or more; letters that OCR takes for digits are made those digits."""
    for found in _NUMBER.findall(text):
        plain = _spelled(found)
        if sum(c.isdigit() for c in plain) >= 5:
            yield plain.translate(_LOOK_ALIKE)


@cache
def _functions() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    dice = np.random.default_rng(20260101)
    return (
        dice.integers(0, 1 << 63, PLACES, dtype=np.uint64) | np.uint64(1),
        dice.integers(0, 1 << 63, PLACES, dtype=np.uint64),
    )


def _sketch(words: Sequence[str]) -> tuple[int, ...]:
    """For each hash function its least value over the shingles."""
    shingles = {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
    if not shingles:
        return ()
    hashes = np.array(
        [int.from_bytes(hashlib.blake2b(s.encode(), digest_size=4).digest(), "big")
         for s in shingles],
        dtype=np.uint64,
    )  # fmt: skip
    times, plus = _functions()
    # Multiply-shift: the product wraps round at 64 bits, its upper half is the hash.
    values = (hashes[:, None] * times[None] + plus[None]) >> np.uint64(32)
    return tuple(int(v) for v in values.min(axis=0))


def likeness(one: Fingerprint, other: Fingerprint) -> float:
    """Estimated share of shingles that two letters have in common, 0 to 1."""
    if not one.sketch or not other.sketch:
        return 0.0
    return sum(a == b for a, b in zip(one.sketch, other.sketch, strict=True)) / PLACES


def same_letter(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two letters are probably one, received twice: alike in wording, and no number or
    name that both tell speaks against it."""
    if min(one.words, other.words) < LEAST_WORDS or likeness(one, other) < ALIKE:
        return False
    agree = 0
    for key in one.told.keys() & other.told.keys():
        apart = _apart(one.told[key], other.told[key])
        if apart > _APART.get(key, 0.25):
            return False
        agree += apart == 0
    fewer, more = sorted((one.numbers, other.numbers), key=len)
    if not fewer:
        return agree >= 2
    lost = sum(all(_apart(number, m) > 0.13 for m in more) for number in fewer)
    return lost <= max(_LOST * len(fewer), 1 if len(fewer) > 3 else 0)


def _apart(one: str, other: str) -> float:
    """How far two spellings are apart, 0 to 1; one inside the other is no difference."""
    if one in other or other in one:
        return 0.0
    one, other = one.translate(_LOOK_ALIKE), other.translate(_LOOK_ALIKE)
    return float(Levenshtein.normalized_distance(one, other))


def out(mark: Fingerprint) -> dict[str, Any]:
    """As JSON values."""
    return {
        "sketch": list(mark.sketch),
        "numbers": sorted(mark.numbers),
        "words": mark.words,
        "told": dict(mark.told),
    }


def back(raw: Mapping[str, Any]) -> Fingerprint:
    """What `out` gave."""
    return Fingerprint(
        tuple(raw["sketch"]), frozenset(raw["numbers"]), raw["words"], dict(raw["told"])
    )
