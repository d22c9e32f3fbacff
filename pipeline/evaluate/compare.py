"""Whether a value found is the value labelled (contract, section 7).

Text is compared without case, punctuation and titles; IDs and phone numbers by letters and
digits alone; dates as ISO; payers by name or listed alias; lists as sets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from models.fields import FIELD_SPECS, FieldKind

PAYER_FIELDS = frozenset({"payer", "administrator"})
NAME_FIELDS = frozenset({"patient_name", "provider_name"})
_TITLE_WORDS = """mr mrs ms miss mx dr prof md do phd dnp np fnp arnp aprn pa pac pharmd rph rn dpm
dds dmd facp esq crnp cnp crna cnm"""
_TITLES = frozenset(_TITLE_WORDS.split())
_JOINS = re.compile(r"[.'’‘`®™©]")
_BREAKS = re.compile(r"[\W_]+")
_COUNTRY_CODE = 11

Json = Any


class Outcome(StrEnum):
    """What became of one labelled field."""

    RIGHT = "right"
    """The value is the labelled one."""
    EMPTY = "empty"
    """Nothing is labelled and nothing was found: as it should be."""
    WRONG = "wrong"
    """Another value: a false positive and a false negative."""
    MISSED = "missed"
    """A value is labelled, none was found."""
    INVENTED = "invented"
    """No value is labelled, one was found."""

    @property
    def ok(self) -> bool:
        return self in (Outcome.RIGHT, Outcome.EMPTY)


@dataclass(frozen=True, slots=True)
class Judged:
    """One field of one letter: what the label says, what was found, and how that compares."""

    key: str
    outcome: Outcome
    expected: Json
    got: Json
    confidence: float


def plain_text(text: str) -> str:
    """Without case and punctuation: words parted by one blank."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _BREAKS.sub(" ", _JOINS.sub("", folded)).strip()


def plain_name(text: str) -> str:
    """A person's name without case, punctuation and titles."""
    spelt = plain_text(re.sub(r"(?i)\bpa-c\b", "pac", text)).split()
    kept = [word for word in spelt if word not in _TITLES]
    return " ".join(kept or spelt)


def plain_id(text: str) -> str:
    """Letters and digits alone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def plain_phone(text: str) -> str:
    """Letters and digits alone, without the leading 1 of a US number."""
    kept = plain_id(text)
    return kept[1:] if len(kept) == _COUNTRY_CODE and kept.startswith("1") else kept


def plain_date(text: str) -> str:
    return text.strip()[:10]


def _window(value: Mapping[str, Any]) -> str:
    return f"{int(value['value'])} {str(value['unit']).rstrip('s')}s"


def _list(items: Iterable[Any] | str) -> frozenset[str]:
    held = [items] if isinstance(items, str) else items
    return frozenset(plain_id(str(item)) for item in held)


_PLAIN: Mapping[FieldKind, Callable[[Any], Any]] = {
    FieldKind.TEXT: lambda value: plain_text(str(value)),
    FieldKind.ID: lambda value: plain_id(str(value)),
    FieldKind.PHONE: lambda value: plain_phone(str(value)),
    FieldKind.CHOICE: lambda value: str(value).strip().casefold(),
    FieldKind.DATE: lambda value: plain_date(str(value)),
    FieldKind.WINDOW: _window,
    FieldKind.FLAG: bool,
    FieldKind.LIST: _list,
}


def plain(key: str, value: Json) -> Any:
    """The value of field `key` as it is compared; None where it is empty."""
    kind = FIELD_SPECS[key].kind
    if value is None or value in ("", [], ()) or (kind is FieldKind.FLAG and not value):
        return None
    if key in NAME_FIELDS:
        return plain_name(str(value))
    return _PLAIN[kind](value)


@cache
def _payer_id(name: str) -> str | None:
    from knowledge.payers import payers

    found = payers().named(name)
    return found.id if found is not None else None


def same(key: str, expected: Json, got: Json) -> bool:
    """Whether two values of field `key` are the same by the contract's rules."""
    if plain(key, expected) == plain(key, got):
        return True
    if key in PAYER_FIELDS and expected and got:
        known = _payer_id(str(expected))
        return known is not None and known == _payer_id(str(got))
    return False


def _alternatives(key: str, accept: Iterable[Json]) -> list[Json]:
    """Other right answers; for a list field either lists, or the items of one list."""
    other = list(accept)
    if FIELD_SPECS[key].kind is FieldKind.LIST and not any(isinstance(o, list) for o in other):
        return [other] if other else []
    return other


def judge(
    key: str, expected: Json, got: Json, confidence: float = 0.0, accept: Iterable[Json] = ()
) -> Judged:
    """Field `key`: the label's value (or any that it accepts) against the value found."""
    right = any(same(key, answer, got) for answer in [expected, *_alternatives(key, accept)])
    there, wanted = plain(key, got) is not None, plain(key, expected) is not None
    if right:
        outcome = Outcome.RIGHT if there else Outcome.EMPTY
    elif there:
        outcome = Outcome.WRONG if wanted else Outcome.INVENTED
    else:
        outcome = Outcome.MISSED
    return Judged(key, outcome, expected, got, confidence)
