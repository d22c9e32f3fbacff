"""Sentences made ready for cues: lower case, one line, reading damage undone, and weighed.

A passage's text is as long as the stretch of the view that it stands for, so that an offset in
one is an offset in the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from extractors.nlp.analysis import Analysis
from knowledge.cues import Cue, scanner, vocabulary
from models.document import PageRole, PageSource

SECTION_WEIGHT = {
    "reason": 1.0,
    "determination": 1.0,
    "service": 0.95,
    "head": 0.95,
    "body": 0.9,
    "criteria": 0.6,
    "glossary": 0.8,
    "amounts": 0.7,
    "member": 0.8,
    "provider": 0.8,
    "signature": 0.4,
    "alternatives": 0.4,
    "history": 0.3,
    "peer_to_peer": 0.2,
    "appeal": 0.2,
    "records": 0.1,
    "expedited": 0.1,
    "external": 0.1,
    "hearing": 0.1,
    "continuation": 0.1,
    "contact": 0.1,
    "legal": 0.02,
}
"""How much of a cue's weight counts in a section, when the question is what was decided."""

PAGE_WEIGHT = {
    PageRole.TAGLINES: 0.0,
    PageRole.NONDISCRIMINATION: 0.0,
    PageRole.BLANK: 0.0,
    PageRole.APPEAL_RIGHTS: 0.3,
    PageRole.COVER: 0.5,
}

RIGHTS = frozenset({"appeal", "expedited"})
FAINT = 0.01
"""Enough for a fast appeal to be told of, too little for any reason."""

TOLD = 0.9
"""The weight of a plain statement of the decision, wherever it stands."""

HYPOTHETICAL = 0.2
"""What a cue counts in a sentence that tells what may be or may be done."""

_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[01|5](?=[a-z])")
_EYE = re.compile(r"(?<=[a-z])I(?=[a-z]|\b)")
_DIGIT_AS_LETTER = {"0": "o", "1": "l", "|": "l", "5": "s"}
_DECIDES = re.compile(
    r"^(?!.*\bif\b).*(?:\bwe (?:have |are |also )?(?:denied|denying|upheld|upholding|deny|uphold)\b"
    r"|\b(?:request|claim|appeal|coverage) (?:has been|was|is) (?:denied|upheld|not approved)\b)"
)
_UNTICKED = re.compile(r"\W{0,2}(?:[☐□❏❑◻]|\[\s?\]|\(\s\))")
_BOX_ALONE = re.compile(r"\W{0,2}(?:[☐□❏❑◻☒☑✓✔■✗✘]|\[\s?[xX✓✔*]?\s?\]|\(\s?[xX✓✔]?\s?\))\s*")
_LONG_WORD = re.compile(r"(?<![à-ÿ])[a-z]{6,}+(?![à-ÿ])")


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence: `text` is lower case and stands for `view.text[start:end]`.

    `weight` (0 to 1) says how far its place makes it speak of this letter's decision;
    `unreal` are spans of `text` that deny or suppose, each with the factor left to cues in it.
    """

    start: int
    end: int
    text: str
    section: str
    weight: float
    is_row: bool
    page: int
    unreal: tuple[tuple[int, int, float], ...] = ()

    def factor(self, start: int, end: int) -> float:
        """What a cue at `text[start:end]` still counts after denial and supposition."""
        left = 1.0
        for a, b, factor in self.unreal:
            if factor == 0.0:
                left *= 0.0 if start < b and end > a else 1.0
            elif a <= start:
                left = min(left, factor)
        return left


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found in a passage, with the weight that counts there."""

    cue: Cue
    passage: Passage
    start: int
    end: int
    weight: float


