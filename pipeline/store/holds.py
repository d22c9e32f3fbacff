"""Legal holds: a case on hold, with the letter it came in, is not deleted, however old."""

from __future__ import annotations

from sqlalchemy import select

from models.errors import UsageError
from pipeline.store.audit_tables import HoldRow
from pipeline.store.cases import StoredCase
from pipeline.store.database import Database
from pipeline.store.reviews import note_event
from pipeline.store.schema import DocumentRow

MOST_REASON = 500
"""Characters of a reason that are kept."""


class Holds:
    """The holds of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def hold(self, case: StoredCase, who: str, reason: str) -> None:
        """Put a case on hold; a hold that stands keeps its first reason. Raises UsageError without
        a reason, and where the case's letter was deleted meanwhile."""
        reason = reason.strip()[:MOST_REASON]
        if not reason:
            raise UsageError("A legal hold needs a reason", "Name the suit or who asked for it.")
        with self.database.session() as session:
            # A deletion locks what it decides on: it is over, or it will see this hold.
            if session.get(DocumentRow, case.sha256, with_for_update=True) is None:
                raise UsageError(f"The case {case.id} was deleted meanwhile", "")
            if session.get(HoldRow, case.id) is None:
                session.add(HoldRow(case_id=case.id, sha256=case.sha256, who=who, reason=reason))
                note_event(session, case.id, who, "legal hold", to=reason)

    def release(self, case: StoredCase, who: str) -> None:
        """Let go of a case. Raises UsageError where it is not on hold."""
        with self.database.session() as session:
            row = session.get(HoldRow, case.id)
            if row is None:
                raise UsageError(f"The case {case.id} is not on hold", "")
            session.delete(row)
            note_event(session, case.id, who, "legal hold ended")

    def of(self, case_id: str) -> HoldRow | None:
        """The hold of a case."""
        with self.database.reading() as session:
            return session.get(HoldRow, case_id)

    def all(self) -> list[HoldRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(HoldRow).order_by(HoldRow.at)))
