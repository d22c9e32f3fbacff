"""Containers that letters come in besides mail: zip archives, Outlook messages, winmail.dat.

A zip's directory lies at will about sizes: what counts is what comes out, and it is counted as
it comes.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import TYPE_CHECKING

from extractors.reading.limits import Limits
from extractors.reading.text_file import text_of_html
from models.errors import Damaged, Locked, TooLarge, Unreadable

if TYPE_CHECKING:
    from oxmsg.storage import Storage

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TNEF = b"\x78\x9f\x3e\x22"
_OUTLOOK_MARK = "__properties_version1.0".encode("utf-16-le")
_EMBEDDED, _EMBEDDED_HEADER = "__substg1.0_3701000D", 24
"""A message in a message: its storage's name, and the bytes before its properties (MS-OXMSG)."""
_CHUNK = 1 << 18
_MOST_RATIO = 400
"""How many times its packed size a file may unpack to, beyond a megabyte: text packs to a
twentieth, blank scans to a hundredth."""


def is_archive(data: bytes) -> bool:
    """Whether bytes are a zip archive."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_outlook(data: bytes) -> bool:
    """Whether bytes are an Outlook message (.msg), and no other old Office file."""
    return data[:8] == _OLE and _OUTLOOK_MARK in data


def is_tnef(data: bytes) -> bool:
    """Whether bytes are a winmail.dat."""
    return data[:4] == _TNEF


def zipped(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes | Unreadable]]:
    """Name and content of each file of an archive, or why it cannot be had.

    Raises Damaged where the archive cannot be opened, TooLarge for a bomb.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as odd:
        raise Damaged("The zip archive is damaged", "Send the files inside by themselves.") from odd
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > 20 * limits.max_parts:
            raise TooLarge(
                f"The zip archive holds {len(entries):,} files", "Send the letters by themselves."
            )
        left = limits.max_unpacked
        for entry in entries:
            try:
                content = _content(archive, entry, left)
            except TooLarge:
                raise
            except Unreadable as odd:
                yield entry.filename, odd
                continue
            left -= len(content)
            yield entry.filename, content


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    if entry.flag_bits & 1:
        raise Locked(
            "The file in the zip archive is locked with a password",
            "Unpack it with its password and send the files inside.",
        )
    allowed = min(most, max(entry.compress_size * _MOST_RATIO, 1 << 20))
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > allowed:
                    raise TooLarge(
                        "The zip archive unpacks to far more than letters have, as a zip bomb does",
                        "Send the letters by themselves.",
                    )
                pieces.append(chunk)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError,
            ValueError) as odd:  # fmt: skip
        raise Damaged(
            "A file in the zip archive is damaged", "Send the files inside by themselves."
        ) from odd
    return b"".join(pieces)


def outlook(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """An Outlook message's words, and its attachments. Raises Damaged."""
    from olefile import OleFileIO
    from oxmsg.domain.model import MSG_HDR_OFFSET
    from oxmsg.storage import Storage

    try:
        with OleFileIO(io.BytesIO(data)) as file:
            headers, text, attached = _outlook_parts(Storage.from_ole(file), MSG_HDR_OFFSET)
    except Exception as odd:  # the library raises as it comes
        raise Damaged(
            "The Outlook message cannot be read", "Save it as .eml, or its letter as PDF."
        ) from odd
    heading = "".join(f"{name}: {value}\n" for name, value in headers)
    return "\n".join(filter(None, (heading, text))) if text else "", attached


def _outlook_parts(
    storage: Storage, header: int
) -> tuple[list[tuple[str, str]], str, list[tuple[str, bytes]]]:
    """Sender and subject, words and attachments of a message whose properties begin after
    `header` bytes; a message in it (one that was forwarded as an attachment) as a mail."""
    from oxmsg import Message
    from oxmsg.attachment import Attachment
    from oxmsg.properties import Properties

    class Opened(Message):
        @property
        def properties(self) -> Properties:
            return Properties(storage, properties_header_offset=header)

    message = Opened(storage)
    text = message.body or text_of_html(message.html_body or "")
    attached = []
    for each in storage.iter_attachment_storages():
        about = Attachment(each)
        name, content = about.file_name or "attachment", about.file_bytes or b""
        inner = next((one for one in each.storages if one.name == _EMBEDDED), None)
        if not content and inner is not None:
            name, content = f"{name}.eml", _as_mail(*_outlook_parts(inner, _EMBEDDED_HEADER))
        attached.append((name, content))
    headers = [("From", message.sender or ""), ("Subject", message.subject)]
    return [(name, value) for name, value in headers if value], text, attached


def _as_mail(headers: list[tuple[str, str]], text: str, attached: list[tuple[str, bytes]]) -> bytes:
    made = EmailMessage()
    for name, value in headers:
        made[name] = " ".join(value.split())
    made.set_content(text)
    for name, content in attached:
        plain = " ".join(name.split())
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=plain)
    return made.as_bytes()


def tnef(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """A winmail.dat's words, and its attachments. Raises Damaged."""
    from tnefparse import TNEF

    if not _is_whole_tnef(data):
        raise Damaged("The winmail.dat is cut off", "Have it sent again, or as PDF.")
    try:
        found = TNEF(data, do_checksum=False)
        body = found.body or b""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        html = found.htmlbody
        if not text.strip() and html:
            rich = html.decode("utf-8", "replace") if isinstance(html, bytes) else str(html)
            text = text_of_html(rich)
        attached = [
            (_tnef_name(each), bytes(getattr(each, "data", b"") or b""))
            for each in found.attachments
        ]
    except Exception as odd:  # the library raises as it comes
        raise Damaged("The winmail.dat cannot be read", "Send the letter itself as PDF.") from odd
    return text, attached


def _is_whole_tnef(data: bytes) -> bool:
    """Whether each attribute is there to its end: level, kind, length, data, checksum."""
    at = 6
    while at < len(data):
        if data[at] not in (1, 2):
            return True  # what some programs append
        at += 11 + int.from_bytes(data[at + 5 : at + 9], "little")
    return at == len(data)


def _tnef_name(attachment: object) -> str:
    for read in (getattr(attachment, "long_filename", None), getattr(attachment, "name", None)):
        found = read() if callable(read) else read
        if found:
            return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
    return "attachment"
