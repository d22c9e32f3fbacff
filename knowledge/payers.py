"""Payers and those who act for them: plans, PBMs, reviewers, TPAs, contractors, review bodies.

Names on letters vary in case, spacing, punctuation and trademark signs ("BlueCross BlueShield
of Texas", "Blue Cross® and Blue Shield® of Texas"). They are compared by `squash`, which keeps
letters and digits alone and leaves out words that come and go; so an alias is listed once,
however it is spaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.tables import Provenance, Row, entries
from models.vocabulary import PlanType

ROLES = ("payer", "pbm", "reviewer", "tpa", "mac", "iro", "network", "portal", "criteria", "vendor")
"""What a company does on a letter. payer: it is its coverage decision. pbm, reviewer, tpa, mac:
acts for a payer (the contract's administrator). iro: independent, decides an external review.
network: rents out a provider network. portal, criteria, vendor: carries requests, writes
criteria, sells copay schemes; decides nothing."""

ADMINISTRATOR_ROLES = frozenset({"pbm", "reviewer", "tpa", "mac"})

KEYS = frozenset(("id", "name", "aliases", "weak", "family", "parent", "kind", "roles")) | {
    "states",
    "plan_types",
    "note",
}
"""What an entry may say."""
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_NOT_ALNUM = re.compile(r"[\W_]+")
_ENDINGS = ("inc", "incorporated", "llc", "corp", "corporation", "co", "company", "ltd", "lp")
_UNSAID = frozenset(("and", "the", *_ENDINGS))


@dataclass(frozen=True, slots=True)
class Payer:
    """One company or programme. `weak` aliases are also ordinary words or short initials: they
    count only in a letterhead or beside other proof. `plan_types` is filled only where the brand
    sells nothing else."""

    id: str
    name: str
    aliases: tuple[str, ...]
    weak: tuple[str, ...]
    family: str | None
    parent: str | None
    kind: str
    roles: tuple[str, ...]
    states: tuple[str, ...]
    plan_types: tuple[PlanType, ...]
    note: str
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


@dataclass(frozen=True, slots=True)
class Alias:
    """A name as printed. `upper` ones (UHC, HAP) count only in capitals."""

    text: str
    payer: Payer
    weak: bool

    @property
    def upper(self) -> bool:
        return self.text.isupper()


@dataclass(frozen=True, slots=True)
class PayerMatch:
    """A name found at `text[start:end]`."""

    payer: Payer
    alias: Alias
    start: int
    end: int


class PayerLexicon:
    """All payers, by id, by any of their names, by role, and found in running text."""

    def __init__(self, everyone: tuple[Payer, ...]) -> None:
        self.all = everyone
        self.by_id = {payer.id: payer for payer in everyone}
        self.aliases: dict[str, tuple[Alias, ...]] = {}
        for payer in everyone:
            for text in (payer.name, *payer.aliases, *payer.weak):
                self._learn(Alias(text, payer, text in payer.weak))
        self._reach: dict[str, int] = {}
        for key in self.aliases:
            self._reach[key[:3]] = max(self._reach.get(key[:3], 0), len(key))

    def _learn(self, alias: Alias) -> None:
        key = squash(alias.text)
        known = self.aliases.get(key, ())
        if all(other.payer.id != alias.payer.id for other in known):
            self.aliases[key] = (*known, alias)

    def __getitem__(self, payer_id: str) -> Payer:
        return self.by_id[payer_id]

    def __len__(self) -> int:
        return len(self.all)

    def named(self, text: str) -> Payer | None:
        """The payer with exactly this name, however spaced; None where unknown or shared."""
        found = self.aliases.get(squash(text), ())
        return found[0].payer if len(found) == 1 else None

    def by_role(self, role: str) -> tuple[Payer, ...]:
        return tuple(payer for payer in self.all if role in payer.roles)

    def names(self, role: str | None = None) -> dict[str, Payer]:
        """Every printed name (of one role), as written in the data, with its payer."""
        return {
            alias.text: alias.payer
            for group in self.aliases.values()
            for alias in group
            if role is None or role in alias.payer.roles
        }

    def find(self, text: str) -> Iterator[PayerMatch]:
        """Names in running text, left to right, the longest at each place, none overlapping.

        A name must begin and end at word ends. Names in capitals in the data must be so in the
        text. A name that several payers share gives one match for each.
        """
        words = [(m.start(), m.end(), squash(m.group())) for m in _WORD.finditer(text)]
        at = 0
        while at < len(words):
            last, found = self._longest(text, words, at)
            for alias in found:
                yield PayerMatch(alias.payer, alias, words[at][0], words[last][1])
            at = last + 1

    def _longest(
        self, text: str, words: list[tuple[int, int, str]], at: int
    ) -> tuple[int, tuple[Alias, ...]]:
        """The longest name that begins with word `at`: its last word, and whose it may be."""
        found: tuple[Alias, ...] = ()
        key, best = "", at
        if not words[at][2]:
            return best, found
        for n in range(at, min(at + 16, len(words))):
            if not words[n][2]:
                continue
            if n > at and "\n\n" in text[words[n - 1][1] : words[n][0]]:
                break
            key += words[n][2]
            if len(key) >= 3 and len(key) > self._reach.get(key[:3], 0):
                break
            group = self.aliases.get(key)
            if group:
                printed = text[words[at][0] : words[n][1]]
                fitting = tuple(a for a in group if _fits(a, printed))
                if fitting:
                    best, found = n, fitting
        return _with_ending(text, words, best) if found else best, found


def _with_ending(text: str, words: list[tuple[int, int, str]], last: int) -> int:
    """The word with which a company's name ends: "Aetna Life Insurance" + "Company"."""
    while last + 1 < len(words):
        start, end, _ = words[last + 1]
        gap = text[words[last][1] : start]
        if text[start:end].casefold() not in _ENDINGS or gap.strip(" ,.") or len(gap) > 2:
            break
        last += 1
    return last


def _fits(alias: Alias, printed: str) -> bool:
    """Names are capitalised in print; initials are in capitals throughout."""
    if alias.upper:
        return printed.isupper()
    return not printed.islower() or any(c in printed for c in "./@")


def squash(text: str) -> str:
    """Letters and digits alone, lower case, without "and", "the" and company endings."""
    words = _NOT_ALNUM.sub(" ", text.casefold().replace("'", "").replace("’", "")).split()
    return "".join(word for word in words if word not in _UNSAID)


@cache
def payers(*folders: Path) -> PayerLexicon:
    """All payers, the users' own merged over ours. Raises KnowledgeError for a malformed entry."""
    rows = entries("payers", "payers*.toml", folders or None, growing=("aliases", "weak"))
    return PayerLexicon(tuple(_payer(row) for row in rows.values()))


def _payer(row: Row) -> Payer:
    try:
        plan_types = tuple(PlanType(name) for name in row.texts("plan_types"))
    except ValueError:
        raise row.wrong("plan_types", "plan types of the contract") from None
    return Payer(
        id=row.id,
        name=row.text("name"),
        aliases=row.texts("aliases"),
        weak=row.texts("weak"),
        family=row.maybe("family"),
        parent=row.maybe("parent"),
        kind=row.text("kind"),
        roles=row.texts("roles"),
        states=row.texts("states"),
        plan_types=plan_types,
        note=row.text("note", ""),
        provenance=row.provenance(),
    )
