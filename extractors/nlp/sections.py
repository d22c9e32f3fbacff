"""Headings and the parts of a letter under them; cues are `data/sections.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from extractors.letter_view import LetterView
from extractors.nlp.labels import DATA, label_lexicon
from extractors.nlp.shapes import fits
from extractors.nlp.spans import Section, Segment
from extractors.nlp.tokens import plain_phrase

HEAD, BODY, SIGNATURE = "head", "body", "signature"
_SALUTATION = re.compile(r"\W{0,3}(?:dear\b|to whom it may concern|estimad[oa])", re.I)
_CLOSING = re.compile(
    r"\W{0,3}(?:(?:yours |very )?(?:sincerely|faithfully)|(?:best |kind )?regards"
    r"|respectfully|yours truly|very truly"
    r"|thank you,?$|atentamente|cordially)\b[^.]{0,25}$",
    re.I,
)
_HEADING = re.compile(
    r"\W{0,6}(?:(?:section|part|step)\s+)?(?:\d{1,2}[.)]\s+|[A-H][.)]\s+)?(?P<title>[^\n:?]{2,70}?)"
    r"[*_]*(?P<end>:|\?|\s[-–—]\s|$)(?P<rest>.*)"
)
_RIGHTS = {"appeal", "external", "hearing", "expedited"}
_NUMBER = re.compile(r"[A-Z]{0,4}[-. ]?[A-Z0-9./-]*\d[A-Z0-9./-]*", re.I)
"""The value of a label such as `Appeal #`: a number or a day, nothing that runs on."""
_MAX_WORDS = 9
FUZZY_CUTOFF = 88.0


@dataclass(frozen=True)
class _Cues:
    kinds: Mapping[str, str]
    """Kind by phrase, words joined by a blank."""
    longest_first: tuple[str, ...]


@cache
def _cues() -> _Cues:
    rows = tomllib.loads((DATA / "sections.toml").read_text(encoding="utf-8"))["sections"]
    kinds: dict[str, str] = {}
    for row in rows:
        for phrase in row["phrases"]:
            kinds.setdefault(" ".join(plain_phrase(phrase)), row["kind"])
    return _Cues(kinds, tuple(sorted(kinds, key=len, reverse=True)))


@cache
def heading_kind(title: str) -> str | None:
    """The kind of section that a heading opens, or None. The longest phrase in it decides."""
    words = plain_phrase(title)
    text = " ".join(words)
    if not text:
        return None
    cues = _cues()
    if text in cues.kinds:
        return cues.kinds[text]
    padded = f" {text} "
    for phrase in cues.longest_first:
        share = 3 if " " in phrase or cues.kinds[phrase] in _RIGHTS else 2
        if f" {phrase} " in padded and len(phrase) * share >= len(text):
            return cues.kinds[phrase]
    if len(text) < 8:
        return None
    near = process.extractOne(
        text, cues.longest_first, scorer=fuzz.ratio, score_cutoff=FUZZY_CUTOFF
    )
    return cues.kinds[near[0]] if near else None


def sections(view: LetterView, cells: tuple[Segment, ...]) -> tuple[Section, ...]:
    """The parts of the letter in order; together they cover all of its text."""
    marks: list[tuple[str, str, int, int]] = [(HEAD, "", 0, 0)]
    by_line: dict[int, int] = {}
    for cell in cells:
        by_line[cell.line] = by_line.get(cell.line, 0) + 1
    firsts: dict[int, Segment] = {}
    for cell in cells:
        firsts.setdefault(cell.line, cell)
    for cell in firsts.values():
        mark = _mark(view, cell, by_line[cell.line] == 1 and not _wraps(view, cell))
        if mark is not None:
            marks.append(mark)
    ends = [mark[2] for mark in marks[1:]] + [len(view.text)]
    return tuple(
        Section(kind, title, start, body, end)
        for (kind, title, start, body), end in zip(marks, ends, strict=True)
    )


def _wraps(view: LetterView, cell: Segment) -> bool:
    """Whether a line is one of a paragraph's: the next one goes on in small letters."""
    if cell.line + 1 >= len(view.lines):
        return False
    below = view.lines[cell.line + 1]
    return below.block == cell.block and below.text[:1].islower()


def _mark(view: LetterView, cell: Segment, alone: bool) -> tuple[str, str, int, int] | None:
    """What a line opens, if it opens a part: kind, title, start, start of the text under it."""
    line = view.text[cell.start : cell.end]
    if _SALUTATION.match(line):
        return BODY, "", cell.start, cell.start
    if _CLOSING.match(line):
        return SIGNATURE, "", cell.start, cell.start
    found = _HEADING.match(line)
    if found is None:
        return None
    title, ended, rest = found["title"].strip(" *_#=-"), found["end"], found["rest"].strip(" *_")
    words = title.split()
    if not words or len(words) > _MAX_WORDS or title.endswith((".", ",", ";")):
        return None
    if not _looks_like_heading(title) or (not ended and not alone):
        return None
    kind = heading_kind(title)
    if kind is None or _is_label(title):
        return None
    if rest and (
        kind in {"member", "provider", "determination", "contact", "service"}
        or (kind in _RIGHTS and _NUMBER.fullmatch(rest))
    ):
        return None  # a label with its value, not a heading
    if rest and (found["title"].rstrip().endswith("#") or fits("id", rest)):
        return None  # `Appeal #: 26-APL-009417`
    body = cell.start + found.start("rest") + (len(found["rest"]) - len(found["rest"].lstrip()))
    return kind, title, cell.start, body if rest else cell.end


_HEADING_ROLES = {"decision", "service", "drug", "policy_cited", "appeal_window", "money"}


@cache
def _is_label(title: str) -> bool:
    """Whether the words are a label such as `Member Name`, whose value stands beside or below."""
    keys = label_lexicon().roles.get(plain_phrase(title), ())
    return bool(keys) and not _HEADING_ROLES.intersection(keys)


def _looks_like_heading(title: str) -> bool:
    """Capitals, title case, or a question's opening: not the first line of a paragraph."""
    if title.isupper():
        return True
    words = [w for w in re.findall(r"[A-Za-z'’-]+", title) if len(w) > 3]
    return (
        title[:1].isupper()
        and len(title.split()) <= _MAX_WORDS
        and (
            len(words) <= 1
            or sum(w[0].isupper() for w in words) >= len(words) / 2
            or len(title.split()) <= 6
            or title.split()[0].lower()
            in {"what", "how", "why", "where", "when", "if", "who", "to", "you", "can", "do"}
        )
    )
