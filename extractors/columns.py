"""Values in the columns of a table: header labels over rows, as on an explanation of benefits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

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
_LEAST_LABELS = 3
_MOST_ROWS = 40


def column_pairs(view: LetterView, cells: tuple[Segment, ...]) -> Iterator[Pair]:
    """A pair for every cell that stands under a header label and has the shape it promises.

    A header is a line of at least three cells, most of them labels and none with a colon.
    """
    lexicon = label_lexicon()
    rows = [tuple(group) for _, group in groupby(cells, key=lambda cell: cell.line)]
    for index, row in enumerate(rows):
        if len(row) < _LEAST_LABELS or any(":" in view.text[c.start : c.end] for c in row):
            continue
        header = [(cell, _roles(view, cell, lexicon)) for cell in row]
        labelled = sum(keys is not None for _, keys in header)
        if labelled < _LEAST_LABELS or labelled * 2 < len(row):
            continue
        for cell, keys in header:
            if keys and _COLUMN_ROLES.intersection(keys):
                yield from _under(view, cell, keys, rows[index + 1 :], lexicon)


def _roles(view: LetterView, cell: Segment, lexicon: LabelLexicon) -> tuple[str, ...] | None:
    return lexicon.roles.get(plain_phrase(view.text[cell.start : cell.end]))


def _under(
    view: LetterView,
    head: Segment,
    keys: tuple[str, ...],
    rows: list[tuple[Segment, ...]],
    lexicon: LabelLexicon,
) -> Iterator[Pair]:
    for row in rows[:_MOST_ROWS]:
        if row[0].page != head.page:
            return
        if sum(_roles(view, cell, lexicon) is not None for cell in row) >= _LEAST_LABELS:
            return  # the next table's header
        for cell in row:
            value = view.text[cell.start : cell.end]
            if cell.box.columns_overlap(head.box) < 0.3 or value.rstrip().endswith(":"):
                continue
            fitting = tuple(k for k in keys if fits(lexicon.expects[k], value))
            if fitting:
                label = view.text[head.start : head.end]
                yield Pair(
                    label, head.start, head.end, value, cell.start, cell.end, "column", fitting
                )
