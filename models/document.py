"""A received file after reading: pages of lines of words, each word with its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import dist

from models.geometry import Box


class PageSource(StrEnum):
    """Where a page's words come from."""

    TEXT = "text"
    """A text layer, or a born-digital file; words are exact."""
    OCR = "ocr"
    """Tesseract; words carry its confidence."""
    BLANK = "blank"
    """Nothing on the page."""


class PageRole(StrEnum):
    """What a page is for; extraction weighs it."""

    BODY = "body"
    APPEAL_RIGHTS = "appeal_rights"
    TAGLINES = "taglines"
    NONDISCRIMINATION = "nondiscrimination"
    EOB_TABLE = "eob_table"
    COVER = "cover"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Word:
    """One printed word. `confidence` is the reader's, 0 to 1 (1 for a text layer)."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one baseline, left to right. Lines of one paragraph or cell share `block`."""

    words: tuple[Word, ...]
    block: int = 0

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        return Box.around(word.box for word in self.words)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a ruled table; `text` may hold line breaks."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table found on a page; `None` is a cell merged away."""

    box: Box
    rows: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Straightened:
    """How a skewed or photographed page was made straight.

    `matrix` (3 x 3, row by row) takes a point of the straight page to the page as received,
    turned upright; `width` and `height` are that page's size. All in points.
    """

    matrix: tuple[float, ...]
    width: float
    height: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the straight page lies on the page as received."""
        m = self.matrix
        depth = m[6] * x + m[7] * y + m[8]
        return (m[0] * x + m[1] * y + m[2]) / depth, (m[3] * x + m[4] * y + m[5]) / depth

    def box(self, box: Box) -> Box:
        """The box about the same print on the page as received: turned print keeps its size, so
        that boxes stay tight."""
        x, y = box.middle
        left, right = self.point(box.x0, y), self.point(box.x1, y)
        above, below = self.point(x, box.top), self.point(x, box.bottom)
        mid = self.point(x, y)
        wide, high = dist(left, right) / 2, dist(above, below) / 2
        return Box(mid[0] - wide, mid[1] - high, mid[0] + wide, mid[1] + high)


@dataclass(frozen=True, slots=True)
class Page:
    """One upright page. Lines stand in reading order.

    `rotation` is the clockwise turn in degrees that made the received page upright;
    `quality` is the mean confidence of its words, 0 to 1; `part` counts the documents inside
    one file (mail body, attachments), from 0. Where the page was `straightened`, all its places
    are on the straight page; `as_shown` tells where they are on the page as received. `looks`
    counts how often it was read: above 1 a second look was needed. `separator` names the mark of
    a sheet that only parts letters: `patch`, `code128`, `qr` or `text`.
    """

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    source: PageSource
    quality: float = 1.0
    role: PageRole = PageRole.BODY
    rotation: int = 0
    tables: tuple[Table, ...] = ()
    part: int = 0
    dpi: int | None = None
    straightened: Straightened | None = None
    looks: int = 1
    separator: str | None = None

    def as_shown(self, box: Box) -> Box:
        """A box of this page on the page as received, turned upright."""
        return self.straightened.box(box) if self.straightened is not None else box

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file as read. `source` is the name it came under, `sha256` that of its bytes."""

    source: str
    sha256: str
    media_type: str
    pages: tuple[Page, ...]
    warnings: tuple[str, ...] = ()

    @property
    def second_looks(self) -> int:
        """How many pages were read again, whole or in part, because they read badly."""
        return sum(page.looks > 1 for page in self.pages)
