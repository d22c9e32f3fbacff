"""Whether the step that a letter sends on to follows the decision that it is taken for.

A reviewer's decision that is read as the plan's own would be answered at a step that is over, by a
name that no longer fits (a redetermination in place of a hearing).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from knowledge.law_entries import member_of, only
from knowledge.signals import kinds
from knowledge.tables import entries
from models.vocabulary import Level

PLAN_S_OWN = (Level.INITIAL, Level.INTERNAL_APPEAL)
"""Levels of decisions that the plan itself makes."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that takes a case up only after a decision of the levels `after`."""

    body: str
    words: tuple[str, ...]
    after: tuple[Level, ...]

    def named_in(self, address: str) -> bool:
        return any(re.search(rf"\b{re.escape(w)}\b", address, re.IGNORECASE) for w in self.words)


def wrong_step(level: Level | None, address: str, spoken: tuple[str, ...]) -> Iterator[str]:
    """What does not fit, in words. `address` is where the letter sends the appeal, `spoken` its
    words of an outside reviewer who tells of himself."""
    if level is None:
        return
    named = level.replace("_", " ")
    if level in PLAN_S_OWN and spoken:
        yield f"the level was read as {named}, but {kinds()['reviewer_speaks'].means}: {spoken[0]}"
    for body in turns_to():
        if level not in body.after and body.named_in(address):
            yield (
                f"the letter reads as a decision of the level {named}, but sends the appeal to "
                f"{body.body}, whose review follows another decision"
            )


@cache
def turns_to() -> tuple[Body, ...]:
    """Bodies that take up a case only after a certain decision."""
    found = []
    for row in entries("turns_to", "routes.toml", ()).values():
        only(row, ("id", "body", "words", "after"))
        after = tuple(member_of(row, Level, value) for value in row.texts("after"))
        found.append(Body(row.text("body"), row.texts("words"), after))
    return tuple(found)
