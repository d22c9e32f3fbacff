"""What Tesseract's English model makes of Spanish letters, put right on pages in Spanish.

It knows no ó and no ñ: `apelación` is read `apelacién` or `apelaci6n`, `año` `afio`. Endings that
Spanish has in one spelling alone, and a few words, can be told; the rest stays as read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extractors.language import is_spanish
from models.document import Line, Word

_ENDINGS = (
    (re.compile(r"(?<=[cs])i[éèe6]n\b"), "ión"),
    (re.compile(r"(?<=[CS])I[ÉE6]N\b"), "IÓN"),
    (re.compile(r"(?<=\w[b-df-hj-np-tv-z])ié\b"), "ió"),
    (re.compile(r"\b([Rr])az(?:[ée6]|6é)n\b"), r"\1azón"),
    (re.compile(r"\b([Aa])fi?o(s?)\b"), r"\1ño\2"),
    (re.compile(r"\b([Nn])ifi?([oa]s?)\b"), r"\1iñ\2"),
    (re.compile(r"\b([Ss])efi?or(a?)\b"), r"\1eñor\2"),
    (re.compile(r"\b([Ee])spafi?ol\b"), r"\1spañol"),
    (re.compile(r"\b([Cc])ompafi?[ií]a\b"), r"\1ompañía"),
)
_KNOWN = frozenset({"recién", "cien", "recien"})


def put_right(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines of a page, Spanish words put right where the page is in Spanish."""
    if not is_spanish("\n".join(line.text for line in lines)):
        return tuple(lines)
    return tuple(replace(line, words=tuple(map(_respelt, line.words))) for line in lines)


def _respelt(word: Word) -> Word:
    text = word.text
    if text.strip(".,;:").lower() in _KNOWN:
        return word
    for wrong, right in _ENDINGS:
        text = wrong.sub(right, text)
    return word if text == word.text else replace(word, text=text)
