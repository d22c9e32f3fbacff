"""What the document does, and at which level: denial, approval, request; first or on appeal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.candidates import Candidate
from extractors.meaning.guess import NO_REASON, verdict_chances
from extractors.meaning.passages import Hit, Passage, hits, together
from extractors.nlp.analysis import Analysis
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


def joined(found: Iterable[Hit]) -> dict[str, float]:
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


MODELLED = 0.85
"""What the verdict model's chance counts, beside a cue."""
SURE_VERDICT = 0.7
"""The least chance at which a sentence of the verdict model is heard."""
ASKED = 0.4
"""From this weight on a sentence that asks for something tells why nothing is decided yet."""
LEAST_WORDS = 4
_NO_DECISION = "no-decision"
"""The cue of documents that say of themselves that they decide nothing."""


def decide_kind(
    passages: tuple[Passage, ...],
    has_reason: bool,
    unpaid: tuple[int, int] | None = None,
    status: Verdict | None = None,
    some_paid: bool = False,
    found: tuple[Hit, ...] | None = None,
) -> Verdict:
    """The document's kind. A reason code or sentence is itself a sign of denial, and so is an
    `unpaid` line of a claim, given by its place; `some_paid` where other lines of it were paid;
    `found` are the cues of kinds, where they were looked for already.
    Where no sentence gives the verdict, the `status` printed beside its label does, and the
    verdict model is asked last."""
    found = hits("kinds", passages) if found is None else found
    if any(h.cue.id == _NO_DECISION and h.weight >= 0.7 for h in found):
        return _verdict("other", 0.9, [h for h in found if h.cue.id == _NO_DECISION])
    told = _told(found, passages, has_reason)
    no_verdict = told.start == told.end or told.value == "other"
    if no_verdict and status is not None:
        return status
    if unpaid is not None and (no_verdict or (some_paid and told.value == "denial")):
        kind = "partial_denial" if some_paid else "denial"
        return Verdict(
            kind, max(told.score, UNPAID), *unpaid, f"{kind}: a claim's line is not paid"
        )
    if told.value == "other" and told.score <= UNTOLD:
        return _modelled(passages) or told
    return told


_STATUS_SAYS = tuple(
    (kind, re.compile(rf"\W*(?:{words})\b"))
    for kind, words in (
        ("partial_denial", r"partial\w*|approved in part|denied in part|modified"),
        (
            "denial",
            r"denied|not approved|not certified|not covered|adverse|upheld|rejected|non-?certified"
            r"|unfavorable|disapproved|refused",
        ),
        ("approval", r"approved|certified|authorized|overturned|favorable"),
        ("information_request", r"pend\w*|on hold|additional|incomplete"),
    )
)
"""What stands first in the value of a status, by the kind that it tells."""


def status_of(analysis: Analysis) -> Verdict | None:
    """What the value beside a label such as `Status` or `Decision` says, wherever it stands."""
    for pair in analysis.pairs_of("decision"):
        for kind, pattern in _STATUS_SAYS:
            if pattern.match(pair.value.lower()):
                return Verdict(kind, 0.8, pair.value_start, pair.value_end, f"{kind}: its label")
    return None


def says_no_decision(kind: Verdict) -> bool:
    """Whether a document says of itself that it decides nothing: then no drug is denied in it."""
    return kind.because.endswith(_NO_DECISION)


_MATTER = re.compile(
    r"\b(?:cover|claim|request|authori[sz]|approv|den(?:y|ie|ial)|appeal|benefit|plan\b|member|insur|"
    r"drug|medic|prescri|treat|therap|servic|pay(?:\b|ing|ment|able)|paid\b|doctor|physician|provider|"
    r"patient|decision|decid|determin|review|pharmac|bill|care\b|hospital|cubr|cobert|solicit|reclam|"
    r"apel|receta|servicio)"
)
"""What a decision on coverage speaks of: the model was taught nothing of other matters."""


def _modelled(passages: tuple[Passage, ...]) -> Verdict | None:
    """The verdict that the sentence model hears, or None."""
    heard: dict[str, list[tuple[float, Passage]]] = {}
    asked: tuple[float, Passage] | None = None
    for passage in passages:
        wordy = len(re.findall(r"[^\W\d_]{2,}", passage.text)) >= LEAST_WORDS
        wordy = wordy and _MATTER.search(passage.text) is not None
        if passage.weight < 0.75 or passage.unreal or passage.is_row or not wordy:
            continue
        for kind, chance in verdict_chances(passage.text).items():
            told = (MODELLED * chance * passage.weight, passage)
            if kind != NO_REASON and chance >= SURE_VERDICT:
                heard.setdefault(kind, []).append(told)
            if kind == "information_request" and (asked is None or told[0] > asked[0]):
                asked = told
    if "denial" not in heard and asked is not None and asked[0] >= ASKED:
        heard.setdefault("information_request", []).append(asked)
        heard.pop("other", None)  # not decided yet, since something is asked for
    if not heard:
        return None
    scores = {kind: together([weight for weight, _ in found]) for kind, found in heard.items()}
    kind = max(scores, key=lambda k: (scores[k], k))
    if {"denial", "approval"} <= scores.keys() and min(scores["denial"], scores["approval"]) > 0.5:
        kind = "denial"
    place = max(heard[kind], key=lambda pair: pair[0])[1]
    return Verdict(kind, min(scores[kind], 0.8), place.start, place.end, "verdict model")


