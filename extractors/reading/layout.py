"""Words on a page to lines in reading order, with block ids.

A line reads as a person would read it: `Label:      value` stays together, cells and columns
that only stand side by side come apart. A block is a paragraph, a cell, or the lines of one
column that belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from statistics import median

from models.document import Line, Table, Word
from models.geometry import Box

WIDE_GAP = 1.5
"""A gap wider than this many line heights parts two runs of words."""

GUTTER = 0.8
"""A column gap stays at least this many line heights wide over all its rows."""

_LABEL_END = re.compile(r"[:：]$")
_LABEL = re.compile(r"^[^:]{1,60}[:：](\s|$)")
_MARKER = re.compile(r"^([•●○▪■□☐☑☒◦·*o-]|\(?[0-9]{1,2}[.)]|\(?[A-Za-z][.)]|\[[ xX]?\]|[_.]{3,})$")
_LABEL_CUE = re.compile(
    r"\b(name|member|patient|subscriber|enrollee|insured|id|i\.d\.|number|no\.?|date|dob|birth|"
    r"drug|medication|medicine|service|requested|provider|prescriber|physician|doctor|npi|group|"
    r"plan|claim|case|reference|ref|authorization|request|tracking|diagnosis|code|codes|phone|fax|"
    r"address|policy|quantity|strength|dose|status|decision|determination|reason|amount|facility|"
    r"pharmacy|rx|type|level|account|issued|received|decided|deadline|due)\b|#",
    re.I,
)


@dataclass(frozen=True)
class Run:
    """Words of one row without a wide gap between them."""

    words: tuple[Word, ...]

    @cached_property
    def box(self) -> Box:
        return Box.around(word.box for word in self.words)

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def is_label(self) -> bool:
        """Ends as a label does, its value still to come."""
        return bool(_LABEL_END.search(self.text)) and len(self.words) <= 8

    @property
    def has_label(self) -> bool:
        """Starts with a label of its own."""
        return bool(_LABEL.match(self.text))

    @property
    def sounds_like_label(self) -> bool:
        """A short text with a label's words, though no colon ends it."""
        return (
            len(self.words) <= 4
            and bool(_LABEL_CUE.search(self.text))
            and not any(c.isdigit() for c in self.text)
        )


@dataclass(frozen=True)
class Row:
    """Runs on one baseline, left to right."""

    runs: tuple[Run, ...]

    @cached_property
    def box(self) -> Box:
        return Box.around(run.box for run in self.runs)

    @cached_property
    def height(self) -> float:
        """A typical word height of the row."""
        return _typical_height(word for run in self.runs for word in run.words)


def lay_out(
    pieces: Iterable[Sequence[Word]], tables: Sequence[Table] = (), wide: float | None = None
) -> tuple[Line, ...]:
    """Lines in reading order from the words of a page.

    `pieces` are words that the reader knows to stand on one baseline (a piece may be a single
    word), in any order. Words inside a cell of `tables` stay in their cell, and tables are read
    row by row. `wide` is the gap in points that parts two runs, where it is known.
    """
    known = [piece for words in pieces if words for piece in _cut_at_cells(words, tables)]
    blocks: list[list[Run]] = []
    for piece_group, table in _bands(known, tables):
        if table is None:
            rows = [_glued(row) for row in rows_of(piece_group, wide)]
            blocks += _blocks(rows, _leading(rows))
        else:
            blocks += _ruled(piece_group, table, wide)
    return tuple(
        Line(run.words, number) for number, block in enumerate(blocks) for run in block if run.words
    )


def _cut_at_cells(words: Sequence[Word], tables: Sequence[Table]) -> list[Sequence[Word]]:
    """A piece cut where it runs from one cell of a table into the next."""
    if not tables or len(words) == 1:
        return [words]
    return [tuple(group) for _, group in groupby(words, key=lambda w: _cell_of(w.box, tables))]


def _cell_of(box: Box, tables: Sequence[Table]) -> tuple[int, int, int] | None:
    x, y = box.middle
    for t, table in enumerate(tables):
        if _holds(table.box, x, y):
            for r, row in enumerate(table.rows):
                for c, cell in enumerate(row):
                    if cell is not None and _holds(cell.box, x, y):
                        return t, r, c
    return None


def _holds(box: Box, x: float, y: float) -> bool:
    return box.x0 <= x <= box.x1 and box.top <= y <= box.bottom


