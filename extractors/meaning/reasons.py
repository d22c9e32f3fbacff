"""Why coverage was denied: every reason that the letter gives, each with its sentence.

A reason counts where the letter speaks of its own decision; the right to ask for exceptions,
policies recited, and what is said not to be the reason count little or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from extractors.candidates import Candidate
from extractors.meaning.codes import CodeHit, find_codes, legend
from extractors.meaning.evidence import ASIDE, FEATURES, WEIGHTS, Told, evidence
from extractors.meaning.guess import NO_REASON, chances
from extractors.meaning.passages import Hit, Passage, hits, together
from extractors.meaning.reason_places import (
    STATING_PLACE,
    after_the_first,
    run_on,
    shares_of_criteria,
)
from extractors.meaning.weighing import weights

LISTED = 0.45
"""A reason is stated where its proofs together reach this."""

LISTED_TOO = 0.7
"""The same for a reason beside the primary one, where the letter says that it gives several: after
words such as `also`, or in ticked boxes."""
LISTED_TOGETHER = 0.76
"""The same where one sentence gives both."""
LISTED_APART = 0.95
"""The same where nothing tells of a second reason."""

BESIDE = 0.003
"""The least chance to be the primary reason that one beside it has. What only the sentence model
hears is never listed beside another: letters say much that is near a reason."""

CLEARLY = 0.85
"""A reason below this share of the strongest one in the same sentence counts half."""

GENERAL = frozenset({"criteria-not-met", "findings-absent", "conservative-first"})
"""Cues that prove a lack of medical necessity only where nothing more specific is said."""

OUTRIGHT = 0.8
"""A reason is stated outright from this score on."""
CODED = 0.6
"""What the official text printed with a code counts where the letter gives its own reason."""

MODEL_WEIGHT = 0.95
LEAST_CHANCE = 0.4
SHORTEST = 20
FAINTEST = 0.35
"""Least sum of the sentences' chances at which a reason is named that none of them proves."""
GUESSED = 0.3
SURE = 0.75
"""From this chance on the model is sure that a sentence gives another reason, or none."""
UNHEARD = 0.1
AGAINST = 0.6
AGAINST_NONE = 0.75

MODELLED = "sentence model"
"""The name of a proof that no cue gives."""
ASIDE_COUNTS = 0.5
"""What a sentence counts at least that tells the primary reason in a part on something else."""
LEAST_PROOF = 0.2
"""A reason with less proof has only what the sentences say together."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason, how surely it is one, and the sentences that state it (surest first); `stated`
    where some sentence or code proves it by itself."""

    category: str
    score: float
    spans: tuple[tuple[int, int], ...]
    because: str
    stated: bool


def find_reasons(
    passages: tuple[Passage, ...], drug_denied: bool = True, filled: bool = True
) -> tuple[Reason, ...]:
    """All reasons stated, the primary one first. `filled` tells a letter from a blank form, in
    which the sentence model has no say.

    Which is the primary one is weighed from all that the letter says (`meaning.evidence`); whether
    another is stated beside it, from the proofs of that reason alone.
    """
    told = letter_evidence(passages, drug_denied, filled)
    proofs = _proofs(passages, told)
    found = {name: _reason(name, own) for name, own in proofs.items()}
    _drop_title(found, proofs)
    stated = [reason for reason in found.values() if reason.score >= LISTED]
    by = weights(WEIGHTS, FEATURES)
    shares = by.shares(evidence(told, by.names))
    primary = _primary(told, found, shares)
    if primary is None:
        return ()
    ticked = frozenset(p.start for p in passages if _TICKED.match(p.text))
    also = told.later | ticked
    beside = [
        reason
        for reason in stated
        if reason.category != primary.category
        and reason.because != MODELLED
        and shares[reason.category] >= BESIDE
        and _listed_too(reason, primary, also)
    ]
    beside.sort(key=lambda reason: (-reason.score, reason.spans[0]))
    return (primary, *beside)


