"""A person's entries for a case: stored, and the case decided anew where they bear on it."""

from __future__ import annotations

from datetime import date

from knowledge import regime
from models.clinical import ClinicalFacts
from models.clinical_form import FactsError, Problem, facts_out
from models.errors import StoreError
from pipeline.isolation.pool import Pool
from pipeline.store.cases import Cases, StoredCase
from pipeline.store.database import Database
from pipeline.store.documents import Documents
from pipeline.store.entries import Entries

_SECONDS = 300.0
_TRIES = 3


def check_answers(facts: ClinicalFacts) -> None:
    """Raises FactsError where the kind of coverage is none that the knowledge base has."""
    said = facts.answers.coverage
    if said and said not in regime.nameable():
        known = ", ".join(regime.nameable())
        what = f"there is no {said[:40]!r}; known: {known}"
        raise FactsError((Problem("answers, coverage", what),))


def enter(
    database: Database,
    pool: Pool,
    case: StoredCase,
    facts: ClinicalFacts,
    today: date,
    was: int | None = None,
) -> StoredCase | None:
    """Store what a person entered for a case, in place of what was entered before, and decide
    its law, clocks and route again where an answer changed; returns the case as it is now.

    With `was`, the version of the entries that the person has seen, None is returned and nothing
    done where someone else saved since. Raises FactsError, StoreError.
    """
    check_answers(facts)
    entries = Entries(database)
    before = entries.of(case.id).facts
    if entries.save(case.id, facts, was) is None:
        return None
    if _bears(before) == _bears(facts):
        return Cases(database).one(case.id)
    return decide_again(database, pool, case.id, today)


def decide_again(database: Database, pool: Pool, case_id: str, today: date) -> StoredCase:
    """Law, clocks and route of a stored case, from its fields as they stand and what was entered
    for it; stored with the next version. Raises StoreError."""
    cases = Cases(database)
    for _ in range(_TRIES):
        case = cases.one(case_id)
        facts = Entries(database).of(case.id).facts
        reading = Documents(database).reading(case.sha256)
        [body] = pool.call(
            "route", reading, [case.body], today, [facts_out(facts)], seconds=_SECONDS
        )
        if cases.decided(case.id, {**case.body, **body}, case.version):
            return cases.one(case.id)
    raise StoreError("The case is being changed by others", "Try again in a moment.")


def _bears(facts: ClinicalFacts) -> tuple[object, ...]:
    """What of the entries decides the case."""
    return facts.answers.coverage, facts.answers.received, facts.is_urgent
