"""Letters as PDF/UA-1: tagged, titled, in embedded fonts, set by typst from `data/letter.typ`.

The template is fixed and every word of a letter reaches it as data, so that nothing printed on a
denial can act as markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from letters.render.words import printable
from models.errors import SetupError
from models.letter import (
    Banner,
    Blank,
    Block,
    Bullets,
    Grid,
    Heading,
    Inline,
    Letter,
    Lines,
    NewPage,
    Paragraph,
    Quote,
    Reference,
    Signature,
    Statement,
)

TEMPLATE = Path(__file__).parent.parent / "data" / "letter.typ"
NO_FONT = "\u25a1"
"""Stands for a character that no font of this machine can print."""
NO_FONT_NOTE = (
    f"{NO_FONT} stands for a character for which this computer has no font: write it in by hand, "
    "or print the DOCX where the font is at hand."
)
# Latin, Greek and Cyrillic with the punctuation of letters: the built-in fonts have them all
# (a box to tick is drawn).
_SURE = re.compile(
    r"[\u0020-\u017f\u0391-\u03c9\u0410-\u044f\u200b\u2010-\u2027\u2030-\u2044\u20ac\u2610]*"
)
# Kept on one line: a citation, 29 CFR 2560.503-1(h)(3)(iii); a box to tick.
_WHOLE = re.compile(r"(\d+ (?:CFR|USC) \d[\w.-]*(?:\([0-9A-Za-z]{1,4}\))*|\u2610)")
# A run of letters longer than a line (glued words of a scan) may break, so that it stays on paper.
_ENDLESS = re.compile(r"\S{48,}")
_lock = Lock()

Json = dict[str, Any]


def render_pdf(letter: Letter) -> bytes:
    """The letter as PDF bytes: the same letter gives the same bytes.

    Raises SetupError where the typesetter fails; its message holds no words of the letter.
    """
    return _typeset(json.dumps(_letter(letter), ensure_ascii=False, sort_keys=True))


def _typeset(data: str) -> bytes:
    template = _template()
    sure = _SURE.fullmatch(data) is not None
    if not sure:
        fitted = _with_fonts_at_hand(data)
        if fitted != data:
            data = json.dumps({**json.loads(fitted), "note": NO_FONT_NOTE}, ensure_ascii=False)
    try:
        with _lock:
            pdf = _compiler(system_fonts=not sure).compile(
                input=template,
                format="pdf",
                sys_inputs={"letter": data},
                pdf_standards=["ua-1"],
                timestamp=0,
            )
    except typst.TypstError:
        # The typesetter quotes the words that it stumbled over: they stay out of our message.
        raise SetupError(
            "A letter could not be set as PDF", "Its DOCX file is complete; please report this"
        ) from None
    assert isinstance(pdf, bytes)  # one output file, none of it written to disk
    return pdf


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@cache
def _compiler(system_fonts: bool) -> typst.Compiler:
    return typst.Compiler(ignore_system_fonts=not system_fonts)


def _with_fonts_at_hand(data: str) -> str:
    """`data` with characters that no font here can print replaced by NO_FONT."""
    odd = {c for c in set(data) if not _SURE.fullmatch(c)}
    missing = {ord(c): NO_FONT for c in odd if not _has_font(c)}
    return data.translate(missing)


@lru_cache(maxsize=4096)
def _has_font(character: str) -> bool:
    probe = '#set document(title: "x")\n#set text(font: "Libertinus Serif")\n#sys.inputs.at("c")'
    try:
        with _lock:
            _compiler(system_fonts=True).compile(
                input=probe.encode(),
                format="pdf",
                sys_inputs={"c": f"a{character}"},
                pdf_standards=["ua-1"],
                timestamp=0,
            )
    except typst.TypstError:
        return False
    return True


def _letter(letter: Letter) -> Json:
    return {
        "title": printable(letter.title).strip() or letter.kind,
        "language": letter.language,
        "layout": letter.layout.value,
        "sender": _statements(letter.sender),
        "addressee": _statements(letter.addressee),
        "date_line": _statement(letter.date_line),
        "running": None if letter.running is None else _statement(letter.running),
        "footer": printable(letter.footer),
        "note": "",
        "blocks": [_block(block) for block in letter.blocks],
    }


def _pieces(part: Inline) -> Iterator[Json]:
    if isinstance(part, Blank):
        yield {"blank": printable(part.label), "lines": part.lines}
        return
    for words in filter(None, _WHOLE.split(_ENDLESS.sub(_breakable, printable(part.text)))):
        yield {
            "text": words,
            "bold": part.bold,
            "italic": part.italic,
            "whole": _WHOLE.fullmatch(words) is not None,
        }


def _breakable(run: re.Match[str]) -> str:
    return "\u200b".join(run.group()[n : n + 16] for n in range(0, len(run.group()), 16))


def _statement(statement: Statement) -> list[Json]:
    return [piece for part in statement.inlines for piece in _pieces(part)]


def _statements(statements: tuple[Statement, ...]) -> list[list[Json]]:
    return [_statement(statement) for statement in statements]


def _block(block: Block) -> Json:
    shape: Callable[[Any], Json]
    kind, shape = _SHAPES[type(block)]
    return {"kind": kind, **shape(block)}


_SHAPES: dict[type[Any], tuple[str, Callable[[Any], Json]]] = {
    Heading: ("heading", lambda b: {"text": printable(b.text), "level": b.level}),
    Paragraph: ("paragraph", lambda b: {"statements": _statements(b.statements)}),
    Lines: ("lines", lambda b: {"statements": _statements(b.statements)}),
    Quote: (
        "quote",
        lambda b: {"statement": _statement(b.statement), "place": printable(b.place)},
    ),
    Banner: (
        "banner",
        lambda b: {"statement": _statement(b.statement), "lead": printable(b.lead)},
    ),
    Bullets: (
        "bullets",
        lambda b: {
            "items": [_statements(item.statements) for item in b.items],
            "ordered": b.ordered,
            "boxes": b.boxes,
        },
    ),
    Grid: (
        "grid",
        lambda b: {
            "header": [printable(cell) for cell in b.header],
            "rows": [[_statements(cell.statements) for cell in row] for row in b.rows],
            "widths": list(b.widths),
            "caption": printable(b.caption),
        },
    ),
    Reference: (
        "reference",
        lambda b: {
            "rows": [
                {"label": printable(label), "statement": _statement(statement)}
                for label, statement in b.rows
            ]
        },
    ),
    Signature: (
        "signature",
        lambda b: {
            "closing": printable(b.closing),
            "lines": _statements(b.lines),
            "attests": _statements(b.attests),
        },
    ),
    NewPage: ("new_page", lambda _: {}),
}