def letter_evidence(passages: tuple[Passage, ...], drug_denied: bool, filled: bool) -> Told:
    """What is to be weighed: cues, codes and sentences, without legends of codes not used."""
    codes = find_codes(passages)
    explained = legend(passages)
    shares = shares_of_criteria(passages)
    cues = [
        _of_amount(replace(hit, weight=hit.weight * shares.get(hit.passage.start, 1.0)))
        for hit in hits("reasons", passages)
        if hit.passage.start not in explained
        and not (codes and hit.passage.section == "glossary")
        and not (hit.cue.value == "quantity_limit" and _reports(hit.passage.text))
    ]
    sentences = tuple(run_on(passages))
    later = after_the_first(passages)
    return Told(sentences, shares, explained, later, cues, codes, drug_denied, filled)


def _proofs(passages: tuple[Passage, ...], told: Told) -> dict[str, list[Proof]]:
    """The sentences that state each reason."""
    coded = {code.passage.start for code in told.codes}
    cues = [_reweighed(hit) for hit in told.cues] if told.filled else list(told.cues)
    specific = _has_specific(cues, told.codes)
    own_words = any(h.passage.start not in coded and h.weight >= 0.6 for h in cues)
    proofs: dict[str, list[Proof]] = {}
    for hit in cues:
        share = CODED if own_words and hit.passage.start in coded else 1.0
        for category, weight in _weights(hit, specific, told.of_drug):
            proofs.setdefault(category, []).append(
                Proof(hit.passage, weight * share, hit.cue.id, hit.passage.is_row)
            )
    if told.filled:
        for category, proof in _modelled(passages, coded | told.explained):
            if category == "quantity_limit" and _reports(proof.passage.text):
                continue
            share = told.shares.get(proof.passage.start, 1.0)
            proofs.setdefault(category, []).append(replace(proof, weight=proof.weight * share))
    for code in told.codes:
        weight = code.weight * (0.4 if own_words else 1.0)
        proofs.setdefault(code.category, []).append(
            Proof(code.passage, weight, code.code, code.passage.is_row)
        )
    _compete(proofs)
    return proofs


def _primary(told: Told, found: Mapping[str, Reason], shares: Mapping[str, float]) -> Reason | None:
    """The reason that the letter as a whole speaks for most; None where it speaks for none."""
    name = max(shares, key=lambda n: (shares[n], n))
    if name in found and found[name].score >= LEAST_PROOF:
        reason = found[name]
        return replace(reason, score=max(shares[name], LISTED), stated=reason.score >= LISTED)
    heard = _loudest(told, name)
    if heard is None:
        return None
    weight, passage = heard
    if weight < FAINTEST:
        return None
    score = max(shares[name], LISTED) if weight >= LISTED else GUESSED
    place = ((passage.start, passage.end),)
    return Reason(name, score, place, MODELLED, stated=False)


def _loudest(told: Told, category: str) -> tuple[float, Passage] | None:
    """What all sentences together say of a reason, and the one that says most."""
    if not told.filled:
        return None
    heard = [
        (chances(text).get(category, 0.0) * max(passage.weight, ASIDE_COUNTS), passage)
        for passage, text in told.sentences
        if passage.weight >= ASIDE
        and not passage.unreal
        and not passage.is_row
        and len(text) >= SHORTEST
        and _STATES.search(text)
    ]
    if not heard:
        return None
    best = max(heard, key=lambda pair: pair[0])
    return sum(weight for weight, _ in heard), best[1]


def _listed_too(reason: Reason, primary: Reason, later: Set[int]) -> bool:
    """Whether a reason beside the primary one is sure enough to be listed."""
    if any(at in later for at, _ in reason.spans):
        return reason.score >= LISTED_TOO
    if set(reason.spans) & set(primary.spans):
        return reason.score >= LISTED_TOGETHER
    return reason.score >= LISTED_APART


def _drop_title(reasons: dict[str, Reason], proofs: Mapping[str, Sequence[Proof]]) -> None:
    """`Not medically necessary` as a title over a more specific reason is no reason beside it."""
    clear = any(r.score >= OUTRIGHT for name, r in reasons.items() if name not in VAGUE)
    own = proofs.get("medical_necessity", ())
    if clear and own and all(p.is_row or len(p.passage.text) < TITLE for p in own):
        reasons.pop("medical_necessity", None)


