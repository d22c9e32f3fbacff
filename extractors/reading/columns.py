"""Rows to blocks in reading order: columns, unruled tables, labels with values, paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from extractors.reading.rows import Row, Run

GUTTER = 0.8
"""A column gap stays at least this many line heights wide over all its rows."""

Span = tuple[float, float]

Cells = list[tuple[Run, ...]]


def leading_of(rows: Sequence[Row]) -> float:
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


def blocks_of(rows: Sequence[Row], leading: float, depth: int = 0) -> list[list[Run]]:
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
        blocks += blocks_of(own, leading, depth + 1)
    return blocks


def _cells(row: Row, cuts: Sequence[float]) -> Cells:
    cells: list[list[Run]] = [[] for _ in range(len(cuts) + 1)]
    for run in row.runs:
        cells[sum(run.box.middle[0] > cut for cut in cuts)].append(run)
    return [tuple(cell) for cell in cells]


def _labels_left(cells: Sequence[Cells]) -> bool:
    """Left cells that sound like labels, right cells that do not: `Member name    John Doe`."""
    return label_column([(row[0][0], row[1][0]) for row in cells if row[0] and row[1]])


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


def label_column(pairs: Sequence[tuple[Run, Run]]) -> bool:
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


OTHER_SIZE = 1.35
"""Letters so many times as high as others are of another size."""


def _of_other_size(above: Row, below: Row) -> bool:
    """Whether letters change their size between two rows, whichever letters stand in them."""
    apart = (
        max(one, other) / min(one, other)
        for one, other in ((above.height, below.height), (above.letter_size, below.letter_size))
    )
    return all(ratio > OTHER_SIZE for ratio in apart)


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
            or _of_other_size(above, row)
            or above.box.columns_overlap(row.box) <= 0
        )
        if new:
            blocks += [[run] for run in row.runs]
        else:
            blocks[-1].append(row.runs[0])
    return blocks
