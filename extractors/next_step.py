"""Which of the times to act in a letter is that of the step now open to the member."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extractors.candidates import Candidate
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import wording
from extractors.windows import WindowMention, find_windows
from models.document import PageSource

_NEXT: dict[str, dict[str, float]] = {
    "initial": {
        "internal": 1.0, "hearing": 0.9, "external": 0.85, "agency": 0.85, "second": 0.6,
        "alj": 0.75,
    },
    "internal_appeal": {
        "second": 1.0, "external": 1.0, "agency": 1.0, "hearing": 1.0, "alj": 0.8, "internal": 0.7,
        "court": 0.6,
    },
    "external_review": {
        "agency": 0.8, "alj": 1.0, "court": 1.0, "hearing": 0.9, "external": 0.6, "internal": 0.4,
    },
}  # fmt: skip
"""By level of the decision: the steps that may be next, and how far each is believed."""


_OFFERS = 0.6
_AFTER_A_REVIEW = frozenset({"external", "hearing", "agency", "alj", "court"})


def internal_appeal_offered(analysis: Analysis, mentions: Sequence[WindowMention]) -> bool:
    """Whether the letter speaks of an appeal to the plan itself, or gives time for one."""
    if wording("windows", "internal_offered").search(analysis.text):
        return True
    return any(m.step == "internal" and not m.later and m.score >= _OFFERS for m in mentions)


def later_step_is_next(
    analysis: Analysis, level: str, found: Sequence[WindowMention] | None = None
) -> bool:
    """Whether an external review, a hearing or a judge is what the member may ask for next;
    `found` are the letter's times to act, where they are known already."""
    mentions = tuple(find_windows(analysis)) if found is None else tuple(found)
    if level != "initial":
        return level == "internal_appeal" or any(m.step in _AFTER_A_REVIEW for m in mentions)
    timed = max(find_appeal_window(analysis, level, mentions), key=lambda c: c.score, default=None)
    if timed is not None and timed.score >= _OFFERS:
        return timed.because.rpartition(":")[2] in _AFTER_A_REVIEW
    told = wording("contacts", "later").search(analysis.text) is not None
    return told and not internal_appeal_offered(analysis, mentions)


_USUAL = {
    "days": frozenset({10, 14, 15, 20, 30, 33, 45, 60, 63, 65, 90, 120, 180, 182, 365}),
    "months": frozenset({1, 2, 3, 4, 6, 12, 24}),
}
"""Times to appeal that laws and plans give; another one, read from a picture, may be misread."""
_UNUSUAL_READ = 0.78
_ALSO = re.compile(r"\b(?:also|in addition|alternatively)\b", re.I)
_SECOND_WAY = 0.93


def _plausible(analysis: Analysis, mention: WindowMention) -> float:
    """What an unusual number takes off where it was read from a picture."""
    if mention.window.value in _USUAL[mention.window.unit]:
        return 1.0
    page = analysis.view.line_at(mention.start).page
    scanned = any(p.number == page and p.source is PageSource.OCR for p in analysis.view.pages)
    return _UNUSUAL_READ if scanned else 0.97


def find_appeal_window(
    analysis: Analysis, level: str, found: Sequence[WindowMention] | None = None
) -> Iterator[Candidate]:
    """Candidates of appeal_window for a decision of `level`; `found` as above.

    Where an internal appeal is open but its time is not given, the time of a later step is no
    answer and is believed less.
    """
    mentions = tuple(find_windows(analysis)) if found is None else tuple(found)
    offered = internal_appeal_offered(analysis, mentions)
    only = {mention.step for mention in mentions} <= {"internal"}
    first = any(m.step == "internal" and not m.later for m in mentions)
    second = any(m.step == "second" and not m.counted for m in mentions)
    for mention in mentions:
        weight = 0.9 if only else _NEXT[level].get(mention.step, 0.0)
        beyond = (mention.later and level == "initial") or (mention.counted and (first or second))
        if mention.step == "internal" and mention.counted and first:
            weight *= 0.5  # counted from the decision on an appeal that is still to come
        if mention.step != "internal" and (beyond or (level == "initial" and offered)):
            weight *= 0.4
        sentence = analysis.sentence_at(mention.start)
        if mention.step != "internal" and _ALSO.search(
            analysis.text, sentence.start, mention.start
        ):
            weight *= _SECOND_WAY
        if weight:
            score = mention.score * weight * _plausible(analysis, mention)
            yield Candidate(
                "appeal_window", mention.window, mention.start, mention.end, score, mention.because
            )
