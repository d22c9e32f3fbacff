"""A letter as structured blocks, which renderers only lay out.

Every statement carries its source; what the documents do not say is a marked `Blank`.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    """A person's entry, or the signer's own word, which the signature makes true."""
    COMPUTED = "computed"
    """Worked out from other values, which `detail` names."""
    FORM = "form"
    """A request, a greeting or a heading: asserts nothing. `refs` name the stored wording."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from.

    `refs` say what was used, each with its kind before a colon: `field:drug` (a field of the
    case), `law:ext_fed` (a knowledge entry, by the reader that holds it), `entry:diagnosis` (a
    person's entry), `wording:appeal.opening` (the stored wording).
    """

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
    """Something only a person can fill in; `key` names it in the list of blanks.

    The same key may stand in several places: one answer fills them all. `lines` is the room to
    leave for it: 0 within the sentence, else so many lines of its own.
    """

    key: str
    label: str
    lines: int = 0


Inline = Text | Blank


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or phrase and what it rests on."""

    inlines: tuple[Inline, ...]
    source: Source

    @property
    def text(self) -> str:
        """The words as printed, a blank as its label in brackets."""
        return "".join(
            part.text if isinstance(part, Text) else f"[{part.label}]" for part in self.inlines
        )


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a letter; `level` 1 or 2."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that follow each other."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Statements, each on a line of its own (an address, copy lines)."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the denial, set apart; `place` tells the page they stand on."""

    statement: Statement
    place: str = ""


@dataclass(frozen=True, slots=True)
class Banner:
    """What must not be overlooked: a request for expedited review, a step to take first. `lead`
    is set bold before it, like a heading."""

    statement: Statement
    lead: str = ""


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
    """What the signer attests, closing, room to sign and date, and the lines under it."""

    closing: str
    lines: tuple[Statement, ...]
    attests: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a new page."""


Block = (
    Heading | Paragraph | Lines | Quote | Banner | Bullets | Grid | Reference | Signature | NewPage
)


class Layout(StrEnum):
    """How a document opens: as a letter (sender, addressee), or as a sheet under its title."""

    LETTER = "letter"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Letter:
    """One document of a packet. `kind` is its file stem: `letter`, `records_request` ...

    `running` stands at the head of every page after the first, so that faxed pages that part
    company can be matched; `footer` stands at the foot of every page beside the page number.
    """

    kind: str
    title: str
    sender: tuple[Statement, ...]
    addressee: tuple[Statement, ...]
    date_line: Statement
    blocks: tuple[Block, ...]
    running: Statement | None = None
    footer: str = ""
    language: str = "en"
    layout: Layout = Layout.LETTER

    def statements(self) -> Iterator[Statement]:
        """Every statement, in reading order."""
        yield from self.sender
        yield self.date_line
        yield from self.addressee
        for block in self.blocks:
            yield from statements_of(block)

    def blanks(self) -> tuple[Blank, ...]:
        """Every blank once, in reading order."""
        found: dict[str, Blank] = {}
        for statement in self.statements():
            for part in statement.inlines:
                if isinstance(part, Blank):
                    found.setdefault(part.key, part)
        return tuple(found.values())


def statements_of(block: Block) -> Iterator[Statement]:
    """The statements of one block, in reading order."""
    match block:
        case Paragraph(statements) | Lines(statements):
            yield from statements
        case Quote(statement) | Banner(statement):
            yield statement
        case Bullets(items):
            for item in items:
                yield from item.statements
        case Grid(rows=rows):
            for row in rows:
                for cell in row:
                    yield from cell.statements
        case Reference(rows):
            for _, statement in rows:
                yield statement
        case Signature(lines=lines, attests=attests):
            yield from attests
            yield from lines
        case Heading() | NewPage():
            return
