"""What each route's letter holds beside its argument (`letters/data/routes.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.vocabulary import DenialCategory

ROUTES = Path(__file__).parent.parent / "data" / "routes.toml"
ALL = "all"


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """`rights` are ids of the knowledge base; `history` and `criteria` the reasons for which the
    letter has those tables."""

    rights: tuple[str, ...]
    history: frozenset[DenialCategory]
    criteria: frozenset[DenialCategory]


@cache
def _content() -> Mapping[str, Any]:
    return tomllib.loads(ROUTES.read_text(encoding="utf-8"))


@cache
def route_plan(route: str) -> RoutePlan:
    """The plan of a route, by its name."""
    raw = _content()[route]
    return RoutePlan(
        tuple(raw.get("rights", ())),
        _reasons(raw.get("history", ())),
        _reasons(raw.get("criteria", ())),
    )


@cache
def administrative() -> RoutePlan:
    """For reasons that question no treatment: other rights, no clinical tables."""
    return RoutePlan(tuple(_content()["administrative"]["rights"]), frozenset(), frozenset())


@cache
def administrative_reasons() -> frozenset[DenialCategory]:
    return _reasons(_content()["administrative"]["reasons"])


@cache
def reasons_for(table: str) -> frozenset[DenialCategory]:
    """The reasons for which letters have that table: `usual_criteria`, `schedule`."""
    return _reasons(tuple(_content()[table]["reasons"]))


def rule_ids(table: str, *keys: str) -> tuple[str, ...]:
    """Ids of the rules of law that `table` (`rules`, `hints` ...) names under `keys`, each once."""
    held = _content()[table]
    return tuple(dict.fromkeys(rule for key in keys for rule in held.get(key, ())))


def _reasons(names: tuple[str, ...]) -> frozenset[DenialCategory]:
    if ALL in names:
        return frozenset(DenialCategory)
    return frozenset(DenialCategory(name) for name in names)
