"""Image files: formats, colours, resolutions, damage, and what is no page at all."""

from __future__ import annotations

import io
import struct
import time
import zlib
from dataclasses import replace

import cv2
import numpy as np
import pikepdf
import pillow_heif
import pytest
from made_pages import drawn, encoded, found, noisy, photographed, skewed, typeset
from PIL import Image, TiffImagePlugin
from test_reading_pdf import FEW_LINES, saved, scan_pdf

from extractors.reading import Limits, marks, ocr, read_document, tesseract
from extractors.reading.images import pages_of_image
from extractors.reading.limits import Budget
from extractors.reading.sheets import Picture
from extractors.reading.tesseract import Seen
from models.document import Document, Line, Page, PageSource, Word
from models.errors import Damaged, NoText, SetupError, TimedOut, TooLarge
from models.geometry import Box

ONE = Limits(workers=1)


def read(data: bytes) -> Document:
    return read_document(data, "x", ONE)


def pictures(data: bytes) -> list[Picture]:
    sheets = list(pages_of_image(data, Budget(ONE)))
    assert all(isinstance(sheet, Picture) for sheet in sheets)
    return [sheet for sheet in sheets if isinstance(sheet, Picture)]


def file(image: Image.Image, form: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def box_of(page: Page, word: str) -> tuple[float, float, float, float]:
    box = next(w.box for w in page.words if w.text == word)
    shown = page.as_shown(box)
    return shown.x0, shown.top, shown.x1, shown.bottom


@pytest.fixture(scope="module")
def clean() -> Page:
    return read(encoded(drawn(), "PNG")).pages[0]


def test_a_clean_scan_is_read_in_order(clean: Page) -> None:
    lines = [line.text for line in clean.lines]
    assert clean.source is PageSource.OCR
    assert (round(clean.width), round(clean.height), clean.dpi) == (612, 792, 200)
    assert found(clean.text) == 1
    assert "Member ID: LMH-2207-8841" in lines
    assert "Date of service: 10/01/2026" in lines
    assert lines.index("Tacoma, WA 98402") < lines.index("Member: Oren Castellan")
    assert {"Drug", "J2350", "Ocrevus 300 mg", "Denied"} <= set(lines)
    assert [[cell.text if cell else None for cell in row] for row in clean.tables[0].rows][1] == [
        "Ocrevus 300 mg", "J2350", "600", "Denied",
    ]  # fmt: skip
    assert 0.8 < clean.quality <= 1
    assert clean.straightened is None


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_on_its_side_or_head_is_set_upright(turn: int, clean: Page) -> None:
    grey = np.rot90(noisy(drawn(), 6), -turn // 90)
    page = read(encoded(np.ascontiguousarray(grey), "PNG")).pages[0]
    assert page.rotation == 360 - turn
    assert found(page.text) >= 0.9
    assert np.allclose(box_of(page, "Castellan"), box_of(clean, "Castellan"), atol=3)


@pytest.mark.parametrize("degrees", [3.0, -7.0])
def test_a_skewed_page_is_levelled_and_its_places_are_on_the_page_as_sent(
    degrees: float, clean: Page
) -> None:
    page = read(encoded(skewed(drawn(), degrees), "PNG")).pages[0]
    assert found(page.text) >= 0.9
    assert "Member ID: LMH-2207-8841" in [line.text for line in page.lines]
    x0, top, x1, bottom = box_of(clean, "LMH-2207-8841")
    x, y = (x0 + x1) / 2 - 306, (top + bottom) / 2 - 396
    angle = np.radians(degrees)
    moved = (
        x * np.cos(angle) + y * np.sin(angle) + 306,
        -x * np.sin(angle) + y * np.cos(angle) + 396,
    )
    a0, atop, a1, abottom = box_of(page, "LMH-2207-8841")
    assert abs((a0 + a1) / 2 - moved[0]) < 3
    assert abs((atop + abottom) / 2 - moved[1]) < 3


def test_a_photo_is_flattened_and_its_places_are_on_the_photo() -> None:
    photo = photographed(drawn(220))
    page = read(encoded(photo, "JPEG", None, quality=80)).pages[0]
    assert found(page.text) >= 0.9
    assert page.straightened is not None
    scale = photo.shape[1] / page.straightened.width
    x0, top, x1, bottom = (round(v * scale) for v in box_of(page, "LMH-2207-8841"))
    cut = photo[top:bottom, x0:x1].astype(float)
    assert (cut < 0.6 * np.percentile(cut, 90)).mean() > 0.08


@pytest.mark.parametrize(
    "damage",
    ["noise", "salt", "low contrast", "uneven", "dark border", "inverse"],
)
def test_damage_is_read_through(damage: str) -> None:
    grey = drawn().copy()
    chance = np.random.default_rng(3).random(grey.shape)
    if damage == "noise":
        grey = noisy((grey * 0.75 + 30).astype(np.uint8), 40)
    elif damage == "salt":
        grey[chance < 0.02], grey[chance > 0.98] = 0, 255
    elif damage == "low contrast":
        grey = noisy((grey * 0.22 + 150).astype(np.uint8), 4)
    elif damage == "uneven":
        light = 0.95 - 0.6 * np.arange(grey.shape[1]) / grey.shape[1]
        grey = (grey * light).astype(np.uint8)
    elif damage == "dark border":
        grey[:50], grey[:, :40] = 10, 10
    else:
        bar = slice(round(grey.shape[0] * 0.075), round(grey.shape[0] * 0.17))
        grey[bar, :900] = 255 - grey[bar, :900]
    assert found(read(encoded(grey, "PNG")).pages[0].text) >= 0.86


def test_a_fax_has_square_pixels_again() -> None:
    height, width = drawn().shape
    size = 1728, round(height * 0.49)
    squashed = np.asarray(cv2.resize(drawn(), size, interpolation=cv2.INTER_AREA))
    fax = encoded(squashed, "TIFF", (204, 98), bilevel=True, compression="group4")
    page = read(fax).pages[0]
    assert abs(page.width / page.height - width / height) < 0.02
    assert found(page.text) >= 0.86


def test_every_page_of_a_tiff_though_they_differ() -> None:
    first = Image.fromarray(drawn())
    second = first.crop((0, 0, 1700, 900)).convert("1")
    both = file(first, "TIFF", save_all=True, append_images=[second, first], dpi=(200, 200))
    found_pages = pictures(both)
    assert [page.grey.shape for page in found_pages] == [(2200, 1700), (900, 1700), (2200, 1700)]
    assert [round(page.height) for page in found_pages] == [792, 324, 792]


def modes() -> dict[str, Image.Image]:
    base = Image.fromarray(drawn(150))
    clear = base.convert("RGBA")
    clear.putalpha(base.point(lambda level: 255 - level))
    deep = Image.fromarray(np.asarray(base).astype(np.uint16) * 257)
    return {
        "RGB": base.convert("RGB"),
        "CMYK": base.convert("CMYK"),
        "palette": base.convert("P"),
        "ink on nothing": clear,
        "16 bit": deep,
        "bilevel": base.convert("1"),
    }


@pytest.mark.parametrize("mode", list(modes()))
def test_every_kind_of_pixel(mode: str) -> None:
    image = modes()[mode]
    form = "TIFF" if image.mode in ("CMYK", "I;16") else "PNG"
    grey = pictures(file(image, form, dpi=(150, 150)))[0].grey
    away = np.abs(grey.astype(int) - drawn(150).astype(int))
    assert away.mean() < 4


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "BMP", "GIF", "HEIF"])
def test_every_format(form: str) -> None:
    image = Image.fromarray(drawn(100)).convert("RGB")
    out = io.BytesIO()
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(out, quality=80)
    else:
        image.save(out, form)
    grey = pictures(out.getvalue())[0].grey
    assert grey.shape == drawn(100).shape
    assert np.abs(grey.astype(int) - drawn(100).astype(int)).mean() < 8


