"""Sentences: wrapped lines of a paragraph are joined, label rows and table cells are not."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from extractors.letter_view import LetterView, PlacedLine
from extractors.nlp.spans import Pair, Section, Segment, Sentence

_BULLET = re.compile(r"\s*(?:[-*•■●▪◦·☐☑☒✓>]\s+|o\s+(?=[A-Z])|\(?\d{1,2}[.)]\s+|\(?[a-h][.)]\s+)")
_TERMINAL = re.compile(r"[.!?:;][\"'”’)\]*]*$")
_STOP = re.compile(r"(?<!\.\.)(?<=[.!?])[\"'”’)\]*]*\s+(?=[\"'“‘(\[*•¿¡]*[A-Z0-9¿¡☐☑☒])")
_BOX = re.compile(r"\s+(?=(?:\[ ?[xX✓✔*]? ?\]|\( ?[xX✓✔]? ?\)|[☐☑☒□❏❑◻✓✔✗✘])\s)")
"""Before a check box: what it ticks is a sentence of its own."""
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:Dr|Dra|Sra|Srta|Mr|Mrs|Ms|No|Nos|Nbr|Inc|Co|Corp|St|Ste|Ave|Blvd|Rd|Dept|Attn|Ref|Ext|vs|v|e\.g|i\.e"
    r"|etc|approx|Jr|Sr|Ph|Phone|Tel|Fig|Sec|Vol|cf|al|U\.S|U\.S\.C|C\.F\.R|P\.O|D\.O|M\.D|Ph\.D|N\.P"
    r"|a\.m|p\.m|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Rx|Auth|Mt|Ft|Bldg|Rm|Hon|Rev|Gen"
    r"|Art|Subch|Subpt|Pt|Ins|Reg|Stat|Code)|\b[A-Z])\.$",
    re.I,
)
_OPEN_END = re.compile(
    r"\b(?:within|of|to|the|an|and|or|for|by|on|at|in|with|from|is|are|be|was|were|your|our|this"
    r"|may|must|can|will|has|have|had|not|than|as|if|that|which|who)$"
)
"""Words after which a sentence goes on, whatever the next line begins with."""
_FITS_SLACK = 1.0
_PROSE = 7
"""So many words of small letters make a line prose."""
_NEARLY_FULL = 0.8
"""A line of prose that reaches this far without a full stop goes on in the next."""


def sentences(
    view: LetterView,
    cells: tuple[Segment, ...],
    pairs: tuple[Pair, ...],
    parts: tuple[Section, ...],
) -> tuple[Sentence, ...]:
    """Every sentence of the letter, in order, with the part it stands in."""
    starts = [part.start for part in parts]
    found: list[Sentence] = []
    for start, end, is_row in _runs(view, cells, pairs, parts):
        for a, b in _split(view.text, start, end):
            line = view.line_at(a)
            part = parts[bisect_right(starts, a) - 1]
            found.append(Sentence(a, b, part.kind, line.page, line.role, is_row))
    return tuple(found)


def _runs(
    view: LetterView,
    cells: tuple[Segment, ...],
    pairs: tuple[Pair, ...],
    parts: tuple[Section, ...],
) -> Iterator[tuple[int, int, bool]]:
    """Stretches of text that belong together: wrapped paragraphs, single cells, label rows."""
    by_line: dict[int, list[Segment]] = {}
    for cell in cells:
        by_line.setdefault(cell.line, []).append(cell)
    rows = _label_rows(view, cells, pairs)
    breaks = {part.start for part in parts} | {part.body for part in parts}
    right = _right_edges(view.lines)
    open_from: int | None = None
    last: PlacedLine | None = None
    for line in view.lines:
        several = len(by_line.get(line.index, ())) > 1 and not _is_text(view, by_line[line.index])
        row = several or line.index in rows
        if (
            open_from is not None
            and last is not None
            and (row or line.start in breaks or not _goes_on(last, line, right, view))
        ):
            yield open_from, last.end, False
            open_from = None
        if several:
            for cell in by_line[line.index]:
                yield cell.start, cell.end, True
        elif row:
            yield line.start, line.end, True
        elif open_from is None:
            open_from = line.start
        body = next((p for p in breaks if line.start < p < line.end), None)
        if body is not None and not row and open_from is not None:
            if open_from < body:
                yield open_from, body, False
            open_from = body
        last = line
    if open_from is not None and last is not None:
        yield open_from, last.end, False


def _lead(text: str) -> int:
    """How many characters of bullets and stars stand before the words of a cell."""
    return len(text) - len(text.lstrip("-*•■●▪◦·>| "))


def _label_rows(view: LetterView, cells: tuple[Segment, ...], pairs: Sequence[Pair]) -> set[int]:
    """Lines that hold a short label and value, and nothing that runs on."""
    rows: set[int] = set()
    opening = {c.start + _lead(view.text[c.start : c.end]) for c in cells}
    for pair in pairs:
        if pair.how in {"inline", "column"}:
            continue
        line = view.line_at(pair.label_start)
        if pair.how == "colon" and pair.label_start not in opening:
            continue
        prose = len(pair.value.split()) > 9 or re.search(r"[a-z]{3}[.!?](\s|$)", pair.value)
        if not pair.keys and _runs_on(view, line):
            continue
        if prose or (len(pair.value.split()) > 3 and _OPEN_END.search(pair.value)):
            continue
        rows.add(line.index)
        if pair.how in {"below", "beside"}:
            rows.add(view.line_at(pair.value_start).index)
    return rows


def _runs_on(view: LetterView, line: PlacedLine) -> bool:
    """Whether the line before is prose that goes on here: the colon is no label's."""
    if line.index == 0:
        return False
    last = view.lines[line.index - 1]
    same = last.block == line.block and len(last.text.split()) >= 8
    return same and _TERMINAL.search(last.text.rstrip()) is None


