"""Why plans deny: the contract's categories, and the finer reasons that codes and cues tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.drugs import Need, needs
from knowledge.tables import Provenance, Row, entries
from models.vocabulary import DenialCategory

KEYS = frozenset(("id", "label", "description", "fix", "causes", "appealable", "gather", "first"))
REASON_KEYS = frozenset(("id", "category", "label", "fix", "argument"))
FIXES = ("clinical", "resubmission", "either")
"""How such a denial is mostly mended: by argument and record, by correct data sent again, or
by either."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the contract: why plans deny so, why it can be appealed, what to gather.
    What a letter answers to it is wording, and stands with the letters."""

    category: DenialCategory
    label: str
    description: str
    fix: str
    causes: tuple[str, ...]
    appealable: tuple[str, ...]
    gather: tuple[Need, ...]
    first: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Reason:
    """A finer reason, with the category it counts as and its best argument in a line."""

    id: str
    category: DenialCategory
    label: str
    fix: str
    argument: str
    provenance: Provenance


@cache
def categories(*folders: Path) -> dict[DenialCategory, Category]:
    """All sixteen categories, in the contract's order."""
    rows = entries("categories", "categories.toml", folders or None)
    read = {item.category: item for item in map(read_category, rows.values())}
    return {category: read[category] for category in DenialCategory if category in read}


@cache
def reasons(*folders: Path) -> dict[str, Reason]:
    """All finer reasons by id."""
    rows = entries("finer_reasons", "categories.toml", folders or None)
    return {row.id: read_reason(row) for row in rows.values()}


def category(name: str) -> DenialCategory | None:
    """The category of a finer reason or of the category's own name; None where unknown."""
    known = reasons().get(name)
    if known is not None:
        return known.category
    try:
        return DenialCategory(name)
    except ValueError:
        return None


def _named(row: Row, key: str) -> DenialCategory:
    try:
        return DenialCategory(row.text(key))
    except ValueError:
        raise row.wrong(key, "a denial category of the contract") from None


def read_category(row: Row) -> Category:
    """One entry. Raises KnowledgeError where a value is not what it must be."""
    return Category(
        category=_named(row, "id"),
        label=row.text("label"),
        description=row.text("description"),
        fix=row.text("fix"),
        causes=row.texts("causes"),
        appealable=row.texts("appealable"),
        gather=needs(row, "gather"),
        first=row.text("first"),
        provenance=row.provenance(),
    )


def read_reason(row: Row) -> Reason:
    """One entry. Raises KnowledgeError where a value is not what it must be."""
    return Reason(
        id=row.id,
        category=_named(row, "category"),
        label=row.text("label"),
        fix=row.text("fix"),
        argument=row.text("argument"),
        provenance=row.provenance(),
    )