def test_a_phone_tells_which_way_was_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(drawn(100))))
    grey = pictures(file(lying, "JPEG", exif=exif))[0].grey
    assert grey.shape == drawn(100).shape
    assert np.abs(grey.astype(int) - drawn(100).astype(int)).mean() < 8


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.fromarray(np.roll(drawn(60), at * 9)) for at in range(3)]
    budget = Budget(ONE)
    moving = file(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert len(list(pages_of_image(moving, budget))) == 1
    assert any("animation" in warning for warning in budget.warnings)


def test_a_page_ten_thousand_pixels_wide_is_scaled_down() -> None:
    wide = Image.new("1", (10_000, 12_941), 1)
    grey = pictures(file(wide, "TIFF", compression="group4", dpi=(1176, 1176)))[0].grey
    assert max(grey.shape) < 4000


def test_bombs_are_refused_before_they_go_off() -> None:
    small = file(Image.new("L", (8, 8), 255), "PNG")
    header = b"IHDR" + struct.pack(">II", 50_000, 50_000) + small[24:29]
    huge = small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]
    with pytest.raises(TooLarge, match="50,000 x 50,000"):
        read(huge)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (7, 3)])
@pytest.mark.parametrize("ink", [0, 255])
def test_an_image_of_a_few_pixels_is_no_letter(size: tuple[int, int], ink: int) -> None:
    with pytest.raises(NoText):
        read(file(Image.new("L", size, ink), "PNG"))


