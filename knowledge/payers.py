"""Payers and those who act for them: plans, PBMs, reviewers, TPAs, contractors, review bodies.

How their names are compared and found in a text is told in `knowledge.names`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.names import Alias, Match, NameIndex, squash
from knowledge.tables import Provenance, Row, entries
from models.vocabulary import PlanType

ROLES = ("payer", "pbm", "reviewer", "tpa", "mac", "iro", "network", "portal", "criteria", "vendor")
"""What a company does on a letter. payer: it is its coverage decision. pbm, reviewer, tpa, mac:
acts for a payer (the contract's administrator). iro: independent, decides an external review.
network: rents out a provider network. portal, criteria, vendor: carries requests, writes
criteria, sells copay schemes; decides nothing."""

KINDS = (
    "insurer",
    "holding",
    "medicaid_plan",
    "medicare_plan",
    "federal_employee_plan",
    "government_programme",
    "medicaid_programme",
    "tricare_contractor",
    "mac",
    "fiscal_agent",
    "pbm",
    "pharmacy",
    "reviewer",
    "tpa",
    "network",
    "iro",
    "portal",
    "criteria",
    "copay_vendor",
    "sharing_ministry",
    "limited_benefit",
)
"""What a company is. limited_benefit: short-term or indemnity cover."""

ADMINISTRATOR_ROLES = frozenset({"pbm", "reviewer", "tpa", "mac"})

KEYS = frozenset(("id", "name", "aliases", "weak", "family", "parent", "kind", "roles")) | {
    "states",
    "plan_types",
    "exact",
    "note",
    "appeals",
}
"""What an entry may say."""


@dataclass(frozen=True, slots=True)
class Payer:
    """One company or programme. `weak` aliases are also ordinary words or short initials: they
    count only in a letterhead or beside other proof. `exact` names count only as written.
    `plan_types` is filled only where the brand sells nothing else. `appeals` are general facts
    on how appeals go there, for guides."""

    id: str
    name: str
    aliases: tuple[str, ...]
    weak: tuple[str, ...]
    exact: tuple[str, ...]
    family: str | None
    parent: str | None
    kind: str
    roles: tuple[str, ...]
    states: tuple[str, ...]
    plan_types: tuple[PlanType, ...]
    note: str
    appeals: tuple[str, ...]
    provenance: Provenance

    @property
    def is_payer(self) -> bool:
        return "payer" in self.roles

    @property
    def is_administrator(self) -> bool:
        return not ADMINISTRATOR_ROLES.isdisjoint(self.roles)

    @property
    def plan_type(self) -> PlanType | None:
        """The plan type that the brand alone proves, if it sells only one."""
        return self.plan_types[0] if len(self.plan_types) == 1 else None


class PayerLexicon:
    """All payers, by id, by any of their names, by role, and found in running text."""

    def __init__(self, everyone: tuple[Payer, ...]) -> None:
        self.all = everyone
        self.by_id = {payer.id: payer for payer in everyone}
        self.index = NameIndex(_payer_names(everyone))

    def __getitem__(self, payer_id: str) -> Payer:
        return self.by_id[payer_id]

    def __len__(self) -> int:
        return len(self.all)

    def named(self, text: str) -> Payer | None:
        """The payer with exactly this name, however spaced; None where unknown or shared."""
        found = self.index.exactly(text)
        return found[0].of if len(found) == 1 else None

    def names(self, role: str | None = None) -> dict[str, Payer]:
        """Every name (of one role), as written in the data, with its payer."""
        return {
            alias.text: alias.of
            for group in self.index.groups()
            for alias in group
            if role is None or role in alias.of.roles
        }

    def find(self, text: str) -> Iterator[Match[Payer]]:
        """Names in running text, as `NameIndex.find`: `match.of` is the payer."""
        return self.index.find(text)


def _payer_names(everyone: tuple[Payer, ...]) -> Iterator[Alias[Payer]]:
    for payer in everyone:
        weak = {squash(text) for text in payer.weak}
        exact = set(payer.exact)
        yield Alias(payer.name, payer, weak=squash(payer.name) in weak, exact=payer.name in exact)
        yield from (Alias(text, payer, exact=text in exact) for text in payer.aliases)
        yield from (Alias(text, payer, weak=True) for text in payer.weak)


@cache
def payers(*folders: Path) -> PayerLexicon:
    """All payers, the users' own merged over ours. Raises KnowledgeError for a malformed entry."""
    rows = entries("payers", "payers*.toml", folders or None, growing=("aliases", "weak"))
    return PayerLexicon(tuple(read_payer(row) for row in rows.values()))


def read_payer(row: Row) -> Payer:
    """One entry. Raises KnowledgeError where a value is not what it must be."""
    try:
        plan_types = tuple(PlanType(name) for name in row.texts("plan_types"))
    except ValueError:
        raise row.wrong("plan_types", "plan types of the contract") from None
    return Payer(
        id=row.id,
        name=row.text("name"),
        aliases=row.texts("aliases"),
        weak=row.texts("weak"),
        exact=row.texts("exact"),
        family=row.maybe("family"),
        parent=row.maybe("parent"),
        kind=row.text("kind"),
        roles=row.texts("roles"),
        states=row.texts("states"),
        plan_types=plan_types,
        note=row.text("note", ""),
        appeals=row.texts("appeals"),
        provenance=row.provenance(),
    )
