"""What can be told of a word's reading without looking at the page again: whether it is a word that
letters are written in, and how it would have been printed if it was surely misread."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_SHORT = "a i am an as at be by do go he if in is it me my no of on or so to up us we"
_EDGE = re.compile(r"^[(\[\"'“‘]+|[)\].,;:!?\"'”’]+$")


@cache
def letter_words() -> frozenset[str]:
    """In lower case; those of three letters and more are from `scripts/build_letter_words.py`."""
    text = resources.files("extractors.data").joinpath("letter_words.txt").read_text("utf-8")
    return frozenset((*text.split(), *_SHORT.split()))


def is_word(text: str) -> bool:
    """Whether a text is a word that letters are written in, or several with hyphens or slashes,
    in one way of capitals, whatever sign follows it."""
    bare = _EDGE.sub("", text)
    bare = bare.removesuffix("'s").removesuffix("’s")
    if not bare or not (bare.islower() or bare.isupper() or bare.istitle()):
        return False
    return all(part.lower() in letter_words() for part in re.split(r"[-/]", bare))


_ODD = re.compile(
    r"^[_'‘\"“.,:;~-](?=\w)"  # specks before a word
    r"|(?<=\w)['‘\"“_~]$"  # and after it
    r"|[.,:;'’!]{2,}$"
    r"|[a-z][A-Z0-9!|][a-z]|[A-Za-z][!|}{\[\]][A-Za-z]"
    r"|[A-Z]{2,}[a-z][A-Z]"
    r"|[^\x00-\x7f‘’“”–—•§®™©]"
)


def is_odd(text: str) -> bool:
    """Whether a text has signs where print has none."""
    return _ODD.search(text) is not None


_SMALL_L = re.compile(r"^l(?:[b-df-hj-np-tv-xz][a-z]{3,}|y[ae][a-z]{2,})")
_STATE = re.compile(r"^[A-Z]l,?$")
_SPECK_BEFORE = re.compile(r"^(?:['‘`_]+(?=[^\W_])|[-~](?=[A-Z][a-z]))")
_SPECK_AFTER = re.compile(r"(?<=[^\WsS_])['‘`~]+$|(?<=[a-z]\.)\.$")
_TWICE = re.compile(r"(?<=[^\W_])__(?=[^\W_])")


def respelled(text: str, confidence: float, following: str) -> str:
    """A word as it was printed where what was read is spelled by nobody, else as it was read.

    Specks become quotes and underscores; capital I and small l are the same stroke in most
    letters' fonts, and of `P.O.` the first point is often lost. `following` is the next word.
    """
    if text == "PO." and following.lower().startswith("box"):
        return "P.O."
    if _STATE.match(text) and following[:5].isdigit():
        return text.replace("l", "I")
    if confidence < CERTAIN:
        text = _TWICE.sub("_", _SPECK_AFTER.sub("", _SPECK_BEFORE.sub("", text)))
    if is_word(text) or not any(c.isalpha() for c in text):
        return text
    if text.startswith("l"):
        capital = "I" + text[1:]
        if (len(text) > 4 and is_word(capital)) or _SMALL_L.match(text):
            return capital
    return _looked_alike(text) if confidence < CERTAIN else text


CERTAIN = 0.96
"""Confidence from which a spelling is not questioned, whatever it is."""

_ALIKE = (
    ("c", "e"), ("e", "c"), ("o", "e"), ("e", "o"), ("a", "o"), ("o", "a"), ("a", "e"),
    ("i", "l"), ("l", "i"), ("t", "l"), ("l", "t"), ("v", "y"), ("n", "u"), ("u", "n"),
    ("y", "g"), ("f", "t"), ("rn", "m"), ("ni", "m"), ("in", "m"), ("m", "in"), ("m", "rn"),
    ("li", "h"), ("h", "li"), ("cl", "d"), ("vv", "w"), ("1", "l"), ("0", "o"),
)  # fmt: skip
"""What is read, and what is printed: strokes that run together or break on faxes and copies."""

_ASCII = str.maketrans("áàâäéèêëíìîïóòôöúùûü", "aaaaeeeeiiiioooouuuu")
_BARE_WORD = re.compile(r"^([(\"“]*)([^\W_]{3,}?)([)\].,;:!?\"”]*)$")


def _looked_alike(text: str) -> str:
    """The one word of letters that a misread word looks like; itself where there is none, or more.

    Capitals are names as likely as not: of words that begin with one only long ones, and their
    first letter stays.
    """
    match = _BARE_WORD.match(text)
    if match is None:
        return text
    before, word, after = match.groups()
    if len(word) == 3 and word[0] == "l":
        return text  # lbs, ldl, lab: as likely as not short for something
    plain = word.translate(_ASCII)
    if plain != word and is_word(plain):
        return before + plain + after
    kept = 0 if word[0].islower() else 1
    if not plain[kept:].islower() or (kept and len(word) < LONG):
        return text
    found = {
        other
        for read, printed in _ALIKE
        for at in range(kept, len(plain))
        if plain.startswith(read, at)
        and (other := plain[:at] + printed + plain[at + len(read) :]).isalpha()
        and is_word(other)
    }
    return before + found.pop() + after if len(found) == 1 else text


LONG = 6
"""Letters from which a word with a capital is compared with the words of letters."""
