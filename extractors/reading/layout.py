"""Words on a page to lines in reading order, with block ids.

A line reads as a person would read it: `Label:      value` stays together, cells and columns
that only stand side by side come apart. A block is a paragraph, a cell, or the lines of one
column that belong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from extractors.reading.columns import blocks_of, label_column, leading_of
from extractors.reading.rows import Run, glued, rows_of
from models.document import Line, Table, Word
from models.geometry import Box


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
            rows = [glued(row) for row in rows_of(piece_group, wide)]
            blocks += blocks_of(rows, leading_of(rows))
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
    held: list[dict[float, list[Sequence[Word]]]] = [{} for _ in table.rows]
    stray: list[Sequence[Word]] = []
    for words in pieces:
        place = _cell_of(words[0].box, (table,)) or _between_cells(words[0].box, table)
        if place is None:
            stray.append(words)
        else:
            held[int(place[1])].setdefault(place[2], []).append(words)
    laid: list[list[list[list[Run]]]] = []
    for row in held:
        cells = []
        for column in sorted(row):
            rows = [glued(one) for one in rows_of(row[column], wide)]
            cells.append(blocks_of(rows, leading_of(rows)))
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
    rows = [glued(row) for row in rows_of(stray, wide)]
    return blocks + blocks_of(rows, leading_of(rows))


def _between_cells(box: Box, table: Table) -> tuple[int, int, float] | None:
    """A place in the row beside its cells, where the rules of a cell were not all found."""
    x, y = box.middle
    for number, row in enumerate(table.rows):
        cells = [cell.box for cell in row if cell is not None]
        if any(cell.top <= y <= cell.bottom for cell in cells):
            return 0, number, sum(cell.middle[0] < x for cell in cells) - 0.5
    return None


def _cells_by_label(laid: Sequence[Sequence[Sequence[Sequence[Run]]]]) -> bool:
    pairs = [(cells[0][0][0], cells[1][0][0]) for cells in laid if len(cells) == 2]
    rows = sum(bool(cells) for cells in laid)
    return len(pairs) >= 0.6 * rows and label_column(pairs)
