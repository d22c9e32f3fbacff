"""Cases and documents as JSON: the contract's shape out, and the same values back in."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from models.case import Deadline, DenialCase, LawFinding, NoticeDefect, Route
from models.fields import (
    FIELD_SPECS,
    Alternative,
    Evidence,
    Field,
    FieldKind,
    Fields,
    FieldValue,
    Window,
)
from models.geometry import Box

Json = dict[str, Any]
T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(value: Any) -> bytes:
    """Any of our dataclasses as JSON bytes, to be read back by `load`."""
    return _adapter(type(value)).dump_json(value)  # type: ignore[arg-type]  # a class is hashable


def load(kind: type[T], raw: bytes | str) -> T:
    """The value of type `kind` that `dump` wrote. Raises pydantic's ValidationError."""
    value: T = _adapter(kind).validate_json(raw)  # type: ignore[arg-type]
    return value


def plain(value: Any) -> Any:
    """Dataclasses, dates, enums and boxes as JSON-ready values, in the contract's style."""
    if isinstance(value, Box):
        return value.as_list()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def value_out(value: FieldValue) -> Any:
    """A field's value as the contract prints it."""
    return asdict(value) if isinstance(value, Window) else plain(value)


def value_in(key: str, raw: Any) -> FieldValue:
    """The typed value of field `key` from its JSON. Raises ValueError where it does not fit."""
    kind = FIELD_SPECS[key].kind
    if kind is FieldKind.LIST:
        return tuple(str(item) for item in raw or ())
    if raw is None:
        return None
    if kind is FieldKind.DATE:
        return date.fromisoformat(str(raw))
    if kind is FieldKind.WINDOW:
        return Window(int(raw["value"]), str(raw["unit"]))
    if kind is FieldKind.FLAG:
        if not isinstance(raw, bool):
            raise ValueError(f"{key} is true or false")
        return raw
    return str(raw)


def _evidence_out(item: Evidence) -> Json:
    out: Json = {"page": item.page, "text": item.text, "bbox": item.bbox.as_list()}
    if item.supports is not None:
        out["supports"] = item.supports
    return out


def field_out(item: Field) -> Json:
    """One field as the contract prints it."""
    out: Json = {
        "value": value_out(item.value),
        "confidence": round(item.confidence, 3),
        "evidence": [_evidence_out(e) for e in item.evidence],
    }
    if item.computed:
        out["computed"] = list(item.computed)
    if item.alternatives:
        out["alternatives"] = [
            {
                "value": value_out(other.value),
                "confidence": round(other.confidence, 3),
                "evidence": [_evidence_out(e) for e in other.evidence],
            }
            for other in item.alternatives
        ]
    if item.set_by is not None:
        out["set_by"] = item.set_by
    return out


def _evidence_in(raw: Json) -> Evidence:
    return Evidence(raw["page"], raw["text"], Box(*raw["bbox"]), raw.get("supports"))


def field_in(key: str, raw: Json) -> Field:
    """The field that `field_out` printed."""
    return Field(
        value=value_in(key, raw["value"]),
        confidence=raw["confidence"],
        evidence=tuple(_evidence_in(e) for e in raw["evidence"]),
        computed=tuple(raw.get("computed", ())),
        alternatives=tuple(
            Alternative(
                value_in(key, other["value"]),
                other["confidence"],
                tuple(_evidence_in(e) for e in other["evidence"]),
            )
            for other in raw.get("alternatives", ())
        ),
        set_by=raw.get("set_by"),
    )


def fields_out(fields: Fields) -> Json:
    """All fields, in the contract's order."""
    return {key: field_out(fields[key]) for key in FIELD_SPECS}


def fields_in(raw: Json) -> Fields:
    """The fields that `fields_out` printed."""
    return Fields({key: field_in(key, raw[key]) for key in FIELD_SPECS if key in raw})


def case_out(case: DenialCase) -> Json:
    """One case as an entry of the contract's `cases`."""
    route = plain(case.route)
    route["route"] = route.pop("name")
    return {
        "pages": list(case.pages),
        "fields": fields_out(case.fields),
        "deadlines": plain(case.deadlines),
        "law": plain(case.law),
        "route": route,
        "urgent": case.route.urgent,
        "notice_audit": plain(case.notice_defects),
    }


def case_in(raw: Json) -> DenialCase:
    """The case that `case_out` printed."""
    route = {key: value for key, value in raw["route"].items() if key != "route"}
    return DenialCase(
        pages=tuple(raw["pages"]),
        fields=fields_in(raw["fields"]),
        deadlines=_adapter(tuple[Deadline, ...]).validate_python(raw["deadlines"]),
        law=_adapter(LawFinding).validate_python(raw["law"]),
        route=_adapter(Route).validate_python({**route, "name": raw["route"]["route"]}),
        notice_defects=_adapter(tuple[NoticeDefect, ...]).validate_python(
            raw.get("notice_audit", ())
        ),
    )
