"""What a denial notice should have contained and does not (`data/law_notices.toml`).

An element counts as missing only where none of its wordings stands anywhere in the letter. A
letter that was read badly, or of which pages are missing, is not audited: what could not be read
is not absent.
"""

from __future__ import annotations

import re
from functools import cache

from knowledge import law
from knowledge.cues import Phrase, compiled
from knowledge.law import NoticeElement
from models.errors import KnowledgeError
from models.vocabulary import DenialCategory

_C = DenialCategory
JUDGMENT = frozenset((_C.MEDICAL_NECESSITY, _C.EXPERIMENTAL, _C.SITE_OF_CARE, _C.INDICATION_OR_AGE))
"""Reasons for which the notice must explain a clinical judgment."""


def missing_elements(
    text: str, regime: str | None, category: DenialCategory | None, urgent: bool = False
) -> tuple[NoticeElement, ...]:
    """The elements that the notice had to contain under a decided regime and does not; () where
    the regime is not decided. `text` is the whole letter's."""
    if regime is None:
        return ()
    holds = {
        "medical_judgment": category in JUDGMENT,
        "missing_information": category is _C.INCOMPLETE_INFORMATION,
        "urgent": urgent,
    }
    return tuple(
        element
        for element in law.notice_elements(regime)
        if (element.when is None or holds.get(element.when, False))
        and not any(phrase.pattern.search(text) for phrase in _cues(element.cues))
    )


_PAGE_OF = re.compile(r"\bpage\s+(\d{1,2})\s+of\s+(\d{1,2})\b", re.IGNORECASE)
_CLOSING = re.compile(
    r"^\s*(?:sincerely|respectfully|regards|(?:very )?truly yours|thank you|cc:|enclosures?\b)",
    re.IGNORECASE | re.MULTILINE,
)
_ELSEWHERE = re.compile(
    r"(?:enclosed|attached|accompanying|separate)\b[\s\S]{0,60}\b(?:appeal|rights|form|notice|"
    r"insert|sheet)|(?:appeal|rights)[\s\S]{0,60}\b(?:enclosed|attached|"
    r"on the back|reverse|next page)|reverse side|back of this|on the back|see (?:the )?insert",
    re.IGNORECASE,
)


def is_whole(pages: tuple[str, ...]) -> bool:
    """Whether the texts of a letter's pages are surely all of it: as many as it counts itself, or
    a closing where it counts none; and nothing that it says stands on another paper."""
    text = "\n".join(pages)
    if _ELSEWHERE.search(text):
        return False
    counted = [(int(a), int(b)) for a, b in _PAGE_OF.findall(text)]
    if counted:
        return max(of for _, of in counted) <= len(pages)
    return _CLOSING.search(text) is not None


@cache
def _cues(cues: tuple[str, ...]) -> tuple[Phrase, ...]:
    try:
        return tuple(compiled(cue) for cue in cues)
    except re.error as error:
        raise KnowledgeError(
            f"law_notices.toml: the cue {error.pattern!r:.80} is not valid ({error})", "Mend it"
        ) from error