def _bands(
    pieces: Sequence[Sequence[Word]], tables: Sequence[Table]
) -> Iterator[tuple[list[Sequence[Word]], Table | None]]:
    """The page from top to bottom: stretches of text, and tables that stand alone in theirs."""
    rest = sorted(pieces, key=lambda words: words[0].box.middle[1])
    for table in sorted(tables, key=lambda t: t.box.top):
        level = [w for w in rest if table.box.top <= w[0].box.middle[1] <= table.box.bottom]
        inside = [w for w in level if _holds(table.box, *w[0].box.middle)]
        if len(inside) < len(level) or not inside:
            continue  # text beside it: columns, which the page's own white space tells apart
        above = [w for w in rest if w[0].box.middle[1] < table.box.top]
        if above:
            yield above, None
        yield inside, table
        rest = [w for w in rest if w[0].box.middle[1] > table.box.bottom]
    if rest:
        yield rest, None


def _ruled(pieces: Sequence[Sequence[Word]], table: Table, wide: float | None) -> list[list[Run]]:
    """Blocks of a ruled table, cell by cell; a cell that is a label takes its value along."""
    held: dict[tuple[int, int], list[Sequence[Word]]] = {}
    stray: list[Sequence[Word]] = []
    for words in pieces:
        place = _cell_of(words[0].box, (table,))
        if place is None:
            stray.append(words)
        else:
            held.setdefault(place[1:], []).append(words)
    laid: list[list[list[list[Run]]]] = []
    for r, row in enumerate(table.rows):
        cells = []
        for c in range(len(row)):
            rows = [_glued(one) for one in rows_of(held.get((r, c), ()), wide)]
            cells.append(_blocks(rows, _leading(rows)))
        laid.append([cell for cell in cells if cell])
    by_label = _cells_by_label(laid)
    blocks: list[list[Run]] = []
    for cells in laid:
        first = cells[0][0][0] if cells else None
        if (
            first is not None
            and len(cells) == 2
            and len(cells[0]) == 1
            and len(cells[0][0]) == 1
            and (by_label or first.is_label)
            and not cells[1][0][0].has_label
        ):
            head, *more = cells[1][0]
            blocks += [[Run(first.words + head.words), *more], *cells[1][1:]]
        else:
            blocks += [block for cell in cells for block in cell]
    rows = [_glued(row) for row in rows_of(stray, wide)]
    return blocks + _blocks(rows, _leading(rows))


def _cells_by_label(laid: Sequence[Sequence[Sequence[Sequence[Run]]]]) -> bool:
    pairs = [(cells[0][0][0], cells[1][0][0]) for cells in laid if len(cells) == 2]
    return len(pairs) == len([cells for cells in laid if cells]) and _label_column(pairs)


@dataclass(frozen=True, slots=True)
class _Piece:
    words: Sequence[Word]
    box: Box


def rows_of(pieces: Iterable[Sequence[Word]], wide: float | None = None) -> list[Row]:
    """Words gathered to rows from top to bottom, each split at wide gaps."""
    known = [_Piece(words, Box.around(w.box for w in words)) for words in pieces if words]
    open_rows: list[list[_Piece]] = []
    for piece in sorted(known, key=lambda p: (p.box.top + p.box.bottom, p.box.x0)):
        for row in reversed(open_rows[-8:]):
            if _same_row(row, piece):
                row.append(piece)
                break
        else:
            open_rows.append([piece])
    rows = [
        _split(sorted((w for p in row for w in p.words), key=lambda w: w.box.x0), wide)
        for row in open_rows
    ]
    return sorted(rows, key=lambda row: row.box.top + row.box.bottom)


def _same_row(row: Sequence[_Piece], new: _Piece) -> bool:
    """Neighbours decide: a tall logo beside three small lines is not part of any of them."""
    near = min(row, key=lambda piece: _apart(piece.box, new.box)).box
    shared = min(near.bottom, new.box.bottom) - max(near.top, new.box.top)
    tall = max(near.height, new.box.height)
    low = min(near.height, new.box.height)
    if shared >= 0.5 * tall:
        return True
    # A comma, a dash or a superscript is low, and lies within its neighbour's height.
    mark = sum(len(word.text) for word in new.words) <= 2
    return shared >= 0.7 * low and (tall <= 1.6 * low or (mark and _apart(near, new.box) < tall))


def _apart(one: Box, other: Box) -> float:
    """White space between two boxes, across the page."""
    return max(one.x0 - other.x1, other.x0 - one.x1, 0.0)