def test_pure_noise_is_refused_or_doubted() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (700, 600), dtype=np.uint8)
    with pytest.raises(NoText):
        read(encoded(noise, "PNG", 100))


def test_a_cut_off_image() -> None:
    with pytest.raises(Damaged, match="cut off"):
        read(encoded(drawn(), "PNG")[:20_000])


def test_one_broken_page_of_many_is_left_out() -> None:
    page = Image.fromarray(drawn(100)).convert("1")
    three = bytearray(
        file(page, "TIFF", save_all=True, append_images=[page, page], compression="group4")
    )
    with TiffImagePlugin.TiffImageFile(io.BytesIO(bytes(three))) as tiff:
        tiff.seek(1)
        tag = tiff.tag_v2[273]
        at = tag[0] if isinstance(tag, tuple) else tag
    budget = Budget(ONE)
    three[at : at + 400] = b"\xff\x00\xaa\x13" * 100
    sheets = list(pages_of_image(bytes(three), budget))
    assert len(sheets) in (2, 3)
    if len(sheets) == 2:
        assert any("damaged" in warning for warning in budget.warnings)


@pytest.mark.parametrize(
    ("words", "again"),
    [
        (
            "ATENCION Espanol servicios gratuitos | CHU Y Tieng Viet | ATTENTION francais "
            "gratuitement | ACHTUNG Deutsch kostenlos | UWAGA polsku bezplatnie | Tagalog",
            False,
        ),
        ("the plan has read what your doctor sent | the drug may not be paid for by us", True),
    ],
)
def test_only_other_languages_get_no_second_look(words, again, monkeypatch) -> None:
    looks = []

    def badly(grey, dpi, **_: object) -> tuple[Seen, ...]:
        looks.append(dpi)
        return tuple(
            Seen(
                word, 300 + 90 * at, 400 + 40 * row, 380 + 90 * at, 425 + 40 * row, 0.7, (1, 1, row)
            )
            for row, line in enumerate(words.split(" | "))
            for at, word in enumerate(line.split())
        )

    monkeypatch.setattr(tesseract, "read_words", badly)
    page = read(encoded(drawn(), "PNG")).pages[0]
    assert (len(looks) > 1) == again == (page.looks > 1)


