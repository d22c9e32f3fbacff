"""Where the addressee of a postal address begins: the names printed before its box or street.

The names are read backwards from the box, part by part (commas, lines), as long as each is made
of capitals and small linking words; a label, the end of a sentence or prose ends them.
"""

from __future__ import annotations

import re

from extractors.nlp.analysis import Analysis
from extractors.nlp.spans import Segment

_LINKS = "from|of|and|for|the|in|or|at|de|del|la|las|los|el|y|c|o|p"
_SMALL = re.compile(rf"(?<![\w.'’-])(?!(?:{_LINKS})\b|by\s[A-Z])[a-z]{{2,}}(?:['’]\w+)?")
_CAPITAL = re.compile(r"(?<![\w'’-])[A-Z0-9]")
_SEPARATOR = re.compile(r",\s*|;\s*|[.?!]\s+|:\s*|\s[–—-]\s")
_ABBREVIATED = re.compile(r"\b(?:Inc|Co|Corp|Ltd|Dept|St|Ft|Mt|Ste|Bldg|Attn|Att|No|[A-Z])$")
_ATTENTION = re.compile(
    r"\b(?:att(?:n|ention)?|c/o|care of|mz|ms|mc|mail ?(?:stop|code|drop|zone)|dept|unit)\.?$", re.I
)
_NUMBERED = re.compile(r"\d{5}|\d{3}[-.\s]\d{4}|\bTT[YD]\b")
_LEADING = re.compile(
    r"(?:(?:or\s+)?(?:by\s+)?(?:US\s+)?"
    r"(?:mail(?! (?:stop|code|drop|zone)\b)|write|send|sent|address|standard|appeals? to|fax)\b"
    r"(?:\s+(?:to|it to|at))?|(?:to|at|or|and|the|for|in|of|a)\b)\s*",
    re.I,
)
_DEAR = re.compile(r"\bdear\b", re.I)
_OFFICE = re.compile(
    r"(?i)\b(?:appeals?|grievances?|reviews?|hearings?|claims?)\b.*\b(?:department|dept|unit|team|office|"
    r"coordinator|services|center|division|bureau|section|committee)\b"
)
"""A line that reads like a heading and names the office of an address."""
_GOES_ON = re.compile(r"(?:and|&|of|for)\s", re.I)
"""A line that goes on with a name begun on the line above."""
_MOST_PARTS = 6
_MOST_WORDS = 9
_NEAR = 1.2
"""Lines of one address stand at most so many line heights apart."""


def addressee_start(analysis: Analysis, box: int) -> int:
    """Offset at which the addressee's name begins that belongs to the box or street at `box`;
    `box` itself where none is printed."""
    cell: Segment | None = analysis.segment_at(box)
    section = analysis.section_at(box)
    # an office may be called like a part of the letter: `Consumer Unit, External Review`
    heading = analysis.view.line_at(section.start).text
    floor = 0 if "," in heading or _OFFICE.search(heading) else section.body
    start, parts, stop = box, 0, box
    while cell is not None and parts < _MOST_PARTS:
        if max(cell.start, floor) >= stop and stop != box:
            break
        found, ended, taken = _read_back(analysis.text, max(cell.start, floor), stop)
        parts += taken
        if taken:
            start = found
        if ended:
            break
        cell = _above(analysis, cell)
        stop = cell.end if cell is not None else 0
    return start


def _read_back(text: str, first: int, stop: int) -> tuple[int, bool, int]:
    """Within one cell, from `stop` back to `first`: where the last accepted part begins, whether
    the addressee ends there, and how many parts were accepted."""
    start, end, taken = stop, stop, 0
    while end > first:
        cut = text[first:end].rstrip(" ,\n")
        if not cut:
            break
        tail = cut[-1]
        if tail == ":" and not _ATTENTION.search(cut[:-1]):
            return start, True, taken
        if tail in ".?!;" and not _ABBREVIATED.search(cut[:-1]):
            return start, True, taken
        seams = [m for m in _SEPARATOR.finditer(cut) if m.end() < len(cut) and _parts(cut, m)]
        begin = first + (seams[-1].end() if seams else 0)
        part = text[begin : first + len(cut)]
        prose = [m.end() for m in _SMALL.finditer(part)]
        lead = None if begin == first and _GOES_ON.match(part) else _LEADING.match(part)
        from_ = max([prose[-1] if prose else 0, lead.end() if lead else 0])
        if from_:
            capital = _CAPITAL.search(part, from_)
            if capital is not None and _is_name(part[capital.start() :]):
                return begin + capital.start(), True, taken + 1
            return start, True, taken
        capital = _CAPITAL.search(part)
        if capital is None or not _is_name(part):
            return start, True, taken
        start, end, taken = begin + capital.start(), begin, taken + 1
        if seams and seams[-1].group()[0] in ":.?!;":
            return start, True, taken
    return start, False, taken


def _is_name(part: str) -> bool:
    """Whether a part may name an office: few words, no phone number, no salutation."""
    odd = _NUMBERED.search(part) or _DEAR.search(part)
    return odd is None and len(part.split()) <= _MOST_WORDS


def _parts(text: str, seam: re.Match[str]) -> bool:
    """Whether a sign parts two names: not the point of `Inc.`, not the colon of `Attn:`."""
    before = text[: seam.start()]
    sign = seam.group().lstrip()[:1]
    if sign == ".":
        return _ABBREVIATED.search(before) is None
    return sign != ":" or _ATTENTION.search(before) is None


def _above(analysis: Analysis, cell: Segment) -> Segment | None:
    """The cell on the line above in the same block and column."""
    cells = analysis.segments
    for other in reversed(cells[: cells.index(cell)]):
        if other.page != cell.page or cell.box.top - other.box.bottom > _NEAR * cell.box.height:
            return None
        if other.line < cell.line and abs(other.box.x0 - cell.box.x0) < 2 * cell.box.height:
            return other
    return None
