"""What a letter is made of, before it is set. Text may hold **bold** words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The sender at the top of a page; `lines` are its address and general numbers."""

    name: str
    lines: tuple[str, ...]
    under: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Short lines one under the other: an address, a signature."""

    lines: tuple[str, ...]
    side: str = "left"
    indent: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels and values; `style` is one of `PAIR_STYLES`."""

    rows: tuple[tuple[str, str], ...]
    style: str


PAIR_STYLES = (
    "lines", "aligned", "two_columns", "table", "stacked", "side", "run_in", "rule_table", "upper",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Para:
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a header; `shares` are the columns' relative widths."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]
    small: bool = True


@dataclass(frozen=True, slots=True)
class Framed:
    """A paragraph in a box."""

    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks beside blocks; `shares` are the two columns' relative widths."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    shares: tuple[float, float] = (2.0, 1.0)


@dataclass(frozen=True, slots=True)
class Fine:
    """Small print."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    points: float = 8.0


@dataclass(frozen=True, slots=True)
class NewPage:
    pass


Block = (
    Letterhead | Lines | Pairs | Para | Heading | Bullets | Grid | Framed | Fine | Gap | NewPage
    | Columns
)  # fmt: skip
