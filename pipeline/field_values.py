"""Values as persons type them, made as the contract prints them or refused in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.errors import UsageError
from models.fields import FIELD_SPECS, FieldKind
from models.serial import value_in, value_out
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType

Json = dict[str, Any]


class WrongValue(UsageError):
    """A value that its field cannot hold."""

    kind = "wrong_value"

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{FIELD_SPECS[key].label}: {why}", "")
        self.key = key


CHOICES: Mapping[str, tuple[str, ...]] = {
    "document_kind": tuple(DocumentKind),
    "level": tuple(Level),
    "plan_type": tuple(PlanType),
    "denial_category": tuple(DenialCategory),
    "denial_categories": tuple(DenialCategory),
}
_CODES = {
    "hcpcs": (re.compile(r"[A-Z]\d{4}|\d{4}[0-9FTU]"), "a code like J2350 or 96413"),
    "diagnosis_codes": (re.compile(r"[A-TV-Z]\d[0-9AB](\.[0-9A-Z]{1,4})?"), "a code like G35"),
}
MOST = 2000
"""Characters a person's value may have."""


def checked(key: str, value: Any) -> Any:
    """A person's value as the contract prints it. Raises WrongValue, in words for a person."""
    if key not in FIELD_SPECS:
        raise UsageError(f"There is no field {key[:40]!r}", "The contract lists them.")
    if value == "" or value == []:
        value = None
    kind = FIELD_SPECS[key].kind
    if kind is FieldKind.LIST and isinstance(value, str):
        value = [part for part in re.split(r"[,;\s]+", value.strip()) if part]
    if kind is FieldKind.WINDOW and isinstance(value, str):
        value = _window(key, value)
    if kind is FieldKind.DATE and isinstance(value, str):
        value = _iso(value)
    if kind is FieldKind.FLAG and isinstance(value, str):
        value = {"yes": True, "no": False}.get(value.lower(), value)
    if len(str(value)) > MOST:
        raise WrongValue(key, "that is too long")
    try:
        if kind not in (FieldKind.LIST, FieldKind.WINDOW, FieldKind.FLAG) and value is not None:
            if not isinstance(value, str):
                raise ValueError
            value = " ".join(value.replace("\0", "").split()) or None
        made = value_out(value_in(key, value))
    except (ValueError, TypeError, KeyError):
        raise WrongValue(key, _EXPECTED.get(kind, "that does not fit")) from None
    if key in CHOICES:
        for each in made if isinstance(made, list) else [made]:
            if each is not None and each not in CHOICES[key]:
                raise WrongValue(key, "choose one of the list")
    if key in _CODES and made:
        pattern, like = _CODES[key]
        made = [str(each).upper() for each in made]
        if wrong := [each for each in made if not pattern.fullmatch(each)]:
            raise WrongValue(key, f"{wrong[0]} is not {like}")
    if key == "npi" and made and not re.fullmatch(r"\d{10}", str(made)):
        raise WrongValue(key, "an NPI has 10 digits")
    return made


_EXPECTED = {
    FieldKind.DATE: "write the date like 2026-09-14",
    FieldKind.WINDOW: "write it like 180 days or 6 months",
    FieldKind.FLAG: "yes or no",
}


def _window(key: str, said: str) -> Json:
    found = re.fullmatch(r"\s*(\d{1,4})\s*(calendar\s+)?(day|month)s?\s*", said, re.I)
    if not found:
        raise WrongValue(key, _EXPECTED[FieldKind.WINDOW])
    return {"value": int(found.group(1)), "unit": f"{found.group(3).lower()}s"}


_DAYS = ("%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%d %B %Y")


def _iso(said: str) -> str:
    """A date as letters print it, as ISO; anything else as it is."""
    plain = " ".join(said.replace(".", " ").split()) if said[:1].isalpha() else said.strip()
    for pattern in _DAYS:
        try:
            return datetime.strptime(plain, pattern).date().isoformat()
        except ValueError:
            continue
    return said.strip()
