"""Pictures of misses: the strip of the page where the value was taken from, or where it stands."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PIL import Image, ImageDraw

from models.document import Document, Page
from models.errors import DeskError
from models.geometry import Box
from pipeline.evaluate.compare import Judged
from pipeline.evaluate.finding import Place, find_value

TAKEN, LABELLED = "taken from here", "the labelled value"
INK = {TAKEN: "#b3541e", LABELLED: "#1f6f54"}
WIDTH = 640
"""Pixels across of a picture."""
_MARGIN, _LEAST_WIDE, _ROOM = 34.0, 330.0, 2.5
_QUALITY = 60

Fields = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shot:
    """A strip of a page as WebP in base64, with a frame about each place named in `shows`."""

    page: int
    shows: tuple[str, ...]
    webp: str


def shots(
    data: bytes, document: Document, pages: Sequence[Page], judged: Judged, fields: Fields
) -> tuple[Shot, ...]:
    """What there is to see of one field that is not right, `fields` being those extracted."""
    places = list(_places(judged, fields.get(judged.key, {}), pages))
    numbers = sorted({place.page for _, place in places})
    made: list[Shot] = []
    for number in numbers:
        of_page = [(name, place.box) for name, place in places if place.page == number]
        page = next((page for page in document.pages if page.number == number), None)
        if page is not None:
            made += _drawn(data, document.source, page, of_page)
    return tuple(made)


def _places(
    judged: Judged, field: Mapping[str, Any], pages: Sequence[Page]
) -> Iterator[tuple[str, Place]]:
    if judged.got not in (None, [], False):
        for item in field.get("evidence", ())[:1]:
            yield TAKEN, Place(item["page"], Box(*item["bbox"]))
    stands = find_value(judged.key, judged.expected, pages)
    if stands is not None:
        yield LABELLED, stands


def _drawn(
    data: bytes, source: str, page: Page, places: Sequence[tuple[str, Box]]
) -> Iterator[Shot]:
    """One strip for places close together, else one each."""
    from extractors.reading import Limits
    from extractors.reading.shown import page_pictures

    try:
        whole, _ = page_pictures(data, source, page, Limits(workers=1))
    except DeskError:
        return  # it was read, but cannot be drawn: the words of the report must do
    image = Image.open(io.BytesIO(whole)).convert("RGB")
    scale = image.width / _shown_width(page)
    frame = partial(_framed, image, scale)
    boxes = [box for _, box in places]
    together = Box.around(boxes)
    if together.height <= 5 * _MARGIN:
        yield Shot(page.number, tuple(name for name, _ in places), frame(together, places))
    else:
        for name, box in places:
            yield Shot(page.number, (name,), frame(box, [(name, box)]))


def _shown_width(page: Page) -> float:
    return page.straightened.width if page.straightened is not None else page.width


def _framed(image: Image.Image, scale: float, about: Box, places: Sequence[tuple[str, Box]]) -> str:
    """The part of the page about a box, with frames, as WebP in base64."""
    page_wide, page_high = image.width / scale, image.height / scale
    wide = min(max(about.width + 2 * _MARGIN, _LEAST_WIDE), page_wide)
    left = min(max(about.middle[0] - wide / 2, 0.0), page_wide - wide)
    top, bottom = max(about.top - _MARGIN, 0.0), min(about.bottom + _MARGIN, page_high)
    strip = image.crop(
        (round(left * scale), round(top * scale), round((left + wide) * scale),
         max(round(bottom * scale), round(top * scale) + 1))
    )  # fmt: skip
    zoom = WIDTH / strip.width
    strip = strip.resize((WIDTH, max(round(strip.height * zoom), 1)), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(strip)
    for name, box in places:
        corners = (
            (box.x0 - _ROOM - left) * scale * zoom, (box.top - _ROOM - top) * scale * zoom,
            (box.x1 + _ROOM - left) * scale * zoom, (box.bottom + _ROOM - top) * scale * zoom,
        )  # fmt: skip
        draw.rectangle(corners, outline=INK[name], width=2)
    out = io.BytesIO()
    strip.save(out, "WEBP", quality=_QUALITY, method=2)
    return base64.b64encode(out.getvalue()).decode("ascii")