_YES = re.compile(
    r"\b(?:what we (?:have )?approved|we(?:'ve| have| can"
    r"| are able to)? (?:also )?(?:approv\w+|authoriz\w+|certif\w+)"
    r"\b(?! this| that| the request)[^.]{0,50}?\b(?:\d|one|two|three|four|six|eight|ten|twelve"
    r"|part|some|first)"
    r"|approved\s*:\s*\d|\d+ (?:days?|visits?|hours?|units?|sessions?|months?)\W{1,12}approved"
    r"|\b(?:days?|visits?|hours?|units?|sessions?|months?|doses?|items?|lines?|nights?)\b[^.;]{0,40}"
    r"\b(?:is|are|was|were|has been|have been) (?:now )?(?:approved|covered|authorized|certified))"
)
_NO = re.compile(
    r"\b(?:(?:did|do|does|can|could|will|have|are|is|was|were)(?: not|n't)|cannot"
    r"|not) (?:be )?(?:approv\w+|authoriz\w+|"
    r"certif\w+|cover\w*)|\bden(?:ied|y|ying)\b|"
    r"\bdenial of\b[^.]{0,60}\b(?:upheld|stands)\b|\bdenied\s*:\s*\d|\bnot approved"
)


IN_PART = "part approved, part refused"
"""What a verdict is told by that names both parts in words of their own."""


def _in_part(passages: tuple[Passage, ...]) -> Verdict | None:
    """Part approved and part refused, each in words of its own: `We approve three months. We do
    not approve the other nine.`"""
    yes = no = None
    for passage in passages:
        if passage.weight < 0.75 or passage.unreal:
            continue
        if yes is None and _YES.search(passage.text):
            yes = passage
        elif _NO.search(passage.text):
            no = passage
    if yes is None or no is None or no.start < yes.start:
        return None
    return Verdict("partial_denial", 0.85, no.start, no.end, IN_PART)


UNPAID = 0.7
"""The least score where a claim's unpaid line tells the kind."""
UNTOLD = 0.5
"""The score of a document whose kind no sentence tells."""


def _told(found: tuple[Hit, ...], passages: tuple[Passage, ...], has_reason: bool) -> Verdict:
    """The kind by the cues."""
    score = joined(found)
    denial, approval = score.get("denial", 0.0), score.get("approval", 0.0)
    partial, asking = score.get("partial_denial", 0.0), score.get("information_request", 0.0)
    if denial >= 0.5 and (both := _in_part(passages)) is not None:
        return both
    other = score.get("other", 0.0)
    strong = strongest(found)
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
    return _verdict("other", max(other, UNTOLD), found)


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


def strongest(found: Iterable[Hit]) -> dict[str, float]:
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


OUTSIDE = 0.8
"""The least weight of a sentence that tells of an outside review before the final decision."""
HEAD = 8
"""So many passages at the top may name who decides."""
_OUTSIDE = re.compile(
    r"^\W*(?:the )?(?:[\w&.,' ]{0,60} )?(?:independent (?:external )?review (?:organization"
    r"|entity|agent|agency)|"
    r"qualified independent contractor|independent medical review"
    r"|external (?:review|appeal)(?: organization| agent| unit| agency)?"
    r"(?:'s)?(?: decision| determination| report| findings)?|"
    r"independent review (?:decision|determination|report)|"
    r"reconsideration contractor|administrative hearings|hearings and appeals|appeals council"
    r"|fair hearing decision|independent review)\W*$|"
    r"^\W*(?:maximus(?: federal(?: services)?)?|c2c innovative solutions|livanta|ipro"
    r"|island peer review organization|permedion|imedecs)(?:,? (?:inc|llc))?\W*$"
)
"""An outside reviewer's letterhead, or a title of its decision."""
_FINAL = re.compile(r"\bfinal internal\b|\bexhausted\b|\blast internal\b|\bfinal adverse\b")
_AHEAD = re.compile(
    r"\b(?:within|once|after|until|days? (?:of|from|after)|months? (?:of|from|after)|d[ií]as"
    r"|you (?:can|may|could)|"
    r"may (?:be asked|ask|request)|puede|if (?:you|we|the|your))\b"
)
_DECIDED = re.compile(
    r"\b(?:uph[eo]ld\w*|affirm\w*|dismiss\w*|overturn\w*|revers\w*|complet\w*|considered|stands?|sustain\w*|"
    r"keeps?|exhausted|final internal|you (?:filed|appealed|asked)|received (?:your|the"
    r"|an) appeal|reviewed (?:your|the))\b"
)


def _steps_ahead(text: str) -> bool:
    """Whether a sentence tells of steps that may come, not of a decision on an appeal."""
    return _AHEAD.search(text) is not None and _DECIDED.search(text) is None


def decide_level(passages: tuple[Passage, ...], kind: str) -> Verdict:
    """The level of the decision; None for a document that decides nothing."""
    found = tuple(h for h in hits("levels", passages) if not _steps_ahead(h.passage.text))
    outside = next((p for p in passages[:HEAD] if _OUTSIDE.search(p.text)), None)
    if outside is not None and kind != "other":
        return Verdict("external_review", 0.9, outside.start, outside.end, "the sender's own name")
    score = joined(found)
    final = next((h for h in found if _FINAL.search(h.passage.text)), None)
    beyond = _best(found, "external_review")  # told of first: the final decision is its past
    if final is not None and beyond is not None and beyond.weight >= OUTSIDE:
        final = final if final.passage.start <= beyond.passage.start else None
    if final is not None and kind != "other":
        at = final.passage
        return Verdict(
            "internal_appeal", score.get("internal_appeal", 0.8), at.start, at.end, "final"
        )
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