VAGUE = frozenset({"medical_necessity", "incomplete_information", "other"})
"""Reasons that stand beside or over a more specific one as a form of words."""
TITLE = 45
"""A passage shorter than this is a title or a bare verdict."""

_REPORTS = re.compile(
    r"\b(?:asked|asks|requested|received|prescribed|ordered|submitted|sent|wrote|request for)\b"
)
_REFUSES = re.compile(
    r"\b(?:not|no|n't|only|limit\w*|exceed\w*|more than|over|above|most|max\w*|den(?:y|ied)"
    r"|too|allow\w*|"
    r"cover(?:s|ed)|up to|higher|less|fewer|cannot|can't|reached)\b|n't\b"
)


def _reports(text: str) -> bool:
    """Whether a sentence only reports what was asked for: its amount is no limit."""
    return _REPORTS.search(text) is not None and not _REFUSES.search(text)


@dataclass(frozen=True, slots=True)
class Proof:
    """A sentence that gives a reason, and how surely."""

    passage: Passage
    weight: float
    name: str
    is_row: bool

    def halved(self) -> Proof:
        return replace(self, weight=self.weight * 0.5)


_STATES = re.compile(
    r"\b(?:is|was|were|are|be|been|not|no|did|does|do|has|have|had|must|may|can|cannot|will|could|"
    r"exceed\w*|requires?|covers?|pays?|needs?|lacks?|ended|expired|es|fue|está|debe|tiene)\b|n't\b"
    r"|^(?:\S+\s+){4,}\S+[.;!?]\W*$"
)
"""A word of a sentence, or five words with a full stop: titles and names of departments state
nothing."""


def _modelled(passages: tuple[Passage, ...], skip: Set[int]) -> Iterator[tuple[str, Proof]]:
    """What the sentence model takes for a reason, in sentences that speak of this decision."""
    for passage, text in run_on(passages):
        if passage.weight < STATING_PLACE or passage.unreal or passage.start in skip:
            continue
        if len(text) < SHORTEST:
            continue
        ticked = _TICKED.match(text) is not None
        row = passage.is_row or not _STATES.search(text)
        if row and not ticked and (passage.section != "reason" or _is_heading(passage.text)):
            continue
        bare = _BARE_VERDICT.search(text) is not None and not _APPROVAL_FIRST.search(text)
        for category, chance in chances(text).items():
            if bare and category == "prior_authorization":
                continue  # `cannot be authorized` is a verdict
            if category == "experimental" and _OF_AMOUNT.search(text):
                category = "quantity_limit"
            if category != NO_REASON and chance >= LEAST_CHANCE:
                weight = MODEL_WEIGHT * chance * passage.weight
                yield category, Proof(passage, weight, MODELLED, passage.is_row)


_TICKED = re.compile(r"\W{0,2}(?:\[\s?[x✓✔*]\s?\]|[☒☑✓✔]|\(x\))")
_BARE_VERDICT = re.compile(
    r"\b(?:not|cannot|unable to|can't|be)\b[^.;]{0,20}\b(?:authoriz|certif)\w*"
)
_APPROVAL_FIRST = re.compile(
    r"\b(?:prior|before|advance|first|on file|obtained|requested|precert\w*|pre-?auth\w*"
    r"|in place|expired)\b"
)
_OF_AMOUNT = re.compile(
    r"\b(?:interval|spacing|frequen\w+|(?:twice|once|three times)[ -](?:a |each )?(?:week"
    r"|month|dai|day)\w*|"
    r"dos(?:e|es|ing)|every[ -](?:other|\d|two|four)[ -]?\w*|amounts?|quantit\w+|higher)\b"
)
"""Words of amount: proof that is wanting for an amount is a limit, not an experiment."""


