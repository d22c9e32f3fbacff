"""Pictures that are no letters are doubted or refused; pictures of every odd make are read."""

from __future__ import annotations

import io
import math

import numpy as np
import pikepdf
import pytest
from made_pages import drawn, encoded, found, typeset
from PIL import Image, ImageDraw

from extractors.reading import Limits, read_document
from models.document import Document, PageSource
from models.errors import DeskError, NoText, Unreadable

SHORT = """
#set page(paper: "us-letter", margin: 1in)
#set text(font: "DejaVu Sans", size: 12pt)
Larkspur Mutual Health

September 14, 2026

Dear Oren Castellan: we denied Ocrevus. You may appeal within 180 days.
"""


def read(data: bytes) -> Document:
    return read_document(data, "x", Limits(workers=2))


def doubted_or_refused(data: bytes) -> None:
    """Refused with a reason and what to do, or read with a quality that nobody would trust."""
    told: Unreadable | None = None
    try:
        document = read(data)
    except Unreadable as reason:
        told = reason
    if told is not None:
        assert told.message
        assert told.mend
    else:
        assert max(page.quality for page in document.pages if page.lines) < 0.6


def saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def test_pure_noise() -> None:
    rough = np.random.default_rng(3).integers(0, 256, (1100, 850), dtype=np.uint8)
    doubted_or_refused(encoded(rough, "PNG", 100))


def test_a_photo_of_something_furry() -> None:
    dice = np.random.default_rng(9)
    y, x = np.mgrid[0:1000, 0:800].astype(np.float64)
    body = 90 + 50 * np.sin(x / 31 + np.sin(y / 47)) + 30 * np.cos(y / 23)
    for ear in ((250, 200), (550, 200)):
        body -= 60 * np.exp(-((x - ear[0]) ** 2 + (y - ear[1]) ** 2) / 6000)
    fur = dice.normal(0, 18, body.shape)
    doubted_or_refused(encoded(np.clip(body + fur, 0, 255).astype(np.uint8), "JPEG", None))


def test_handwriting_alone() -> None:
    sheet = Image.new("L", (1275, 1650), 248)
    pen = ImageDraw.Draw(sheet)
    dice = np.random.default_rng(4)
    for row in range(200, 1300, 130):
        phase, lean = dice.uniform(0, 6, 2)
        stroke = [
            (150 + t, row + 22 * math.sin(t / 9 + phase) + 14 * math.sin(t / 4.3 + lean))
            for t in range(0, int(dice.uniform(500, 950)), 2)
        ]
        pen.line(stroke, fill=30, width=4)
    doubted_or_refused(encoded(np.asarray(sheet), "PNG", 150))


def test_an_upside_down_fax_of_a_blank_page() -> None:
    page = Image.new("1", (1728, 2156), 1)
    dots = np.random.default_rng(8).integers(0, 1700, (60, 2))
    for x, y in dots:
        page.putpixel((int(x), int(y)), 0)
    out = io.BytesIO()
    page.rotate(180).save(out, "TIFF", compression="group4", dpi=(204, 196))
    with pytest.raises(NoText, match="blank"):
        read(out.getvalue())


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG", "GIF", "BMP", "WEBP"])
def test_one_pixel(form: str) -> None:
    out = io.BytesIO()
    Image.new("L", (1, 1), 0).save(out, form)
    with pytest.raises(Unreadable) as caught:
        read(out.getvalue())
    assert caught.value.mend


@pytest.mark.parametrize("mode", ["I;16", "CMYK", "P", "RGBA", "LA", "1", "F"])
def test_odd_pixels_are_read_like_any_page(mode: str) -> None:
    base = Image.fromarray(drawn(120, SHORT))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(base).astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(np.asarray(base).astype(np.float32) / 255)
    elif mode == "RGBA":
        image = base.convert("RGBA")
        image.putalpha(base.point(lambda level: 255 - level))
    elif mode == "P":  # the number of a colour says nothing of its brightness
        image = Image.fromarray(255 - np.asarray(base)).convert("P")
        image.putpalette(bytes(255 - n // 3 for n in range(768)))
    else:
        image = base.convert(mode)
    out = io.BytesIO()
    image.save(out, "TIFF" if mode in ("CMYK", "F", "I;16") else "PNG", dpi=(120, 120))
    assert "Castellan" in read(out.getvalue()).pages[0].text


def test_a_tiff_of_unequal_pages() -> None:
    first = Image.fromarray(drawn(120, SHORT))
    rest = [first.convert("1").crop((0, 0, 1020, 500)), Image.new("RGB", (3, 900), "white"),
            first.convert("CMYK").resize((500, 647))]  # fmt: skip
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=rest, dpi=(120, 120))
    document = read(out.getvalue())
    assert len(document.pages) == 4
    assert "Castellan" in document.pages[0].text
    assert document.pages[2].source is PageSource.BLANK


def test_an_animated_webp_is_read_by_its_first_frame() -> None:
    first = Image.fromarray(drawn(120, SHORT)).convert("RGB")
    other = Image.new("RGB", first.size, "black")
    out = io.BytesIO()
    first.save(out, "WEBP", save_all=True, append_images=[other], lossless=True)
    document = read(out.getvalue())
    assert "Castellan" in document.pages[0].text
    assert any("animation" in warning for warning in document.warnings)


@pytest.mark.parametrize("flag", [90, 180, 270])
def test_a_page_turned_by_its_flag_and_by_the_scan(flag: int) -> None:
    """The scan lies on its side and the file turns it again: what counts is what is seen."""
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(drawn(150))))
    out = io.BytesIO()
    lying.save(out, "PDF", resolution=150, quality=90)
    pdf = pikepdf.open(io.BytesIO(out.getvalue()))
    pdf.pages[0].rotate(flag, relative=False)
    page = read(saved(pdf)).pages[0]
    assert found(page.text) >= 0.86
    assert page.height > page.width


