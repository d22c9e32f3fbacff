"""What was denied where it is no drug: the phrase that the letter prints for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractors.calibration import curve
from extractors.candidates import Candidate
from extractors.columns import printed_rows
from extractors.meaning.passages import Passage
from extractors.meaning.service_mentions import Mention, mentions
from extractors.meaning.service_model import choose
from extractors.nlp.analysis import Analysis, Pair

_EOB_LINE = re.compile(
    r"(?<![\w.-])(?P<what>[A-IK-PR-Z]\d{4}|\d{5})(?![\w.-])(?=.*\d\.\d\d)(?=.*\b(?:CO|PR|OA|PI)-?\s?\d|.*\$0\.00)"
)
CODE_ALONE = 0.5
"""The score of a procedure's code where no name is printed."""


def find_service(
    analysis: Analysis, passages: tuple[Passage, ...], drug_rows: tuple[Pair, ...]
) -> Iterable[Candidate]:
    """`service` candidates, best first."""
    chosen = choose(mentions(analysis, passages, drug_rows))
    for one in chosen:
        at = one.mention
        value, start, end = _with_code(analysis, at) or (at.value, at.start, at.end)
        how = f"service by {at.how}"
        yield Candidate("service", value, start, end, round(one.score, 4), how)
    if not chosen or chosen[0].score < curve("service").floor:
        yield from _eob_lines(analysis)


_CODE_FIRST = re.compile(r"[A-Z]?\d{4,5}[A-Z]?\s?[-–—:]\s?(?P<name>[A-Za-z][^:;]{2,90})")


def _with_code(analysis: Analysis, mention: Mention) -> tuple[str, int, int] | None:
    """All of a labelled value that prints the code before this name: `27447 - Knee replacement`."""
    for pair in analysis.pairs:
        printed = _CODE_FIRST.fullmatch(pair.value) if pair.how == "colon" else None
        if printed and printed["name"].lower().startswith(mention.value.lower()):
            return " ".join(pair.value.split()), pair.value_start, pair.value_end
    return None


def _eob_lines(analysis: Analysis) -> Iterator[Candidate]:
    """A claim line that prints a procedure code alone."""
    for row in printed_rows(analysis.segments):
        text = "  ".join(analysis.text[cell.start : cell.end] for cell in row)
        if match := _EOB_LINE.search(text):
            code = match["what"]
            cell = next(c for c in row if code in analysis.text[c.start : c.end])
            at = analysis.text.index(code, cell.start)
            value = f"CPT/HCPCS {code}"
            yield Candidate(
                "service", value, at, at + 5, CODE_ALONE, "service by code of a claim line"
            )
            return
