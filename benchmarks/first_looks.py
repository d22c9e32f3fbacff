"""First looks: what the program weighed in letters that nobody who develops it had seen.

The only honest ground for a confidence: on letters that were developed with, scores flatter. A look
keeps the letter's text and, of every field, what was chosen and what else there was, so that signs
thought of later are told from it too. Labels are read as they are now. A new letter is
kept once, with the program of that day; beside it stand the looks that older programs, run once
more from their commits, took at letters that came after them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT
from extractors.candidates import Candidate
from extractors.choosing import Choice, Reading, weigh
from extractors.extraction import find_candidates, looked_at
from extractors.signs import marked, signs
from models.document import Page
from models.fields import FIELD_SPECS, FieldKind, FieldValue, Window
from models.serial import plain

KEPT = ROOT / "benchmarks" / "written" / "first_looks.jsonl.gz"
"""One letter a line, and of each of its fields the columns that `_told` writes."""


@dataclass(frozen=True, slots=True)
class Look:
    """One letter: its file's name, the commit of the program, its text as `signs.marked` gives it,
    and what was chosen for each field."""

    letter: str
    program: str
    text: str
    choices: Mapping[str, Choice]


def look_at(letter: str, program: str, pages: tuple[Page, ...]) -> Look:
    """What is weighed now in these pages."""
    analysis = looked_at(pages)
    choices = weigh(analysis.view, find_candidates(analysis))
    return Look(letter, program, marked(analysis.view), choices)


def kept(path: Path = KEPT) -> Iterator[Look]:
    """All looks, each with the signs that its letter shows."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            choices = {key: _choice(key, row) for key, row in raw["fields"].items()}
            told = signs(raw["text"], choices)
            yield Look(
                raw["letter"],
                raw["program"],
                raw["text"],
                {k: replace(choice, signs=told.get(k, {})) for k, choice in choices.items()},
            )


def keep(looks: Iterable[Look], path: Path = KEPT) -> None:
    """Adds looks at letters that none is kept of, the latest program last."""
    lines = gzip.decompress(path.read_bytes()).decode() if path.exists() else ""
    held = {json.loads(line)["letter"] for line in lines.split("\n") if line}
    for look in looks:
        if look.letter in held:
            raise SystemExit(f"{look.letter}: its first look is kept already")
        lines += json.dumps(_told(look), ensure_ascii=False, separators=(",", ":")) + "\n"
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))


def _told(look: Look) -> dict[str, Any]:
    fields = {
        key: [
            plain(c.value), c.found, round(c.score, 4), round(c.reading, 4), round(c.left, 4),
            round(c.quality, 4), c.doubt, c.rule,
            [[one.start, one.end, round(one.score, 4), one.because] for one in c.chosen],
            [[plain(other.value), round(other.score, 4)] for other in c.others],
        ]
        for key, c in look.choices.items()
    }  # fmt: skip
    return {"letter": look.letter, "program": look.program, "text": look.text, "fields": fields}


def _choice(key: str, row: list[Any]) -> Choice:
    value, found, score, reading, left, quality, doubt, rule, chosen, others = row
    return Choice(
        key, _value(key, value), found, score, reading, left, quality, doubt=doubt, rule=rule,
        others=tuple(Reading(_value(key, told), height, ()) for told, height in others),
        chosen=tuple(
            Candidate(key, None, start, end, height, because)
            for start, end, height, because in chosen
        ),
    )  # fmt: skip


def _value(key: str, told: Any) -> FieldValue:
    kind = FIELD_SPECS[key].kind
    if kind is FieldKind.DATE and isinstance(told, str):
        return date.fromisoformat(told)
    if kind is FieldKind.WINDOW and isinstance(told, dict):
        return Window(told["value"], told["unit"])
    if isinstance(told, list):
        return tuple(map(str, told))
    value: FieldValue = told
    return value
