"""Blanks and placeholders of forms that nobody filled in."""

from __future__ import annotations

from extractors.nlp.wordings import wording


def is_placeholder(text: str) -> bool:
    """Whether a value is a blank to fill in (`[Date]`, `____`, `{name}`, `N/A`), so no value."""
    return wording("values", "blank").search(text.strip()) is not None
