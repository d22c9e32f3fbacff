"""What a letter means: whose decision, on which drug or service, what it decides and why.

`find_all` gives the candidates of: payer, payer_family, administrator, plan_type, drug,
drug_generic, service, document_kind, level, denial_category, denial_categories,
expedited_offered, policy_cited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from extractors.candidates import Candidate
from extractors.line_verdicts import money_verdicts
from extractors.meaning.drugs import DrugFinding, find_drug
from extractors.meaning.guess import chances
from extractors.meaning.kind import (
    decide_kind,
    decide_level,
    expedited,
    kind_candidates,
    says_no_decision,
    status_of,
)
from extractors.meaning.kind_evidence import Known, weigh_kind
from extractors.meaning.passages import Passage, hits, passages
from extractors.meaning.payers import find_payers, payer_candidates
from extractors.meaning.plans import find_plan_type
from extractors.meaning.policy import find_policy
from extractors.meaning.reasons import Reason, find_reasons, reason_candidates
from extractors.meaning.service import find_service
from extractors.nlp.analysis import Analysis

_DRUG_WORDS = re.compile(
    r"\b(?:formulary|drug list|prescription|requested (?:drug|medication|medicine)|"
    r"preferred (?:drug|agent|medication|product|biosimilar|brand))\b"
)
_DATE = re.compile(
    r"\b\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b|\b\d{4}-\d\d-\d\d\b|\b[A-Z][a-z]{2,8} \d{1,2}, \d{4}\b"
)
"""A blank form has none."""
_BLANK = re.compile(
    r"\{[^{}\n]{2,60}\}|%[A-Z][A-Z_0-9]{2,30}%|«[^»\n]{2,40}»|&[A-Z_]{3,30};|<<[^<>\n]{2,40}>>|\[(?:insert|enter|plan|date|name|drug)[^\[\]\n]*\]|<[a-z][^<>\n]{2,40}>|_{5,}",
    re.I,
)
BLANKS = 3
"""So many places to fill in make a form that tells no reason of its own."""
BLANK_KIND = 0.2
"""The score of what such a form would do if it were filled in: a person looks at it."""

DENIES = ("denial", "partial_denial")

__all__ = ["find_all", "warm_up"]


def find_all(analysis: Analysis) -> Iterable[Candidate]:
    """Every candidate of the fields above; for each field the best first."""
    if not analysis.sentences:
        return ()
    return tuple(_found(analysis))


@dataclass(frozen=True, slots=True)
class Begun:
    """What every finder here begins with: the passages, the drug, whether the decision is on a
    drug, and whether the letter is filled in."""

    passages: tuple[Passage, ...]
    drug: DrugFinding
    of_drug: bool
    filled: bool

    @classmethod
    def of(cls, analysis: Analysis) -> Begun:
        """Of one letter."""
        told = passages(analysis)
        drug = find_drug(analysis, told)
        of_drug = drug.denied is not None or about_drug(told)
        return cls(told, drug, of_drug, is_filled(analysis, drug))


def _found(analysis: Analysis) -> Iterator[Candidate]:
    begun = Begun.of(analysis)
    told, drug, of_drug, filled = begun.passages, begun.drug, begun.of_drug, begun.filled
    blank = not filled and len(_BLANK.findall(analysis.text)) >= BLANKS
    reasons = () if blank else find_reasons(told, of_drug, filled)
    kind = weigh_kind(told, known_of_kind(analysis, told, reasons))
    if blank:
        kind = replace(kind, score=min(kind.score, BLANK_KIND))
    level = decide_level(told, kind.value or "other")
    yield from kind_candidates(kind, level, expedited(told))
    if kind.value in DENIES:
        yield from reason_candidates(reasons)
    named, brands = find_payers(analysis, told, kind.value != "other")
    yield from payer_candidates(named)
    decides = not says_no_decision(kind) and not blank
    if decides:
        yield from drug.candidates
    yield from find_plan_type(told, brands, drug.denied is not None)
    if drug.denied is None and decides:
        yield from find_service(analysis, told, drug.labels)
    yield from sorted(find_policy(analysis, told), key=lambda c: (-c.score, c.start))


def known_of_kind(
    analysis: Analysis, told: tuple[Passage, ...], reasons: tuple[Reason, ...]
) -> Known:
    """What is known of the document's kind before it is weighed."""
    stated = any(reason.stated for reason in reasons)
    lines = money_verdicts(analysis)
    unpaid = next((line.places[0] for line in lines if line.refused), None)
    some_paid = any(not line.refused for line in lines)
    status = status_of(analysis)
    found = hits("kinds", told)
    ruled = decide_kind(told, stated, unpaid, status, some_paid, found)
    return Known(found, ruled, stated, unpaid is not None, some_paid, status)


def is_filled(analysis: Analysis, drug: DrugFinding) -> bool:
    """Whether a letter names a drug or a day: a blank form names neither."""
    told = drug.denied is not None and not _BLANK.search(drug.denied.printed)
    return told or _DATE.search(analysis.text) is not None


def about_drug(told: tuple[Passage, ...]) -> bool:
    """Whether the decision speaks of a drug that it does not name."""
    return any(p.weight > 0.5 and _DRUG_WORDS.search(p.text) for p in told)


def warm_up() -> None:
    """Loads the lexica and cues, so that the first letter is not slow."""
    from extractors.lexicon.drug_index import drug_index
    from knowledge.cues import ARRAYS, scanner
    from knowledge.payers import payers

    drug_index()
    payers()
    chances("")
    for array in ARRAYS:
        scanner(array)
