"""Which law governs a denial: a decision table (`data/law_table.toml`) over what the letter shows.

The answer carries its reasons with the words of the letter, what does not govern and why, and
may be "undecided" with the one question that would settle it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from knowledge import law
from knowledge.law_entries import member_of, only
from knowledge.signals import Signal, kinds
from knowledge.tables import Row, entries
from models.case import LawChoice, LawFinding
from models.errors import KnowledgeError, UsageError
from models.vocabulary import PlanType

KEYS = ("id", "regime", "plan_types", "any", "all", "none", "question", "choices", "because")
FACTS = frozenset(
    ("drug", "not_drug", "billed_by_code", "company", "state_payer", "employer_or_erisa")
)
STATE_FAMILY = "Medicaid"
SHOWN = 2
"""How many places of one signal are quoted."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the law hangs on. `signals` are those found in the letter (knowledge.signals);
    `billed_by_code`: the drug stands with a HCPCS code; `pages` tell the page of each signal
    where known."""

    plan_type: PlanType
    payer: str | None = None
    payer_family: str | None = None
    is_drug: bool = False
    billed_by_code: bool = False
    signals: tuple[Signal, ...] = ()
    pages: tuple[int, ...] = ()

    def has(self, key: str) -> bool:
        return any(signal.key == key for signal in self.signals)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    id: str
    regime: str | None
    plan_types: tuple[PlanType, ...]
    any: tuple[str, ...]
    all: tuple[str, ...]
    none: tuple[str, ...]
    question: str | None
    choices: tuple[LawChoice, ...]
    because: str

    def fits(self, facts: CaseFacts, there: frozenset[str]) -> bool:
        return (
            facts.plan_type in self.plan_types
            and (not self.any or any(key in there for key in self.any))
            and all(key in there for key in self.all)
            and not any(key in there for key in self.none)
        )


def decide(facts: CaseFacts) -> LawFinding:
    """The law that governs, by the first rule that fits."""
    there = _there(facts)
    rule = next(rule for rule in table() if rule.fits(facts, there))
    known = law.working(rule.regime, facts.plan_type)
    named = (*rule.any, *rule.all)
    asked = [key for key in named if key in kinds()]
    if "employer_or_erisa" in named:
        asked += ["employer_plan", "erisa"]
    reasons = (f"{rule.because[0].upper()}{rule.because[1:]}.", *_shown(facts, asked))
    return LawFinding(
        regime=rule.regime,
        name=known.name if rule.regime else f"Undecided (worked with: {known.name})",
        reasons=reasons,
        excluded=known.excluded,
        question=rule.question,
        citations=tuple(filter(None, known.citation.split("; "))),
        choices=rule.choices,
    )


def answered(facts: CaseFacts, regime: str, by: str = "") -> LawFinding:
    """The law as a person named it, over what the table says of the letter: the reasons keep what
    the letter showed. Raises UsageError where there is no such regime."""
    if regime not in nameable():
        raise UsageError(
            f"There is no kind of coverage {regime[:40]!r}", f"Known: {', '.join(nameable())}"
        )
    found, known = decide(facts), law.regime(regime)
    told = f"A person answered{f' ({by})' if by else ''}: the coverage is {known.name}."
    return replace(
        found,
        regime=regime,
        name=known.name,
        reasons=(told, *found.reasons),
        excluded=known.excluded,
        question=None,
        citations=tuple(filter(None, known.citation.split("; "))),
        choices=(),
    )


@cache
def nameable() -> tuple[str, ...]:
    """The regimes that a person may name: those that a rule decides for, or an answer gives."""
    decided = {rule.regime for rule in table()}
    given = {choice.regime for rule in table() for choice in rule.choices}
    return tuple(key for key in law.regimes() if key in decided | given)


def contradictions(facts: CaseFacts) -> tuple[str, ...]:
    """Strong signals that do not agree with the plan type, in words."""
    if facts.plan_type is PlanType.UNKNOWN:
        return ()
    found = []
    for key, kind in kinds().items():
        if kind.shows and facts.has(key) and facts.plan_type not in kind.shows:
            quoted = _shown(facts, [key])
            plan = facts.plan_type.replace("_", " ")
            found.append(f"the plan type is {plan}, but {kind.means} ({'; '.join(quoted)})")
    return tuple(found)


@cache
def table() -> tuple[Rule, ...]:
    """The rules in order."""
    return tuple(_rule(row) for row in entries("decision", "law_table.toml", ()).values())


def _there(facts: CaseFacts) -> frozenset[str]:
    """The names of all signals and facts that hold."""
    keys = {signal.key for signal in facts.signals}
    state = facts.payer is not None and facts.payer_family == STATE_FAMILY
    said = {
        "drug": facts.is_drug,
        "not_drug": not facts.is_drug,
        "billed_by_code": facts.billed_by_code,
        "state_payer": state,
        "company": facts.payer_family is not None and not state,
        "employer_or_erisa": bool(keys & {"employer_plan", "erisa"}),
    }
    return frozenset(keys | {name for name, holds in said.items() if holds})


def _shown(facts: CaseFacts, keys: Sequence[str]) -> tuple[str, ...]:
    """The letter's words for each of the signals, with the page where it is known."""
    pages = facts.pages or (0,) * len(facts.signals)
    said = []
    for key in keys:
        here = dict.fromkeys(
            f"“{signal.text}”" + (f" (page {page})" if page else "")
            for signal, page in zip(facts.signals, pages, strict=True)
            if signal.key == key
        )
        if here:
            means = kinds()[key].means
            said.append(f"{means[0].upper()}{means[1:]}: {', '.join(list(here)[:SHOWN])}")
    return tuple(said)


def _rule(row: Row) -> Rule:
    only(row, KEYS)
    regime, question = row.maybe("regime"), row.maybe("question")
    if (regime is None) == (question is None):
        raise KnowledgeError(f"{row.where}: needs either a regime or a question", "Write one")
    if (question is None) == bool(row.rows("choices")):
        raise KnowledgeError(f"{row.where}: a question needs its choices", "Write both or neither")
    if regime is not None:
        law.regime(regime)
    for key in (*row.texts("any"), *row.texts("all"), *row.texts("none")):
        if key not in kinds() and key not in FACTS:
            raise KnowledgeError(f"{row.where}: no signal {key!r}", "Use a key of signals.toml")
    return Rule(
        row.id,
        regime,
        tuple(member_of(row, PlanType, value) for value in row.texts("plan_types")),
        row.texts("any"),
        row.texts("all"),
        row.texts("none"),
        question,
        tuple(_choice(choice) for choice in row.rows("choices")),
        row.text("because"),
    )


def _choice(row: Row) -> LawChoice:
    only(row, ("regime", "words"))
    return LawChoice(law.regime(row.text("regime")).id, row.text("words"))
