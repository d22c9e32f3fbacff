"""Blocks to plain text, the way a mail or a text export would have them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from benchmarks.generator import blocks as b
from benchmarks.generator.speaker import PAGE, PAGES

_WIDTH = 92


def _clean(text: str) -> str:
    return text.replace("**", "")


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(_clean(text), _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _pairs(block: b.Pairs) -> str:
    if block.style == "run_in":
        return _wrap("RE: " + "; ".join(f"{k}: {v}" for k, v in block.rows))
    if block.style in ("aligned", "table", "side", "rule_table"):
        wide = max(len(k) for k, _ in block.rows) + 3
        return "\n".join(f"{k + ':':<{wide}}{_clean(v)}" for k, v in block.rows)
    if block.style == "two_columns":
        cells = [f"{k}: {_clean(v)}" for k, v in block.rows]
        pairs = [cells[n : n + 2] for n in range(0, len(cells), 2)]
        return "\n".join("    ".join(f"{cell:<42}" for cell in row).rstrip() for row in pairs)
    if block.style in ("stacked", "stacked_one"):
        return "\n".join(f"{k}\n{_clean(v)}" for k, v in block.rows)
    return "\n".join(
        f"{k.upper() if block.style == 'upper' else k}: {_clean(v)}" for k, v in block.rows
    )


def to_text(body: Iterable[b.Block], footer: str = "") -> str:
    """The letter as lines of at most 92 characters, tables as columns."""
    out = _texts(body)
    footer = footer.replace(PAGES, "1").replace(PAGE, "1")
    return "\n\n".join(out) + (f"\n\n{footer}" if footer else "") + "\n"


def _texts(body: Iterable[b.Block]) -> list[str]:
    out: list[str] = []
    for block in body:
        match block:
            case b.Letterhead():
                out.append("\n".join([block.name, *filter(None, [block.under]), *block.lines]))
            case b.Lines():
                out.append("\n".join(block.lines))
            case b.Pairs():
                out.append(_pairs(block))
            case b.Para() | b.Fine():
                out.append(_wrap(block.text))
            case b.Framed():
                out.append(_wrap(block.text, "  "))
            case b.Heading():
                out.append(block.text.upper() if block.main else block.text)
            case b.Bullets():
                marks = (f"{n}." if block.numbered else "-" for n in range(1, 99))
                out.append("\n".join(f"{m} {_clean(i)}" for m, i in zip(marks, block.items)))  # noqa: B905
            case b.Grid():
                out.append(_grid(block))
            case b.Columns():
                out += [*_texts(block.left), *_texts(block.right)]
            case b.Gap() | b.NewPage():
                continue
    return out


def _grid(block: b.Grid) -> str:
    rows = [block.header, *block.rows]
    wide = [max(len(_clean(row[n])) for row in rows) for n in range(len(block.header))]
    return "\n".join(
        "  ".join(f"{_clean(cell):<{w}}" for cell, w in zip(row, wide, strict=True)).rstrip()
        for row in rows
    )
