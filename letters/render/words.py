"""Words as a page can take them: control and direction marks out, odd spaces made plain."""

from __future__ import annotations

import re
import unicodedata

# Neither XML nor a font can carry these; direction overrides could make a name or a number read
# otherwise than it is stored.
_UNPRINTABLE = {"Cc", "Cs", "Cn", "Co"}
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_BREAKS = re.compile(r"[\r\n\u0085\u2028\u2029\v\f]+")
_SPACES = re.compile(r"[ \t]{2,}")


def printable(text: str) -> str:
    """`text` without characters that no page can show; line breaks become spaces."""
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text)
    flat = _BREAKS.sub(" ", text).translate(_DIRECTION).replace("\t", " ")
    kept = "".join(c for c in flat if unicodedata.category(c) not in _UNPRINTABLE)
    return _SPACES.sub(" ", kept)
