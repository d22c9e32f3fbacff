"""Blocks to PDF, through typst."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from benchmarks.generator import blocks as b
from benchmarks.generator.look import Look, font_folders
from benchmarks.generator.speaker import PAGE, PAGES

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def _string(text: str) -> str:
    """A typst string literal."""
    return json.dumps(text, ensure_ascii=False)


def rich(text: str) -> str:
    """Text with **bold** words as a typst expression."""
    parts = _BOLD.split(text)
    shown = [
        f"strong(text({_string(part)}))" if n % 2 else f"text({_string(part)})"
        for n, part in enumerate(parts)
        if part
    ]
    return "(" + " + ".join(shown or ["[]"]) + ")"


def _stack(items: Iterable[str], gap: str = "0.45em") -> str:
    return "stack(dir: ttb, spacing: " + gap + ", " + ", ".join(items) + ")"


def _mark(look: Look) -> str:
    ink = f'rgb("{look.ink}")'
    return {
        "none": "",
        "disc": f"box(baseline: 20%, circle(radius: 8pt, fill: {ink})) + h(6pt) + ",
        "square": f"box(baseline: 20%, rect(width: 15pt, height: 15pt, fill: {ink})) + h(6pt) + ",
        "bar": f"box(baseline: 25%, rect(width: 5pt, height: 20pt, fill: {ink})) + h(6pt) + ",
    }[look.head_mark]


def _letterhead(block: b.Letterhead, look: Look) -> str:
    name = _mark(look) + (
        f'text(size: {look.size + 5}pt, weight: "bold", fill: rgb("{look.ink}"), '
        f"{_string(block.name)})"
    )
    rows = [f"box({name})"]
    if block.under:
        rows.append(f'text(style: "italic", size: 0.9em, {_string(block.under)})')
    rows += [f"text(size: 0.85em, {_string(line)})" for line in block.lines]
    head = _stack((f"block(width: 100%, align({look.head_side}, {row}))" for row in rows), "0.4em")
    rule = "line(length: 100%, stroke: 0.6pt)" if look.head_rule else "v(0pt)"
    return f"#block(width: 100%, below: 1.6em, {_stack([head, rule], '0.6em')})"


def _label(text: str, upper: bool = False) -> str:
    return f"strong({_string(text.upper() if upper else text)})"


def _pairs(block: b.Pairs) -> str:
    rows, style = block.rows, block.style
    cells = [(f"[#{_label(k)}]", f"[#{rich(v)}]") for k, v in rows]
    if style == "run_in":
        inside = ' + text("; ") + '.join(f"text({_string(k + ': ' + v)})" for k, v in rows)
        return f'#par(strong("RE: ") + {inside})'
    if style in ("lines", "upper"):
        lines = [f"{_label(k + ':', style == 'upper')} + text({_string(' ' + v)})" for k, v in rows]
        return f"#block({_stack(f'block({line})' for line in lines)})"
    if style == "two_columns":
        lines = [f"[#{_label(k + ':')} #{rich(v)}]" for k, v in rows]
        return (
            "#block(grid(columns: (1fr, 1fr), row-gutter: 0.6em, column-gutter: 14pt, "
            f"{', '.join(lines)}))"
        )
    if style == "stacked_one":
        lines = [f"block([#text(size: 0.8em, {_string(k)}) \\ #{rich(v)}])" for k, v in rows]
        return f"#block({_stack(lines, '0.8em')})"
    if style == "stacked":
        lines = [f"[#text(size: 0.8em, {_string(k)}) \\ #{rich(v)}]" for k, v in rows]
        return (
            "#block(grid(columns: (1fr, 1fr, 1fr), row-gutter: 0.9em, column-gutter: 10pt, "
            f"{', '.join(lines)}))"
        )
    flat = ", ".join(cell for pair in cells for cell in pair)
    if style in ("table", "rule_table"):
        stroke = "0.5pt" if style == "table" else "(bottom: 0.4pt)"
        return f"#block(table(columns: (auto, 1fr), inset: 4pt, stroke: {stroke}, {flat}))"
    body = f"grid(columns: (auto, auto), column-gutter: 12pt, row-gutter: 0.5em, {flat})"
    return f"#align(right, {body})" if style == "side" else f"#block({body})"


def _heading(block: b.Heading, look: Look) -> str:
    if block.main:
        title = f'text(size: 1.2em, weight: "bold", {_string(block.text)})'
        return f"#block(above: 1.6em, below: 1.2em, {title})"
    shown = {
        "bold": f"strong({_string(block.text)})",
        "upper": f"strong({_string(block.text.upper())})",
        "ink": f'text(fill: rgb("{look.ink}"), weight: "bold", {_string(block.text)})',
        "underlined": f"underline({_string(block.text)})",
    }[look.heading]
    return f"#block(above: 1.5em, below: 0.85em, sticky: true, {shown})"


def _grid(block: b.Grid) -> str:
    columns = ", ".join(f"{share}fr" for share in block.shares)
    head = ", ".join(f"[#{_label(cell)}]" for cell in block.header)
    cells = ", ".join(f"[#{rich(cell)}]" for row in block.rows for cell in row)
    table = (
        f"table(columns: ({columns}), inset: 3.5pt, stroke: 0.4pt, "
        f"fill: (_, y) => if y == 0 {{ luma(228) }}, {head}, {cells})"
    )
    size = "0.82em" if block.small else "1em"
    return f"#block(width: 100%, {{ set par(justify: false); text(size: {size}, {table}) }})"


def to_typst(body: Iterable[b.Block], look: Look) -> str:
    """The blocks as typst code (without page set-up)."""
    out: list[str] = []
    for block in body:
        match block:
            case b.Letterhead():
                out.append(_letterhead(block, look))
            case b.Lines():
                lines = _stack(f"text({_string(line)})" for line in block.lines)
                pad = "pad(left: 30pt, " + lines + ")" if block.indent else lines
                out.append(f"#block(align({block.side}, {pad}))")
            case b.Pairs():
                out.append(_pairs(block))
            case b.Para():
                out.append(f"#par({rich(block.text)})")
            case b.Heading():
                out.append(_heading(block, look))
            case b.Bullets():
                kind = "enum" if block.numbered else "list"
                out.append(f"#{kind}({', '.join(f'[#{rich(item)}]' for item in block.items)})")
            case b.Grid():
                out.append(_grid(block))
            case b.Framed():
                out.append(f"#block(stroke: 0.7pt, inset: 7pt, width: 100%, {rich(block.text)})")
            case b.Fine():
                out.append(f"#block(text(size: 0.78em, {_string(block.text)}))")
            case b.Columns():
                shares = ", ".join(f"{share}fr" for share in block.shares)
                sides = ", ".join(f"[{to_typst(side, look)}]" for side in (block.left, block.right))
                out.append(f"#grid(columns: ({shares}), column-gutter: 20pt, {sides})")
            case b.Gap():
                out.append(f"#v({block.points}pt)")
            case b.NewPage():
                out.append("#pagebreak(weak: true)")
    return "\n\n".join(out)


def _footer(text: str) -> str:
    """The footer, with typst's counters where it names the page or the pages."""
    counted = _string(text).replace(PAGES, '" + str(counter(page).final().first()) + "')
    return "context (" + counted.replace(PAGE, '" + str(here().page()) + "') + ")"


def page_setup(look: Look, footer: str) -> str:
    side, top = look.margins
    foot = f"align({look.footer_side}, text(size: 7.5pt, {_footer(footer)}))" if footer else "none"
    return (
        f'#set page(paper: "us-letter", margin: (x: {side}pt, y: {top}pt), footer: {foot})\n'
        f'#set text(font: ("{look.font}", "DejaVu Sans Mono"), size: {look.size}pt, lang: "en", '
        "hyphenate: false)\n"
        f"#set par(justify: {str(look.justify).lower()}, leading: {look.leading}em, "
        f"spacing: {look.spacing}em)\n"
    )


def to_pdf(body: Iterable[b.Block], look: Look, footer: str, made: datetime) -> bytes:
    """A tagged PDF of US letter pages; `made` is the only clock it knows."""
    import typst

    source = page_setup(look, footer) + to_typst(body, look)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "letter.typ"
        path.write_text(source, encoding="utf-8")
        done = typst.compile(
            str(path),
            format="pdf",
            font_paths=[str(folder) for folder in font_folders()],
            ignore_system_fonts=True,
            timestamp=made,
        )
    if not isinstance(done, bytes):
        raise TypeError("typst gave no single PDF")
    return done
