"""Reason codes of remittances (CARC, RARC) and pharmacy rejects (NCPDP), in our own paraphrase.

A code printed on a letter or EOB is the strongest cue of its reason, but a bare "50" or "N30"
is also a number or a dose: `find_codes` takes a code only where its system or group stands
beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.categories import reasons
from knowledge.tables import Provenance, Row, entries
from models.vocabulary import DenialCategory

KEYS = frozenset(("id", "reason", "meaning"))
SYSTEMS = ("CARC", "RARC", "NCPDP")

_CODE = r"(?P<code>[A-Z]{0,2}\d{1,3}|[A-Z]\d[A-Z]?|\d[A-Z]|[A-Z]{2})"
_PATTERNS = (
    ("CARC", re.compile(r"\b(?:CO|PR|OA|PI)\s?-\s?(?P<code>[1-9]\d{0,2}|[ABPDWY]\d{1,2})\b")),
    ("CARC", re.compile(rf"\b(?:CARC|[Aa]djustment [Rr]eason [Cc]ode)s?\s*:?\s*#?\s*{_CODE}\b")),
    ("RARC", re.compile(rf"\b(?:RARC|[Rr]emark [Cc]ode)s?\s*:?\s*#?\s*{_CODE}\b")),
    ("NCPDP", re.compile(rf"\b(?:NCPDP|[Rr]eject(?:ion)?)\s*(?:[Cc]ode)?s?\s*:?\s*#?\s*{_CODE}\b")),
)


@dataclass(frozen=True, slots=True)
class Code:
    """A code, what it means for the case, and the finer reason it tells."""

    system: str
    code: str
    meaning: str
    reason: str
    category: DenialCategory
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """A known code printed at `text[start:end]`, its system or group included."""

    code: Code
    start: int
    end: int


@cache
def codes(*folders: Path) -> dict[tuple[str, str], Code]:
    """All codes by system and code: `codes()["CARC", "50"]`."""
    rows = entries("codes", "codes.toml", folders or None)
    return {(code.system, code.code): code for code in map(read_code, rows.values())}


def code(system: str, value: str) -> Code | None:
    """One code, or None where it is not known."""
    return codes().get((system.upper(), value.strip().upper()))


def find_codes(text: str) -> Iterator[CodeMatch]:
    """Known codes in running text, where their system or group is printed with them."""
    for system, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            known = code(system, match["code"])
            if known is not None:
                yield CodeMatch(known, match.start(), match.end())


def read_code(row: Row) -> Code:
    """One entry. Raises KnowledgeError where a value is not what it must be."""
    system, _, value = row.id.partition(" ")
    if system not in SYSTEMS or not value:
        raise row.wrong("id", 'a system and a code, like "CARC 50"')
    reason = reasons().get(row.text("reason"))
    if reason is None:
        raise row.wrong("reason", "a reason of categories.toml")
    return Code(
        system=system,
        code=value,
        meaning=row.text("meaning"),
        reason=reason.id,
        category=reason.category,
        provenance=row.provenance(),
    )
