"""A letter as structured blocks, which renderers only lay out.

Every statement carries its source; what the documents do not say is a marked `Blank`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.fields import Evidence


class SourceKind(StrEnum):
    """What a statement rests on."""

    DENIAL = "denial"
    """Words of the denial, with their place."""
    KNOWLEDGE = "knowledge"
    """An entry of the knowledge base, by id."""
    PERSON = "person"
    """A person's entry."""
    COMPUTED = "computed"
    """Worked out from other values, which `detail` names."""
    FORM = "form"
    """A request, a greeting or a heading: asserts nothing."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from: `refs` are knowledge entry ids or field keys."""

    kind: SourceKind
    refs: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words, perhaps set bold or italic."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Blank:
    """Something only a person can fill in; `key` names it in the list of blanks."""

    key: str
    label: str


Inline = Text | Blank


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or phrase and what it rests on."""

    inlines: tuple[Inline, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the denial, set apart."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; `ordered` numbers it, `boxes` puts a tick box before each item."""

    items: tuple[Paragraph, ...]
    ordered: bool = False
    boxes: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a header row; `widths` are shares of the text width."""

    header: tuple[str, ...]
    rows: tuple[tuple[Paragraph, ...], ...]
    widths: tuple[float, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """The block of labels and values under `Re:`."""

    rows: tuple[tuple[str, Statement], ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Closing, signature line and the lines under it."""

    closing: str
    lines: tuple[Statement, ...]


Block = Heading | Paragraph | Quote | Bullets | Grid | Reference | Signature


@dataclass(frozen=True, slots=True)
class Letter:
    """One document of a packet. `kind` is its file stem: `letter`, `records_request` ..."""

    kind: str
    title: str
    sender: tuple[Statement, ...]
    addressee: tuple[Statement, ...]
    date_line: Statement
    blocks: tuple[Block, ...]
    footer: str = ""
    language: str = "en"
