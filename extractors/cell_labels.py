"""The labels of a cell: phrases of the vocabulary, sound or damaged, and words before a colon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from extractors.letter_view import LetterView
from extractors.neighbours import JUNK, Neighbours
from extractors.nlp.labels import SAME, LabelHit, LabelLexicon, roles_by_words
from extractors.nlp.shapes import fits, parted_id
from extractors.nlp.spans import Segment
from extractors.nlp.tokens import Plain, plain_phrase, plain_words

_QUALIFIER = re.compile(r"\s*\([^()]{1,40}\)")
COLON = re.compile(r"[*_\s]*(?:\.?\s?:|\s?\|(?=\s*\S)|\.{3,}|…)")
LEAD = re.compile(r"^(?:[-*•■●▪◦·>|\[\]☐☑☒✓\s]|[.,:;'`~‘’_]\s|\d{1,2}[.)]\s)+")
_UNKNOWN = re.compile(r"(?P<label>[A-Z¿][^:|;]{1,58}?)[*_]*\s*:(?=\s|\*|$)")
_TAILS = frozenset({"number", "id", "name", "date", "code"})
_PLURAL = re.compile(r"\([eE]?[sS]\)")
_CUT = re.compile(r"[:|;]|\.{3,}|…|(?<=\w{5})\.\s")
INLINE = frozenset(
    {"member_id", "claim_number", "reference_number", "rx_number", "npi", "group_number", "ndc"}
)
"""Roles whose value may follow its label inside a sentence."""
_LONG_ID = re.compile(r"(?=(?:[A-Z-]*\d){6})[A-Z0-9-]{6,20}$")
"""What fills a cell behind a bare `ID` and is a number."""
_WHOLE_ONLY = frozenset(
    {"id", "key", "name", "member", "code", "item", "to", "from", "for", "contact"}
)
"""One-word labels too common in prose to be believed without a colon."""


@dataclass(frozen=True)
class CellLabels:
    """Finds the labels of one letter's cells."""

    view: LetterView
    around: Neighbours
    lexicon: LabelLexicon

    @cached_property
    def _known(self) -> dict[int, list[LabelHit]]:
        return {}

    def of(self, segment: Segment) -> list[LabelHit]:
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
        lead = LEAD.match(text[segment.start : segment.end])
        begin = segment.start + (lead.end() if lead else 0)
        for piece in re.finditer(r"[^|;]+", text[begin : segment.end]):
            at = begin + piece.start() + len(piece.group()) - len(piece.group().lstrip())
            before = _UNKNOWN.match(text, at, segment.end)
            if before is None or _is_prose(before["label"]):
                continue
            inside = [h for h in hits if h.start < before.end("label") and h.end > at]
            covered = any(
                h.start == at and self.end(h, segment) >= before.end("label") for h in inside
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
        return [hit] if hit and text.rstrip(JUNK + "()") else []

    def _guessed_cell(self, segment: Segment, words: list[Plain]) -> LabelHit | None:
        """A cell of few words beside a number or a date that its words speak for."""
        if len(words) > 4:
            return None
        value = self.around.right(segment)
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
        if not COLON.match(text, words[0].end, segment.end):
            return None
        last = next(
            (
                s
                for s in self.around.by_page[segment.page]
                if s.line == segment.line - 1 and s.block == segment.block
            ),
            None,
        )
        if last is not None and text[last.start : last.end].rstrip().endswith(":"):
            return None  # a label of its own: `From:` over `Date:`
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
        end = self.end(hit, segment)
        rest = text[end : segment.end]
        if rest[:1] in {"-", "_", "/", "@"} and rest[1:2].strip():
            return False  # the beginning of a value: `PA-2026-0098`, `GRP-22841`
        phrase = text[hit.start : hit.end]
        starts = not LEAD.sub("", text[segment.start : hit.start]).strip()
        if COLON.match(rest) or rest.startswith("#"):
            first = starts or not phrase[:1].islower()
            return first or text[: hit.start].rstrip()[-1:] in {";", "|", ",", ")"}
        if starts and not _PLURAL.sub("", rest).strip(JUNK):
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
            return self.fits(hit, rest if whole else token)
        follows = text[end : end + 3].lstrip(" #:.*,=")[:1]
        return (
            bool(INLINE.intersection(hit.keys))
            and follows.isalnum()
            and sum(c.isdigit() for c in token) >= 3
        )

    def _dated(self, hit: LabelHit) -> bool:
        return any(self.lexicon.expects[key] in {"date", "name", "phone"} for key in hit.keys)

    def end(self, hit: LabelHit, segment: Segment) -> int:
        """The label's end with a qualifier in brackets: `Date of Service (requested)`."""
        plural = _PLURAL.match(self.view.text, hit.end, segment.end)
        if plural:
            return plural.end()
        more = _QUALIFIER.match(self.view.text, hit.end, segment.end)
        if more and COLON.match(self.view.text, more.end(), segment.end):
            return more.end()
        return hit.end

    def fits(self, hit: LabelHit, value: str) -> bool:
        """Whether a value without a colon has a shape that tells it from prose."""
        shapes = {self.lexicon.expects[key] for key in hit.keys} - {"text"}
        return any(fits(shape, value) for shape in shapes)


def _is_prose(label: str) -> bool:
    """Whether the text before a colon is a clause rather than a label."""
    words = label.split()
    if len(words) > 8 or re.search(r"[.!?]\s", label):
        return True
    small = sum(w[:1].islower() and len(w) > 3 for w in words)
    return len(words) > 3 and small > len(words) / 2
