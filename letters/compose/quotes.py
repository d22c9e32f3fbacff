"""The notice's own words for its reasons, put together from the lines they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.codes import Code, code, find_codes
from letters.compose.matter import Matter
from models.fields import Evidence

# What OCR or a list puts before the first word: bullets, rules, a number, a lone stop.
_LEAD = re.compile(r"^(?:[^\w“\"'($\[§]+|\(?\d{1,2}[.)]\s+|[*•·▪◦●■]+|o\s+(?=[A-Z]))+")
_TRAIL = re.compile(r"[\s|*•·▪◦●■_=~<>«»–—-]+$")
FRAGMENT = 5
"""A passage of fewer words is a heading or a scrap: quoted only where nothing longer is."""
TAIL = 8
"""So few words from the middle of a sentence say nothing by themselves."""
# A scrap is a reason only with a word of denying or of what was denied ("Not covered"): else the
# reason stays a place to fill in.
_TELLS = re.compile(
    r"\b(?:not?|non|un\w+|in\w+|den\w+|reject\w*|exclu\w+|exceed\w*|limit\w*|missing|expired|"
    r"duplicat\w*|requir\w+|criteri\w+|polic\w+|author\w+|cover\w*|benefit\w*|necess\w+|network|"
    r"late|timely|cod\w+|formular\w+|experiment\w+|elig\w+|step|prior|quantity|dos\w+|units?|age|"
    r"lack\w*|fail\w*|site|setting|exception\w*|max\w*|over|only)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?;:]['\"”)\]]*$")
LINES_APART = 2.2
"""Lines of one sentence begin at most so many line heights below each other."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of the notice on one line, and the places they stand in."""

    words: str
    evidence: tuple[Evidence, ...]

    @property
    def plain(self) -> str:
        return self.words.casefold()


def reasons(matter: Matter) -> tuple[Passage, ...]:
    """The sentences that give the reasons, primary first, each once."""
    fields = matter.case.fields
    stated = fields["denial_categories"].evidence
    found: dict[str, Passage] = {}
    for passage in _passages(fields["denial_category"].evidence):
        found.setdefault(passage.plain, passage)
    for support in dict.fromkeys(item.supports for item in stated):
        group = tuple(item for item in stated if item.supports == support)
        for passage in _passages(group):
            found.setdefault(passage.plain, passage)
    # A sentence that stands whole inside another quoted one is not quoted twice.
    whole = tuple(
        passage
        for key, passage in found.items()
        if not any(key != other and key in other for other in found)
    )
    told = tuple(p for p in whole if not _is_scrap(p))
    return told or tuple(p for p in whole if not p.words[:1].islower() and _TELLS.search(p.words))


def codes_in(passage: Passage) -> tuple[Code, ...]:
    """The reason codes that a passage prints, each once: `CO-16, M119` has a CARC and a RARC."""
    found = {match.code: None for match in find_codes(passage.words)}
    if found:
        remarks = (code("RARC", word) for word in re.findall(r"\b[MN]A?\d{1,3}\b", passage.words))
        found.update({remark: None for remark in remarks if remark is not None})
    return tuple(found)


def _is_scrap(passage: Passage) -> bool:
    words = len(passage.words.split())
    is_short = words < FRAGMENT and not _ENDS.search(passage.words)
    is_short |= words < TAIL and passage.words[:1].islower()
    return is_short and not codes_in(passage)


def _passages(evidence: tuple[Evidence, ...]) -> Iterator[Passage]:
    """Lines that follow each other on the page, joined up to the end of a sentence."""
    held: list[Evidence] = []
    for item in evidence:
        if not item.text.strip():
            continue
        if held and not _goes_on(held[-1], item):
            yield _passage(held)
            held = []
        held.append(item)
    if held:
        yield _passage(held)


def _goes_on(one: Evidence, other: Evidence) -> bool:
    """Whether `other` is the next line, or the rest of the line, of a sentence begun in `one`."""
    if one.page != other.page or _ENDS.search(one.text.strip()):
        return False
    drop = other.bbox.top - one.bbox.top
    height = max(one.bbox.height, other.bbox.height)
    beside = one.bbox.rows_overlap(other.bbox) > 0.5 and other.bbox.x0 >= one.bbox.x0
    return beside or 0 < drop <= LINES_APART * height


def _passage(held: list[Evidence]) -> Passage:
    words = " ".join(" ".join(item.text.split()) for item in held)
    return Passage(tidy(words), tuple(held))


def tidy(words: str) -> str:
    """`words` without the bullet, number or specks before them and the rules behind them."""
    return _TRAIL.sub("", _LEAD.sub("", words)) or words
