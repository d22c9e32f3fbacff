"""Sheets as Markdown: headings, lists and pipe tables; every odd character escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from letters.render.words import printable
from models.letter import (
    Banner,
    Block,
    Bullets,
    Grid,
    Heading,
    Letter,
    Lines,
    NewPage,
    Paragraph,
    Quote,
    Reference,
    Signature,
    Statement,
    Text,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#])")


def render_markdown(letter: Letter) -> str:
    """The document as CommonMark with pipe tables, ending in a line break."""
    parts = [f"# {_plain(letter.title)}", _said(letter.date_line)]
    parts += ["\n".join(_block(block)) for block in letter.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"{'#' * (level + 1)} {_plain(text)}"
        case Paragraph(statements):
            yield _run(statements)
        case Lines(statements):
            yield "  \n".join(_said(s) for s in statements)
        case Quote(statement, place):
            yield f"> {_said(statement)} ({_plain(place)})" if place else f"> {_said(statement)}"
        case Banner(statement, lead):
            yield f"> **{_plain(lead)}** {_said(statement)}" if lead else f"> {_said(statement)}"
        case Bullets(items, ordered, boxes):
            for n, item in enumerate(items, 1):
                mark = f"{n}." if ordered else "- [ ]" if boxes else "-"
                yield f"{mark} {_run(item.statements)}"
        case Grid(header, rows):
            yield _row(_plain(cell) for cell in header)
            yield _row("---" for _ in header)
            for row in rows:
                yield _row(_run(cell.statements) for cell in row)
        case Reference(rows=lines):
            for label, statement in lines:
                yield f"- {_plain(label)}: {_said(statement)}"
        case Signature(closing, lines=names, attests=attests):
            yield f"{_run(attests)}\n\n{_plain(closing)}\n\n\\_\\_\\_\\_\\_\\_\n\n{_run(names)}"
        case NewPage():
            yield "---"


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _run(statements: tuple[Statement, ...]) -> str:
    return " ".join(_said(statement) for statement in statements)


def _said(statement: Statement) -> str:
    return "".join(
        _marked(part) if isinstance(part, Text) else f"\\[{_plain(part.label)}\\]"
        for part in statement.inlines
    )


def _marked(part: Text) -> str:
    mark = "**" if part.bold else "*" if part.italic else ""
    return f"{mark}{_plain(part.text)}{mark}"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))
