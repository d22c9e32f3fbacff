"""What persons entered for cases, in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

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


class Entries:
    """Persons' entries, one set a case."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, case: str) -> StoredEntries:
        """What was entered for a case, by its whole id."""
        with self.database.reading() as session:
            row = session.get(EntryRow, case)
            if row is None:
                return StoredEntries(ClinicalFacts())
            return StoredEntries(facts_in(row.body), row.version, row.changed_at)

    def of_all(self, cases: Iterable[str]) -> Mapping[str, ClinicalFacts]:
        """The entries of those cases that have any."""
        wanted = select(EntryRow).where(EntryRow.case_id.in_(tuple(cases)))
        with self.database.reading() as session:
            return {row.case_id: facts_in(row.body) for row in session.scalars(wanted)}

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
