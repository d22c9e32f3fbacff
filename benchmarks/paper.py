"""Any plain text as pages: a few plain looks, line by line, with its columns where they stood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import typst

from benchmarks.generator.dice import Dice
from benchmarks.generator.look import font_folders

Faces = tuple[str, ...]
SERIF: Faces = ("Nimbus Roman", "Liberation Serif", "Libertinus Serif")
SANS: Faces = ("Nimbus Sans", "Liberation Sans", "Lato")
TYPEWRITER: Faces = ("Nimbus Mono PS", "Liberation Mono", "DejaVu Sans Mono")
"""The likes of Times, Arial and Courier, the first that the machine has."""

_WIDE = {SERIF: 0.46, SANS: 0.5, TYPEWRITER: 0.6}
"""Ems that a blank between columns stands for: about a letter's mean width."""

_SLACK = 1.12
"""How much wider than its letters' mean a line may come out."""

_PAPER_WIDTH = 612.0
_LEAST_SIZE = 7.0
_COLUMNS = re.compile(r"(?<=\S)(?: {3,}| *\t+ *)(?=\S)")
_LABEL = re.compile(r"[^:]{2,40}:\s*\S")
_NUMBERS = (
    "context align(center)[Page #counter(page).get().first() of #counter(page).final().first()]"
)
_MOST_HEAD_LINES = 3
_HEAD_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is set; sizes in points."""

    faces: Faces = field(default=TYPEWRITER)
    size: float = 10.0
    margin: float = 58.0
    leading: float = 0.55
    justified: bool = False
    letterhead: str = ""
    """`left` or `center`: the first lines are set as a letterhead there."""
    numbered: bool = False


def look_of(seed: str) -> Look:
    """One of the plain looks, from a seed."""
    dice = Dice(f"paper/{seed}")
    faces = dice.weighted({SERIF: 40, SANS: 40, TYPEWRITER: 20})
    return Look(
        faces=faces,
        size=float(dice.number(10, 12) - (1 if faces is TYPEWRITER else 0)),
        margin=dice.real(50, 80),
        leading=round(dice.real(0.5, 0.8), 2),
        justified=dice.chance(0.2),
        letterhead=dice.weighted({"": 40, "left": 30, "center": 30}),
        numbered=dice.chance(0.35),
    )


def on_paper(text: str, look: Look) -> bytes:
    """A text as PDF. A line stays a line, or is broken where it is too long; runs of three blanks
    part columns, which keep their places; form feeds break pages; a table that is too wide makes
    all print smaller."""
    pages = [page.expandtabs(8).splitlines() for page in text.rstrip().split("\f")]
    look = replace(look, size=_fitting(pages, look))
    set_ = [
        "\n".join(_lines(page, look, look.letterhead if not n else ""))
        for n, page in enumerate(pages)
    ]
    source = _head(look) + "\n#pagebreak()\n".join(set_)
    folders: list[Any] = [str(folder) for folder in font_folders()]
    made = typst.compile(source.encode(), font_paths=folders)
    assert isinstance(made, bytes)
    return made


def _head(look: Look) -> str:
    return (
        f'#set page(paper: "us-letter", margin: {look.margin:.1f}pt, '
        f"footer: {_NUMBERS if look.numbered else 'none'})\n"
        f"#set text(size: {look.size:.2f}pt, font: {_faces(look)}, "
        f"hyphenate: {str(look.justified).lower()}, "
        f"ligatures: {str(look.faces is not TYPEWRITER).lower()})\n"
        f"#set par(leading: {look.leading}em, spacing: {look.leading}em, "
        f"justify: {str(look.justified).lower()})\n"
        "#let cell(wide, held) = context box(width: calc.max(wide, measure(held).width + 8pt), "
        "held)\n"
    )


def _fitting(pages: list[list[str]], look: Look) -> float:
    """The size at which the widest line with columns still fits between the margins."""
    widest = max(
        (len(line.rstrip()) for page in pages for line in page if _COLUMNS.search(line.strip())),
        default=1,
    )
    fits = (_PAPER_WIDTH - 2 * look.margin) / (_WIDE[look.faces] * widest * _SLACK)
    return max(min(look.size, fits), _LEAST_SIZE)


def _lines(page: list[str], look: Look, letterhead: str) -> Iterator[str]:
    head = _head_lines(page) if letterhead else 0
    for n, line in enumerate(page):
        text = line.strip()
        if not text:
            yield f"#v({look.size * 0.6:.1f}pt)"
        elif n < head:
            bold = f'text(size: {look.size + (4 if not n else 0)}pt, weight: "bold", {_said(text)})'
            yield f"#align({letterhead}, {bold})\n"
        else:
            yield _line(line, look)


def _head_lines(page: list[str]) -> int:
    """How many of the first lines may be a letterhead: short ones, without labels, before a gap."""
    for n, line in enumerate(page[: _MOST_HEAD_LINES + 1]):
        if not line.strip():
            return n
        if len(line) > _HEAD_LENGTH or _LABEL.search(line) or _COLUMNS.search(line.strip()):
            return 0
    return 0


def _line(line: str, look: Look) -> str:
    """A line with its indentation, its columns as boxes as wide as they were in the text."""
    wide = look.size * _WIDE[look.faces]
    starts = len(line) - len(line.lstrip())
    pieces, at = [], starts
    cuts = [*((m.start(), m.end()) for m in _COLUMNS.finditer(line)), (len(line.rstrip()), 0)]
    for ends, goes_on in cuts:
        piece = f"text({_said(line[at:ends])})"
        pieces.append(f"cell({(goes_on - at) * wide:.1f}pt, {piece})" if goes_on else piece)
        at = goes_on
    strong = line.isupper() and not goes_on and len(pieces) == 1 and len(line) < _HEAD_LENGTH
    shown = f"strong({pieces[0]})" if strong else " + ".join(pieces)
    return f"#block(inset: (left: {starts * wide:.1f}pt), par({shown}))\n"


def _faces(look: Look) -> str:
    return f"({', '.join(map(_said, look.faces))})"


def _said(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
