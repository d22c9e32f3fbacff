"""One letter analysed: what every recogniser works on.

`analyse(view)` runs a spaCy pipeline (blank English, our tokenizer, four components of our own)
over the view's text. All offsets are those of `view.text`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from extractors.letter_view import LetterView
from extractors.nlp.spans import Pair, Section, Segment, Sentence

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_EYE = re.compile(r"(?<=[a-z])I(?=[a-z]|\b)|(?<=\b)I(?=[a-hj-mo-rt-z][a-z]{2})")
"""A capital in a word of small letters, or before one that no word begins so: an `l` misread."""
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[1|](?=[a-z]|\b)")

TITLE_LINES = 7
TITLE_KINDS = frozenset({"appeal", "external", "hearing", "expedited"})

__all__ = ["Analysis", "Pair", "Section", "Segment", "Sentence", "analyse", "warm_up"]


@dataclass(frozen=True)
class Analysis:
    """A letter's text with its cells, pairs, sections and sentences, each in reading order.

    `doc` is the spaCy document of the same text, for token and phrase matchers.
    """

    view: LetterView
    segments: tuple[Segment, ...]
    pairs: tuple[Pair, ...]
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    doc: Doc

    @property
    def text(self) -> str:
        return self.view.text

    @cached_property
    def clean(self) -> str:
        """The text, of the same length, with letters put right that reading confuses inside
        words of small letters: `appeaI`, `Medica1`. For cues only; values are printed as read."""
        return _DIGIT_IN_WORD.sub("l", _EYE.sub("l", self.text))

    @cached_property
    def titled(self) -> int:
        """Where the part ends that stands under a title such as "Appeal decision": a heading in
        the first lines names the letter, not a part of it. 0 where no title does so."""
        lines = self.view.lines
        last = lines[min(TITLE_LINES, len(lines) - 1)].start
        top = [s for s in self.sections if s.start <= last and s.kind in TITLE_KINDS]
        return max((section.end for section in top), default=0)

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.start for section in self.sections]

    @cached_property
    def _segment_starts(self) -> list[int]:
        return [segment.start for segment in self.segments]

    def sentence_at(self, offset: int) -> Sentence:
        """The sentence that holds (or precedes) a text offset."""
        return self.sentences[max(bisect_right(self._sentence_starts, offset) - 1, 0)]

    def section_at(self, offset: int) -> Section:
        """The section that holds a text offset."""
        return self.sections[max(bisect_right(self._section_starts, offset) - 1, 0)]

    def segment_at(self, offset: int) -> Segment:
        """The cell that holds (or precedes) a text offset."""
        return self.segments[max(bisect_right(self._segment_starts, offset) - 1, 0)]

    def pairs_of(self, *keys: str) -> tuple[Pair, ...]:
        """The pairs whose label may have one of the roles `keys` (of `data/labels.toml`)."""
        wanted = set(keys)
        return tuple(pair for pair in self.pairs if wanted.intersection(pair.keys))


@cache
def language() -> Language:
    """The pipeline, built once."""
    from extractors.nlp import components

    return components.build()


def analyse(view: LetterView) -> Analysis:
    """The analysis of a letter; pure, some milliseconds a page. A letter without a word gives an
    analysis without sentences: recognisers then find nothing."""
    nlp = language()
    doc = nlp.make_doc(view.text)
    doc.user_data["view"] = view
    for _, component in nlp.pipeline:
        doc = component(doc)
    data = doc.user_data
    return Analysis(view, data["segments"], data["pairs"], data["sections"], data["sentences"], doc)


def warm_up() -> None:
    """Loads the pipeline and its vocabularies, so that the first letter is not slow."""
    from extractors.nlp.labels import label_lexicon
    from extractors.nlp.sections import heading_kind

    language()
    label_lexicon()
    heading_kind("appeal rights")
