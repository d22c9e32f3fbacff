"""Values in the columns of a table: header labels over rows, as on an explanation of benefits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.letter_view import LetterView
from extractors.nlp.labels import LabelLexicon, label_lexicon
from extractors.nlp.shapes import fits
from extractors.nlp.spans import Pair, Segment
from extractors.nlp.tokens import plain_phrase

_COLUMN_ROLES = frozenset(
    {
        "date_of_service", "hcpcs", "claim_number", "ndc", "diagnosis_codes", "quantity",
        "patient_name", "member_id", "rx_number", "reference_number", "provider_name", "npi",
        "drug", "service", "other_id", "request_date", "group_number", "letter_date",
    }
)  # fmt: skip
_CHARGES = frozenset({"money", "hcpcs"})
_LEAST_LABELS = 3
_MOST_ROWS = 40
_SAID = re.compile(r"\w")
_PROSE = 0.45
"""A cell wider than this share of the page is a line of prose."""


def column_pairs(view: LetterView, cells: tuple[Segment, ...]) -> Iterator[Pair]:
    """A pair for every cell that stands under a header label and has the shape it promises.

    A header is a line of at least three cells, most of them labels and none with a colon.
    """
    lexicon = label_lexicon()
    rows = printed_rows(cells)
    for index, row in enumerate(rows):
        if len(row) < _LEAST_LABELS or any(":" in view.text[c.start : c.end] for c in row):
            continue
        header = [(cell, _roles(view, cell, lexicon)) for cell in row]
        labelled = sum(keys is not None for _, keys in header)
        if labelled < _LEAST_LABELS or labelled * 2 < len(row):
            continue
        charged = any(keys and _CHARGES.intersection(keys) for _, keys in header)
        for cell, keys in header:
            if keys and charged and "plain_date" in keys:
                keys = ("date_of_service",)  # the date beside a charge
            if keys and _COLUMN_ROLES.intersection(keys):
                yield from _under(view, cell, keys, rows[index + 1 :], lexicon)


def printed_rows(cells: tuple[Segment, ...]) -> list[tuple[Segment, ...]]:
    """Cells that stand on one height of a page, left to right; rows from the top down."""
    rows: list[list[Segment]] = []
    for cell in sorted(cells, key=lambda c: (c.page, c.box.middle[1], c.box.x0)):
        last = rows[-1][0] if rows else None
        if (
            last is not None
            and last.page == cell.page
            and abs(cell.box.middle[1] - last.box.middle[1]) < 0.5 * max(last.box.height, 1.0)
        ):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [tuple(sorted(row, key=lambda c: c.box.x0)) for row in rows]


def _roles(view: LetterView, cell: Segment, lexicon: LabelLexicon) -> tuple[str, ...] | None:
    return lexicon.roles.get(plain_phrase(view.text[cell.start : cell.end]))


def _under(
    view: LetterView,
    head: Segment,
    keys: tuple[str, ...],
    rows: list[tuple[Segment, ...]],
    lexicon: LabelLexicon,
) -> Iterator[Pair]:
    label = view.text[head.start : head.end]
    width = next(page.width for page in view.pages if page.number == head.page)
    taken = -1
    for index, row in enumerate(rows[:_MOST_ROWS]):
        if row[0].page != head.page:
            return
        if not any(_SAID.search(view.text, cell.start, cell.end) for cell in row):
            continue  # a rule drawn by signs
        heads = [c for c in row if not view.text[c.start : c.end].rstrip().endswith(":")]
        if sum(_roles(view, cell, lexicon) is not None for cell in heads) >= 2:
            return  # the next table's header
        if any(cell.box.width > _PROSE * width for cell in row):
            return  # the table is over
        for cell in row:
            if cell.box.columns_overlap(head.box) < 0.3 or cell.start <= taken:
                continue
            end = _cell_end(cell, rows[index : index + 3])
            value = view.text[cell.start : end]
            fitting = tuple(k for k in keys if fits(lexicon.expects[k], value))
            if not fitting and "patient_name" in keys and fits("id", value):
                fitting = ("member_id",)  # the number under the name, in one column
            if fitting and not value.rstrip().endswith(":"):
                taken = end
                yield Pair(label, head.start, head.end, value, cell.start, end, "column", fitting)


def _cell_end(cell: Segment, rows: list[tuple[Segment, ...]]) -> int:
    """Where a cell's text ends that is wrapped over two or three lines of one block; `rows` are
    its own and those below. A line of several cells wraps nothing."""
    end, last = cell.end, cell
    for number, row in enumerate(rows):
        lines = [other.line for other in row]
        if number == 0 and lines.count(cell.line) > 1:
            return end
        for other in (o for o in row if lines.count(o.line) == 1 and number):
            follows = other.block == cell.block and other.line == last.line + 1
            if follows and other.box.columns_overlap(cell.box) > 0.5:
                end, last = other.end, other
    return end
