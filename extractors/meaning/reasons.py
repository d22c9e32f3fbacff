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
from extractors.meaning.guess import NO_REASON, chances
from extractors.meaning.passages import Hit, Passage, hits, together

LISTED = 0.45
"""A reason is stated where its proofs together reach this."""

LISTED_TOO = 0.7
"""The same for a reason beside the primary one, where the letter says that it gives several: after
words such as `also`, or in ticked boxes."""
LISTED_TOGETHER = 0.76
"""The same where one sentence gives both."""
LISTED_APART = 0.9
"""The same where nothing tells of a second reason."""
LISTED_VAGUE = 0.94
"""The same for a lack of necessity or of information beside a reason of another kind: these words
stand beside most reasons."""

CLEARLY = 0.85
"""A reason below this share of the strongest one in the same sentence counts half."""

GENERAL = frozenset({"criteria-not-met", "findings-absent", "conservative-first"})
"""Cues that prove a lack of medical necessity only where nothing more specific is said."""

SPECIFIC = {
    "duplicate": 1.0,
    "timely_filing": 1.0,
    "eligibility": 1.0,
    "experimental": 0.98,
    "step_therapy": 0.97,
    "coding_billing": 0.95,
    "prior_authorization": 0.95,
    "quantity_limit": 0.95,
    "out_of_network": 0.92,
    "site_of_care": 0.92,
    "indication_or_age": 0.9,
    "non_formulary": 0.9,
    "benefit_exclusion": 0.83,
    "incomplete_information": 0.57,
    "medical_necessity": 0.58,
    "other": 0.5,
}
"""How readily a reason is the primary one: the more specific, the sooner. Medical necessity is
primary only where no more specific reason stands beside it."""

EXPLAINED = {
    "duplicate": ("coding_billing", "incomplete_information"),
    "timely_filing": ("incomplete_information", "coding_billing"),
    "eligibility": ("benefit_exclusion", "incomplete_information"),
    "prior_authorization": ("incomplete_information",),
    "out_of_network": ("benefit_exclusion", "eligibility"),
}
"""A reason stated outright explains others that its wording brings along; those count half."""

OUTRIGHT = 0.8
CODED = 0.6
"""What the official text printed with a code counts where the letter gives its own reason."""

MODEL_PLACE = 0.75
"""The model reads passages of at least this weight."""
MODEL_WEIGHT = 0.95
LEAST_CHANCE = 0.4
SAID_LATER = 0.5
"""What the rank of a reason counts that is only given as a second one."""
SHORTEST = 20
FAINTEST = 0.35
"""Least sum of the sentences' chances at which a reason is named where none is proved."""
GUESSED = 0.3
SURE = 0.75
"""From this chance on the model is sure that a sentence gives another reason, or none."""
UNHEARD = 0.1
AGAINST = 0.6
AGAINST_NONE = 0.75

MODELLED = "sentence model"
"""The name of a proof that no cue gives."""
OUTRIGHT_MODELLED = 0.85
UNCUED = 0.6
"""What the rank of a reason counts that only the sentence model hears, less surely than that."""

SAID_FIRST = 0.06
"""Added for a reason in the title or in the value of a reason label."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason, how surely it is stated, and the sentences that state it (surest first)."""

    category: str
    score: float
    rank: float
    spans: tuple[tuple[int, int], ...]
    because: str


