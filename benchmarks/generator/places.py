"""Where a letter's facts stand on its pages: the ink of the words that were printed for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2

from models.geometry import Box

_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed word and its line box: ink across, and as high as its tallest letters."""

    text: str
    box: Box


def printed_words(pdf: bytes) -> list[list[Printed]]:
    """The words of each page with the boxes of their glyphs, in points from the top left."""
    pages = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            high = page.get_height()
            text_page = page.get_textpage()
            words: list[Printed] = []
            letters_: list[tuple[str, Box | None]] = []
            for at in range(text_page.count_chars()):
                sign = text_page.get_text_range(at, 1)
                if sign.isspace() or not sign:
                    words += _word(letters_)
                    letters_ = []
                    continue
                left, bottom, right, top = text_page.get_charbox(at)
                letters_.append((sign, Box(left, high - top, right, high - bottom)))
            pages.append(words + _word(letters_))
            text_page.close()
    return pages


def _word(letters_: Sequence[tuple[str, Box | None]]) -> list[Printed]:
    boxes = [box for _, box in letters_ if box is not None]
    if not boxes:
        return []
    return [Printed("".join(sign for sign, _ in letters_), Box.around(boxes))]


def places(pdf: bytes, printed: Mapping[str, Sequence[str]]) -> dict[str, list[dict[str, Any]]]:
    """Of every key: each place where one of its printed forms stands, as `{"page": 1, "text":
    "...", "bbox": [x0, top, x1, bottom]}`. A form that is broken over two lines has the box around
    both. Longer forms come first, and no word is told twice for a key."""
    pages = printed_words(pdf)
    found: dict[str, list[dict[str, Any]]] = {}
    for key, forms in printed.items():
        taken: set[tuple[int, int]] = set()
        for form in sorted(forms, key=len, reverse=True):
            for number, words in enumerate(pages, 1):
                for start, end in _runs(words, form):
                    span = {(number, n) for n in range(start, end)}
                    if span & taken:
                        continue
                    taken |= span
                    box = Box.around(word.box for word in words[start:end])
                    shown = [round(side, 1) for side in (box.x0, box.top, box.x1, box.bottom)]
                    found.setdefault(key, []).append({"page": number, "text": form, "bbox": shown})
    return found


def _runs(words: Sequence[Printed], form: str) -> Iterator[tuple[int, int]]:
    """The runs of words that spell a form, without regard to case and outer punctuation."""
    wanted = [bare for word in form.split() if (bare := _bare(word))]
    spelled = [_bare(word.text) for word in words]
    for start in range(len(words) - len(wanted) + 1):
        if wanted and spelled[start : start + len(wanted)] == wanted:
            yield start, start + len(wanted)


def _bare(word: str) -> str:
    return _EDGES.sub("", word).casefold()
