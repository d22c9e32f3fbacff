"""Whether the text layer of a PDF page can be believed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BAD = re.compile(r"[\ufffd\ufffe\uffff\ue000-\uf8ff\x00-\x08\x0e-\x1f]|\(cid:\d+\)")
_TOKEN = re.compile(r"[^\W\d_]+")
_VOWELS = frozenset("aeiouyáéíóúàèìòùâêîôûäëïöüãõ")
_COMMON_WORDS = (
    "a about an and any appeal are as at be by call can claim date decision denied do for from "
    "has have health if in is it may member name no not number of on or our plan provider request "
    "review service that the this to under was we what will with within you your phone address "
    "page id code amount total benefits medical insurance dear sincerely "
    "al como con de del el en es la las lo los o para por que se su un una usted y"
)
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Probe:
    """What a quick look at a PDF page found.

    `text` is its text layer, `invisible` the share of it drawn invisibly, `pictures` the share
    of the page that images cover (0 to 1), `drawn` whether anything but text is on it.
    """

    text: str
    invisible: float
    pictures: float
    drawn: bool


def garbage(text: str) -> str | None:
    """Why a text layer is garbage, in words; None where it reads as text."""
    ink = sum(not c.isspace() for c in text)
    if not ink:
        return None
    bad = sum(len(found) for found in _BAD.findall(text))
    if bad > 0.08 * ink:
        return "its letters have no meaning to a computer"
    tokens = [token.lower() for token in _TOKEN.findall(text)]
    letters = "".join(token for token in tokens if token.isascii() or _VOWELS & set(token))
    foreign = sum(len(token) for token in tokens) - len(letters)
    if len(letters) < 60 or foreign > len(letters):
        return None
    vowels = sum(c in _VOWELS for c in letters) / len(letters)
    if not 0.24 <= vowels <= 0.62:
        return "its letters do not make words"
    common = sum(token in _COMMON for token in tokens) / len(tokens)
    single = sum(len(token) == 1 for token in tokens) / len(tokens)
    if len(tokens) >= 40 and (common < 0.03 or single > 0.5):
        return "its letters do not make words"
    return None


def fluent(text: str) -> bool:
    """Whether text reads so well that no second reading could better it."""
    words = text.split()
    tokens = [token.lower() for token in _TOKEN.findall(text)]
    if len(tokens) < 30 or garbage(text):
        return False
    common = sum(token in _COMMON for token in tokens) / len(tokens)
    odd = sum(bool(re.search(r"[a-z][A-Z]{2}|[^\W\d_]\d[^\W\d_]|[|~^\\{}<>]", w)) for w in words)
    return common >= 0.22 and odd <= 0.01 * len(words)


def why_not(probe: Probe) -> str | None:
    """Why the page is to be read from its picture instead; None: the text layer is good."""
    letters = sum(c.isalnum() for c in probe.text)
    if letters < 3:
        return "it has no text" if probe.drawn or letters else None
    reason = garbage(probe.text)
    if reason:
        return reason
    scanned = probe.pictures > 0.6
    if scanned and letters < 200:
        return "its text is only a stamp on a scan"
    if scanned and probe.invisible > 0.5 and not fluent(probe.text):
        return "its hidden text was read badly"
    return None
