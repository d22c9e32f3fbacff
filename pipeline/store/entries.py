"""What persons entered for cases, in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.clinical import ClinicalFacts
from models.clinical_form import facts_in, facts_out
from models.errors import UsageError
from pipeline.store.database import Database
from pipeline.store.schema import CaseRow, EntryRow, now


@dataclass(frozen=True, slots=True)
class StoredEntries:
    """The entries of a case. `version` counts the savings, 0 while there was none."""

    facts: ClinicalFacts
    version: int = 0
    changed_at: datetime | None = None


def entries_of(session: Session, case: str) -> StoredEntries:
    """What was entered for a case, inside a transaction of the caller's."""
    row = session.get(EntryRow, case)
    if row is None:
        return StoredEntries(ClinicalFacts())
    return StoredEntries(facts_in(row.body), row.version, row.changed_at)


class Entries:
    """Persons' entries, one set a case."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, case: str) -> StoredEntries:
        """What was entered for a case, by its whole id."""
        with self.database.reading() as session:
            return entries_of(session, case)

    def of_all(self, cases: Iterable[str]) -> Mapping[str, ClinicalFacts]:
        """The entries of those cases that have any."""
        wanted = select(EntryRow).where(EntryRow.case_id.in_(tuple(cases)))
        with self.database.reading() as session:
            return {row.case_id: facts_in(row.body) for row in session.scalars(wanted)}

    def for_workers(self, cases: Sequence[str]) -> list[dict[str, Any] | None]:
        """The entries of these cases in their order, as plain values that a worker process is
        given; None for a case that has none."""
        entered = self.of_all(cases)
        return [facts_out(entered[case]) if case in entered else None for case in cases]

    def save(self, case: str, facts: ClinicalFacts, was: int | None = None) -> int | None:
        """Store a case's entries over those of before; returns the new version.

        With `was`, the version that the person has seen, None is returned and nothing stored
        where someone else saved since. Raises UsageError where there is no such case.
        """
        with self.database.session() as session:
            held = session.get(CaseRow, case)
            if held is None:
                raise UsageError("There is no such case", "`denialdesk case list` shows them.")
            row = session.get(EntryRow, case)
            seen = row.version if row is not None else 0
            if was is not None and was != seen:
                return None
            body = facts_out(facts)
            if row is None:
                session.add(EntryRow(case_id=case, sha256=held.sha256, version=1, body=body))
                return 1
            # Compare and set: on PostgreSQL another command may save between look and write.
            done = session.execute(
                update(EntryRow)
                .where(EntryRow.case_id == case, EntryRow.version == seen)
                .values(version=seen + 1, body=body, changed_at=now())
            )
            if getattr(done, "rowcount", 0) == 1:
                return seen + 1
        return None if was is not None else self.save(case, facts)
