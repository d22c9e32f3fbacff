"""The law as data: regimes, rights, notice contents, exception routes and rules, each entry with
its source, date, confidence, and its citation exactly as a letter may print it.

What a letter writer needs, by regime id (`LawFinding.regime`; None and a plan type where it is
undecided, see `working`):

- `regime(id)`: name, words (`appeal_word`: redetermination ...), levels, who takes the appeal
  (`appeal_to`), what does not govern (`excluded`)
- `rights_for(id)`: what may be invoked; each `Right` has `says` (an assertion, with `citation`)
  and `ask` (a request, which asserts nothing); without a known rule, `ask` alone
- `external_review_body(id, level, on)`: who reviews after this letter, and how the request is named
- `notice_elements(id)`: what the denial should have contained
- `exception_route(id, category)`: standard to state, clock, how long it lasts; None where none
- `rules(topic, id)`: facts that an argument may cite (`ma_criteria`, `parity` ...)
- `state_review(state)`, `amount_in_controversy(year)`
- `citation(entry_id, regime_id)`: the printed citation of any entry; `entry(entry_id)` all of it

Clocks are in `knowledge.clock_tables`. Entry ids are unique across all law files.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from knowledge import citations
from knowledge.law_entries import (
    Amount,
    Entry,
    ExceptionRoute,
    NoticeElement,
    Regime,
    ReviewBody,
    Right,
    entry_of,
    grants_of,
    member_of,
    only,
    regime_of,
    right_of,
    worst,
)
from knowledge.tables import Row, entries
from models.errors import KnowledgeError
from models.vocabulary import DenialCategory, Level, PlanType

__all__ = ["Amount", "Entry", "ExceptionRoute", "NoticeElement", "Regime", "ReviewBody", "Right"]

LAW_FILES = (
    ("regimes", "law_regimes.toml"),
    ("rights", "law_rights.toml"),
    ("notice_elements", "law_notices.toml"),
    ("exceptions", "law_exceptions.toml"),
    ("rules", "law_rules.toml"),
    ("clocks", "law_clocks.toml"),
    ("decisions", "law_decisions.toml"),
)


@cache
def regimes() -> Mapping[str, Regime]:
    """Every regime by id."""
    return {key: regime_of(row) for key, row in entries("regimes", "law_regimes.toml", ()).items()}


def regime(key: str) -> Regime:
    """The regime with that id. Raises KnowledgeError where there is none."""
    found = regimes().get(key)
    if found is None:
        raise KnowledgeError(f"law_regimes.toml: no regime {key!r}", "Use one of its ids")
    return found


def working(key: str | None, plan_type: PlanType | None = None) -> Regime:
    """The regime to work with: the decided one, else the one that stands for the plan type."""
    if key is not None:
        return regime(key)
    wanted = plan_type or PlanType.UNKNOWN
    return next(r for r in regimes().values() if wanted in r.stands_for)


def rights_for(key: str | None, plan_type: PlanType | None = None) -> tuple[Right, ...]:
    """Every right that the regime grants, in the order of use, and the requests that may be made
    even without a rule to cite (their `says` and `citation` are empty)."""
    known = working(key, plan_type)
    return tuple(right for row in _rights().values() if (right := right_of(row, known)) is not None)


def right(right_id: str, key: str | None, plan_type: PlanType | None = None) -> Right | None:
    """One right under one regime, or None where the regime does not grant it."""
    row = _rights().get(right_id)
    if row is None:
        raise KnowledgeError(f"law_rights.toml: no right {right_id!r}", "Use one of its ids")
    return right_of(row, working(key, plan_type))


def external_review_body(
    key: str | None,
    level: Level | None,
    on: date | None = None,
    plan_type: PlanType | None = None,
) -> ReviewBody | None:
    """Who reviews next, outside of the plan, after a decision at `level`; `on` is the day of the
    request (None: the newest). None where no outside review follows."""
    after = level or Level.INITIAL
    fitting = [b for b in working(key, plan_type).reviewers if b.after == after]
    for body in fitting:
        begun = on is None or body.since is None or body.since <= on
        ended = body.until is not None and (on is None or body.until < on)
        if begun and not ended:
            return body
    return None


def addressee(key: str | None, plan_type: PlanType | None = None) -> str:
    """Who takes the appeal where the letter prints no address, in words."""
    return working(key, plan_type).appeal_to


def notice_elements(
    key: str | None, plan_type: PlanType | None = None
) -> tuple[NoticeElement, ...]:
    """What the notice had to contain under the regime; () where no rule is known."""
    known = working(key, plan_type)
    return tuple(
        NoticeElement(
            row.id,
            row.text("label"),
            row.text("defect"),
            row.texts("cues"),
            row.maybe("when"),
            citations.joined(g.citation for g in grants),
            worst(g.provenance.confidence for g in grants),
        )
        for row in entries("notice_elements", "law_notices.toml", ()).values()
        if (grants := grants_of(row, known))
    )


def exception_route(key: str | None, category: DenialCategory | None) -> ExceptionRoute | None:
    """The exception path for a reason under a regime, or None where it has none."""
    return next(
        (e for e in exception_routes() if key in e.regimes and category in e.categories), None
    )


@cache
def exception_routes() -> tuple[ExceptionRoute, ...]:
    """Every exception path."""
    return tuple(
        ExceptionRoute(
            row.id,
            row.texts("regimes"),
            tuple(member_of(row, DenialCategory, c) for c in row.texts("categories")),
            row.text("request"),
            row.text("standard"),
            row.text("clock"),
            row.text("duration"),
            citations.checked(row),
            row.provenance(),
        )
        for row in entries("exceptions", "law_exceptions.toml", ()).values()
    )


def rules(topic: str, key: str | None = None) -> tuple[Entry, ...]:
    """Facts on a topic; with a regime, those that hold under it."""
    return tuple(
        _rule(row)
        for row in _rules().values()
        if row.text("topic") == topic and (key is None or key in row.texts("regimes"))
    )


def state_review(state: str, key: str | None = None) -> Entry | None:
    """What is known of a state's own external review (postal code), or None: check its law."""
    return next(
        (
            entry_of(row)
            for row in _rules().values()
            if row.maybe("state") == state and (key is None or key in row.texts("regimes"))
        ),
        None,
    )


