"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from models.errors import Locked, WrongType


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of file that can be read. `key` chooses the reader."""

    key: str
    media_type: str
    suffixes: tuple[str, ...]
    called: str


PDF = Kind("pdf", "application/pdf", (".pdf",), "a PDF")
TIFF = Kind("image", "image/tiff", (".tif", ".tiff", ".fax"), "a TIFF image")
PNG = Kind("image", "image/png", (".png",), "a PNG image")
JPEG = Kind("image", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), "a JPEG image")
GIF = Kind("image", "image/gif", (".gif",), "a GIF image")
BMP = Kind("image", "image/bmp", (".bmp", ".dib"), "a BMP image")
WEBP = Kind("image", "image/webp", (".webp",), "a WebP image")
HEIC = Kind("image", "image/heic", (".heic", ".heif", ".hif", ".avif"), "a HEIC image")
JPEG2000 = Kind("image", "image/jp2", (".jp2", ".j2k", ".jpx"), "a JPEG 2000 image")
PNM = Kind("image", "image/x-portable-anymap", (".pbm", ".pgm", ".ppm", ".pnm"), "a PNM image")
DOCX = Kind(
    "docx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    (".docx", ".docm"),
    "a Word document",
)
MAIL = Kind("mail", "message/rfc822", (".eml", ".mbox", ".mht", ".mhtml"), "a mail")
HTML = Kind("html", "text/html", (".html", ".htm", ".xhtml"), "a web page")
RTF = Kind("rtf", "application/rtf", (".rtf",), "an RTF document")
TEXT = Kind("text", "text/plain", (".txt", ".text", ".asc", ".md", ".log"), "plain text")

SUPPORTED = "PDF, TIFF, PNG, JPEG, HEIC, WebP, GIF, BMP, DOCX, RTF, HTML, plain text and .eml mail"

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"II*\x00", TIFF),
    (0, b"MM\x00*", TIFF),
    (0, b"II+\x00", TIFF),
    (0, b"MM\x00+", TIFF),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (8, b"WEBP", WEBP),
    (4, b"ftypheic", HEIC),
    (4, b"ftypheix", HEIC),
    (4, b"ftyphevc", HEIC),
    (4, b"ftypmif1", HEIC),
    (4, b"ftypmsf1", HEIC),
    (4, b"ftypheif", HEIC),
    (4, b"ftypavif", HEIC),
    (4, b"jP  \r\n\x87\n", JPEG2000),
    (0, b"\xff\x4f\xff\x51", JPEG2000),
    (0, b"{\\rtf", RTF),
)

_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an older Office file", "Save it as PDF or DOCX and send that"),
    (b"Rar!", "a RAR archive", "Unpack it and send the files inside"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and send the files inside"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and send the file inside"),
    (b"MZ", "a program", "Send the letter itself"),
    (b"\x7fELF", "a program", "Send the letter itself"),
    (b"ID3", "a sound file", "Send the letter as a scan or PDF"),
    (b"%!PS", "a PostScript file", "Print it to PDF and send that"),
)

_MAIL_ONLY = re.compile(
    rb"^(MIME-Version|Message-ID|Received|Return-Path|Delivered-To|X-Mailer|DKIM-Signature)\s*:",
    re.I | re.M,
)
_MAIL_HEADER = re.compile(rb"^(From|To|Subject|Date|Cc|Reply-To|Content-Type)\s*:", re.I | re.M)
_HEADER_LINE = re.compile(rb"^[!-9;-~]+:([ \t]|\r?$)")
_HTML_START = re.compile(
    rb"\A\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|body)\b", re.I
)


def kind_of(data: bytes, name: str = "") -> Kind:
    """The kind of a file. `name` only settles what the bytes leave open (mail or plain text).

    Raises Locked for a password-protected Office file, WrongType for anything unsupported.
    """
    for offset, magic, kind in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return kind
    if data[:2] == b"BM" and len(data) > 26 and data[6:10] == b"\x00\x00\x00\x00":
        return BMP
    if re.match(rb"P[1-6]\s", data[:3]):
        return PNM
    if b"%PDF-" in data[:1024]:
        return PDF
    if data[:4] == b"PK\x03\x04":
        return _zipped(data)
    _refuse(data)
    if _HTML_START.match(data[:4096].lstrip(b"\xef\xbb\xbf")):
        return HTML
    if _looks_like_mail(data, name):
        return MAIL
    if looks_like_text(data):
        return TEXT
    raise WrongType("the file is of a type that is not known", f"Send one of: {SUPPORTED}")


def _zipped(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        # A DOCX cut off in transfer has lost the list at its end.
        if b"word/document.xml" in data:
            return DOCX
        names = set()
    if "word/document.xml" in names or "word/document2.xml" in names:
        return DOCX
    if any(name.startswith("xl/") for name in names):
        raise WrongType("the file is an Excel workbook", "Print the letter to PDF and send that")
    raise WrongType("the file is a ZIP archive", "Unpack it and send the files inside")


def _refuse(data: bytes) -> None:
    if data[:4] == b"\xd0\xcf\x11\xe0" and "EncryptedPackage".encode("utf-16-le") in data:
        raise Locked(
            "the Word document is protected by a password",
            "Open it with its password and save it without one",
        )
    for magic, called, mend in _REFUSED:
        if data.startswith(magic):
            raise WrongType(f"the file is {called}", f"{mend}. Supported: {SUPPORTED}")


def _looks_like_mail(data: bytes, name: str) -> bool:
    """Mail starts with header lines; a letter may start with `Date:` and `To:` too, so that
    plain text needs a header only mail has, or a name that says so."""
    head = re.split(rb"\r?\n\r?\n", data[:65536].lstrip(b"\r\n"), maxsplit=1)[0]
    first, _, rest = head.partition(b"\n")
    if first.startswith(b"From ") and rest:
        first = rest.partition(b"\n")[0]
    if not _HEADER_LINE.match(first):
        return False
    known = {found.lower() for found in _MAIL_HEADER.findall(head)}
    if PurePath(name).suffix.lower() in MAIL.suffixes:
        return len(known) >= 2
    return bool(_MAIL_ONLY.search(head)) and len(known) >= 2


def looks_like_text(data: bytes) -> bool:
    """Whether bytes are text in UTF-8, UTF-16 or a Western 8-bit set."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:3] == b"\xef\xbb\xbf":
        return True
    head = data[:65536]
    if b"\x00" in head:
        pairs = max(len(head) // 2, 1)
        # UTF-16 without a mark: one byte of nearly every pair is zero.
        return max(head[0::2].count(0), head[1::2].count(0)) > 0.7 * pairs
    control = sum(
        head.count(bytes([code])) for code in range(32) if code not in b"\t\n\r\f\x1b\x1a"
    )
    return control * 200 <= len(head)


def suffix_warning(kind: Kind, name: str) -> str | None:
    """What to tell a person whose file carries another type's ending; None where it fits."""
    suffix = PurePath(name).suffix.lower()
    if not suffix or suffix in kind.suffixes or kind is TEXT:
        return None
    return f"the name ends in {suffix} but the file is {kind.called}; read as such"
