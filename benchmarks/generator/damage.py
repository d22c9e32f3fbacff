"""What happens to a letter on its way: scanned, faxed, photographed, copied. Seeded."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]

SCAN_DPI = 200
FAX_FINE = (204, 196)
FAX_STANDARD = (204, 98)


@dataclass(frozen=True)
class Hand:
    """The random hand that does the damage, from a seed."""

    seed: str
    numbers: np.random.Generator = field(init=False)
    moves: list[Matrix] = field(init=False, default_factory=list)
    """How the pixels of the page at hand were moved, step by step."""

    def __post_init__(self) -> None:
        words = np.frombuffer(self.seed.encode().ljust(4, b"-"), dtype=np.uint8)
        object.__setattr__(self, "numbers", np.random.default_rng(words.tolist()))

    def between(self, low: float, high: float) -> float:
        return float(self.numbers.uniform(low, high))

    def chance(self, share: float) -> bool:
        return bool(self.numbers.random() < share)

    def move(self) -> Matrix:
        """Where the page's pixels went, as one 3 x 3 matrix, since it was last asked for."""
        whole: Matrix = np.eye(3)
        for step in self.moves:
            whole = step @ whole
        self.moves.clear()
        return whole


def pages_of(pdf: bytes, dpi: int = SCAN_DPI) -> list[Grey]:
    """The pages as grey pictures at `dpi`."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            np.asarray(page.render(scale=dpi / 72, grayscale=True).to_numpy()).squeeze().copy()
            for page in document
        ]


# -- one page ----------------------------------------------------------------------------


def skewed(page: Grey, degrees: float, paper: int = 255, hand: Hand | None = None) -> Grey:
    """Turned about its middle, paper filling the corners; a `hand` notes the move."""
    high, wide = page.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    if hand is not None:
        hand.moves.append(np.vstack([turn, [0.0, 0.0, 1.0]]))
    return _grey(
        cv2.warpAffine(page, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=float(paper))
    )


def noisy(page: Grey, hand: Hand, sigma: float) -> Grey:
    """Sensor noise and uneven light across the page."""
    high, wide = page.shape
    slope = np.linspace(hand.between(-6, 6), hand.between(-6, 6), wide, dtype=np.float32)
    grain = hand.numbers.standard_normal((high, wide), dtype=np.float32) * np.float32(sigma)
    return _clip(page.astype(np.float32) + grain + slope[None, :])


def specked(page: Grey, hand: Hand, share: float, black: int = 0) -> Grey:
    """Dust: small dark spots on the paper and light ones in the ink."""
    out = page.copy()
    high, wide = page.shape
    for colour in (black, 255):
        for _ in range(int(share * high * wide / 1000)):
            y, x = hand.numbers.integers(high - 3), hand.numbers.integers(wide - 3)
            size = int(hand.numbers.integers(1, 4))
            out[y : y + size, x : x + size] = colour
    return out


def blurred(page: Grey, sigma: float) -> Grey:
    return _grey(cv2.GaussianBlur(page, (0, 0), sigma))


def washed_out(page: Grey, black: int, white: int) -> Grey:
    """Low contrast: ink no darker than `black`, paper no lighter than `white`."""
    return _clip(black + page.astype(np.float32) * (white - black) / 255)


def scan_page(page: Grey, hand: Hand) -> Grey:
    """A flatbed or feeder scan: a little skew, a little blur, noise."""
    paper = int(hand.between(238, 253))
    inked = washed_out(page, int(hand.between(10, 50)), paper)
    out = skewed(inked, hand.between(-1.6, 1.6), paper, hand)
    return specked(
        noisy(blurred(out, hand.between(0.35, 0.8)), hand, hand.between(3, 9)), hand, 0.01
    )


def copy_page(page: Grey, hand: Hand) -> Grey:
    """A copy of a copy: thickened strokes, dark edge, more dust."""
    twice = scan_page(scan_page(page, hand), hand)
    hard = _clip((twice.astype(np.float32) - 128) * hand.between(1.5, 2.1) + 138)
    if hand.chance(0.5):
        hard = _grey(cv2.erode(hard, np.ones((2, 2), np.uint8)))
    edge = int(hand.between(6, 26))
    hard[:, :edge] = np.minimum(hard[:, :edge], 70)
    return specked(hard, hand, 0.05)


def faint_page(page: Grey, hand: Hand) -> Grey:
    """Toner running out: pale grey print, and paler stripes down the page."""
    out = washed_out(page, int(hand.between(120, 165)), int(hand.between(235, 252)))
    at = int(hand.between(0.2, 0.8) * page.shape[1])
    stripe = out[:, at : at + 60].astype(np.float32)
    out[:, at : at + 60] = _clip(stripe + (250 - stripe) * 0.35)
    return noisy(skewed(out, hand.between(-0.6, 0.6), 245, hand), hand, 3)


def fax_page(page: Grey, hand: Hand, header: str, standard: bool) -> Grey:
    """One bit a dot at a fax's own resolution, with header line, specks and dropped lines."""
    across, down = FAX_STANDARD if standard else FAX_FINE
    high, wide = page.shape
    size = (round(wide * across / SCAN_DPI), round(high * down / SCAN_DPI))
    turned = skewed(page, hand.between(-0.8, 0.8), hand=hand)
    hand.moves.append(np.diag([size[0] / wide, size[1] / high, 1.0]))
    small = cv2.resize(turned, size, interpolation=cv2.INTER_AREA)
    out = np.where(small > hand.between(150, 185), 255, 0).astype(np.uint8)
    out = specked(out, hand, 0.012 if standard else 0.02)
    for _ in range(int(hand.numbers.integers(0, 4))):
        row = int(hand.numbers.integers(size[1] // 12, size[1] - 2))
        out[row] = out[row - 1] if hand.chance(0.5) else 255
    _fax_header(out, header, down)
    return out


def _fax_header(page: Grey, text: str, down: int) -> None:
    """Prints the sender's line at the top edge, as the machine does."""
    font = ImageFont.load_default(size=26)
    strip = Image.new("L", (page.shape[1], 40), 255)
    ImageDraw.Draw(strip).text((30, 4), text, fill=0, font=font)
    tall = max(round(40 * down / FAX_FINE[1]), 8)
    small = cv2.resize(np.asarray(strip), (page.shape[1], tall), interpolation=cv2.INTER_AREA)
    page[:tall] = np.where(small > 140, 255, 0)


def photo_page(page: Grey, hand: Hand) -> NDArray[np.uint8]:
    """A phone's picture of the page on a table: perspective, shadow, warm light; RGB."""
    high, wide = page.shape
    rim = int(0.07 * wide)
    across, down = wide + 2 * rim, high + 2 * rim
    table = np.array([hand.between(60, 130), hand.between(50, 100), hand.between(40, 80)])
    paper = np.stack([page.astype(np.float32) * tone for tone in (0.97, 0.95, 0.90)], axis=-1)
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    shift = hand.numbers.uniform(-0.6, 0.6, (4, 2)) * rim
    placed = (corners + rim + shift).astype(np.float32)
    lens = cv2.getPerspectiveTransform(corners, placed)
    hand.moves.append(np.asarray(lens, dtype=np.float64))
    seen = cv2.warpPerspective(paper, lens, (across, down), flags=cv2.INTER_CUBIC)
    mask = cv2.warpPerspective(np.ones((high, wide), np.float32), lens, (across, down))[..., None]
    grain = hand.numbers.standard_normal((down, across, 1), dtype=np.float32)
    shot = seen * mask + (table + 9 * grain) * (1 - mask)
    shot *= _shadow(down, across, hand)[..., None]
    shot = cv2.GaussianBlur(shot, (0, 0), hand.between(0.5, 0.9)) + 3.5 * grain
    return _clip(shot)


def _shadow(high: int, wide: int, hand: Hand) -> NDArray[np.float32]:
    """Light that falls off to one side, and the soft shadow of a hand or phone."""
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    fall = 1 - 0.28 * np.abs(x / wide - hand.between(0, 1)) - 0.12 * (y / high)
    edge = x * hand.between(-0.6, 0.6) + y - high * hand.between(0.55, 0.9)
    shade = 1 - hand.between(0.12, 0.35) / (1 + np.exp(-edge / 60))
    return np.asarray(fall * shade, dtype=np.float32)


def _clip(values: NDArray[Any]) -> NDArray[np.uint8]:
    kept: NDArray[np.uint8] = np.clip(values, 0, 255).astype(np.uint8)
    return kept


def _grey(image: Any) -> Grey:
    return np.asarray(image, dtype=np.uint8)


# -- whole files -------------------------------------------------------------------------


def as_pdf(pages: Sequence[NDArray[np.uint8]], dpi: int = SCAN_DPI, quality: int = 60) -> bytes:
    """The pictures as a PDF of JPEG pages without a text layer."""
    first, *rest = [Image.fromarray(page) for page in pages]
    out = io.BytesIO()
    first.save(
        out, "PDF", save_all=True, append_images=rest, resolution=float(dpi), quality=quality,
        creationDate=0, modDate=0, producer="", creator="",
    )  # fmt: skip
    return out.getvalue()


def as_fax_tiff(pages: Sequence[Grey], standard: bool = False) -> bytes:
    """One-bit pages in a TIFF, compressed as faxes are (CCITT group 4)."""
    dots = FAX_STANDARD if standard else FAX_FINE
    first, *rest = [Image.fromarray(page).convert("1", dither=Image.Dither.NONE) for page in pages]
    out = io.BytesIO()
    first.save(
        out, "TIFF", save_all=True, append_images=rest, compression="group4", dpi=dots,
    )  # fmt: skip
    return out.getvalue()


def as_picture(page: NDArray[np.uint8], kind: str, quality: int = 78) -> bytes:
    """One page as JPEG, PNG or WEBP."""
    out = io.BytesIO()
    Image.fromarray(page).save(out, kind, quality=quality, dpi=(SCAN_DPI, SCAN_DPI))
    return out.getvalue()


def fax_headers(hand: Hand, count: int, letter_day: date) -> list[str]:
    """A sender's line for each page; its date is the day of sending, not the letter's."""
    when = letter_day + timedelta(int(hand.between(1, 12)))
    hour = f"{int(hand.between(7, 18)):02d}:{int(hand.between(0, 59)):02d}"
    sender = f"FROM: {int(hand.between(200, 989))}55501{int(hand.between(10, 99))}"
    top = f"{when:%m/%d/%Y} {hour}   {sender}   TO: 5550199"
    return [f"{top}   P.{n + 1:03d}/{count:03d}" for n in range(count)]


def _scan(pdf: bytes, hand: Hand, day: date) -> tuple[str, bytes]:
    return ".pdf", as_pdf([scan_page(page, hand) for page in pages_of(pdf)])


def _fax(pdf: bytes, hand: Hand, day: date, standard: bool = False) -> tuple[str, bytes]:
    pages = pages_of(pdf)
    headers = fax_headers(hand, len(pages), day)
    faxed = [fax_page(p, hand, h, standard) for p, h in zip(pages, headers, strict=True)]
    return ".tif", as_fax_tiff(faxed, standard)


def _photo(pdf: bytes, hand: Hand, day: date) -> tuple[str, bytes]:
    shots = [photo_page(page, hand) for page in pages_of(pdf)]
    if len(shots) == 1:
        return ".jpg", as_picture(shots[0], "JPEG")
    return ".pdf", as_pdf(shots)


def _turned(pdf: bytes, hand: Hand, day: date) -> tuple[str, bytes]:
    quarter = int(hand.numbers.integers(1, 4))
    return ".pdf", as_pdf([np.rot90(scan_page(p, hand), quarter).copy() for p in pages_of(pdf)])


def _plain_image(pdf: bytes, hand: Hand, day: date) -> tuple[str, bytes]:
    return ".pdf", as_pdf(pages_of(pdf))


def _fax_standard(pdf: bytes, hand: Hand, day: date) -> tuple[str, bytes]:
    return _fax(pdf, hand, day, standard=True)


def _faint(pdf: bytes, hand: Hand, day: date) -> tuple[str, bytes]:
    return ".pdf", as_pdf([faint_page(page, hand) for page in pages_of(pdf)])


def _copy(pdf: bytes, hand: Hand, day: date) -> tuple[str, bytes]:
    return ".pdf", as_pdf([copy_page(page, hand) for page in pages_of(pdf)])


DAMAGES: dict[str, Callable[[bytes, Hand, date], tuple[str, bytes]]] = {
    "image": _plain_image,
    "scan": _scan,
    "fax": _fax,
    "fax_standard": _fax_standard,
    "photo": _photo,
    "faint": _faint,
    "copy": _copy,
    "turned": _turned,
}


def damaged(pdf: bytes, kind: str, seed: str, letter_day: date) -> tuple[str, bytes]:
    """A digital letter after damage of one of `DAMAGES`: its file suffix and its bytes."""
    if kind not in DAMAGES:
        raise SystemExit(f"No such damage: {kind}. Known: clean, {', '.join(DAMAGES)}")
    return DAMAGES[kind](pdf, Hand(f"{kind}/{seed}"), letter_day)
