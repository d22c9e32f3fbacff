"""A sample letter as a file of the kind that it arrived as."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from email.message import EmailMessage

import numpy as np
from docx import Document
from docx.shared import Pt
from PIL import Image

from benchmarks.generator import blocks as b
from benchmarks.generator import damage as d
from benchmarks.generator.look import Look
from benchmarks.generator.plain import to_text
from benchmarks.generator.typeset import to_pdf
from benchmarks.samples.markup import Sample

MADE = datetime(2026, 1, 2, 12, tzinfo=UTC)
_ZIP_DAY = (2026, 1, 2, 12, 0, 0)
_QUALITY = 38
_BASE = {
    "font": "Source Sans Pro", "size": 10.5, "margins": (72.0, 60.0), "ink": "#1a1a1a",
    "justify": False, "head_side": "left", "head_mark": "none", "head_rule": False,
    "heading": "bold", "pairs": "lines", "date_place": "left", "footer_side": "left",
    "leading": 0.72, "spacing": 1.55,
}  # fmt: skip


def digital(sample: Sample) -> bytes:
    """The letter as its sender's program made it: a PDF with text."""
    look = Look(**{**_BASE, **sample.front["look"]})
    return to_pdf(sample.blocks, look, sample.front.get("footer", ""), MADE)


def as_file(samples: Sequence[Sample], kind: str, damage: str, seed: str) -> bytes:
    """The letters (mostly one) as one file: `kind` is its suffix."""
    if kind == "txt":
        return to_text(samples[0].blocks).encode()
    if kind == "docx":
        return as_docx(samples[0])
    pdfs = [digital(sample) for sample in samples]
    if kind == "eml":
        return as_mail(pdfs[0])
    if damage == "clean":
        return pdfs[0]
    hand = d.Hand(f"{damage}/{seed}")
    pages = [page for pdf in pdfs for page in d.pages_of(pdf)]
    if damage == "mixed":
        return with_scanned_rest(pdfs[0], pages, hand)
    if kind == "tif":
        standard = damage == "fax_standard"
        headers = d.fax_headers(hand, len(pages), _day(samples[0]))
        faxed = [d.fax_page(p, hand, h, standard) for p, h in zip(pages, headers, strict=True)]
        return d.as_fax_tiff(faxed, standard)
    shots = [_damaged(page, damage, hand) for page in pages]
    if kind == "pdf":
        return d.as_pdf(shots, quality=_QUALITY)
    if kind == "heic":
        return as_heic(shots[0])
    if kind == "png":
        shots = [(shot // 16 * 17).astype(np.uint8) for shot in shots]
    return d.as_picture(shots[0], {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind], quality=60)


def _day(sample: Sample) -> date:
    return date.fromisoformat(sample.label()["letter_date"])


def _damaged(page: d.Grey, damage: str, hand: d.Hand) -> d.Grey:
    if damage == "turned":
        return np.rot90(d.scan_page(page, hand), 1).copy()
    made = {"scan": d.scan_page, "photo": d.photo_page, "copy": d.copy_page, "faint": d.faint_page}
    return made[damage](page, hand) if damage in made else page


def with_scanned_rest(pdf: bytes, pages: Sequence[d.Grey], hand: d.Hand) -> bytes:
    """The first page with its text, the others as scans: a PDF put together in an office."""
    import pikepdf

    scans = d.as_pdf([d.scan_page(page, hand) for page in pages[1:]], quality=_QUALITY)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as whole, pikepdf.open(io.BytesIO(scans)) as rest:
        del whole.pages[1:]
        whole.pages.extend(rest.pages)
        whole.save(out, static_id=True)
    return out.getvalue()


def as_heic(page: d.Grey) -> bytes:
    """A telephone's own kind of picture."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    Image.fromarray(page).save(out, "HEIF", quality=45)
    return out.getvalue()


def as_mail(pdf: bytes) -> bytes:
    """A mail of the practice's front desk, the letter attached."""
    mail = EmailMessage()
    mail["From"] = "Front desk <frontdesk@cascadelipid.example>"
    mail["To"] = "Appeals <appeals@cascadelipid.example>"
    mail["Subject"] = "Fwd: Repatha decision"
    mail["Date"] = "Tue, 22 Sep 2026 08:14:00 -0700"
    mail["Message-ID"] = "<20260922.0814.repatha@cascadelipid.example>"
    mail.set_content("This came through the portal this morning. Please look at it.\n\nRoz\n")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="decision.pdf")
    mail.set_boundary("----cascade-20260922")
    return mail.as_bytes()


def as_docx(sample: Sample) -> bytes:
    """The letter as a Word file."""
    document = Document()
    document.styles["Normal"].font.name = "Cambria"
    document.styles["Normal"].font.size = Pt(11)
    document.core_properties.created = document.core_properties.modified = MADE.replace(tzinfo=None)
    for block in sample.blocks:
        _add(document, block)
    out = io.BytesIO()
    document.save(out)
    return _without_clock(out.getvalue())


def _add(document: object, block: b.Block) -> None:
    add = document.add_paragraph  # type: ignore[attr-defined]
    match block:
        case b.Letterhead():
            add().add_run(block.name).bold = True
            add("\n".join(filter(None, [block.under, *block.lines])))
        case b.Lines():
            add("\n".join(block.lines))
        case b.Pairs():
            for label, value in block.rows:
                paragraph = add()
                paragraph.add_run(f"{label}: ").bold = True
                paragraph.add_run(value)
                paragraph.paragraph_format.space_after = Pt(2)
        case b.Para() | b.Framed() | b.Fine():
            paragraph = add()
            for n, part in enumerate(block.text.split("**")):
                paragraph.add_run(part).bold = bool(n % 2)
        case b.Heading():
            add().add_run(block.text).bold = True
        case b.Bullets():
            for item in block.items:
                add(item.replace("**", ""), style="List Bullet")
        case b.NewPage():
            document.add_page_break()  # type: ignore[attr-defined]
        case _:
            raise TypeError(f"no {type(block).__name__} in Word samples")


def _without_clock(data: bytes) -> bytes:
    """The same archive with one fixed time on every member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            member = zipfile.ZipInfo(name, _ZIP_DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return out.getvalue()
