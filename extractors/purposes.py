"""What a telephone number, a fax or an address is for: the purpose named last before it.

`If we deny the appeal you may ask the Insurance Department for an external review: 302-555-0106`
speaks of an appeal, but what stands nearest to the number is the external review.
"""

from __future__ import annotations

import re

from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Segment
from extractors.nlp.wordings import ordered

LATER = frozenset({"later", "agency"})
"""Purposes of a step that follows an appeal to the plan."""
_REACH = 240
_MOST_CELLS, _MOST_WORDS = 3, 9
_QUESTION = re.compile(r"[^.?!\n]{3,90}\?\s*$")
_HEADS = re.compile(r"(?:^|\n)[^\n.]{3,60}\n\s*$")
_LOCAL = 60
"""What is said so shortly behind a number may tell what it is for: `N, handles complaints`."""


def named_last(words: str) -> str:
    """The role (of `purposes` in `data/wordings.toml`) of the phrase that ends last, or ''."""
    best, role = -1, ""
    for name, _, pattern in ordered("purposes"):
        for match in pattern.finditer(words):
            if match.end() > best:
                best, role = match.end(), name
    return role


def purpose_of(analysis: Analysis, start: int, before: str, whole: bool = True) -> str:
    """The purpose of what stands at `start`, from the words `before` it, the sentence that it
    stands in, a question right above, and (where `whole`) the end of its sentence."""
    text = analysis.text
    sentence = analysis.sentence_at(start)
    own = text[max(sentence.start, start - _REACH) : start].replace("\n", " ")
    if before not in own:
        own = f"{own} {before}"
    last = text[max(0, sentence.start - 90) : sentence.start]
    question = _QUESTION.search(last) or _HEADS.search(last)
    row = row_lead(analysis, analysis.segment_at(start))
    leads = (own, question.group() if question else "", row)
    told = next((role for role in map(named_last, leads) if role), "")
    if told or not whole:
        return told
    after = re.split(r"\d{3}[-.\s]\d{4}", text[start : sentence.end], maxsplit=1)
    return named_last(after[1][:_LOCAL].replace("\n", " ")) if len(after) > 1 else ""


def row_lead(analysis: Analysis, cell: Segment) -> str:
    """The words of the cells left of a cell in its printed row, where they are short."""
    row = [
        other
        for other in analysis.segments
        if other.page == cell.page
        and other.box.x1 <= cell.box.x0 + 1
        and other.box.rows_overlap(cell.box) > 0.5
    ]
    row.sort(key=lambda c: c.box.x0)
    texts = [analysis.text[c.start : c.end] for c in row[-_MOST_CELLS:]]
    return " ".join(t for t in texts if len(t.split()) <= _MOST_WORDS)
