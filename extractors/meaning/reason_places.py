"""Where in a letter a reason may stand: criteria that are listed and which of them is unmet, what
comes after a first reason, and sentences run on where a line or a number cut them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractors.meaning.passages import Passage

STATING_PLACE = 0.75
"""Passages of at least this weight state what was decided."""

_ITEM = re.compile(r"^\W{0,2}(?P<n>\d{1,2}|[a-h])[.)]\s")
_MUST = re.compile(r"\b(?:criteri\w+|requirements?|all of|following|conditions?|must|when|if)\b")
_UNMET = re.compile(
    r"\b(?:items?|criteri(?:a|on)|numbers?|points?|requirements?|conditions?|parts?|no\.?)\s*#?\s*"
    r"\(?(?P<items>(?:\d{1,2}|[a-h]\b)(?:\)?(?:,| and| or|&)+\s*\(?(?:\d{1,2}"
    r"|[a-h]\b))*)\)?[^.;]{0,40}?"
    r"\b(?:not|isn't|aren't|wasn't|weren't|unmet|lacking|missing|fail\w*)\b"
)
RECITED = 0.35
"""What a criterion counts that is only recited, in a list of which others are said to be unmet."""
RECITED_ALONE = 0.75
"""The same where the letter does not say which is unmet."""


def shares_of_criteria(passages: tuple[Passage, ...]) -> dict[int, float]:
    """By start of a passage: what it counts, where it is an item of a list of criteria."""
    lists: list[tuple[str, Passage]] = []
    leads = False
    for passage in passages:
        item = _ITEM.match(passage.text)
        if item and leads:
            lists.append((item["n"], passage))
        elif not item:
            leads = passage.text.rstrip().endswith(":") and _MUST.search(passage.text) is not None
    unmet = {
        n
        for passage in passages
        if passage.weight >= 0.5
        for match in _UNMET.finditer(passage.text)
        for n in re.findall(r"\d{1,2}|\b[a-h]\b", match["items"])
    }
    if len(lists) < 2:
        return {}
    named = unmet & {n for n, _ in lists}
    return {
        passage.start: (1.0 if n in named else RECITED) if named else RECITED_ALONE
        for n, passage in lists
    }


_LATER = re.compile(
    r"^\W*(?:(?:an? |the |our |one )?"
    r"(?:second|third|further|other|another|additional|next) reasons?\b|"
    r"also\b|in addition\b|additionally\b|furthermore\b|moreover\b|besides\b|separately\b|"
    r"además\b|[2-9][.)]\s)"
)
"""Begins a reason that stands after the first."""


def after_the_first(passages: Iterable[Passage]) -> frozenset[int]:
    """Starts of the sentences from a second reason's beginning to the end of its section."""
    found: set[int] = set()
    inside: str | None = None
    for passage in passages:
        if passage.weight >= STATING_PLACE and _LATER.match(passage.text):
            inside = passage.section
        elif passage.section != inside:
            inside = None
        if inside is not None:
            found.add(passage.start)
    return frozenset(found)


def run_on(passages: tuple[Passage, ...]) -> Iterator[tuple[Passage, str]]:
    """Passages with their text, run on where a sentence was cut before a number or at a line."""
    for passage, following in zip(passages, (*passages[1:], None), strict=True):
        text = passage.text
        if (
            following is not None
            and not passage.is_row
            and not following.is_row
            and following.section == passage.section
            and not text.rstrip().endswith((".", ":", ";", "!", "?"))
        ):
            text = f"{text} {following.text}"
        yield passage, text