def slow_tesseract(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "tesseract"
    fake.write_text("#!/bin/sh\nexec sleep 30\n")
    fake.chmod(0o755)
    tesseract.languages()
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", str(fake))


def test_a_page_that_hangs_the_ocr_is_given_up(tmp_path, monkeypatch) -> None:
    slow_tesseract(tmp_path, monkeypatch)
    limits = Limits(workers=1, page_seconds=0.6)
    with pytest.raises(TimedOut, match=r"0\.6 seconds|1 seconds"):
        read_document(encoded(drawn(), "PNG"), "x", limits)


def test_a_hanging_page_does_not_spoil_the_others(tmp_path, monkeypatch) -> None:

    pdf = pikepdf.open(io.BytesIO(typeset(FEW_LINES)))
    pdf.pages.extend(scan_pdf(drawn(200, FEW_LINES)).pages)
    slow_tesseract(tmp_path, monkeypatch)
    document = read_document(saved(pdf), "x", Limits(workers=2, page_seconds=0.6))
    assert "LMH-2207-8841" in document.pages[0].text
    assert document.pages[1].lines == ()
    assert document.pages[1].quality == 0
    assert any("page 2" in warning for warning in document.warnings)


def test_a_file_has_its_time_too(tmp_path, monkeypatch) -> None:
    slow_tesseract(tmp_path, monkeypatch)
    page = Image.fromarray(drawn(100))
    many = file(page, "TIFF", save_all=True, append_images=[page] * 6)
    with pytest.raises(TimedOut, match="file"):
        read_document(many, "x", Limits(workers=1, page_seconds=0.5, file_seconds=1.2))


def test_without_tesseract_the_mend_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", "no-such-program")
    tesseract.tesseract_version.cache_clear()
    tesseract.languages.cache_clear()
    try:
        with pytest.raises(SetupError, match="apt-get install tesseract-ocr"):
            read(encoded(drawn(), "PNG"))
    finally:
        monkeypatch.undo()
        tesseract.tesseract_version.cache_clear()
        tesseract.languages.cache_clear()
    assert tesseract.tesseract_version()[0].isdigit()


def test_a_file_out_of_time_keeps_the_pages_read_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first page takes all the time that the file has."""
    from extractors.reading import reader

    def slow(picture: Picture, seconds: float) -> Page:
        time.sleep(2.2)
        return read_page

    word = Word("Denied", Box(10, 10, 60, 20), 0.9)
    read_page = Page(0, 612, 792, (Line((word,)),), PageSource.OCR, 0.9)
    monkeypatch.setattr(ocr, "read_picture", slow)
    sheets = [Picture(np.full((220, 170), 255, np.uint8), 612, 792) for _ in range(4)]
    budget = Budget(Limits(workers=1, file_seconds=2.0))
    pages = reader._read_all(iter(sheets), budget)
    assert [bool(page.lines) for page in pages] == [True, False, False, False]
    assert [page.quality for page in pages] == [0.9, 0.0, 0.0, 0.0]
    assert budget.warnings == [
        "pages 2 to 4 could not be read: the file took longer than 2 seconds"
    ]


def test_a_file_of_whose_pages_none_was_read_in_time_is_refused() -> None:
    from extractors.reading import reader

    sheets = [Picture(np.full((220, 170), 255, np.uint8), 612, 792)]
    with pytest.raises(TimedOut, match="the file took longer"):
        reader._read_all(iter(sheets), Budget(Limits(workers=1, file_seconds=0)))


def test_a_solid_logo_is_no_word_and_a_doubtful_letter_is_one() -> None:
    grey = np.full((220, 400), 245, np.uint8)
    cv2.rectangle(grey, (20, 20), (60, 60), 90, -1)
    cv2.putText(grey, "We", (100, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 3)
    logo = Seen("Wi", 20, 20, 61, 61, 0.3, (1, 1, 1))
    assert marks.is_graphic(logo, grey, 200)
    assert not marks.is_graphic(replace(logo, x0=100, x1=170, top=24, bottom=62), grey, 200)
    assert not marks.is_graphic(replace(logo, confidence=0.9), grey, 200)
