"""Image files (fax TIFF, scans, phone photos) to page pictures."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image, ImageOps

from extractors.reading.limits import Budget
from extractors.reading.sheets import LONG_EDGE, Grey, Picture, Sheet
from models.errors import Damaged, TooLarge

READ_DPI = 200
MOST_DPI = 320
"""Above this, pixels only cost time: the page is scaled down."""


FINE_SIDE = 6000
"""A JPEG with a longer side is decoded at half its size, which costs a quarter of the memory."""


@cache
def set_up() -> None:
    """Make Pillow open HEIC; frames are checked here and not by Pillow."""
    import pillow_heif  # heavy, and only phones need it

    pillow_heif.register_heif_opener()
    # Each frame is checked against `Limits` before it is decoded.
    Image.MAX_IMAGE_PIXELS = None


def pages_of_image(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """A picture for each frame of an image file; of an animation the first only.

    Raises Damaged, TooLarge.
    """
    set_up()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of harmless oddities in TIFF tags
        try:
            image = Image.open(io.BytesIO(data))
        except _BROKEN as odd:
            raise Damaged("the image cannot be opened", "Scan or export it again") from odd
        count = _frames(image, budget)
        if image.format in {"GIF", "WEBP", "PNG"} and count > 1:
            budget.warn("the image is an animation; only its first frame was read")
            count = 1
        budget.expect_pages(count)
        for frame in range(count):
            picture = _frame(image, frame, count, budget, part)
            if picture is not None:
                yield picture


_BROKEN = (
    OSError, ValueError, EOFError, SyntaxError, IndexError, KeyError, TypeError, ArithmeticError,
    AttributeError, struct.error,
)  # fmt: skip
"""What Pillow raises over damaged files."""


def _frames(image: Image.Image, budget: Budget) -> int:
    """How many frames an image has; of one that is damaged somewhere, those up to there."""
    try:
        return int(getattr(image, "n_frames", 1))
    except _BROKEN:
        budget.warn("the image file is damaged or cut off: pages at its end may be missing")
    count = 1
    while count <= budget.limits.max_pages:
        try:
            image.seek(count)
        except _BROKEN:
            break
        count += 1
    return count


def _frame(image: Image.Image, frame: int, count: int, budget: Budget, part: int) -> Picture | None:
    """One frame; None, with a warning, where it is damaged and others are there to go on with."""
    try:
        image.seek(frame)
        budget.check_picture(*image.size)
        if image.format == "JPEG" and max(image.size) > FINE_SIDE:
            image.draft("L", (image.width // 2, image.height // 2))
        dpi = _dpi(image)
        grey = grey_of(image)
    except MemoryError as full:
        raise TooLarge(
            f"a page image of {image.width:,} x {image.height:,} pixels does not fit in memory",
            "Scan it again at 300 dpi or less",
        ) from full
    except _BROKEN as odd:
        if count == 1:
            raise Damaged("the image is cut off or damaged", "Scan or export it again") from odd
        budget.warn(f"image {frame + 1} of {count} is damaged and was left out")
        return None
    return picture_of(grey, dpi, part=part)


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """Resolution across and down, where the image tells one that makes a page of sane size."""
    told = image.info.get("dpi")
    if not isinstance(told, tuple) or len(told) != 2:
        return None
    across, down = float(told[0]), float(told[1])
    if not (50 <= across <= 1300 and 50 <= down <= 1300):
        return None
    wide, high = image.width / across, image.height / down
    # Phones and screens stamp 72 or 96 on anything: believe a page of 3 to 25 inches only.
    if not (3 <= max(wide, high) <= 25):
        return None
    if image.getexif().get(0x0112, 1) in (5, 6, 7, 8):
        return down, across
    return across, down


def grey_of(image: Image.Image) -> Grey:
    """Any Pillow image as upright 8-bit grey, transparency on white."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        deep = np.asarray(image).astype(np.float32)
        high = float(deep.max())
        top = 65535.0 if high > 255 else 255.0
        if image.mode == "F" and high <= 1.0:
            top = 1.0
        shown = np.clip(deep * (255.0 / top), 0, 255).astype(np.uint8)
        image = _turned(Image.fromarray(shown), image)
    else:
        image = ImageOps.exif_transpose(image)
        if image.mode in ("P", "PA", "RGBA", "LA", "La", "RGBa") or "transparency" in image.info:
            layered = image.convert("RGBA")
            paper = Image.new("RGBA", layered.size, (255, 255, 255, 255))
            image = Image.alpha_composite(paper, layered)
        image = image.convert("L")
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8))


def _turned(shown: Image.Image, source: Image.Image) -> Image.Image:
    turn = {3: 180, 6: 270, 8: 90}.get(source.getexif().get(0x0112, 1))
    return shown.rotate(turn, expand=True) if turn else shown


def picture_of(
    grey: Grey, dpi: tuple[float, float] | None, *, flat: bool = False, part: int = 0
) -> Picture:
    """A picture with square pixels and a plain resolution, from pixels as received.

    Without a resolution the page's longer edge is taken to be 11 inches.
    """
    import cv2

    from extractors.reading.dropped import mended, two_toned

    hard = two_toned(grey)
    grey, dropped = mended(grey)
    height, width = grey.shape
    if dpi is None:
        even = max(height, width) / LONG_EDGE
        dpi = (even, even)
    wide, high = width / dpi[0], height / dpi[1]
    target = min(max(dpi), MOST_DPI)
    to = (max(round(wide * target), 1), max(round(high * target), 1))
    if to != (width, height):
        smaller = to[0] * to[1] < width * height
        grey = np.asarray(
            cv2.resize(grey, to, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC),
            dtype=np.uint8,
        )
    rows = tuple((row + 0.5) * to[1] / height for row in dropped)
    return Picture(
        np.ascontiguousarray(grey), wide * 72, high * 72, flat, part, dropped=rows, two_toned=hard
    )
