"""Labels and their values, from the page's geometry: after the colon, beside, or below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from extractors.letter_view import LetterView
from extractors.nlp.labels import SAME, LabelHit, LabelLexicon, label_lexicon, roles_by_words
from extractors.nlp.shapes import fits, parted_id
from extractors.nlp.spans import Pair, Segment
from extractors.nlp.tokens import Plain, plain_phrase, plain_words

_QUALIFIER = re.compile(r"\s*\([^()]{1,40}\)")
_AFTER = re.compile(
    r"[*_\s]*(?:\.?\s?:+|\s?\|(?=\s)|\.{3,}:?|…+|(?:[;.]|\s-{1,2}|\s[–—=])(?=\s)|#(?=[\s:]*\S))[*_\s]*:?\s*"
)
_COLON = re.compile(r"[*_\s]*(?:\.?\s?:|\s?\|(?=\s*\S)|\.{3,}|…)")
_LEAD = re.compile(r"^(?:[-*•■●▪◦·>|\[\]☐☑☒✓\s]|[.,:;'`~‘’_]\s|\d{1,2}[.)]\s)+")
_UNKNOWN = re.compile(r"(?P<label>[A-Z¿][^:|;]{1,58}?)[*_]*\s*:(?=\s|\*|$)")
_JUNK = " \t|*_·•-–—.:~='\"“”‘’"
"""What may stand between a label and its value: leaders, rules, specks read as signs."""
_TAILS = frozenset({"number", "id", "name", "date", "code"})
_PLURAL = re.compile(r"\([eE]?[sS]\)")
_CUT = re.compile(r"[:|;]|\.{3,}|…|(?<=\w{5})\.\s")
_EDGES = " \t|*_·•"
_INLINE = frozenset(
    {"member_id", "claim_number", "reference_number", "rx_number", "npi", "group_number", "ndc"}
)
"""Roles whose value may follow its label inside a sentence."""
_WORDED = frozenset({"text", "name"})
_LONGEST = 240
"""Of values in words alone it is told that they go on in the next line, by so many signs."""
_LONG_ID = re.compile(r"(?=(?:[A-Z-]*\d){6})[A-Z0-9-]{6,20}$")
"""What fills a cell behind a bare `ID` and is a number."""
_WHOLE_ONLY = frozenset({"id", "key", "name", "member", "code", "item", "to", "from", "contact"})
"""One-word labels too common in prose to be believed without a colon."""


@dataclass(frozen=True)
class PairFinder:
    """Finds the pairs of one letter, given its cells."""

    view: LetterView
    segments: tuple[Segment, ...]
    lexicon: LabelLexicon

    def all(self) -> Iterator[Pair]:
        """Every pair, in the order of the labels."""
        for index, segment in enumerate(self.segments):
            yield from self._of(index, segment)

    @cached_property
    def _by_page(self) -> dict[int, list[Segment]]:
        pages: dict[int, list[Segment]] = {}
        for segment in self.segments:
            pages.setdefault(segment.page, []).append(segment)
        return pages

    def _of(self, index: int, segment: Segment) -> Iterator[Pair]:
        text = self.view.text
        hits = self._labels(segment)
        for place, hit in enumerate(hits):
            last = place + 1 == len(hits)
            stop = self.view.whole_word(segment.end) if last else hits[place + 1].start
            label_end = self._label_end(hit, segment)
            after = _AFTER.match(text, label_end, stop)
            start, end = self._trim(after.end() if after else label_end, stop)
            how = "colon" if after else "bare"
            if re.search(r"\w", text[start:end]):
                yield from self._same_cell(hit, label_end, start, end, how, segment)
            elif last:
                yield from self._neighbour(index, segment, hit, label_end)

    def _same_cell(
        self, hit: LabelHit, label_end: int, start: int, end: int, how: str, segment: Segment
    ) -> Iterator[Pair]:
        text = self.view.text
        value = text[start:end]
        if how == "bare":
            at_start = not _LEAD.sub("", text[segment.start : hit.start]).strip()
            if not self._fits(hit, value):
                return
            if not at_start:
                how = "inline"
            keys = _keys_that(hit.keys, value, self.lexicon)
            if how == "inline" and not _INLINE.intersection(keys):
                return
            hit = replace(hit, keys=keys)
        if how == "colon" and end == segment.end:
            end = max(self._continued(segment, start, end), self._run_on(segment, hit, end))
        if hit.guessed:
            hit = replace(hit, keys=_keys_that(hit.keys, text[start:end], self.lexicon))
        yield self._pair(hit, label_end, start, end, how)

    @cached_property
    def _known(self) -> dict[int, list[LabelHit]]:
        return {}

    def _labels(self, segment: Segment) -> list[LabelHit]:
        """The labels of a cell, read once."""
        if segment.start not in self._known:
            self._known[segment.start] = self._read_labels(segment)
        return self._known[segment.start]

    def _read_labels(self, segment: Segment) -> list[LabelHit]:
        """The labels of a cell: those of the vocabulary, and any short text before a colon."""
        text = self.view.text
        words = plain_words(text, segment.start, segment.end)
        whole = self._broken_label(segment, words)
        if whole is not None:
            return [whole]
        found = [h for run in self._runs(words) for h in self.lexicon.hits(run)]
        hits = [hit for hit in found if self._is_label(hit, segment)]
        lead = _LEAD.match(text[segment.start : segment.end])
        begin = segment.start + (lead.end() if lead else 0)
        for piece in re.finditer(r"[^|;]+", text[begin : segment.end]):
            at = begin + piece.start() + len(piece.group()) - len(piece.group().lstrip())
            before = _UNKNOWN.match(text, at, segment.end)
            if before is None or _is_prose(before["label"]):
                continue
            inside = [h for h in hits if h.start < before.end("label") and h.end > at]
            covered = any(
                h.start == at and self._label_end(h, segment) >= before.end("label") for h in inside
            )
            if covered:
                continue
            last = [h for h in found if at < h.start and h.end >= before.end("label") - 2]
            short = len(before["label"].split()) <= 4
            ending = [h for h in (inside or (last if short else [])) if h.exact]
            ending = [h for h in ending if h.end >= before.end("label") - 2]
            if len(before["label"].split()) > 2:  # `We say no to:`
                ending = [h for h in ending if text[h.start : h.end].lower() not in _WHOLE_ONLY]
            named = [w for w in words if at <= w.start and w.end <= before.end("label")]
            bare = [w for w in named if w.end <= self._bracket(at, before.end("label"))]
            known = self.lexicon.roles.get(tuple(w.text for w in bare), ())
            known = known or self._said_twice(at, before.end("label"))
            damaged = None if known else self._damaged(named, bool(ending))
            keys = damaged.keys if damaged else ending[0].keys if ending else known
            hits = [h for h in hits if h not in inside]
            guessed = () if keys else roles_by_words(before["label"])
            sound = damaged is None and not guessed
            end = before.end("label")
            hits.append(LabelHit(at, end, keys or guessed, exact=sound, guessed=bool(guessed)))
        if not hits:
            hits = self._whole_cell(segment, words)
        return sorted(hits, key=lambda h: h.start)

    def _said_twice(self, start: int, end: int) -> tuple[str, ...]:
        """The roles of a label in two languages or wordings: `Request / Solicitud`."""
        for part in self.view.text[start:end].split("/"):
            keys = self.lexicon.roles.get(plain_phrase(part), ())
            if keys:
                return keys
        return ()

    def _whole_cell(self, segment: Segment, words: list[Plain]) -> list[LabelHit]:
        """A cell of a few words, none a number, that is a label through damage: `NDCNumber`."""
        text = self.view.text[segment.start : segment.end]
        if not words or len(text) > 40 or not text[:1].isupper() or re.search(r"\d{2}", text):
            return []
        hit = self.lexicon.damaged(words)
        if hit is None:
            hit = self._guessed_cell(segment, words)
        return [hit] if hit and text.rstrip(_JUNK + "()") else []

    def _guessed_cell(self, segment: Segment, words: list[Plain]) -> LabelHit | None:
        """A cell of few words beside a number or a date that its words speak for."""
        if len(words) > 4:
            return None
        value = self._right(segment)
        if value is None:
            return None
        text = self.view.text[value.start : value.end]
        roles = roles_by_words(self.view.text[segment.start : segment.end])
        strict = [k for k in roles if self.lexicon.expects[k] in {"id", "date", "npi"}]
        keys = tuple(k for k in strict if fits(self.lexicon.expects[k], text))
        if not keys:
            return None
        return LabelHit(words[0].start, words[-1].end, keys, exact=False, guessed=True)

    def _damaged(self, words: list[Plain], has_ending: bool) -> LabelHit | None:
        """A label through damage; where a sound label ends the words, only a sure one."""
        if not words:
            return None
        same = self.lexicon.damaged(words, SAME)
        return same if same or has_ending else self.lexicon.damaged(words)

    def _broken_label(self, segment: Segment, words: list[Plain]) -> LabelHit | None:
        """A label that a line break parts: `... Reference` / `Number: 34370078`."""
        text = self.view.text
        if not words or words[0].text not in _TAILS or words[0].start != segment.start:
            return None
        if not _COLON.match(text, words[0].end, segment.end):
            return None
        last = next(
            (
                s
                for s in self._by_page[segment.page]
                if s.line == segment.line - 1 and s.block == segment.block
            ),
            None,
        )
        head = plain_words(text, last.start, last.end)[-3:] if last else []
        for size in range(len(head), 0, -1):
            keys = self.lexicon.roles.get((*(w.text for w in head[-size:]), words[0].text))
            if keys:
                return LabelHit(words[0].start, words[0].end, keys)
        return None

    def _bracket(self, start: int, end: int) -> int:
        """Where a qualifier in brackets begins at the end of a label, else `end`."""
        at = self.view.text.find("(", start + 1, end)
        return at if at > 0 and self.view.text[end - 1] == ")" else end

    def _runs(self, words: list[Plain]) -> Iterator[list[Plain]]:
        """The words of a cell cut at colons, bars and leaders, over which no label reaches."""
        run: list[Plain] = []
        for word in words:
            if run and _CUT.search(self.view.text, run[-1].end, word.start):
                yield run
                run = []
            run.append(word)
        if run:
            yield run

    def _is_label(self, hit: LabelHit, segment: Segment) -> bool:
        """Whether a vocabulary phrase at this place is used as a label, not as prose."""
        text = self.view.text
        end = self._label_end(hit, segment)
        rest = text[end : segment.end]
        if rest[:1] in {"-", "_", "/", "@"} and rest[1:2].strip():
            return False  # the beginning of a value: `PA-2026-0098`, `GRP-22841`
        phrase = text[hit.start : hit.end]
        starts = not _LEAD.sub("", text[segment.start : hit.start]).strip()
        if _COLON.match(rest) or rest.startswith("#"):
            first = starts or not phrase[:1].islower()
            return first or text[: hit.start].rstrip()[-1:] in {";", "|", ",", ")"}
        if starts and not _PLURAL.sub("", rest).strip(_JUNK):
            return phrase[:1].isupper() or phrase[:1].isdigit()
        bare = rest.strip(" #.")
        if starts and phrase == "ID" and (parted_id(bare) or _LONG_ID.match(bare)):
            return True
        if phrase.lower() in _WHOLE_ONLY:
            return False
        rest = rest.strip(" .-–—*=;,~")
        token = rest.split(" ", 1)[0].rstrip(".,;)") if rest else ""
        if starts and phrase[:1].isupper():
            whole = self._dated(hit) or parted_id(rest)
            return self._fits(hit, rest if whole else token)
        follows = text[end : end + 3].lstrip(" #:.*,=")[:1]
        return (
            bool(_INLINE.intersection(hit.keys))
            and follows.isalnum()
            and sum(c.isdigit() for c in token) >= 3
        )

    def _dated(self, hit: LabelHit) -> bool:
        return any(self.lexicon.expects[key] in {"date", "name", "phone"} for key in hit.keys)

    def _label_end(self, hit: LabelHit, segment: Segment) -> int:
        """The label's end with a qualifier in brackets: `Date of Service (requested)`."""
        plural = _PLURAL.match(self.view.text, hit.end, segment.end)
        if plural:
            return plural.end()
        more = _QUALIFIER.match(self.view.text, hit.end, segment.end)
        if more and _COLON.match(self.view.text, more.end(), segment.end):
            return more.end()
        return hit.end

    def _fits(self, hit: LabelHit, value: str) -> bool:
        """Whether a value without a colon has a shape that tells it from prose."""
        shapes = {self.lexicon.expects[key] for key in hit.keys} - {"text"}
        return any(fits(shape, value) for shape in shapes)

    def _trim(self, start: int, stop: int) -> tuple[int, int]:
        text = self.view.text
        while start < stop and text[start] in _JUNK + "\n":
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
        for other in self._by_page[segment.page]:
            if other.line != last.line + 1 or other.start < last.end:
                continue
            near = other.box.top - last.box.bottom < 1.2 * segment.box.height
            if not near or abs(other.box.x0 - indent) > slack or self._labels(other):
                break
            if label is not None and any(
                cell.box.rows_overlap(other.box) > 0.5
                and abs(cell.box.x0 - label.box.x0) < 2 * slack
                for cell in self._by_page[segment.page]
            ):
                break
            last, end = other, other.end
        return end

    def _run_on(self, segment: Segment, hit: LabelHit, end: int) -> int:
        """The end of words that had no room left in their cell or line, and go on below."""
        shapes = {self.lexicon.expects[key] for key in hit.keys}
        begins = not _LEAD.sub("", self.view.text[segment.start : hit.start])
        if not (begins and shapes & _WORDED):
            return end
        text, last = self.view.text, segment
        for other in self._by_page[segment.page]:
            if other.start <= last.end or other.end > segment.end + _LONGEST:
                continue
            labelled = any(h.exact or _COLON.match(text, h.end) for h in self._labels(other))
            if text[last.end : other.start] != "\n" or labelled:
                break
            height = segment.box.height
            under = abs(other.box.x0 - segment.box.x0) < 0.6 * height
            near = other.box.top - last.box.bottom < 0.7 * height
            first = self.view.words_in(other.start, other.start + 1)[0].word.box
            if not (under and near and last.box.x1 + 0.3 * height + first.width > self._room(last)):
                break
            last, end = other, other.end
        return end

    def _room(self, segment: Segment) -> float:
        """How far to the right a line of this cell could go: to the next column of its own row or
        of those close by, else to where the longest line of its block ends."""
        page, height = self._by_page[segment.page], segment.box.height
        columns = [
            s.box.x0 - height
            for s in page
            if s.box.x0 > segment.box.x1 and abs(s.box.top - segment.box.top) < 3 * height
        ]
        lines = [s.box.x1 for s in page if s.block == segment.block]
        return min(columns, default=max(lines))

    def _neighbour(
        self, index: int, segment: Segment, hit: LabelHit, label_end: int
    ) -> Iterator[Pair]:
        """The value of a label that ends its cell: beside it, else below it."""
        starts = not _LEAD.sub("", self.view.text[segment.start : hit.start]).strip()
        colon = _COLON.match(self.view.text, label_end, segment.end) is not None
        if not starts and colon:
            yield from self._wrapped(segment, hit, label_end)
        if not starts or not (colon or hit.keys):
            return
        for how, other in (("beside", self._right(segment)), ("below", self._below(segment))):
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
        for other in self._by_page[segment.page]:
            if other.line != segment.line + 1 or other.block != segment.block:
                continue
            labels = self._labels(other)
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
        hits = self._labels(segment)
        return bool(hits) and not self.view.text[segment.start : hits[0].start].strip()

    def _right(self, segment: Segment) -> Segment | None:
        beside = [
            s
            for s in self._by_page[segment.page]
            if s.box.x0 >= segment.box.x1 - 1
            and s.box.rows_overlap(segment.box) > 0.5
            and self.view.text[s.start : s.end].strip(_JUNK)
        ]
        return min(beside, key=lambda s: s.box.x0, default=None)

    def _below(self, segment: Segment) -> Segment | None:
        reach = 2.2 * max(segment.box.height, 6.0)
        under = [
            s
            for s in self._by_page[segment.page]
            if s.box.middle[1] - segment.box.middle[1] - 0.5 * segment.box.height >= 0
            and s.box.top - segment.box.bottom < reach
            and s.box.columns_overlap(segment.box) > 0.4
        ]
        return min(under, key=lambda s: s.box.top, default=None)

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


def _is_prose(label: str) -> bool:
    """Whether the text before a colon is a clause rather than a label."""
    words = label.split()
    if len(words) > 8 or re.search(r"[.!?]\s", label):
        return True
    small = sum(w[:1].islower() and len(w) > 3 for w in words)
    return len(words) > 3 and small > len(words) / 2


def find_pairs(view: LetterView, cells: tuple[Segment, ...]) -> tuple[Pair, ...]:
    """Every label with a value, in the order of the labels; a label without one gives none."""
    return tuple(PairFinder(view, cells, label_lexicon()).all())
