"""Legal holds: a case on hold, with the letter it came in, is not deleted, however old."""

from __future__ import annotations

from sqlalchemy import select

from models.errors import UsageError
from pipeline.store.audit_tables import HoldRow
from pipeline.store.cases import StoredCase
from pipeline.store.database import Database


class Holds:
    """The holds of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def hold(self, case: StoredCase, who: str, reason: str) -> None:
        """Put a case on hold; a hold that stands keeps its first reason."""
        with self.database.session() as session:
            if session.get(HoldRow, case.id) is None:
                session.add(HoldRow(case_id=case.id, sha256=case.sha256, who=who, reason=reason))

    def release(self, case: StoredCase) -> None:
        """Let go of a case. Raises UsageError where it is not on hold."""
        with self.database.session() as session:
            row = session.get(HoldRow, case.id)
            if row is None:
                raise UsageError(f"The case {case.id} is not on hold", "")
            session.delete(row)

    def all(self) -> list[HoldRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(HoldRow).order_by(HoldRow.at)))
