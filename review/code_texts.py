"""What codes mean: reason codes of remittances printed on the pages, and HCPCS codes of drugs.

From the knowledge base, in its own paraphrase; a code that it does not have gets no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge.codes import find_codes
from knowledge.drugs import drugs
from models.document import Line, Page
from models.geometry import Box


@dataclass(frozen=True, slots=True)
class CodeText:
    """A code as printed, what it is and means, and where it stands: a page, and the boxes of its
    words on the page as shown (empty where the print does not part it)."""

    code: str
    meaning: str
    page: int
    boxes: tuple[tuple[float, float, float, float], ...] = ()


def codes_on(pages: Iterable[Page]) -> list[CodeText]:
    """The known codes printed on pages, in their order."""
    return [found for page in pages for line in page.lines for found in _codes_in(line, page)]


def _codes_in(line: Line, page: Page) -> Iterator[CodeText]:
    for match in find_codes(line.text):
        known = match.code
        meaning = f"{known.system} {known.code}: {known.meaning}"
        yield _placed(match.start, match.end, meaning, line, page)
    for word in line.words:
        code = word.text.strip("().,;:").upper()
        if meaning := hcpcs_meaning(code):
            box = _sides(page.as_shown(word.box))
            yield CodeText(code, f"HCPCS {code}: {meaning}", page.number, (box,))


def _placed(start: int, end: int, meaning: str, line: Line, page: Page) -> CodeText:
    boxes, at = [], 0
    for word in line.words:
        if at < end and at + len(word.text) > start:
            boxes.append(_sides(page.as_shown(word.box)))
        at += len(word.text) + 1
    return CodeText(line.text[start:end], meaning, page.number, tuple(boxes))


def _sides(box: Box) -> tuple[float, float, float, float]:
    x0, top, x1, bottom = box.as_list()
    return x0, top, x1, bottom


def hcpcs_meaning(code: str) -> str:
    """The drug that a HCPCS code bills and what one unit is; empty where it is not known."""
    if len(code) != 5 or not code[1:].isdigit():
        return ""
    found = drugs().by_hcpcs(code)
    if not found:
        return ""
    names = "; ".join(
        f"{drug.generic} ({', '.join(drug.brands[:3])})" if drug.brands else drug.generic
        for drug in found[:3]
    )
    units = {drug.billing_unit for drug in found if drug.billing_unit}
    return f"{names}. {'; '.join(sorted(units))}" if units else names
