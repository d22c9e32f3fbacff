"""One letter from a seed: its blocks, its look, its label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from benchmarks.generator import blocks as b
from benchmarks.generator.compose import compose
from benchmarks.generator.dice import Dice, table
from benchmarks.generator.gold import gold
from benchmarks.generator.look import Look, make_look
from benchmarks.generator.places import places
from benchmarks.generator.plain import to_text
from benchmarks.generator.scene import Scene, make_scene
from benchmarks.generator.speaker import Manner, Speaker, make_manner
from benchmarks.generator.typeset import to_pdf


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to be set. `label` has the contract's keys; `printed`, for each, the forms
    in which it stands on the pages."""

    scene: Scene
    look: Look
    body: tuple[b.Block, ...]
    footer: str
    label: Mapping[str, Any]
    printed: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def pdf(self) -> bytes:
        day = self.scene.days["letter_date"]
        made = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        return to_pdf(self.body, self.look, self.footer, made)

    def boxes(self) -> dict[str, list[dict[str, Any]]]:
        """Where each labelled value stands on the clean pages, in points from the top left."""
        told = {key: forms for key, forms in self.printed.items() if self.label.get(key)}
        return places(self.pdf(), told)

    def text(self) -> str:
        return to_text(self.body, self.footer)


def make_letter(
    seed: str,
    wordings: str = "all",
    scene: Mapping[str, Any] | None = None,
    look: Mapping[str, Any] | None = None,
    manner: Mapping[str, Any] | None = None,
) -> Letter:
    """The letter of `seed`. `scene`, `look` and `manner` fix some of what the dice would choose."""
    dice = Dice(seed, wordings)
    made = make_scene(dice, scene)
    style = replace(make_look(dice), **(look or {}))
    ways: Manner = replace(make_manner(dice, made), **(manner or {}))
    speak = Speaker(made, ways, dice)
    body = compose(made, style, speak, dice)
    footer = speak.say(dice.pick(table("letters")["footers"])) if dice.chance(0.7) else ""
    return Letter(made, style, tuple(body), footer, gold(made, speak), speak.shown())


def letters(
    seed: int, count: int, wordings: str = "all", text: bool = False
) -> Iterator[tuple[str, Letter]]:
    """`count` letters with their names, the n-th the same whatever the count."""
    for n in range(count):
        yield f"letter_{seed}_{n:04d}", make_letter(f"{seed}/{n}", wordings)
