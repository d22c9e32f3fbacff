"""What persons entered for a case beside its fields (clinical facts, the answer to the law's
question, the day of receipt), inside a transaction of the caller's."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.case import DenialCase
from models.clinical import ClinicalFacts
from models.clinical_form import facts_in, facts_out
from models.document import Page
from models.fields import Fields
from pipeline.deciding import decide, decide_with
from pipeline.entering import check_answers
from pipeline.store.schema import EntryRow


def facts_of(session: Session, case_id: str) -> tuple[ClinicalFacts | None, int]:
    """The entries of a case and their version; (None, 0) while nobody entered anything."""
    row = session.get(EntryRow, case_id)
    if row is None:
        return None, 0
    return facts_in(row.body), int(row.version)


def keep_facts(
    session: Session, case_id: str, sha256: str, raw: dict[str, Any], was: int
) -> int | None:
    """Store entries over those of version `was`; None where someone else saved since. Raises
    FactsError, which names all that is wrong."""
    facts = facts_in(raw)
    check_answers(facts)
    row = session.get(EntryRow, case_id)
    if (row.version if row is not None else 0) != was:
        return None
    body = facts_out(facts)
    if row is None:
        session.add(EntryRow(case_id=case_id, sha256=sha256, version=1, body=body))
    else:
        row.body, row.version = body, was + 1
    session.flush()
    return was + 1


def decided(
    session: Session, case_id: str, pages: tuple[Page, ...], fields: Fields, today: date
) -> DenialCase:
    """The case decided from its fields as they stand and what was entered for it."""
    facts, _ = facts_of(session, case_id)
    if facts is None:
        return decide(pages, fields, today)
    return decide_with(pages, fields, today, facts)