def _is_text(view: LetterView, row: list[Segment]) -> bool:
    """Whether wide gaps in a line are only the double spaces after full stops."""
    return all(
        view.text[cell.start : cell.end].rstrip().endswith((".", "!", "?", ":"))
        and len(view.text[cell.start : cell.end].split()) > 3
        for cell in row[:-1]
    )


def _right_edges(lines: Sequence[PlacedLine]) -> dict[int, float]:
    edges: dict[int, float] = {}
    for line in lines:
        edges[line.block] = max(edges.get(line.block, 0.0), line.box.x1)
    return edges


def _goes_on(last: PlacedLine, line: PlacedLine, right: dict[int, float], view: LetterView) -> bool:
    """Whether `line` continues the paragraph of `last`."""
    if _BULLET.match(line.text):
        return False
    ended = _TERMINAL.search(last.text.rstrip()) is not None
    bracket = line.text[:1] == "(" and line.block == last.block
    lower = line.text[:1].islower() or bracket
    opened = _OPEN_END.search(last.text.rstrip()) is not None
    if line.block != last.block:
        near = line.page != last.page or line.index == last.index + 1
        return (lower or opened) and not ended and near
    if (lower and not ended) or opened:
        return True
    if last.text.isupper() != line.text.isupper() and last.text.isupper() and not ended:
        return False
    prose = len(re.findall(r"\b[a-z]{2,}", last.text)) >= _PROSE
    if prose and not ended and last.box.x1 > _NEARLY_FULL * right[last.block]:
        return True
    words = view.words_in(line.start, line.start + 1)
    first = words[0].word.box.width if words else 0.0
    space = last.box.height * 0.5
    return last.box.x1 + space + first > right[last.block] - _FITS_SLACK


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one stretch, without blanks at either end."""
    at = start
    stops = [*_STOP.finditer(text, start, end), *_BOX.finditer(text, start, end)]
    for stop in sorted(stops, key=lambda found: found.start()):
        if _ABBREVIATIONS.search(text[max(at, stop.start() - 8) : stop.start()]):
            continue
        yield from _tight(text, at, stop.start())
        at = stop.end()
    yield from _tight(text, at, end)


def _tight(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
