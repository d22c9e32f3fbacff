"""Extracted fields: a value, how sure we are, and where on the page it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from models.geometry import Box


@dataclass(frozen=True, slots=True)
class Evidence:
    """Printed words that carry a value. `supports` names the member of a list they stand for."""

    page: int
    text: str
    bbox: Box
    supports: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that a letter gives: `Window(180, "days")`; unit `days` or `months`."""

    value: int
    unit: str

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


FieldValue = str | bool | date | Window | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading that a reviewer may choose instead."""

    value: FieldValue
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One extracted value.

    `confidence` is the calibrated chance (0 to 1) that `value` is exactly right; for an empty
    value, that the letter indeed does not state it. A value has `evidence`, or `computed` names
    what it was worked out from. `set_by` names the person who entered it: such a value is never
    replaced by a machine's.
    """

    value: FieldValue
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    computed: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    set_by: str | None = None


class FieldKind(StrEnum):
    """How a field is typed, printed and compared."""

    TEXT = "text"
    ID = "id"
    PHONE = "phone"
    CHOICE = "choice"
    DATE = "date"
    WINDOW = "window"
    FLAG = "flag"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What the contract says of a field; `is_key` marks those that decide a case."""

    key: str
    kind: FieldKind
    label: str
    is_key: bool = False

    @property
    def empty(self) -> FieldValue:
        return () if self.kind is FieldKind.LIST else None


_K = FieldKind
FIELD_SPECS: Mapping[str, FieldSpec] = MappingProxyType(
    {
        spec.key: spec
        for spec in (
            FieldSpec("document_kind", _K.CHOICE, "Document", is_key=True),
            FieldSpec("level", _K.CHOICE, "Level"),
            FieldSpec("payer", _K.TEXT, "Payer", is_key=True),
            FieldSpec("payer_family", _K.TEXT, "Payer family"),
            FieldSpec("administrator", _K.TEXT, "Administrator"),
            FieldSpec("plan_type", _K.CHOICE, "Plan type", is_key=True),
            FieldSpec("drug", _K.TEXT, "Drug", is_key=True),
            FieldSpec("drug_generic", _K.TEXT, "Active ingredient", is_key=True),
            FieldSpec("service", _K.TEXT, "Service"),
            FieldSpec("hcpcs", _K.LIST, "HCPCS / CPT"),
            FieldSpec("ndc", _K.ID, "NDC"),
            FieldSpec("strength", _K.TEXT, "Strength"),
            FieldSpec("quantity", _K.TEXT, "Quantity"),
            FieldSpec("diagnosis_codes", _K.LIST, "Diagnosis codes"),
            FieldSpec("denial_category", _K.CHOICE, "Reason", is_key=True),
            FieldSpec("denial_categories", _K.LIST, "All reasons"),
            FieldSpec("letter_date", _K.DATE, "Notice date", is_key=True),
            FieldSpec("request_date", _K.DATE, "Request date"),
            FieldSpec("date_of_service", _K.DATE, "Date of service"),
            FieldSpec("appeal_window", _K.WINDOW, "Appeal window", is_key=True),
            FieldSpec("appeal_deadline", _K.DATE, "Appeal deadline (printed)", is_key=True),
            FieldSpec("expedited_offered", _K.FLAG, "Expedited appeal offered"),
            FieldSpec("member_id", _K.ID, "Member ID", is_key=True),
            FieldSpec("group_number", _K.ID, "Group number"),
            FieldSpec("claim_number", _K.ID, "Claim number", is_key=True),
            FieldSpec("reference_number", _K.ID, "Reference number", is_key=True),
            FieldSpec("rx_number", _K.ID, "Rx number"),
            FieldSpec("patient_name", _K.TEXT, "Patient"),
            FieldSpec("provider_name", _K.TEXT, "Prescriber or requesting provider"),
            FieldSpec("npi", _K.ID, "NPI"),
            FieldSpec("appeal_fax", _K.PHONE, "Appeal fax"),
            FieldSpec("appeal_phone", _K.PHONE, "Appeal phone"),
            FieldSpec("appeal_address", _K.TEXT, "Appeal address"),
            FieldSpec("policy_cited", _K.TEXT, "Policy cited"),
        )
    }
)
"""Every field of the contract, in the order in which a person reads a case."""


@dataclass(frozen=True, slots=True)
class Fields(Mapping[str, Field]):
    """All fields of one letter, by key; a field nobody found is an empty `Field`."""

    by_key: Mapping[str, Field] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Field:
        found = self.by_key.get(key)
        return found if found is not None else Field(FIELD_SPECS[key].empty, 0.0)

    def __iter__(self) -> Iterator[str]:
        return iter(FIELD_SPECS)

    def __len__(self) -> int:
        return len(FIELD_SPECS)

    def text(self, key: str) -> str | None:
        """The value where it is a text, else None."""
        value = self[key].value
        return str(value) if isinstance(value, str) else None

    def day(self, key: str) -> date | None:
        """The value where it is a date, else None."""
        value = self[key].value
        return value if isinstance(value, date) else None

    def window(self, key: str) -> Window | None:
        """The value where it is a window, else None."""
        value = self[key].value
        return value if isinstance(value, Window) else None

    def flag(self, key: str) -> bool:
        """The value where it is a flag, else False."""
        return self[key].value is True

    def items_of(self, key: str) -> tuple[str, ...]:
        """The value where it is a list, else ()."""
        value = self[key].value
        return value if isinstance(value, tuple) else ()

    def replacing(self, key: str, new: Field) -> Fields:
        """A copy with one field replaced, unless a person set it (then the same fields)."""
        if self[key].set_by is not None and new.set_by is None:
            return self
        return Fields({**self.by_key, key: new})
