"""Sheets as one HTML page: nothing loaded from elsewhere, readable on a phone, printable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path

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

STYLE = Path(__file__).parent.parent / "data" / "sheet.css"


@cache
def _style() -> str:
    return STYLE.read_text(encoding="utf-8")


def render_html(letter: Letter) -> str:
    """The document as a whole HTML page."""
    body = "\n".join(part for block in letter.blocks for part in _block(block))
    title = _plain(letter.title)
    return (
        f'<!doctype html>\n<html lang="{escape(letter.language)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f'<p class="question">{_said(letter.date_line)}</p>\n{body}\n</main>\n</body>\n</html>\n'
    )


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"<h{level + 1}>{_plain(text)}</h{level + 1}>"
        case Paragraph(statements):
            yield f"<p>{_run(statements)}</p>"
        case Lines(statements):
            yield f"<p>{'<br>'.join(_said(s) for s in statements)}</p>"
        case Quote(statement, place):
            where = f" <small>({_plain(place)})</small>" if place else ""
            yield f"<blockquote>{_said(statement)}{where}</blockquote>"
        case Banner(statement, lead):
            strong = f"<strong>{_plain(lead)}</strong> " if lead else ""
            yield f'<p class="banner">{strong}{_said(statement)}</p>'
        case Bullets(items, ordered, boxes):
            tag, kind = ("ol" if ordered else "ul"), (' class="boxes"' if boxes else "")
            yield f"<{tag}{kind}>"
            yield from (f"<li>{_run(item.statements)}</li>" for item in items)
            yield f"</{tag}>"
        case Grid():
            yield from _grid(block)
        case Reference(rows):
            yield "<dl>"
            for label, statement in rows:
                yield f"<dt>{_plain(label)}</dt><dd>{_said(statement)}</dd>"
            yield "</dl>"
        case Signature(closing, lines, attests):
            yield f"<p>{_run(attests)}</p>"
            yield f'<p>{_plain(closing)}</p><p class="sign"></p><p>{_run(lines)}</p>'
        case NewPage():
            yield '<hr class="page">'


def _grid(block: Grid) -> Iterator[str]:
    yield '<div class="table"><table>'
    yield f"<thead><tr>{_cells('th scope=col', map(_plain, block.header))}</tr></thead>"
    yield "<tbody>"
    for row in block.rows:
        yield f"<tr>{_cells('td', (_run(cell.statements) for cell in row))}</tr>"
    yield "</tbody></table></div>"


def _cells(tag: str, cells: Iterable[str]) -> str:
    return "".join(f"<{tag}>{cell}</{tag.split()[0]}>" for cell in cells)


def _run(statements: tuple[Statement, ...]) -> str:
    return " ".join(_said(statement) for statement in statements)


def _said(statement: Statement) -> str:
    return "".join(
        _marked(part)
        if isinstance(part, Text)
        else f'<span class="blank">{_plain(part.label)}</span>'
        for part in statement.inlines
    )


def _marked(part: Text) -> str:
    words = _plain(part.text)
    words = f"<em>{words}</em>" if part.italic else words
    return f"<strong>{words}</strong>" if part.bold else words


def _plain(text: str) -> str:
    return escape(printable(text))
