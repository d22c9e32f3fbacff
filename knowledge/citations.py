"""Citations as a letter may print them.

A knowledge entry writes the fullest citation that its sources give, several joined by "; ":
`29 CFR 2560.503-1(h)(2)(iii); 45 CFR 147.136(b)(3)(i)`. What is printed is shorter wherever the
paragraph was not read in the current text: for an entry of confidence C, and for the paragraphs
listed in `law_held_back.toml`, the section alone. So no entry can print a paragraph by mistake,
and a later check of a paragraph needs one line less in that list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from knowledge.tables import Row, entries
from models.errors import KnowledgeError

_CITE = re.compile(r"(?P<section>[^();]+?)(?P<paragraph>(?:\([0-9A-Za-z]+\))*)")
_SPELLED = (
    (re.compile(r"^SSA (?=\d)"), "Social Security Act section "),
    (re.compile(r"^PHSA (?=\d)"), "Public Health Service Act section "),
)
ALL = "*"


@cache
def held_back() -> Mapping[str, tuple[str, ...]]:
    """Section -> the beginnings of its paragraphs that no letter prints (`*`: every one)."""
    rows = entries("held_back", "law_held_back.toml", folders=())
    return {section: row.texts("paragraphs") for section, row in rows.items()}


def parts(cite: str) -> tuple[tuple[str, str], ...]:
    """(section, paragraph) of each citation in `cite`. Raises ValueError on one that is none."""
    found = []
    for piece in filter(None, (piece.strip() for piece in cite.split(";"))):
        match = _CITE.fullmatch(piece)
        if match is None:
            raise ValueError(piece)
        found.append((match["section"], match["paragraph"]))
    return tuple(found)


def printed(cite: str, confidence: str) -> str:
    """The citation as a letter may print it; empty where `cite` is."""
    return joined(
        _spelled(section) + ("" if _is_held(section, paragraph, confidence) else paragraph)
        for section, paragraph in parts(cite)
    )


def joined(citations: Iterable[str]) -> str:
    """Several printed citations as one: none twice, no bare section beside its paragraph."""
    shown = dict.fromkeys(pair for c in citations for pair in parts(c))
    pinned = {section for section, paragraph in shown if paragraph}
    return "; ".join(s + p for s, p in shown if p or s not in pinned)


def checked(row: Row) -> str:
    """The printed citation of an entry. Raises KnowledgeError where its `cite` is none."""
    cite = row.text("cite", "")
    try:
        return printed(cite, row.text("confidence"))
    except ValueError as error:
        raise KnowledgeError(
            f"{row.where}: {error} is no citation",
            "Write section and paragraph like 29 CFR 2560.503-1(h)(2)(iii), joined by '; '",
        ) from None


def _is_held(section: str, paragraph: str, confidence: str) -> bool:
    if confidence == "C":
        return True
    starts = held_back().get(section, ())
    return ALL in starts or paragraph.startswith(starts)


def _spelled(cite: str) -> str:
    for pattern, long in _SPELLED:
        cite = pattern.sub(long, cite)
    return cite
