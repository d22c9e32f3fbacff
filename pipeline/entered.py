"""What persons entered for a case beside its fields (clinical facts, the answer to the law's
question, the day of receipt), where this installation's tables have a place for it."""

from __future__ import annotations

import importlib
import importlib.util
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.case import DenialCase
from models.document import Page
from models.errors import SetupError
from models.fields import Fields
from pipeline.deciding import decide

Json = dict[str, Any]


def has_entries() -> bool:
    """Whether clinical facts can be kept."""
    return importlib.util.find_spec("pipeline.store.entries") is not None


def _module(name: str) -> Any:
    if not has_entries():
        raise SetupError("Clinical facts cannot be kept by this version", "Install a newer one.")
    return importlib.import_module(name)


def facts_of(session: Session, case_id: str) -> tuple[Any, int]:
    """The entries of a case and their version; (None, 0) while nobody entered anything."""
    if not has_entries():
        return None, 0
    row = session.get(_module("pipeline.store.schema").EntryRow, case_id)
    if row is None:
        return None, 0
    return _module("models.clinical_form").facts_in(row.body), int(row.version)


def keep_facts(session: Session, case_id: str, sha256: str, raw: Json, was: int) -> int | None:
    """Store entries over those of version `was`; None where someone else saved since. Raises
    FactsError, which names all that is wrong."""
    form, schema = _module("models.clinical_form"), _module("pipeline.store.schema")
    facts = form.facts_in(raw)
    _module("pipeline.entering").check_answers(facts)
    row = session.get(schema.EntryRow, case_id)
    if (row.version if row is not None else 0) != was:
        return None
    body = form.facts_out(facts)
    if row is None:
        session.add(schema.EntryRow(case_id=case_id, sha256=sha256, version=1, body=body))
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
    made: DenialCase = _module("pipeline.deciding").decide_with(pages, fields, today, facts)
    return made


def form_of(case: DenialCase, case_id: str, today: date, facts: Any) -> Any:
    """All that a person may fill in for a case (`models.clinical.CaseForm`), None where this
    version keeps no entries."""
    if not has_entries():
        return None
    return _module("letters.form").case_form(case, case_id, today, facts)