def _of_amount(hit: Hit) -> Hit:
    """A want of studies about a dose or an interval as a reason of amount."""
    if hit.cue.value != "experimental" or not _OF_AMOUNT.search(hit.passage.text):
        return hit
    return replace(hit, cue=replace(hit.cue, value="quantity_limit"))


def _is_heading(text: str) -> bool:
    """A heading of a reason's section: few words, none of them a reason's own."""
    return (len(text.split()) < 7 and not text.rstrip().endswith(".") and "reason" in text) or (
        len(text.split()) < 4
    )


def _reweighed(hit: Hit) -> Hit:
    """A cue in a sentence that the model is sure gives another reason, or none, counts less."""
    if hit.passage.is_row or len(hit.passage.text) < SHORTEST:
        return hit
    shares = chances(hit.passage.text)
    against = max(
        share for name, share in shares.items() if name not in (hit.cue.value, hit.cue.also)
    )
    if shares.get(hit.cue.value, 0.0) >= UNHEARD or against < SURE:
        return hit
    factor = AGAINST_NONE if shares[NO_REASON] == against else AGAINST
    return replace(hit, weight=hit.weight * factor)


def _compete(proofs: dict[str, list[Proof]]) -> None:
    """One sentence gives one reason as a rule: what is clearly weaker in it counts half. A vague
    reason (criteria not met, not needed) says nothing against a specific one."""
    top: dict[int, float] = {}
    specific: dict[int, float] = {}
    for category, found in proofs.items():
        for proof in found:
            at = proof.passage.start
            top[at] = max(top.get(at, 0.0), proof.weight)
            if category not in VAGUE:
                specific[at] = max(specific.get(at, 0.0), proof.weight)
    for category, found in proofs.items():
        strongest = top if category in VAGUE else specific
        proofs[category] = [
            p.halved() if p.weight < CLEARLY * strongest[p.passage.start] else p for p in found
        ]


def _has_specific(told: Iterable[Hit], codes: Iterable[CodeHit]) -> bool:
    heard = (h.weight for h in told if h.cue.value not in VAGUE and h.cue.id not in GENERAL)
    coded = (c.weight for c in codes if c.category not in VAGUE)
    return max((*heard, *coded), default=0.0) >= 0.6


def _reason(category: str, proofs: Sequence[Proof]) -> Reason:
    by_sentence: dict[tuple[int, int], float] = {}
    for proof in proofs:
        span = (proof.passage.start, proof.passage.end)
        by_sentence[span] = max(by_sentence.get(span, 0.0), proof.weight)
    score = together(list(by_sentence.values()))
    spans = tuple(sorted(by_sentence, key=lambda s: (-by_sentence[s], s))[:3])
    names = ", ".join(dict.fromkeys(proof.name for proof in proofs))
    return Reason(category, score, spans, names, stated=score >= LISTED)


def _weights(hit: Hit, specific: bool, drug_denied: bool) -> Iterator[tuple[str, float]]:
    """The categories that a cue proves, with the weight for each."""
    necessity = 0.3 if specific else 1.0
    if hit.cue.value == "medical_necessity" and hit.cue.id in GENERAL:
        yield hit.cue.value, hit.weight * necessity
    else:
        yield hit.cue.value, hit.weight
    if hit.cue.also is not None:
        yield hit.cue.also, hit.weight * (necessity if drug_denied else 1.0)
    elif hit.cue.value == "step_therapy" and not drug_denied:
        yield "medical_necessity", hit.weight * 0.6


def reason_candidates(reasons: tuple[Reason, ...]) -> Iterable[Candidate]:
    """`denial_category` and `denial_categories`, each member with its sentences."""
    for place, reason in enumerate(reasons):
        start, end = reason.spans[0]
        primary = reason.score if place == 0 else reason.score * 0.5
        because = f"reason stated: {reason.because}"
        yield Candidate("denial_category", reason.category, start, end, min(primary, 1.0), because)
        for start, end in reason.spans:
            yield Candidate(
                "denial_categories", reason.category, start, end, reason.score, because,
                supports=reason.category,
            )  # fmt: skip
