"""How a letter is set: fonts, margins, letterhead, headings, the block of references."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generator.blocks import PAIR_STYLES
from benchmarks.generator.dice import Dice

# Only fonts that come with typst or with a locked package: the same page on every machine.
FONT_PACKAGES = ("font_source_sans_pro", "font_source_serif_pro", "font_caladea", "font_lato")
_FONTS = {
    "Source Sans Pro": 34,
    "Lato": 18,
    "Libertinus Serif": 20,
    "Source Serif Pro": 10,
    "Caladea": 12,
    "New Computer Modern": 3,
    "DejaVu Sans Mono": 4,
}
_ACCENTS = ("#003f7f", "#1a1a1a", "#5b2c83", "#00695c", "#8a1538", "#1a1a1a", "#2d5f2e", "#444444")


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes in points; `ink` is the letterhead's colour."""

    font: str
    size: float
    margins: tuple[float, float]
    ink: str
    justify: bool
    head_side: str
    head_mark: str
    head_rule: bool
    heading: str
    pairs: str
    date_place: str
    footer_side: str
    leading: float
    spacing: float


def make_look(dice: Dice) -> Look:
    font = dice.weighted(_FONTS)
    wide = font == "DejaVu Sans Mono"
    size = dice.real(8.4, 9.2) if wide else dice.real(9.8, 11.8)
    return Look(
        font=font,
        size=round(size, 1),
        margins=(round(dice.real(48, 84), 1), round(dice.real(40, 72), 1)),
        ink=dice.pick(_ACCENTS),
        justify=dice.chance(0.15),
        head_side=dice.weighted({"left": 55, "center": 22, "right": 23}),
        head_mark=dice.weighted({"none": 40, "disc": 20, "bar": 20, "square": 20}),
        head_rule=dice.chance(0.35),
        heading=dice.weighted({"bold": 50, "upper": 20, "ink": 15, "underlined": 15}),
        pairs=dice.pick(PAIR_STYLES),
        date_place=dice.weighted({"left": 45, "right": 15, "in_pairs": 40}),
        footer_side=dice.pick(["left", "center", "right"]),
        leading=round(dice.real(0.55, 0.8), 2),
        spacing=round(dice.real(1.0, 1.6), 2),
    )


def font_folders() -> list[Path]:
    """Where the locked font packages keep their files."""
    found = [importlib.util.find_spec(name) for name in FONT_PACKAGES]
    lacking = [n for n, spec in zip(FONT_PACKAGES, found, strict=True) if spec is None]
    if lacking:
        raise SystemExit(f"The letters' fonts are missing: pip install {' '.join(lacking)}")
    return [Path(spec.origin).parent for spec in found if spec is not None and spec.origin]