def find_reasons(
    passages: tuple[Passage, ...], drug_denied: bool = True, filled: bool = True
) -> tuple[Reason, ...]:
    """All reasons stated, the primary one first. `filled` tells a letter from a blank form, in
    which the sentence model has no say.

    Where no drug was denied, treatments to try first ("six weeks of physical therapy") are a
    matter of medical necessity before they are a step requirement.
    """
    codes = find_codes(passages)
    coded = {code.passage.start for code in codes}
    explained = legend(passages)
    told = [
        hit
        for hit in hits("reasons", passages)
        if hit.passage.start not in explained and not (codes and hit.passage.section == "glossary")
    ]
    if filled:
        told = [_reweighed(hit) for hit in told]
    shares = _shares(passages)
    told = [
        _of_amount(replace(hit, weight=hit.weight * shares.get(hit.passage.start, 1.0)))
        for hit in told
        if not (hit.cue.value == "quantity_limit" and _reports(hit.passage.text))
    ]
    specific = _has_specific(told, codes)
    own_words = any(h.passage.start not in coded and h.weight >= 0.6 for h in told)
    proofs: dict[str, list[Proof]] = {}
    for hit in told:
        share = CODED if own_words and hit.passage.start in coded else 1.0
        for category, weight in _weights(hit, specific, drug_denied):
            proofs.setdefault(category, []).append(
                Proof(hit.passage, weight * share, hit.cue.id, hit.passage.is_row)
            )
    if filled:
        skip = coded | explained
        for category, proof in _modelled(passages, skip):
            if category == "quantity_limit" and _reports(proof.passage.text):
                continue
            share = shares.get(proof.passage.start, 1.0)
            proof = replace(proof, weight=proof.weight * share)
            proofs.setdefault(category, []).append(proof)
    for code in codes:
        weight = code.weight * (0.4 if own_words else 1.0)
        proofs.setdefault(code.category, []).append(
            Proof(code.passage, weight, code.code, code.passage.is_row)
        )
    _compete(proofs)
    later = _later(passages)
    reasons = {category: _reason(category, found, later) for category, found in proofs.items()}
    for strong, brought in EXPLAINED.items():
        if strong in reasons and reasons[strong].score >= OUTRIGHT:
            for weak in brought:
                if weak in reasons and reasons[weak].score < reasons[strong].score + 0.05:
                    reasons[weak] = _reason(weak, [p.halved() for p in proofs[weak]], later)
    order = _rank if drug_denied else _service_rank
    _drop_title(reasons, proofs)
    listed = [reason for reason in reasons.values() if reason.score >= LISTED]
    listed.sort(key=lambda reason: (-order(reason), reason.spans[0]))
    if not listed and filled:
        listed = _likeliest(passages, reasons)
    ticked = frozenset(p.start for p in passages if _TICKED.match(p.text))
    also = later | ticked
    return tuple(r for n, r in enumerate(listed) if n == 0 or _listed_too(r, listed[0], also))


def _listed_too(reason: Reason, primary: Reason, later: Set[int]) -> bool:
    """Whether a reason beside the primary one is sure enough to be listed."""
    if any(at in later for at, _ in reason.spans):
        return reason.score >= LISTED_TOO
    if set(reason.spans) & set(primary.spans):
        return reason.score >= LISTED_TOGETHER
    apart = reason.category in VAGUE and primary.category not in VAGUE
    return reason.score >= (LISTED_VAGUE if apart else LISTED_APART)


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


_ITEM = re.compile(r"^\W{0,2}(?P<n>\d{1,2}|[a-h])[.)]\s")
_MUST = re.compile(r"\b(?:criteri\w+|requirements?|all of|following|conditions?|must|when|if)\b")
_UNMET = re.compile(
    r"\b(?:items?|criteri(?:a|on)|numbers?|points?|requirements?|conditions?|parts?|no\.?)\s*#?\s*"
    r"\(?(?P<items>(?:\d{1,2}|[a-h]\b)(?:\)?(?:,| and| or|&)+\s*\(?(?:\d{1,2}"
    r"|[a-h]\b))*)\)?[^.;]{0,40}?"
    r"\b(?:not|isn't|aren't|wasn't|weren't|unmet|lacking|missing|fail\w*)\b"
)
RECITED = 0.35
"""What a criterion counts that is only recited, in a list of which others are said to be unmet."""
RECITED_ALONE = 0.75
"""The same where the letter does not say which is unmet."""


def _shares(passages: tuple[Passage, ...]) -> dict[int, float]:
    """By start of a passage: what it counts, where it is an item of a list of criteria."""
    lists: list[tuple[str, Passage]] = []
    leads = False
    for passage in passages:
        item = _ITEM.match(passage.text)
        if item and leads:
            lists.append((item["n"], passage))
        elif not item:
            leads = passage.text.rstrip().endswith(":") and _MUST.search(passage.text) is not None
    unmet = {
        n
        for passage in passages
        if passage.weight >= 0.5
        for match in _UNMET.finditer(passage.text)
        for n in re.findall(r"\d{1,2}|\b[a-h]\b", match["items"])
    }
    if len(lists) < 2:
        return {}
    named = unmet & {n for n, _ in lists}
    return {
        passage.start: (1.0 if n in named else RECITED) if named else RECITED_ALONE
        for n, passage in lists
    }


def _likeliest(passages: Sequence[Passage], faint: Mapping[str, Reason]) -> list[Reason]:
    """Where nothing is proved: the reason that the letter's sentences together speak for most,
    with a score so low that a person looks at it. None where they speak for nothing."""
    votes: dict[str, float] = {name: reason.score for name, reason in faint.items()}
    best: dict[str, tuple[float, Passage]] = {}
    for passage, text in _sentences(tuple(passages)):
        if passage.weight < MODEL_PLACE or passage.unreal or len(text) < SHORTEST:
            continue
        if passage.is_row or not _STATES.search(text):
            continue
        for category, chance in chances(text).items():
            if category == NO_REASON:
                continue
            votes[category] = votes.get(category, 0.0) + chance * passage.weight
            if chance > best.get(category, (0.0, passage))[0]:
                best[category] = (chance, passage)
    name = max(votes, key=lambda n: (votes[n], n), default=None)
    if name is None or votes[name] < FAINTEST:
        return []
    if name in faint:
        return [replace(faint[name], score=min(faint[name].score, LISTED))]
    place = best[name][1]
    return [Reason(name, GUESSED, GUESSED, ((place.start, place.end),), "sentences together")]