def _typical_height(words: Iterable[Word]) -> float:
    """Height of a row's letters: that of its taller words, since `on` has no tall letter."""
    heights = sorted(word.box.height for word in words)
    return heights[min(len(heights) * 3 // 4, len(heights) - 1)] or 1.0


def _split(words: Sequence[Word], wide: float | None) -> Row:
    if wide is None:
        wide = WIDE_GAP * _typical_height(words)
    runs: list[list[Word]] = [[words[0]]]
    for left, right in pairwise(words):
        gap = right.box.x0 - left.box.x1
        if gap > wide:
            runs.append([])
        runs[-1].append(right)
    return Row(tuple(Run(tuple(run)) for run in runs))


def _glued(row: Row) -> Row:
    """A label and the value that follows it, a marker and its item, become one run."""
    runs: list[Run] = [row.runs[0]]
    for run in row.runs[1:]:
        last = runs[-1]
        if (last.is_label and not run.has_label) or _MARKER.match(last.text):
            runs[-1] = Run(last.words + run.words)
        else:
            runs.append(run)
    return Row(tuple(runs))


def _leading(rows: Sequence[Row]) -> float:
    """The page's usual white space between lines of a paragraph, in line heights."""
    gaps = []
    for above, below in pairwise(rows):
        gap = (below.box.top - above.box.bottom) / max(above.height, below.height)
        if -0.5 < gap < 1.3 and above.box.columns_overlap(below.box) > 0.3:
            gaps.append(max(gap, 0.0))
    return median(gaps) if gaps else 0.3


def _parts(above: Row, below: Row, leading: float) -> bool:
    """Whether white space between two rows is more than that between lines of a paragraph."""
    height = max(above.height, below.height)
    return below.box.top - above.box.bottom > height * max(0.55, leading + 0.25)


def _blocks(rows: Sequence[Row], leading: float, depth: int = 0) -> list[list[Run]]:
    """Runs in reading order, grouped to blocks."""
    blocks: list[list[Run]] = []
    at = 0
    plain: list[Row] = []
    while at < len(rows):
        end, gutters = _region(rows, at, leading) if depth < 4 else (at, [])
        if not gutters:
            plain.append(rows[at])
            at += 1
            continue
        blocks += _paragraphs(plain, leading)
        plain = []
        blocks += _columns(rows[at:end], gutters, leading, depth)
        at = end
    return blocks + _paragraphs(plain, leading)


Span = tuple[float, float]


def _gutters(row: Row) -> list[Span]:
    return [(left.box.x1, right.box.x0) for left, right in pairwise(row.runs)]


def _narrowed(gutters: Sequence[Span], row: Row, least: float) -> list[Span]:
    """What `row` leaves free of the gutters."""
    free: list[Span] = []
    for start, end in gutters:
        pieces = [(start, end)]
        for run in row.runs:
            pieces = [
                piece
                for s, e in pieces
                for piece in ((s, min(e, run.box.x0)), (max(s, run.box.x1), e))
                if piece[1] - piece[0] >= least
            ]
        if pieces:
            free.append(max(pieces, key=lambda piece: piece[1] - piece[0]))
    return free


def _region(rows: Sequence[Row], at: int, leading: float) -> tuple[int, list[Span]]:
    """The end of the column region that starts at row `at`, and its gutters; none: no region."""
    start = at
    # A column may begin higher than its neighbour: single runs directly above belong to it.
    while at < len(rows) and len(rows[at].runs) == 1:
        if at + 1 >= len(rows) or _parts(rows[at], rows[at + 1], leading) or at - start >= 8:
            return start, []
        at += 1
    if at >= len(rows):
        return start, []
    gutters = _gutters(rows[at])
    for row in rows[start:at]:
        kept = _narrowed(gutters, row, GUTTER * row.height)
        if len(kept) < len(gutters):
            return start, []
    end = at + 1
    last_multi = end
    while end < len(rows):
        row, above = rows[end], rows[end - 1]
        gap = (row.box.top - above.box.bottom) / max(row.height, above.height)
        kept = _narrowed(gutters, row, GUTTER * row.height)
        if gap > 2.5 or not kept:
            break
        single = len(row.runs) == 1
        if single and _parts(above, row, leading):
            break
        if len(kept) < len(gutters) and (single or end > at + 1):
            break  # it runs across a column of the region
        if len(row.runs) != len(above.runs) > 1 < len(row.runs) and _parts(above, row, leading):
            break  # white space, and then other columns: a table below a block
        gutters = kept
        end += 1
        if not single:
            last_multi = end
    while end > last_multi and _parts(rows[end - 2], rows[end - 1], leading):
        end -= 1
    return end, gutters


def _columns(
    rows: Sequence[Row], gutters: Sequence[Span], leading: float, depth: int
) -> list[list[Run]]:
    """A region of columns: as a table row by row, as label and value, or column by column."""
    cuts = [(start + end) / 2 for start, end in gutters]
    cells = [_cells(row, cuts) for row in rows]
    if len(cuts) == 1 and (_labels_left(cells) or _codes_left(cells)):
        return _labelled(rows, cells, leading)
    if len(cuts) >= 2 and _is_table(cells):
        return _table(rows, cells, leading)
    blocks: list[list[Run]] = []
    for column in range(len(cuts) + 1):
        own = [Row(row_cells[column]) for row_cells in cells if row_cells[column]]
        blocks += _blocks(own, leading, depth + 1)
    return blocks


Cells = list[tuple[Run, ...]]


def _cells(row: Row, cuts: Sequence[float]) -> Cells:
    cells: list[list[Run]] = [[] for _ in range(len(cuts) + 1)]
    for run in row.runs:
        cells[sum(run.box.middle[0] > cut for cut in cuts)].append(run)
    return [tuple(cell) for cell in cells]


def _labels_left(cells: Sequence[Cells]) -> bool:
    """Left cells that sound like labels, right cells that do not: `Member name    John Doe`."""
    return _label_column([(row[0][0], row[1][0]) for row in cells if row[0] and row[1]])


def _codes_left(cells: Sequence[Cells]) -> bool:
    """Short codes or markers on the left, what they mean on the right: `CO-50    These are ...`."""
    left = [row[0] for row in cells if row[0]]
    both = [(row[0][0], row[1][0]) for row in cells if row[0] and row[1]]
    return (
        len(both) == len(left) >= 1
        and all(len(runs) == 1 and len(runs[0].text) <= 16 for runs in left)
        and all(any(c.isdigit() for c in code.text) for code, _ in both)
        and sum(len(text.words) >= 4 for _, text in both) >= 0.75 * len(both)
        and not any(text.has_label for _, text in both)
    )


def _label_column(pairs: Sequence[tuple[Run, Run]]) -> bool:
    left = sum(one.sounds_like_label for one, _ in pairs)
    right = sum(other.sounds_like_label or other.has_label for _, other in pairs)
    return len(pairs) >= 2 and left >= 0.6 * len(pairs) and right <= 0.34 * len(pairs)


def _labelled(rows: Sequence[Row], cells: Sequence[Cells], leading: float) -> list[list[Run]]:
    """One run for label and value; a value's further lines follow in the same block."""
    blocks: list[list[Run]] = []
    for at, (left, right) in enumerate(cells):
        run = Run(tuple(word for part in (*left, *right) for word in part.words))
        wrapped = (
            bool(blocks) and (not left or not right) and not _parts(rows[at - 1], rows[at], leading)
        )
        if wrapped:
            blocks[-1].append(run)
        else:
            blocks.append([run])
    return blocks


def _is_table(cells: Sequence[Cells]) -> bool:
    """Rows that fill most columns; else the columns are texts side by side."""
    full = sum(sum(bool(cell) for cell in row) >= 3 for row in cells)
    return full >= 2 or (full == 1 and len(cells) <= 2)


def _table(rows: Sequence[Row], cells: Sequence[Cells], leading: float) -> list[list[Run]]:
    """Record by record, each cell a block; a row that only continues some cells joins them."""
    blocks: list[list[Run]] = []
    record: list[list[Run]] = []
    for at, row in enumerate(cells):
        filled = sum(bool(cell) for cell in row)
        goes_on = (
            bool(record)
            and filled < sum(bool(cell) for cell in record)
            and all(record[i] for i, cell in enumerate(row) if cell)
            and not row[0]
            and not _parts(rows[at - 1], rows[at], leading)
        )
        if not goes_on:
            blocks += [cell for cell in record if cell]
            record = [[] for _ in row]
        for column, cell in enumerate(row):
            record[column].extend(cell)
    return blocks + [cell for cell in record if cell]


def _paragraphs(rows: Sequence[Row], leading: float) -> list[list[Run]]:
    """Rows of one column to paragraphs, at white space or a change of letter size."""
    blocks: list[list[Run]] = []
    for at, row in enumerate(rows):
        above = rows[at - 1] if at else None
        new = (
            above is None
            or len(row.runs) > 1
            or len(above.runs) > 1
            or _parts(above, row, leading)
            or max(above.height, row.height) > 1.35 * min(above.height, row.height)
            or above.box.columns_overlap(row.box) <= 0
        )
        if new:
            blocks += [[run] for run in row.runs]
        else:
            blocks[-1].append(row.runs[0])
    return blocks