def amount_in_controversy(year: int) -> Amount | None:
    """What must be in controversy for a Medicare hearing and for court, for requests filed in
    `year`; None where it is not known."""
    row = entries("amounts", "law_rules.toml", ()).get(str(year))
    if row is None:
        return None
    only(row, ("id", "hearing", "court"))
    court = row.number("court") if "court" in row else None
    return Amount(year, row.number("hearing"), court, row.provenance())


def topics() -> frozenset[str]:
    """Every topic of `rules`."""
    return frozenset(row.text("topic") for row in _rules().values())


def entry(entry_id: str, key: str | None = None) -> Entry:
    """Any law entry by its id; a right or notice element as regime `key` has it (None: as all
    laws together have it). Raises KnowledgeError where there is none."""
    row = _all_rows().get(entry_id)
    if row is None:
        raise KnowledgeError(f"law: no entry {entry_id!r}", "Use an id of the law_*.toml files")
    grants = grants_of(row, regime(key) if key else None)
    if grants:
        return Entry(
            row.id,
            grants[0].says,
            citations.joined(g.citation for g in grants),
            grants[0].provenance,
        )
    return entry_of(row)


def citation(entry_id: str, key: str | None = None) -> str:
    """The citation of an entry exactly as a letter may print it; "" where it has none."""
    return entry(entry_id, key).citation


@cache
def all_citations() -> frozenset[str]:
    """Every citation that any entry prints, one by one: a letter's are checked against these."""
    texts = [entry(entry_id).citation for entry_id in _all_rows()]
    for key, known in regimes().items():
        texts += [known.through, *(body.citation for body in known.reviewers)]
        texts += [right.citation for right in rights_for(key)]
        texts += [element.citation for element in notice_elements(key)]
    return frozenset(one for text in texts for one in text.split("; ") if one)


@cache
def _all_rows() -> Mapping[str, Row]:
    """Every law entry by id, whichever file holds it."""
    merged: dict[str, Row] = {}
    for array, file in LAW_FILES:
        for key, row in entries(array, file, ()).items():
            if key in merged:
                raise KnowledgeError(f"{row.where}: the id stands twice", merged[key].where)
            merged[key] = row
    return merged


@cache
def _rights() -> Mapping[str, Row]:
    return entries("rights", "law_rights.toml", ())


@cache
def _rules() -> Mapping[str, Row]:
    return entries("rules", "law_rules.toml", ())


def _rule(row: Row) -> Entry:
    only(row, ("id", "topic", "regimes", "says", "cite", "state"))
    for key in row.texts("regimes"):
        regime(key)
    return entry_of(row)