@dataclass(frozen=True, slots=True)
class Proof:
    """A sentence that gives a reason, and how surely."""

    passage: Passage
    weight: float
    name: str
    is_row: bool

    def halved(self) -> Proof:
        return replace(self, weight=self.weight * 0.5)


_LATER = re.compile(
    r"^\W*(?:(?:an? |the |our |one )?"
    r"(?:second|third|further|other|another|additional|next) reasons?\b|"
    r"also\b|in addition\b|additionally\b|furthermore\b|moreover\b|besides\b|separately\b|"
    r"además\b|[2-9][.)]\s)"
)
"""Begins a reason that stands after the first."""


_STATES = re.compile(
    r"\b(?:is|was|were|are|be|been|not|no|did|does|do|has|have|had|must|may|can|cannot|will|could|"
    r"exceed\w*|requires?|covers?|pays?|needs?|lacks?|ended|expired|es|fue|está|debe|tiene)\b|n't\b"
    r"|^(?:\S+\s+){4,}\S+[.;!?]\W*$"
)
"""A word of a sentence, or five words with a full stop: titles and names of departments state
nothing."""


def _later(passages: Iterable[Passage]) -> frozenset[int]:
    """Starts of the sentences from a second reason's beginning to the end of its section."""
    found: set[int] = set()
    inside: str | None = None
    for passage in passages:
        if passage.weight >= MODEL_PLACE and _LATER.match(passage.text):
            inside = passage.section
        elif passage.section != inside:
            inside = None
        if inside is not None:
            found.add(passage.start)
    return frozenset(found)


def _sentences(passages: tuple[Passage, ...]) -> Iterator[tuple[Passage, str]]:
    """Passages with their text, run on where a sentence was cut before a number or at a line."""
    for passage, following in zip(passages, (*passages[1:], None), strict=True):
        text = passage.text
        if (
            following is not None
            and not passage.is_row
            and not following.is_row
            and following.section == passage.section
            and not text.rstrip().endswith((".", ":", ";", "!", "?"))
        ):
            text = f"{text} {following.text}"
        yield passage, text


def _modelled(passages: tuple[Passage, ...], skip: Set[int]) -> Iterator[tuple[str, Proof]]:
    """What the sentence model takes for a reason, in sentences that speak of this decision."""
    for passage, text in _sentences(passages):
        if passage.weight < MODEL_PLACE or passage.unreal or passage.start in skip:
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


def _rank(reason: Reason) -> float:
    return reason.rank


def _service_rank(reason: Reason) -> float:
    return reason.rank * (0.55 if reason.category == "step_therapy" else 1.0)


def _has_specific(told: Iterable[Hit], codes: Iterable[CodeHit]) -> bool:
    heard = (h.weight for h in told if h.cue.value not in VAGUE and h.cue.id not in GENERAL)
    coded = (c.weight for c in codes if c.category not in VAGUE)
    return max((*heard, *coded), default=0.0) >= 0.6


def _reason(category: str, proofs: Sequence[Proof], later: Set[int]) -> Reason:
    by_sentence: dict[tuple[int, int], float] = {}
    first = 0.0
    for proof in proofs:
        span = (proof.passage.start, proof.passage.end)
        by_sentence[span] = max(by_sentence.get(span, 0.0), proof.weight)
        if proof.weight >= LISTED and (proof.is_row or proof.passage.section == "head"):
            first = SAID_FIRST
    score = together(list(by_sentence.values()))
    best = max(by_sentence.values(), default=0.0)
    rank = (0.7 * best + 0.3 * score) * SPECIFIC.get(category, 0.5) + first
    if score < OUTRIGHT_MODELLED and all(proof.name == MODELLED for proof in proofs):
        rank *= UNCUED
    if all(start in later for (start, _), weight in by_sentence.items() if weight >= 0.3):
        rank *= SAID_LATER
    spans = tuple(sorted(by_sentence, key=lambda s: (-by_sentence[s], s))[:3])
    names = ", ".join(dict.fromkeys(proof.name for proof in proofs))
    return Reason(category, score, rank, spans, names)


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
