"""What an analysed letter is made of; offsets are those of the view's text."""

from __future__ import annotations

from dataclasses import dataclass

from models.document import PageRole
from models.geometry import Box


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of one printed line with no wide gap and no table rule between them: a cell."""

    start: int
    end: int
    page: int
    line: int
    block: int
    box: Box


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text under it, up to the next heading.

    `kind` is a kind of `data/sections.toml` (`reason`, `appeal`, `external`, `member` ...).
    `start` is where the heading starts, `body` where its text does.
    """

    kind: str
    title: str
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, bullet, heading or label row; wrapped lines of a paragraph are joined.

    `section` is the kind of the section it stands in; `head` before the first heading or the
    salutation, `body` after the salutation, `signature` after the closing.
    """

    start: int
    end: int
    section: str
    page: int
    page_role: PageRole
    is_row: bool = False
    """A row of labels, cells or an address line rather than prose."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and the value printed for it.

    `how`: `colon` (same cell, after the label), `beside` (cell to the right), `below` (cell
    under it), `column` (under a table's header), `bare` (same cell without a colon), `inline`
    (inside a sentence).
    `keys` are the roles of `data/labels.toml` that the label may have, best first; () for a
    label that is not in the vocabulary. `exact` is False where the label was recognised through
    reading damage.
    """

    label: str
    label_start: int
    label_end: int
    value: str
    value_start: int
    value_end: int
    how: str
    keys: tuple[str, ...] = ()
    exact: bool = True
