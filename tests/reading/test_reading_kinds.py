"""What a file is, and what is said of files that cannot be read."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pages import drawn, encoded, typeset

from extractors.reading import Limits, read_document
from extractors.reading.kinds import kind_of, suffix_warning
from models.errors import Damaged, EmptyFile, Locked, NoText, TooLarge, Unreadable, WrongType


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"junk before\n%PDF-1.4\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"II*\x00", "image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        (b"\x00\x00\x00\x18ftypheic", "image"),
        (b"{\\rtf1 Dear", "rtf"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"Dear Ms. Castellan,\nwe cannot approve", "text"),
        ("Dear".encode("utf-16"), "text"),
        (b"From: a@b.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\n\r\nHello", "mail"),
        (b"Date: May 2, 2026\nTo: Oren Castellan\nFrom: Larkspur\n\nDear Oren", "text"),
    ],
)
def test_the_bytes_tell_the_kind(data: bytes, key: str) -> None:
    assert kind_of(data).key == key


def test_a_name_settles_what_the_bytes_leave_open() -> None:
    mail = b"From: a@b.example\nSubject: denial\n\nHello"
    assert kind_of(mail, "x.eml").key == "mail"
    assert kind_of(mail, "x.txt").key == "text"


def test_a_wrong_ending_is_read_and_told() -> None:
    document = read_document(typeset(), "letter.jpg", Limits(workers=1))
    assert document.media_type == "application/pdf"
    assert "Larkspur" in document.pages[0].text
    assert any(".jpg" in warning and "a PDF" in warning for warning in document.warnings)
    assert suffix_warning(kind_of(typeset()), "letter.PDF") is None


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", EmptyFile, "empty"),
        (b"\x00" * 900, EmptyFile, "empty"),
        (b"PK\x03\x04" + b"\x00" * 60, WrongType, "ZIP"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 60, WrongType, "PDF or DOCX"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), Locked, "password"),
        (b"\x7fELF" + bytes(range(256)), WrongType, "program"),
        (bytes(range(256)) * 4, WrongType, "PDF, TIFF, PNG"),
        (b"%PDF-1.4\nnothing else", Damaged, "print it to a new PDF"),
        (b"\x89PNG\r\n\x1a\nbroken", Damaged, "Scan or export it again"),
        (b"{\\rtf1 {\\fonttbl Arial}}", WrongType, "no text"),
        (b"\f\f\n \n", EmptyFile, "empty"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(
    data: bytes, error: type[Unreadable], says: str
) -> None:
    with pytest.raises(error) as failed:
        read_document(data, "x", Limits(workers=1))
    assert says in str(failed.value)
    assert failed.value.mend


def test_an_excel_workbook_is_named_as_such() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(WrongType, match="Excel"):
        read_document(out.getvalue(), "claims.docx")


def test_too_many_bytes_or_letters_are_refused() -> None:
    with pytest.raises(TooLarge, match="MB"):
        read_document(b"Dear " * 100, "x.txt", Limits(max_bytes=100))
    with pytest.raises(TooLarge, match="characters"):
        read_document(b"Dear " * 100, "x.txt", Limits(max_characters=100))


def test_blank_pages_are_no_letter() -> None:
    white = encoded(drawn()[:200, :200] * 0 + 255, "PNG")
    with pytest.raises(NoText, match="blank"):
        read_document(white, "blank.png", Limits(workers=1))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["x", "x.eml", "x.docx", "x.pdf", "x.rtf"]))
def test_any_bytes_give_pages_or_a_reason(data: bytes, name: str) -> None:
    try:
        document = read_document(data, name, Limits(workers=1, page_seconds=5))
    except Unreadable as reason:
        refused = reason
    else:
        assert document.pages
        return
    assert refused.message
    assert refused.mend
