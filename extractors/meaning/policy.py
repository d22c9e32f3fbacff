"""The policy, guideline or criteria that the decision names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.candidates import Candidate
from extractors.meaning.passages import Passage
from extractors.nlp.analysis import Analysis

_ID = r"(?:[A-Z]{0,6}[-_. ]?[A-Z]{0,6}[-_.]?\d[\w.-]*|[A-Z]{2,8}(?:-[A-Z0-9]{2,}){1,4})"
_KIND = (
    r"(?:(?:Medical|Clinical|Pharmacy|Coverage|Drug|Payment|Reimbursement|Medication|Utilization|"
    r"Specialty|Policy|Step Therapy|Prior Authorization|Quantity Limit|Determination|Benefit|"
    r"Corporate|Imaging|Musculoskeletal)\s+)*"
    r"(?:Policy|Policies|Guidelines?|Criteria|Bulletin|Criterion|Protocol|Determination|Program)"
)
_OWNER = r"(?:[A-Z][\w&'’]+\s+){0,5}"
_TITLE = r"(?:[,:\s–—-]*[\"“(][^\"”)\n]{3,90}[\"”)])?"
_PATTERNS = tuple(
    (re.compile(pattern), weight)
    for pattern, weight in (
        (
            rf"{_OWNER}{_KIND}\s*(?:\([A-Z]{{2,5}}\)\s*)?(?:Number|No\.?|#)?\s*:?\s*{_ID}"
            rf"{_TITLE}",
            0.9,
        ),
        (
            r"\b(?:NCD|LCD|National Coverage Determination|Local Coverage Determination)\s*("
            r"?:\((?:NCD|LCD)\)\s*)?(?:#|No\.?\s*)?[A-Z]?\d[\d.]*",
            0.88,
        ),
        (
            r"\b(?:InterQual|MCG|Milliman)(?:\s+(?:Health|Care|Guidelines?|Criteria|Clinical"
            r"|[A-Z]-?\d+|\d{4}|Imaging|Level of Care|Acute|Adult|Pediatric)){0,6}"
            r"(?:,? \d+(?:st|nd|rd|th) [Ee]dition)?",
            0.7,
        ),
        (
            r"\b(?:NCCN|ASAM|LOCUS|AIM|eviCore|Carelon|Evolent)\s+(?:[A-Z][\w-]+\s+){0,4}(?:"
            r"Guidelines?|Criteria|Compendium)",
            0.75,
        ),
        (
            rf"(?:[A-Z][\w&'’]+\s+){{1,5}}{_KIND}(?:\s+(?:for|on|of)\s+(?:[A-Z][\w-]+\s?)"
            rf"{{1,5}})?",
            0.6,
        ),
    )
)
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

_AFTER = re.compile(
    r"\s*[,;(–—-]*\s*\b(?:effective|eff\.|last (?:reviewed|revised|updated)|reviewed|revised|"
    r"updated|dated|as of|published|in effect|current|available|at https?:|which|that|and the|"
    r"to (?:make|decide|review|determine)|was|were|is|are|for this|when|states?|requires?|"
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
        ):
            yield Candidate(
                "policy_cited", value, pair.value_start, pair.value_end, 0.9, "beside its label"
            )
    for passage, following in zip(passages, (*passages[1:], None), strict=True):
        if passage.weight < 0.3:
            continue
        raw = analysis.text[passage.start : passage.end].replace("\n", " ")
        if following is not None and following.start - passage.end < 3 and _UNFINISHED.search(raw):
            raw = analysis.text[passage.start : following.end].replace("\n", " ")
        for pattern, weight in _PATTERNS:
            for match in pattern.finditer(raw):
                printed = match.group()
                value = printed
                while (shorter := _LEAD.sub("", value)) != value:
                    value = shorter
                value = trimmed(value)
                if _BARE.match(value) or len(value) < 6:
                    continue
                start = passage.start + match.start() + max(printed.find(value), 0)
                yield Candidate(
                    "policy_cited",
                    value,
                    start,
                    start + len(value),
                    weight * min(passage.weight + 0.1, 1.0),
                    "policy named in a sentence",
                )