def passages(analysis: Analysis) -> tuple[Passage, ...]:
    """Every sentence of the letter as a passage, in reading order."""
    ocr = {page.number for page in analysis.view.pages if page.source is PageSource.OCR}
    found = []
    titled = analysis.titled
    opening = next(  # a letter of one page tells its decision and the rights on the same page
        (s.page for s in analysis.sentences if PAGE_WEIGHT.get(s.page_role, 1.0) == 1.0
         or s.page_role is PageRole.APPEAL_RIGHTS), 0,
    )  # fmt: skip
    boxes = _boxes(analysis)
    whole = any(PAGE_WEIGHT.get(s.page_role, 1.0) == 1.0 for s in analysis.sentences)
    for sentence in analysis.sentences:
        if sentence.start in boxes.joined:
            continue
        if sentence.start in boxes.ticked:
            sentence = replace(sentence, start=boxes.ticked[sentence.start])
        text = plain(analysis.text[sentence.start : sentence.end], sentence.page in ocr)
        weight = SECTION_WEIGHT.get(sentence.section, 0.8)
        if weight < TOLD and (sentence.start < titled or _DECIDES.search(text)):
            weight = TOLD
        if sentence.page_role is not PageRole.APPEAL_RIGHTS or sentence.page != opening:
            share = PAGE_WEIGHT.get(sentence.page_role, 1.0)
            if sentence.page_role is PageRole.COVER and not whole:
                share = 1.0  # a fax of one page tells its decision on the cover
            told = weight * share
            # rights may stand above the languages or the notice of nondiscrimination
            weight = FAINT if share == 0.0 and sentence.section in RIGHTS else told
        if _UNTICKED.match(text) or sentence.start in boxes.unticked:
            weight = 0.0
        found.append(
            Passage(
                sentence.start,
                sentence.end,
                text,
                sentence.section,
                weight,
                sentence.is_row,
                sentence.page,
                _unreal(text),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Boxes:
    """Check boxes that stand in cells of their own: starts of the sentences right of an empty box,
    of the boxes to join to their text, and by start of such a text the start of its box."""

    unticked: frozenset[int]
    joined: frozenset[int]
    ticked: Mapping[int, int]


def _boxes(analysis: Analysis) -> _Boxes:
    unticked: set[int] = set()
    joined: set[int] = set()
    ticked: dict[int, int] = {}
    empty_line = box_line = box = -1
    for sentence in analysis.sentences:
        text = analysis.text[sentence.start : sentence.end]
        line = analysis.view.line_at(sentence.start).index
        if _BOX_ALONE.fullmatch(text):
            empty_line = box_line = -1
            if _UNTICKED.match(text):
                empty_line = line
            else:
                box_line, box = line, sentence.start
            joined.add(sentence.start)
        elif line == empty_line:
            unticked.add(sentence.start)
        elif line == box_line:
            ticked[sentence.start] = box
            box_line = -1
    return _Boxes(frozenset(unticked), frozenset(joined), ticked)


def plain(text: str, damaged: bool = False) -> str:
    """Lower case on one line, of the same length; reading damage undone where that is sure."""
    text = _EYE.sub("l", text)
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    lowered = lowered.replace("\n", " ")
    lowered = _DIGIT_IN_WORD.sub(lambda m: _DIGIT_AS_LETTER[m.group()], lowered)
    return _LONG_WORD.sub(lambda m: _mended(m.group()), lowered) if damaged else lowered


@lru_cache(maxsize=20_000)
def _mended(word: str) -> str:
    """The word of the cues that a damaged word stands for, padded to its length, or itself."""
    known = vocabulary()
    if word in known:
        return word
    allowed = 1 if len(word) < 10 else 2
    best = process.extractOne(word, known, scorer=Levenshtein.distance, score_cutoff=allowed)
    if best is None or len(best[0]) > len(word):
        return word
    return str(best[0]).ljust(len(word))


def _unreal(text: str) -> tuple[tuple[int, int, float], ...]:
    return tuple(
        (start, end, 0.0 if cue.id == "reason-denied" else HYPOTHETICAL)
        for cue, start, end in scanner("negations").find(text)
    )


def hits(array: str, all_passages: tuple[Passage, ...], least: float = 0.3) -> tuple[Hit, ...]:
    """Every cue of an array found in passages of at least that weight, weighed by place and
    mood. A verdict only supposed ("before it is approved") is left out."""
    found = []
    for passage in all_passages:
        if passage.weight < least:
            continue
        supposed = _supposed(passage.text) if array == "kinds" else ()
        for cue, start, end in scanner(array).find(passage.text):
            weight = cue.weight * passage.weight * passage.factor(start, end)
            if weight > 0.0 and not any(
                (a < start and start - b < 40)
                or (start < a and b < end and passage.text[a] in "mcw")
                for a, b in supposed
            ):
                found.append(Hit(cue, passage, start, end, weight))
    return tuple(found)


def _supposed(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for _, start, end in scanner("suppositions").find(text))


def together(weights: list[float]) -> float:
    """Independent proofs joined: the chance that at least one holds."""
    doubt = 1.0
    for weight in weights:
        doubt *= 1.0 - min(weight, 0.99)
    return 1.0 - doubt
