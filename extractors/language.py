"""The language of a letter, told by its little words."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_WORDS = """the of to and in is for that this your you we not be with are was on by or from
have it will our if as at has been"""
_SPANISH_WORDS = """de la que el en los se del las por con para una su es al lo como usted si puede
esta este o y nuestro fue ser sus nos"""
_ENGLISH, _SPANISH = frozenset(_ENGLISH_WORDS.split()), frozenset(_SPANISH_WORDS.split())
_ENOUGH = 15
"""With fewer little words nothing is said."""
_MORE = 1.5
"""Spanish where its words are so many times the English ones: headings and addresses stay English,
and a letter with a translation behind it has as many of both."""


def is_spanish(text: str) -> bool:
    """Whether a text is written in Spanish, rather than has Spanish in it."""
    words = Counter(word.lower() for word in _WORD.findall(text))
    spanish = sum(words[word] for word in _SPANISH)
    english = sum(words[word] for word in _ENGLISH)
    return spanish >= _ENOUGH and spanish > _MORE * english
