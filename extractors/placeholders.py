"""Blanks and placeholders of forms that nobody filled in."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"[\[\]{}<>]|_{3,}|\.{4,}|\bX{3,}\b|\b(?:n/?a|none|tbd|unknown|redacted|not (?:provided|applicable|available|on file|specified|listed)|same as above|see (?:above|below|attached))\b"
    r"|^(?:insert|enter|your|name|number|date|id|address|member|enrollee|provider|patient)\b\s*(?:name|number|id|date|address|here)?$",
    re.I,
)


def is_placeholder(text: str) -> bool:
    """Whether a value is a blank to fill in (`[Date]`, `____`, `{name}`, `N/A`), so no value."""
    return _PLACEHOLDER.search(text.strip()) is not None