def test_a_thousand_tiny_images_on_a_page() -> None:
    pdf = pikepdf.open(io.BytesIO(typeset()))
    page = pdf.pages[0]
    tiny = pikepdf.Stream(pdf, b"\x80")
    tiny.update(
        pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=1,
            Height=1,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
        )
    )
    name = page.add_resource(pdf.make_indirect(tiny), pikepdf.Name.XObject)
    places = "".join(
        f"q 2 0 0 2 {10 + n % 40 * 14} {5 + n // 40} cm {name} Do Q\n" for n in range(1000)
    )
    page.contents_add(pikepdf.Stream(pdf, places.encode()))
    assert found(read(saved(pdf)).pages[0].text) >= 0.86


def picture_pdf(stream: bytes, filter_name: str, size: tuple[int, int], bits: int) -> bytes:
    """A page that is one image, compressed as told."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(612, 792))
    image = pikepdf.Stream(pdf, stream)
    image.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=size[0], Height=size[1],
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=bits,
        Filter=pikepdf.Name(f"/{filter_name}"),
    )  # fmt: skip
    page = pdf.pages[0]
    name = page.add_resource(pdf.make_indirect(image), pikepdf.Name.XObject)
    page.contents_add(pikepdf.Stream(pdf, f"q 612 0 0 792 0 0 cm {name} Do Q".encode()))
    return saved(pdf)


@pytest.mark.parametrize("inside", ["file", "pdf"])
def test_jpeg_2000(inside: str) -> None:
    image = Image.fromarray(drawn(120, SHORT))
    out = io.BytesIO()
    image.save(out, "JPEG2000", quality_mode="rates", quality_layers=[12])
    data = out.getvalue()
    if inside == "pdf":
        data = picture_pdf(data, "JPXDecode", image.size, 8)
    assert "Castellan" in read(data).pages[0].text


def jbig2_page(image: Image.Image) -> bytes:
    """An embedded JBIG2 stream: a page and one generic region, MMR-coded (ITU-T T.88), whose bits
    are those of a group 4 fax."""
    fax = io.BytesIO()
    image.save(fax, "TIFF", compression="group4", tiffinfo={278: image.height})
    with Image.open(io.BytesIO(fax.getvalue())) as tiff:
        at, size = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    coded = fax.getvalue()[at : at + size]
    wide, high = (n.to_bytes(4, "big") for n in image.size)
    page = wide + high + bytes(8) + b"\x00" + b"\x00\x00"
    region = wide + high + bytes(8) + b"\x00" + b"\x01" + coded

    def segment(number: int, kind: int, body: bytes) -> bytes:
        head = number.to_bytes(4, "big") + bytes([kind, 0, 1])
        return head + len(body).to_bytes(4, "big") + body

    return segment(0, 48, page) + segment(1, 38, region)


def test_jbig2() -> None:
    image = Image.fromarray(drawn(150, SHORT)).point(lambda v: 255 * (v > 140)).convert("1")
    data = picture_pdf(jbig2_page(image), "JBIG2Decode", image.size, 1)
    assert "Castellan" in read(data).pages[0].text


@pytest.mark.parametrize("name", ["JBIG2Decode", "JPXDecode", "DCTDecode", "CCITTFaxDecode"])
def test_a_picture_whose_bytes_are_rubbish(name: str) -> None:
    rubbish = np.random.default_rng(2).bytes(4000)
    with pytest.raises(DeskError):
        read(picture_pdf(rubbish, name, (850, 1100), 1 if "J" not in name[:2] else 8))
