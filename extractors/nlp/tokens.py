"""The spaCy language for letters: its tokenizer, and the form in which words are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from spacy.language import Language
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # compiled, no stub
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

_PREFIXES = [r"[\(\[\{<\"'“”‘’*•■●▪◦·☐☑☒|_~^¿¡#:;,.!?$=+–—-]"]
_SUFFIXES = [r"[\)\]\}>\"'“”‘’*•|_~:;,.!?#%=–—-]", r"['’][sS]"]
_INFIXES = [r"(?<=[A-Za-z)#])[:#/()|–—](?=.)", r"(?<=\d):(?=[A-Za-z])", r"(?<=[A-Za-z])\.{2,}"]


def letter_tokenizer(nlp: Language) -> Tokenizer:
    """Splits punctuation off words but keeps ids (`PA-2026-0098`), dates and codes whole."""
    return Tokenizer(
        nlp.vocab,
        rules={},
        prefix_search=compile_prefix_regex(_PREFIXES).search,
        suffix_search=compile_suffix_regex(_SUFFIXES).search,
        infix_finditer=compile_infix_regex(_INFIXES).finditer,
        token_match=None,
        url_match=None,
    )


class Plain(NamedTuple):
    """A word in the form in which labels and headings are compared, and its offsets."""

    text: str
    start: int
    end: int


_WORD = re.compile(r"[Nn]\.?º|[^\W_]+|#")
_NOISE = re.compile(r"['’][sS]\b|\([eE]?[sS]\)|(?<=[A-Za-z])\.(?=[A-Za-z]\b)")
_NUMBER_WORDS = frozenset({"no", "nbr", "num", "nos", "#", "numbers", "numero", "n.º", "nº"})


def unaccented(word: str) -> str:
    """`número` as `numero`: readers lose accents, and writers leave them out."""
    if word.isascii():
        return word
    parted = unicodedata.normalize("NFD", word)
    return "".join(sign for sign in parted if not unicodedata.combining(sign))


def plain_words(text: str, start: int = 0, end: int | None = None) -> list[Plain]:
    """Lower case, no accents, punctuation, possessive or plural in brackets; `No.`, `N.º`, `#`
    and `Nbr` read as `number`, and a `number` said twice (`No. #`) counts once. Initials (`D.O.B.`)
    are joined."""
    stop = len(text) if end is None else end
    noise = [(m.start(), m.end()) for m in _NOISE.finditer(text, start, stop)]
    found: list[Plain] = []
    for match in _WORD.finditer(text, start, stop):
        here, there = match.span()
        if any(a < there and here < b and b - a > 1 for a, b in noise):
            continue
        word = unaccented(match.group().lower())
        word = "number" if word in _NUMBER_WORDS else word
        if found and any(b - a == 1 and b == here for a, b in noise):
            joined = found.pop()
            found.append(Plain(joined.text + word, joined.start, there))
        elif not (found and word == "number" == found[-1].text):
            found.append(Plain(word, here, there))
        else:
            found[-1] = Plain("number", found[-1].start, there)
    return found


def plain_phrase(text: str) -> tuple[str, ...]:
    """The words of a short text in the form in which they are compared."""
    return tuple(word.text for word in plain_words(text))
