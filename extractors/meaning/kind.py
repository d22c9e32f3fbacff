"""What the document does, and at which level: denial, approval, request; first or on appeal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.candidates import Candidate
from extractors.meaning.passages import Hit, Passage, hits, together
from knowledge.cues import scanner

_UNDONE = re.compile(r"\b(?:overturn|revers|changed our decision|set aside)")
_ASKED = re.compile(
    r"\b(?:asked|appeal\w* (?:of|against)|request\w* (?:us )?to (?:look|review)|look again)\b"
)
_REFUSAL = re.compile(
    r"\b(?:den(?:y|ied|ies|ial|ying)|adverse|reject\w*|declin\w*|refus\w*|uphold|upheld|"
    r"unfavorable|disallow\w*|unable|cannot|can't|can not|non-?covered|excluded|duplicate|"
    r"too (?:early|soon|late|many|much)|exceed\w*|deneg\w*|negad\w*|rechaz\w*|"
    r"not (?:\w+ ){0,2}?(?:approv\w*|cover\w*|paid|pay|payable|authoriz\w*|certif\w*|met|meet|"
    r"necessary|support\w*|allowed|eligible)|no (?:payment|benefits?|coverage|authorization)|"
    r"(?:won't|will not|did not|does not|do not) (?:pay|cover|approve|meet)|"
    r"copy of an? claim|units? \S+ ?(?:on this line )?(?:is|are) not right|"
    r"\$?0\.00\s+\$?0\.00|pa?i?d\s+\$?0\.00|"
    r"(?:co|pr|oa|pi)[-*]?\s?\d{1,3})\b"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A value, its score, and the sentence that shows it."""

    value: str | None
    score: float
    start: int
    end: int
    because: str


def _scores(found: Iterable[Hit]) -> dict[str, float]:
    """Joined weight by value; the best hit of each sentence counts."""
    best: dict[tuple[str, int], float] = {}
    for hit in found:
        key = (hit.cue.value, hit.passage.start)
        best[key] = max(best.get(key, 0.0), hit.weight)
    grouped: dict[str, list[float]] = {}
    for (value, _), weight in best.items():
        grouped.setdefault(value, []).append(weight)
    return {value: together(weights) for value, weights in grouped.items()}


def _best(found: Iterable[Hit], value: str) -> Hit | None:
    return max((h for h in found if h.cue.value == value), key=lambda h: h.weight, default=None)


def decide_kind(passages: tuple[Passage, ...], has_reason: bool) -> Verdict:
    """The document's kind. A reason code or sentence is itself a sign of denial."""
    found = hits("kinds", passages)
    score = _scores(found)
    denial, approval = score.get("denial", 0.0), score.get("approval", 0.0)
    partial, asking = score.get("partial_denial", 0.0), score.get("information_request", 0.0)
    other = score.get("other", 0.0)
    strong = _strongest(found)
    if _mended(found):
        return _verdict("approval", approval, found)
    if other >= 0.7 and max(denial, approval, partial) < 0.5 and asking < 0.6:
        return _verdict("other", other, found)
    if has_reason and not _refuses(passages):
        has_reason = False
    if has_reason and denial < 0.5 and approval < 0.85 and asking < 0.6:
        denial = 0.6
    if partial >= 0.7 and (denial >= 0.5 or has_reason) and strong["partial_denial"] >= 0.6:
        return _verdict("partial_denial", partial, found)
    if asking >= 0.8 and strong["information_request"] > 0.7 and strong["denial"] < 0.7:
        return _verdict("information_request", asking, found)
    if approval >= 0.7 and (denial < 0.6 or strong["approval"] > strong["denial"] + 0.15):
        return _verdict("approval", approval, found)
    if denial >= 0.5:
        return _verdict("denial", denial, found)
    if asking >= 0.6:
        return _verdict("information_request", asking, found)
    if approval >= 0.5:
        return _verdict("approval", approval, found)
    return _verdict("other", max(other, 0.5), found)


def _mended(found: Iterable[Hit]) -> bool:
    """Whether a denial is named only to say that it was overturned."""
    undone = [h for h in found if h.cue.value == "approval" and _UNDONE.search(h.passage.text)]
    others = [
        h
        for h in found
        if h.cue.value in ("denial", "partial_denial")
        and h.weight >= 0.5
        and not _UNDONE.search(h.passage.text)
        and not _ASKED.search(h.passage.text)
    ]
    return bool(undone) and not others


def _refuses(passages: Iterable[Passage]) -> bool:
    """Whether any word of refusal speaks of this decision: without one a reason is none."""
    return any(
        p.weight >= 0.5
        and any(p.factor(m.start(), m.end()) > 0.5 for m in _REFUSAL.finditer(p.text))
        for p in passages
    )


def _strongest(found: Iterable[Hit]) -> dict[str, float]:
    top = dict.fromkeys(
        ("denial", "approval", "partial_denial", "information_request", "other"), 0.0
    )
    for hit in found:
        top[hit.cue.value] = max(top[hit.cue.value], hit.weight)
    return top


def _verdict(value: str, score: float, found: Iterable[Hit]) -> Verdict:
    hit = _best(found, value)
    if hit is None:
        return Verdict(value, score, 0, 0, f"{value}: no sentence says otherwise")
    at = hit.passage
    return Verdict(value, score, at.start, at.end, f"{value} sentence: {hit.cue.id}")


def decide_level(passages: tuple[Passage, ...], kind: str) -> Verdict:
    """The level of the decision; None for a document that decides nothing."""
    found = hits("levels", passages)
    score = _scores(found)
    for level, least in (("external_review", 0.8), ("internal_appeal", 0.6)):
        hit = _best(found, level)
        if hit is not None and score[level] >= least and hit.weight >= 0.5:
            at = hit.passage
            return Verdict(level, score[level], at.start, at.end, f"level sentence: {hit.cue.id}")
    if kind == "other":
        return Verdict(None, 0.6, 0, 0, "decides nothing")
    return Verdict("initial", 0.8, 0, 0, "no sign of an earlier decision")


def expedited(passages: tuple[Passage, ...]) -> Verdict:
    """Whether the letter tells of a fast appeal, anywhere in it."""
    refused = {hit.passage.start for hit in hits("expedited_not", passages, least=0.0)}
    open_pages = tuple(p for p in passages if p.weight > 0.0)
    for cue_hit in _offers(open_pages):
        at = cue_hit.passage
        if at.start not in refused:
            return Verdict("true", 0.95, at.start, at.end, "fast appeal told of")
    return Verdict(None, 0.8, 0, 0, "no fast appeal told of")


def _offers(passages: tuple[Passage, ...]) -> Iterator[Hit]:
    for passage in passages:
        for cue, start, end in scanner("expedited").find(passage.text):
            yield Hit(cue, passage, start, end, cue.weight)


def kind_candidates(kind: Verdict, level: Verdict, fast: Verdict) -> Iterable[Candidate]:
    """`document_kind`, `level` and `expedited_offered`."""
    yield Candidate("document_kind", kind.value, kind.start, kind.end, kind.score, kind.because)
    if level.value is not None:
        yield Candidate("level", level.value, level.start, level.end, level.score, level.because)
    yield Candidate(
        "expedited_offered", fast.value is not None, fast.start, fast.end, fast.score, fast.because
    )
