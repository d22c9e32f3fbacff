"""The clocks as data: filing windows (`law_clocks.toml`) and the plans' own time limits
(`law_decisions.toml`), read into typed entries. `knowledge.clocks` computes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from knowledge import citations
from knowledge.law_entries import only
from knowledge.tables import Row, entries
from models.errors import KnowledgeError

UNITS = ("days", "months", "hours")
STARTS = ("receipt", "notice", "action", "care")
CONDITIONS = ("urgent", "payment", "drug", "part_b_drug", "two_levels")
LIMITS = ("drug_exception", "urgent", "medical", "factual", "second_level")
AFTER = ("request", "initial", "internal_appeal", "external_review")
FILING_KEYS = (
    *("id", "step", "who", "kind", "from", "count", "unit", "presumed", "roll", "missing_day"),
    *("most", "state_sets", "set_by", "open", "automatic", "or_action", "third_year_end"),
    *("when", "filed", "note", "cite"),
)
DECISION_KEYS = (
    *("id", "regimes", "after", "needs", "step", "who", "variants", "note", "if_missed", "cite"),
)


@dataclass(frozen=True, slots=True)
class FilingClock:
    """A window in which the member must act; `count` is None where no rule sets it.

    `presumed` days after the notice date the notice counts as received; `most` is the longest
    window a state may choose (`count` then the shortest); the rest as in the data file's head."""

    id: str
    step: str
    who: str
    kind: str
    starts: str
    count: int | None
    unit: str
    presumed: int
    roll: bool
    first_of_next_month: bool
    most: int | None
    state_sets: bool
    set_by: str | None
    is_open: bool
    automatic: bool
    or_action: bool
    third_year_end: bool
    when: str | None
    filed: str | None
    note: str | None
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One time limit of a decision clock and the facts under which it holds."""

    when: frozenset[str]
    count: int
    unit: str
    extra_days: int
    since: date | None
    until: date | None

    @property
    def days(self) -> int:
        """In whole days; 72 hours are 3."""
        return self.count // 24 if self.unit == "hours" else self.count


@dataclass(frozen=True, slots=True)
class DecisionClock:
    """A time limit of the plan or of a reviewer, which starts with the filing `after` a level."""

    id: str
    regimes: tuple[str, ...]
    after: str
    needs: str | None
    step: str
    who: str
    variants: tuple[Variant, ...]
    note: str | None
    if_missed: str | None
    citation: str
    confidence: str

    def variant(self, facts: frozenset[str], on: date | None) -> Variant | None:
        """The first variant that fits the facts and the day on which the clock starts."""
        return next((v for v in self.variants if v.when <= facts and _in_force(v, on)), None)


@cache
def filing_clocks() -> Mapping[str, FilingClock]:
    """Every filing clock by its key."""
    return {key: _filing(row) for key, row in entries("clocks", "law_clocks.toml", ()).items()}


@cache
def decision_clocks() -> Mapping[str, DecisionClock]:
    """Every decision clock by its key."""
    rows = entries("decisions", "law_decisions.toml", ())
    return {key: _decision(row) for key, row in rows.items()}


def _filing(row: Row) -> FilingClock:
    only(row, FILING_KEYS)
    unit = _one_of(row, "unit", UNITS, "days")
    return FilingClock(
        row.id,
        row.text("step"),
        row.text("who"),
        _one_of(row, "kind", ("ours", "continuation"), "ours"),
        _one_of(row, "from", STARTS),
        row.number("count") if "count" in row else None,
        unit,
        row.number("presumed", 0),
        row.flag("roll"),
        row.text("missing_day", "last_day") == "next_month",
        row.number("most") if "most" in row else None,
        row.flag("state_sets"),
        row.maybe("set_by"),
        row.flag("open"),
        row.flag("automatic"),
        row.flag("or_action"),
        row.flag("third_year_end"),
        _one_of(row, "when", LIMITS) if "when" in row else None,
        row.maybe("filed"),
        row.maybe("note"),
        citations.checked(row),
        row.provenance().confidence,
    )


def _decision(row: Row) -> DecisionClock:
    only(row, DECISION_KEYS)
    return DecisionClock(
        row.id,
        row.texts("regimes"),
        _one_of(row, "after", AFTER),
        row.maybe("needs"),
        row.text("step"),
        row.text("who"),
        tuple(_variant(v) for v in row.rows("variants")),
        row.maybe("note"),
        row.maybe("if_missed"),
        citations.checked(row),
        row.provenance().confidence,
    )


def _variant(row: Row) -> Variant:
    only(row, ("when", "count", "unit", "extra", "since", "until"))
    if strange := set(row.texts("when")) - set(CONDITIONS):
        raise KnowledgeError(f"{row.where}: no condition {min(strange)!r}", str(CONDITIONS))
    return Variant(
        frozenset(row.texts("when")),
        row.number("count"),
        _one_of(row, "unit", UNITS),
        row.number("extra", 0),
        row.day("since") if "since" in row else None,
        row.day("until") if "until" in row else None,
    )


def _in_force(variant: Variant, on: date | None) -> bool:
    begun = variant.since is None or on is None or variant.since <= on
    return begun and (variant.until is None or (on is not None and on <= variant.until))


def _one_of(row: Row, key: str, words: tuple[str, ...], default: str | None = None) -> str:
    value = row.text(key, default)
    if value not in words:
        raise row.wrong(key, "one of " + ", ".join(words))
    return value
