"""The policy, guideline or criteria that the decision names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.meaning.passages import Passage
from extractors.meaning.policy_appositions import named_beside
from extractors.meaning.policy_names import names_in
from extractors.nlp.analysis import Analysis

_BARE = re.compile(
    r"^(?:The |Your |Our |This |Under |Per |Prior Authorization |Based on )?(?:Crite"
    r"ria|Guidelines?|Program|Policy|Determination|Adverse Determination|Coverage De"
    r"termination|Medical Policy|Clinical Criteria|.*Employee Program|.*Appeal Determination|"
    r".*(?:Director|Pharmacist|Specialist)\b.*|Notice.*|.*Adverse.*|.*Organizati"
    r"on Determination|Claim Determination)$"
)
_LEAD = re.compile(
    r"^(?:Per|Under|The|Our|Based|See|Following|Using|Applicable|By|In|We|This|Applying)\s+"
)


_UNFINISHED = re.compile(
    r"(?:^|\b)(?:(?:Medical|Clinical|Pharmacy|Coverage|Drug|Payment|Utilization|Specialty|Care)\s*)+"
    r"(?:Policy|Policies|Guidelines?|Criteria|Bulletin)?,?\s*$"
)
"""A policy's name cut off at the end of a line."""

_NO_POLICY = re.compile(
    r"\bP\.?\s?O\b|\b[A-Z]{2} \d{5}\b|\bAppeals?\b|\b(?:has|have|had|was|were|is|are|must|"
    r"should|will|did|does)\b"
    r"|\d{3}[-.]\d{4}|^(?:not |see |yes|no\b|n/a|met|none)",
    re.I,
)
"""An address, a telephone or a sentence beside what looks like a label of policies."""
_VERB = re.compile(
    r"\b(?:used|applied|relied|followed|based|citation|rule|criteria|guideline)", re.I
)
_TITLED = re.compile(
    r"[A-Z][\w.-]*(?:[ ,:;\"“”&/()-]{1,3}(?:[A-Z0-9\"“(][\w.'’)-]*|of|and|for|the|in|v\d))*\W{0,2}"
)
"""A line of capitals, numbers and small linking words: a title, and no sentence."""

_AFTER = re.compile(
    r"\s*[,;(–—-]*\s*\b(?:effective|eff\b\.?|adopted|"
    r"last (?:reviewed|revised|updated)|reviewed|revised|updated|"
    r"dated|as of|published|in effect|current|available|at https?:|which|that|and the|"
    r"to (?:make|decide|review|determine)|was|were|is|are|for this|under|when|states?|requires?|"
    r"says?)\b.*$|"
    r"(?<=[\w)\"”])\.\s+[A-Z].*$",
    re.I | re.S,
)
"""What is no longer the policy's name: its dates, and the sentence that goes on."""


def trimmed(printed: str) -> str:
    """A policy's name as printed, without dates, verbs and the next sentence."""
    text = " ".join(printed.split())
    cut = _AFTER.sub("", text, count=1)
    text = (cut if len(cut) >= 6 else text).strip(" ,.;:-–—")
    if text.count("(") > text.count(")"):
        text = text[: text.rfind("(")].strip(" ,.;:-–—") if text.rfind("(") >= 6 else text + ")"
    return text


def find_policy(analysis: Analysis, passages: tuple[Passage, ...]) -> Iterator[Candidate]:
    """`policy_cited` candidates: the value of a policy label, or a policy named in a sentence."""
    for pair in analysis.pairs_of("policy_cited"):
        value = trimmed(pair.value)
        if (
            pair.keys[0] == "policy_cited"
            and 4 < len(value) < 140
            and re.search(r"[A-Z0-9]", value)
            and not _UNFINISHED.match(value)
            and not _NO_POLICY.search(value)
        ):
            yield Candidate(
                "policy_cited", value, pair.value_start, pair.value_end, 0.9, "beside its label"
            )
    for passage, following in zip(passages, (*passages[1:], None), strict=True):
        share = _share(passage)
        if not share:
            continue
        raw = analysis.text[passage.start : passage.end].replace("\n", " ")
        if following is not None and following.start - passage.end < 3 and _goes_on(passage, raw):
            raw = analysis.text[passage.start : following.end].replace("\n", " ")
        for named in (*names_in(raw), *named_beside(raw)):
            if named.start >= passage.end - passage.start:
                continue  # read with its own sentence
            value = _cleaned(named.value)
            if _BARE.match(value) or len(value) < 6:
                continue
            if (
                following is not None
                and named.end >= len(raw.rstrip())
                and _wraps(passage, following)
            ):
                more = analysis.text[passage.start : following.end].replace("\n", " ")
                longer = (n for n in names_in(more) if n.start == named.start)
                value = _cleaned(max((n.value for n in longer), key=len, default=value))
            weight = named.weight * share
            plain = passage.section == "head" and not _VERB.search(raw)
            if plain and named.weight < 0.75 and len(raw) < _LETTERHEAD:
                weight *= 0.4  # a letterhead's programs and departments
            start = passage.start + named.start + max(named.value.find(value), 0)
            yield Candidate(
                "policy_cited",
                value,
                start,
                start + len(value),
                weight,
                "policy named in a sentence",
            )
    yield from _under_headings(analysis, passages)


def _under_headings(analysis: Analysis, passages: tuple[Passage, ...]) -> Iterator[Candidate]:
    """The line right under a heading of criteria, where it is a title."""
    for passage in passages:
        section = analysis.section_at(passage.start)
        if section.kind != "criteria" or passage.start - section.body > 3:
            continue
        line = analysis.text[passage.start : passage.end].replace("\n", " ").strip()
        value = _cleaned(line)
        titled = len(line) < 120 and _TITLED.fullmatch(line) and not _NO_POLICY.search(value)
        if titled and len(value) > 5 and not _BARE.match(value):
            start = passage.start + max(line.find(value), 0)
            because = "title under a heading of criteria"
            yield Candidate("policy_cited", value, start, start + len(value), 0.7, because)


_LETTERHEAD = 60
"""Lines of a letterhead are shorter than sentences, in characters."""


def _wraps(passage: Passage, following: Passage) -> bool:
    """Whether the next line may be the rest of a name that reaches the end of this one."""
    return 0 <= following.start - passage.end < 3 and following.page == passage.page


def _goes_on(passage: Passage, raw: str) -> bool:
    """Whether a sentence was cut where a line ends: in a name, or without an end of its own."""
    return _UNFINISHED.search(raw) is not None or (
        not passage.is_row and raw.rstrip()[-1:] not in set(".!?:;")
    )


_OWN = frozenset({"criteria", "reason", "alternatives", "history", "determination"})
"""Sections in which a policy that is named is one that was used."""


def _share(passage: Passage) -> float:
    """What a place counts: a policy may be named only where copies of it are offered."""
    if passage.section in _OWN:
        return 1.0
    if passage.weight >= 0.3:
        return min(passage.weight + 0.1, 1.0)
    return 0.5 if passage.section in {"records", "appeal", "peer_to_peer"} else 0.0


def _cleaned(printed: str) -> str:
    """A name without the words that lead to it and those that follow it."""
    value = printed
    while (shorter := _LEAD.sub("", value)) != value:
        value = shorter
    return trimmed(value)
