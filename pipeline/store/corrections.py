"""A person's values over the machine's: never overwritten, only followed by another word.

The words live in rows of their own, so they outlive any re-processing; a case's body holds the
fields as they stand with the persons' words laid over what the machine read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.fields import FIELD_SPECS
from pipeline.store.database import Database
from pipeline.store.review_tables import CorrectionRow, MachineRow
from pipeline.store.schema import CaseRow, DocumentRow

Json = dict[str, Any]


class Action(StrEnum):
    """What a person said of a field."""

    SET = "set"
    ACCEPTED = "accepted"
    REVERTED = "reverted"
    RESTORED = "restored"
    """An earlier word that holds again after a later one was taken back."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The word of a person that holds for one field of one case. `machine` is what was read,
    `pages` where the letter stands in the file `source` with the bytes `sha256`."""

    case_id: str
    sha256: str
    source: str
    pages: tuple[int, ...]
    key: str
    action: Action
    value: Any
    machine: Any
    machine_confidence: float
    who: str
    at: datetime


class Corrections:
    """Every word of a person in one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self, case_id: str | None = None) -> list[Correction]:
        """The words that hold, in the order of their cases and of the contract's fields."""
        wanted = (
            select(CorrectionRow, CaseRow, DocumentRow, MachineRow)
            .join(CaseRow, CaseRow.id == CorrectionRow.case_id)
            .join(DocumentRow, DocumentRow.sha256 == CaseRow.sha256)
            .join(MachineRow, MachineRow.case_id == CorrectionRow.case_id)
            .order_by(CorrectionRow.id)
        )
        if case_id is not None:
            wanted = wanted.where(CorrectionRow.case_id == case_id)
        latest: dict[tuple[str, str], Correction] = {}
        with self.database.reading() as session:
            for row, case, document, machine in session.execute(wanted):
                read = machine.fields.get(row.key, {})
                latest[row.case_id, row.key] = Correction(
                    row.case_id, case.sha256, document.source, tuple(case.body["pages"]), row.key,
                    Action(row.action), row.value, read.get("value"),
                    read.get("confidence", 0.0), row.who, row.at,
                )  # fmt: skip
        order = {key: at for at, key in enumerate(FIELD_SPECS)}
        held = [each for each in latest.values() if each.action is not Action.REVERTED]
        return sorted(held, key=lambda each: (each.case_id, order.get(each.key, 99)))


def said(session: Session, case_id: str, key: str | None = None) -> list[CorrectionRow]:
    """The words on a case, or on one of its fields, oldest first."""
    wanted = select(CorrectionRow).where(CorrectionRow.case_id == case_id)
    if key is not None:
        wanted = wanted.where(CorrectionRow.key == key)
    return list(session.scalars(wanted.order_by(CorrectionRow.id)))


def machine_fields(session: Session, case_id: str, body: Json) -> Json:
    """What the machine read in a case, kept aside from the first word of a person on."""
    kept = session.get(MachineRow, case_id)
    if kept is None:
        kept = MachineRow(case_id=case_id, fields=body["fields"])
        session.add(kept)
        session.flush()
    return kept.fields


def laid_over(machine: Json, words: Iterable[CorrectionRow]) -> Json:
    """The machine's fields with the words that hold over them."""
    latest: dict[str, CorrectionRow] = {word.key: word for word in words}
    fields = dict(machine)
    for key, word in latest.items():
        if word.action != Action.REVERTED and key in FIELD_SPECS:
            fields[key] = _field(word, machine.get(key))
    return fields


def _field(word: CorrectionRow, machine: Json | None) -> Json:
    """A field as a person set it; what the machine read stays as an alternative."""
    read: Mapping[str, Any] = machine or {}
    value = word.value
    if value is None and FIELD_SPECS[word.key].empty == ():
        value = []  # a list that a person emptied
    same = bool(read) and value == read.get("value")
    evidence = word.evidence or (read.get("evidence", []) if same else [])
    field: Json = {"value": value, "confidence": 1.0, "evidence": list(evidence)}
    if not evidence:
        field["computed"] = list(read.get("computed", ()) if same else ()) or ["a person's entry"]
    others = list(read.get("alternatives", ()))
    if not same and read.get("value") not in (None, [], value):
        own = {key: read[key] for key in ("value", "confidence", "evidence")}
        others = [own, *(other for other in others if other["value"] != value)]
    if others:
        field["alternatives"] = others
    field["set_by"] = word.who
    return field


def kept_over(session: Session, case_id: str, letter: Json) -> Json:
    """A letter that was read afresh, with what persons said before laid over it."""
    words = said(session, case_id)
    if not words:
        return letter
    kept = session.get(MachineRow, case_id)
    if kept is None:
        session.add(MachineRow(case_id=case_id, fields=letter["fields"]))
    else:
        kept.fields = letter["fields"]
    session.flush()
    return {**letter, "fields": laid_over(letter["fields"], words)}
