"""PDFs: text layers good and bad, turned, cropped, locked, cut off and hostile."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from made_pages import LETTER, WORDS, drawn, encoded, found, noisy, typeset

from extractors.reading import Limits, read_document
from extractors.reading.text_layer import Probe, garbage, why_not
from models.document import Document, PageSource
from models.errors import Damaged, Locked, TooLarge

ONE = Limits(workers=1)
FEW_LINES = """
#set page(width: 420pt, height: 300pt, margin: 40pt)
#set text(font: "DejaVu Sans", size: 12pt)
We cannot approve coverage of Ocrevus.

Member ID: LMH-2207-8841

Claim number: 55-120443
"""


def read(data: bytes) -> Document:
    return read_document(data, "x.pdf", ONE)


def saved(pdf: pikepdf.Pdf, **more: object) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **more)
    return out.getvalue()


def scan_pdf(*pages: np.ndarray, dpi: int = 200) -> pikepdf.Pdf:
    """A PDF of page images."""
    pdf = pikepdf.new()
    for grey in pages:
        one = pikepdf.open(io.BytesIO(encoded(grey, "PDF", None, resolution=dpi)))
        pdf.pages.extend(one.pages)
    return pdf


def with_text(pdf: pikepdf.Pdf, text: str, mode: int = 3) -> bytes:
    """The first page with a layer of text over it; mode 3 is invisible."""
    page = pdf.pages[0]
    page.obj.Resources = page.obj.get("/Resources", pikepdf.Dictionary())
    page.obj.Resources["/Font"] = pikepdf.Dictionary(
        F9=pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
    )
    high = round(float(page.mediabox[3]))
    shown = [
        f"BT /F9 9 Tf {mode} Tr 40 {high - 40 - 12 * at} Td ({line}) Tj ET"
        for at, line in enumerate(text.split("\n"))
    ]
    page.contents_add(pikepdf.Stream(pdf, "\n".join(shown).encode("latin-1")))
    return saved(pdf)


def ink_under(document: Document, data: bytes, word: str) -> float:
    """How dark the page is, as a reader shows it, where a word is said to be."""
    page = document.pages[0]
    box = next(w.box for w in page.words if w.text == word)
    with pdfium.PdfDocument(data) as pdf:
        shown = pdf[0]
        if page.rotation:
            shown.set_rotation((shown.get_rotation() + page.rotation) % 360)
        grey = np.asarray(shown.render(scale=2, grayscale=True).to_pil())
    cut = grey[round(box.top * 2) : round(box.bottom * 2), round(box.x0 * 2) : round(box.x1 * 2)]
    return float((cut < 128).mean())


def test_a_text_layer_is_read_exactly() -> None:
    document = read(typeset())
    page = document.pages[0]
    text = [line.text for line in page.lines]
    assert page.source is PageSource.TEXT
    assert found(page.text) == 1
    assert "Member ID: LMH-2207-8841" in text
    assert "Date of service: 10/01/2026" in text
    assert "Oren Castellan" in text
    assert text.index("Tacoma, WA 98402") < text.index("Member: Oren Castellan")
    assert ink_under(document, typeset(), "LMH-2207-8841") > 0.1


def test_a_ruled_table_is_kept_with_its_cells() -> None:
    page = read(typeset()).pages[0]
    assert [[cell.text if cell else None for cell in row] for row in page.tables[0].rows] == [
        ["Drug", "HCPCS", "Units", "Decision"],
        ["Ocrevus 300 mg", "J2350", "600", "Denied"],
    ]
    lines = [line.text for line in page.lines]
    start = lines.index("Drug")
    assert lines[start : start + 8] == [
        "Drug", "HCPCS", "Units", "Decision", "Ocrevus 300 mg", "J2350", "600", "Denied",
    ]  # fmt: skip


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_set_upright(turn: int) -> None:
    pdf = pikepdf.open(io.BytesIO(typeset()))
    pdf.pages[0].Rotate = turn
    document = read(saved(pdf))
    page = document.pages[0]
    assert page.source is PageSource.TEXT
    assert page.rotation == 360 - turn
    assert (page.width, page.height) == (612, 792)
    assert [line.text for line in page.lines] == [
        line.text for line in read(typeset()).pages[0].lines
    ]


@pytest.mark.parametrize("turn", [0, 90])
def test_places_are_on_the_page_as_cropped(turn: int) -> None:
    pdf = pikepdf.open(io.BytesIO(typeset()))
    pdf.pages[0].CropBox = [30, 40, 600, 780]
    pdf.pages[0].Rotate = turn
    data = saved(pdf)
    document = read(data)
    assert (document.pages[0].width, document.pages[0].height) == (570, 740)
    assert ink_under(document, data, "LMH-2207-8841") > 0.1


def test_a_scan_is_read_and_a_mixed_file_page_by_page() -> None:
    pdf = pikepdf.open(io.BytesIO(typeset(FEW_LINES)))
    pdf.pages.extend(scan_pdf(noisy(drawn(200, FEW_LINES), 8)).pages)
    first, second = read(saved(pdf)).pages
    assert (first.source, second.source) == (PageSource.TEXT, PageSource.OCR)
    assert "LMH-2207-8841" in first.text
    assert "LMH-2207-8841" in second.text
    one = next(word.box for word in first.words if word.text == "LMH-2207-8841")
    two = next(word.box for word in second.words if word.text == "LMH-2207-8841")
    assert abs(one.x0 - two.x0) < 4
    assert abs(one.x1 - two.x1) < 4


GOOD_LAYER = "\n".join(
    [
        "We have reviewed the request for coverage of this drug under your plan and we cannot",
        "approve it. Ask for an appeal within 180 days of the date of this notice.",
        "If you have any questions about your benefits please call us at the number on your card",
    ]
    * 3
)


def test_a_stamp_over_a_scan_does_not_hide_the_scan() -> None:
    data = with_text(scan_pdf(drawn(200, FEW_LINES)), "RECEIVED 09/20/2026 PAGE 1", 0)
    page = read(data).pages[0]
    assert page.source is PageSource.OCR
    assert "LMH-2207-8841" in page.text


def test_bad_hidden_ocr_is_read_anew_and_good_is_kept() -> None:
    bad = "\n".join(["VVe carmot appr0ve c0ver@ge 0f 0crevu5 |n y0ur p1an ~~ rn ernber lD"] * 9)
    assert "LMH-2207-8841" in read(with_text(scan_pdf(drawn(200, FEW_LINES)), bad)).pages[0].text
    kept = read(with_text(scan_pdf(drawn(200, FEW_LINES)), GOOD_LAYER)).pages[0]
    assert "questions about your benefits" in kept.text
    assert kept.source is PageSource.OCR
    assert kept.quality < 1


def test_letters_in_a_logo_are_read() -> None:
    logo = drawn(
        200,
        "#set page(width: 200pt, height: 40pt, margin: 6pt)\n"
        "#set text(size: 20pt)\nLARKSPUR MUTUAL",
    )
    body = LETTER.replace("*Larkspur Mutual Health*", "")
    pdf = pikepdf.open(io.BytesIO(typeset(body)))
    image = scan_pdf(logo)
    pdf.pages[0].add_overlay(
        pdf.copy_foreign(image.pages[0].as_form_xobject()), pikepdf.Rectangle(72, 730, 272, 770)
    )
    page = read(saved(pdf)).pages[0]
    assert page.source is PageSource.TEXT
    assert page.lines[0].text == "LARKSPUR MUTUAL"
    assert "Member ID: LMH-2207-8841" in [line.text for line in page.lines]


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("We cannot approve coverage of this drug under your plan. " * 4, False),
        ("Su plan no cubre este medicamento. Usted puede apelar la decisión. " * 4, False),
        ("您可以免费获得语言协助服务。" * 20, False),
        ("J2350 600 0.00 $4,250.00 CO-45 PR-96 10/01/2026 99213 " * 5, False),
        ("\ue012\ue034\ue056\ue078 " * 30, True),
        ("(cid:12)(cid:45)(cid:9) " * 30, True),
        ("\ufffd\ufffd\ufffd a \ufffd\ufffd " * 30, True),
        ("Zh fdqqrw dssuryh fryhudjh ri wklv guxj xqghu brxu sodq. " * 6, True),
        ("W e c a n n o t a p p r o v e i t " * 6, True),
    ],
)
def test_garbage_is_told_from_text(text: str, bad: bool) -> None:
    assert (garbage(text) is not None) is bad


def test_what_makes_a_page_be_read_from_its_picture() -> None:
    letter = "We cannot approve coverage of this drug under your plan. " * 6
    assert why_not(Probe(letter, 0, 0.0, True)) is None
    assert why_not(Probe(letter, 0, 1.0, True)) is None
    assert why_not(Probe("", 0, 0.0, False)) is None
    assert why_not(Probe("", 0, 1.0, True))
    assert why_not(Probe("Page 1", 0, 1.0, True))


def test_passwords() -> None:
    pdf = pikepdf.open(io.BytesIO(typeset()))
    assert (
        found(read(saved(pdf, encryption=pikepdf.Encryption(owner="x", user=""))).pages[0].text)
        == 1
    )
    with pytest.raises(Locked, match="password"):
        read(saved(pdf, encryption=pikepdf.Encryption(owner="x", user="y")))


def test_a_pdf_without_pages() -> None:
    with pytest.raises(Damaged, match="no pages"):
        read(saved(pikepdf.new()))


def test_too_many_pages_are_refused_before_any_is_read() -> None:
    pdf = pikepdf.new()
    for _ in range(2000):
        pdf.add_blank_page()
    with pytest.raises(TooLarge, match="2,000"):
        read(saved(pdf))


@pytest.mark.parametrize("packed", [False, True])
def test_a_pdf_cut_off_gives_the_pages_that_are_left(packed: bool) -> None:
    pdf = pikepdf.open(io.BytesIO(typeset(FEW_LINES)))
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    data = saved(pdf, object_stream_mode=mode)
    cut = data[: data.rindex(b"xref") - 20] if not packed else data[:-60]
    document = read(cut)
    assert "LMH-2207-8841" in document.pages[0].text
    assert any("cut off" in warning for warning in document.warnings)


def test_a_pdf_cut_off_early_is_damaged() -> None:
    with pytest.raises(Damaged, match="no page"):
        read(typeset()[: len(typeset()) // 3])


def image_page(width: int, height: int, coded: str, raw: bytes, bits: int = 8) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    image = pikepdf.Stream(pdf, raw)
    image.update(
        {
            "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": width,
            "/Height": height, "/BitsPerComponent": bits, "/ColorSpace": pikepdf.Name.DeviceGray,
        }
    )  # fmt: skip
    image["/Filter"] = pikepdf.Name(coded)
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    page.obj.Contents = pikepdf.Stream(pdf, b"q 612 0 0 792 0 0 cm /I Do Q")
    return saved(pdf, compress_streams=False)


def test_jpeg_2000_images_in_a_pdf() -> None:
    grey = drawn(150)
    raw = encoded(grey, "JPEG2000", None)
    page = read(image_page(grey.shape[1], grey.shape[0], "/JPXDecode", raw)).pages[0]
    assert found(page.text) > 0.9


def test_an_image_that_unpacks_to_gigabytes() -> None:
    side = 60_000
    squeezer = zlib.compressobj(9)
    block = b"\xff" * 10_000_000
    raw = b"".join(squeezer.compress(block) for _ in range(40)) + squeezer.flush()
    with pytest.raises(TooLarge, match="pixels"):
        read(image_page(side, side, "/FlateDecode", raw))


def test_a_thousand_tiny_images() -> None:
    pdf = pikepdf.open(io.BytesIO(typeset(FEW_LINES)))
    image = pikepdf.Stream(pdf, b"\xf0")
    image.update(
        {
            "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 1,
            "/Height": 1, "/BitsPerComponent": 8, "/ColorSpace": pikepdf.Name.DeviceGray,
        }
    )  # fmt: skip
    page = pdf.pages[0]
    page.obj.Resources["/XObject"] = pikepdf.Dictionary(I=image)
    drawings = b"".join(
        b"q 4 0 0 4 %d %d cm /I Do Q\n" % (at % 40 * 10, at // 40 * 10) for at in range(1000)
    )
    page.contents_add(pikepdf.Stream(pdf, drawings), prepend=True)
    assert "LMH-2207-8841" in read(saved(pdf)).pages[0].text


def test_every_word_of_a_text_page_is_in_a_line() -> None:
    page = read(typeset()).pages[0]
    with pdfium.PdfDocument(typeset()) as pdf:
        printed = pdf[0].get_textpage().get_text_range().split()
    assert sorted("".join(printed)) == sorted(page.text.replace(" ", "").replace("\n", ""))
    assert all(word in page.text for word in WORDS)
