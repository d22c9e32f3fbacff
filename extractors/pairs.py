"""Labels and their values, from the page's geometry: after the colon, beside, or below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from extractors.cell_labels import COLON, INLINE, LEAD, CellLabels
from extractors.letter_view import LetterView
from extractors.neighbours import JUNK, Neighbours
from extractors.nlp.labels import LabelHit, LabelLexicon, label_lexicon
from extractors.nlp.shapes import fits
from extractors.nlp.spans import Pair, Segment

_AFTER = re.compile(
    r"[*_\s]*(?:\.?\s?:+|\s?\|(?=\s)|\.{3,}:?|…+|(?:[;.]|\s-{1,2}|\s[–—=])(?=\s)|#(?=[\s:]*\S))[*_\s]*:?\s*"
)
_EDGES = " \t|*_·•"
_WORDED = frozenset({"text", "name"})
_LONGEST = 240
"""Of values in words alone it is told that they go on in the next line, by so many signs."""


@dataclass(frozen=True)
class PairFinder:
    """Finds the pairs of one letter, given its cells."""

    labels: CellLabels

    @property
    def view(self) -> LetterView:
        """The letter's text."""
        return self.labels.view

    @property
    def around(self) -> Neighbours:
        """What stands beside and below each cell."""
        return self.labels.around

    @property
    def lexicon(self) -> LabelLexicon:
        """The vocabulary of labels."""
        return self.labels.lexicon

    def all(self) -> Iterator[Pair]:
        """Every pair, in the order of the labels."""
        for segment in self.around.segments:
            yield from self._of(segment)

    def _of(self, segment: Segment) -> Iterator[Pair]:
        text = self.view.text
        hits = self.labels.of(segment)
        for place, hit in enumerate(hits):
            last = place + 1 == len(hits)
            stop = self.view.whole_word(segment.end) if last else hits[place + 1].start
            label_end = self.labels.end(hit, segment)
            after = _AFTER.match(text, label_end, stop)
            start, end = self._trim(after.end() if after else label_end, stop)
            how = "colon" if after else "bare"
            if re.search(r"\w", text[start:end]):
                yield from self._same_cell(hit, label_end, start, end, how, segment)
            elif last:
                yield from self._neighbour(segment, hit, label_end)

    def _same_cell(
        self, hit: LabelHit, label_end: int, start: int, end: int, how: str, segment: Segment
    ) -> Iterator[Pair]:
        text = self.view.text
        value = text[start:end]
        if how == "bare":
            at_start = not LEAD.sub("", text[segment.start : hit.start]).strip()
            if not self.labels.fits(hit, value):
                return
            if not at_start:
                how = "inline"
            keys = _keys_that(hit.keys, value, self.lexicon)
            if how == "inline" and not INLINE.intersection(keys):
                return
            hit = replace(hit, keys=keys)
        if how == "colon" and end == segment.end:
            end = max(self._continued(segment, start, end), self._run_on(segment, hit, end))
        if hit.guessed:
            hit = replace(hit, keys=_keys_that(hit.keys, text[start:end], self.lexicon))
        yield self._pair(hit, label_end, start, end, how)

    def _trim(self, start: int, stop: int) -> tuple[int, int]:
        text = self.view.text
        while start < stop and text[start] in JUNK + "\n":
            start += 1
        while stop > start and text[stop - 1] in _EDGES + "\n;,":
            stop -= 1
        return start, stop

    def _continued(
        self, segment: Segment, start: int, end: int, label: Segment | None = None
    ) -> int:
        """The end of a value that goes on in the next lines, set under its own beginning; where
        its `label` has a column of its own, only as long as that is empty."""
        words = self.view.words_in(start, start + 1)
        if not words:
            return end
        indent = words[0].word.box.x0
        slack = max(segment.box.height * 0.6, 4.0)
        if start > segment.start and indent - segment.box.x0 < slack:
            return end
        last = segment
        for other in self.around.by_page[segment.page]:
            if other.line != last.line + 1 or other.start < last.end:
                continue
            near = other.box.top - last.box.bottom < 1.2 * segment.box.height
            if not near or abs(other.box.x0 - indent) > slack or self.labels.of(other):
                break
            if label is not None and any(
                cell.box.rows_overlap(other.box) > 0.5
                and abs(cell.box.x0 - label.box.x0) < 2 * slack
                for cell in self.around.by_page[segment.page]
            ):
                break
            last, end = other, other.end
        return end

    def _run_on(self, segment: Segment, hit: LabelHit, end: int) -> int:
        """The end of words that had no room left in their cell or line, and go on below."""
        shapes = {self.lexicon.expects[key] for key in hit.keys}
        begins = not LEAD.sub("", self.view.text[segment.start : hit.start])
        if not (begins and shapes & _WORDED):
            return end
        text, last = self.view.text, segment
        for other in self.around.by_page[segment.page]:
            if other.start <= last.end or other.end > segment.end + _LONGEST:
                continue
            labelled = any(h.exact or COLON.match(text, h.end) for h in self.labels.of(other))
            numbered = "text" not in shapes and re.search(r"\d", text[other.start : other.end])
            if text[last.end : other.start] != "\n" or labelled or numbered:
                break
            height = segment.box.height
            under = abs(other.box.x0 - segment.box.x0) < 0.6 * height
            near = other.box.top - last.box.bottom < 0.7 * height
            first = self.view.words_in(other.start, other.start + 1)[0].word.box
            if not (
                under and near and last.box.x1 + 0.3 * height + first.width > self.around.room(last)
            ):
                break
            last, end = other, other.end
        return end

    def _neighbour(self, segment: Segment, hit: LabelHit, label_end: int) -> Iterator[Pair]:
        """The value of a label that ends its cell: beside it, else below it."""
        starts = not LEAD.sub("", self.view.text[segment.start : hit.start]).strip()
        colon = COLON.match(self.view.text, label_end, segment.end) is not None
        if not starts and colon:
            yield from self._wrapped(segment, hit, label_end)
        if not starts or not (colon or hit.keys):
            return
        for how, other in (
            ("beside", self.around.right(segment)),
            ("below", self.around.below(segment)),
        ):
            if other is None:
                continue
            start, end = self._trim(other.start, other.end)
            value = self.view.text[start:end]
            if not value or self._labels_start(other):
                continue
            keys = _keys_that(hit.keys, value, self.lexicon)
            if hit.keys and not keys:
                continue
            if how == "below" and not (keys and self._strict(keys)) and not colon:
                continue
            if how == "beside" and "text" in {self.lexicon.expects.get(k) for k in keys}:
                end = self._continued(other, other.start, end, segment)
            yield self._pair(replace(hit, keys=keys), label_end, start, end, how)
            return

    def _wrapped(self, segment: Segment, hit: LabelHit, label_end: int) -> Iterator[Pair]:
        """The value of a label that ends a line of several, at the start of the next line."""
        for other in self.around.by_page[segment.page]:
            if other.line != segment.line + 1 or other.block != segment.block:
                continue
            labels = self.labels.of(other)
            stop = labels[0].start if labels else other.end
            cut = self.view.text.find(";", other.start, stop)
            start, end = self._trim(other.start, cut if cut > 0 else stop)
            keys = _keys_that(hit.keys, self.view.text[start:end], self.lexicon)
            if start < end and keys:
                yield self._pair(replace(hit, keys=keys), label_end, start, end, "colon")
            return

    def _strict(self, keys: tuple[str, ...]) -> bool:
        return any(self.lexicon.expects[key] != "text" for key in keys)

    def _labels_start(self, segment: Segment) -> bool:
        """Whether a cell is itself a label (or begins with one), so no value."""
        hits = self.labels.of(segment)
        return bool(hits) and not self.view.text[segment.start : hits[0].start].strip()

    def _pair(self, hit: LabelHit, label_end: int, start: int, end: int, how: str) -> Pair:
        text = self.view.text
        return Pair(
            text[hit.start : label_end],
            hit.start,
            label_end,
            text[start:end].replace("\n", " "),
            start,
            end,
            how,
            hit.keys,
            hit.exact,
        )


def _keys_that(keys: tuple[str, ...], value: str, lexicon: LabelLexicon) -> tuple[str, ...]:
    """Those of a label's roles whose shape the value has."""
    return tuple(key for key in keys if fits(lexicon.expects[key], value))


def find_pairs(view: LetterView, cells: tuple[Segment, ...]) -> tuple[Pair, ...]:
    """Every label with a value, in the order of the labels; a label without one gives none."""
    labels = CellLabels(view, Neighbours(view, cells), label_lexicon())
    return tuple(PairFinder(labels).all())
