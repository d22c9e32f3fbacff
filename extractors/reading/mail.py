"""Mail: the body and every attachment, each a part of its own."""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage, Message, MIMEPart
from email.utils import parseaddr, parsedate_to_datetime
from typing import cast

from extractors.reading.kinds import HTML, MAIL, TEXT, Kind, kind_of
from extractors.reading.limits import Budget
from extractors.reading.sheets import Sheet
from extractors.reading.text_file import decoded, pages_of_string, text_of_html
from models.errors import Damaged, Unreadable

SMALL_SIDE = 500
"""An image with both sides below this holds no page of a letter: a logo, an icon, a tracker."""

_MBOX = re.compile(rb"^From .+\n(?=[!-9;-~]+:)", re.M)


def pages_of_mail(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of a mail: its text first, then its attachments, `part` counted up for each.

    Raises Damaged where nothing of it can be read.
    """
    yield from _Parts(budget, part).pages(data, 1)


class _Parts:
    """Counts the parts of one mail file as they are found."""

    def __init__(self, budget: Budget, first: int) -> None:
        self._budget = budget
        self._next = first
        self._opened = 0

    def pages(self, data: bytes, depth: int) -> Iterator[Sheet]:
        for message in messages_of(data):
            yield from self._message(message, depth)

    def _message(self, message: MIMEPart, depth: int) -> Iterator[Sheet]:
        body = message.get_body(preferencelist=("plain", "html"))
        text = body_text(message, body)
        if text.strip() and not any(_is_file(item) for item in message.walk()):
            text = f"{heading(message)}\n\n{text}"  # the mail itself may be the letter
        if text.strip():
            yield from self._numbered(pages_of_string(text, self._budget))
        for item in message.walk():
            if item is body or (item.is_multipart() and item.get_content_type() != MAIL.media_type):
                continue
            if is_other_body(item, body) or is_in_other_mail(item, message):
                continue
            yield from self._attachment(item, depth)

    def _attachment(self, item: MIMEPart, depth: int) -> Iterator[Sheet]:
        budget = self._budget
        data = content_of(item)
        if not data.strip():
            return
        try:
            kind = kind_of(data, item.get_filename() or "")
        except Unreadable as odd:
            if _is_file(item):
                budget.warn(f"an attachment was left out: {odd.message}")
            return
        if not _wanted(kind, data, item):
            budget.warn("small pictures in the mail, such as logos, were left out")
            return
        if kind.key == "mail" and depth >= budget.limits.nesting:
            budget.warn(f"mail in mail was opened {depth} deep and no deeper")
            return
        self._opened += 1
        if self._opened > budget.limits.max_parts:
            budget.warn(f"only the first {budget.limits.max_parts} attachments were read")
            return
        try:
            yield from self._opened_pages(data, kind, depth)
        except Unreadable as odd:
            budget.warn(f"attachment {self._opened} was left out: {odd.message}")

    def _opened_pages(self, data: bytes, kind: Kind, depth: int) -> Iterator[Sheet]:
        if kind.key == "mail":
            yield from self.pages(data, depth + 1)
            return
        from extractors.reading.reader import reader_for

        yield from self._numbered(reader_for(kind)(data, self._budget, 0))

    def _numbered(self, sheets: Iterator[Sheet]) -> Iterator[Sheet]:
        own: int | None = None
        for sheet in sheets:
            if own is None:
                own, self._next = self._next, self._next + 1
            yield replace(sheet, part=own)


def messages_of(data: bytes) -> Iterator[MIMEPart]:
    """The mail of an .eml file, or every mail of an mbox."""
    data = data.lstrip(b"\r\n")
    starts = [found.end() for found in _MBOX.finditer(data.replace(b"\r\n", b"\n"))]
    if data.startswith(b"From ") and starts:
        text = data.replace(b"\r\n", b"\n")
        pieces = [piece for piece in _MBOX.split(text) if piece.strip()]
    else:
        pieces = [data]
    for piece in pieces:
        message = email.message_from_bytes(piece, policy=email.policy.default)
        if not isinstance(message, EmailMessage):
            raise Damaged("the mail cannot be read", "Save its attachment and send that")
        yield message


def envelope(header: bytes) -> tuple[str, str]:
    """Sender's address, in lower case, and subject of a mail's header block, however broken."""
    message = email.message_from_bytes(header, policy=email.policy.default)
    subject = " ".join(_header(message, "Subject").replace("\0", " ").split())
    return parseaddr(" ".join(_header(message, "From").split()))[1].lower(), subject[:200]


def _header(message: Message, name: str) -> str:
    """A mail's header; "" for none, and where Python's parser stumbles over a broken one."""
    try:
        return str(message[name] or "")
    except (ValueError, TypeError, LookupError, AttributeError):
        return ""


def heading(message: MIMEPart) -> str:
    """The lines a mail program prints above a mail."""
    lines = [f"{name}: {said}" for name in ("From", "To") if (said := _header(message, name))]
    try:
        day = parsedate_to_datetime(_header(message, "Date"))
        lines.append(f"Sent: {day:%B} {day.day}, {day.year}")
    except (TypeError, ValueError):
        pass
    if subject := _header(message, "Subject"):
        lines.append(f"Subject: {subject}")
    return "\n".join(line.replace("\n", " ").replace("\r", "") for line in lines)


def body_text(message: MIMEPart, body: MIMEPart | None) -> str:
    """What the mail says. A plain body that is a mere stub gives way to the HTML one."""
    if body is None:
        return ""
    text = _text_of(body)
    html = message.get_body(preferencelist=("html",))
    if html is not None and html is not body:
        rich = _text_of(html)
        if len(text.strip()) < 0.3 * len(rich.strip()):
            return rich
    return text


def _text_of(item: MIMEPart) -> str:
    raw = content_of(item)
    try:
        charset = item.get_content_charset() or "us-ascii"
        if charset.startswith(("utf-16", "utf-32", "ucs")) and b"\0" not in raw:
            raise ValueError  # these have a zero byte in every letter of ours
        text = raw.decode(charset)
    except (LookupError, ValueError, KeyError, AttributeError, TypeError):
        text = decoded(raw)  # it lies about its charset, as mail programs do
    return text_of_html(text) if item.get_content_type() == HTML.media_type else text


def content_of(item: MIMEPart) -> bytes:
    if item.get_content_type() == MAIL.media_type:
        inner = item.get_payload()
        if isinstance(inner, list) and inner:
            return bytes(cast(Message, inner[0]))
    payload = item.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _is_file(item: MIMEPart) -> bool:
    return bool(item.get_filename()) or item.get_content_disposition() == "attachment"


def is_other_body(item: MIMEPart, body: MIMEPart | None) -> bool:
    """The same words in another dress: the HTML beside the plain text."""
    return (
        body is not None
        and not _is_file(item)
        and item.get_content_type() in (TEXT.media_type, HTML.media_type)
        and item.get_content_type() != body.get_content_type()
    )


def is_in_other_mail(item: MIMEPart, message: MIMEPart) -> bool:
    """Whether `item` belongs to a mail attached to this one, which is opened by itself."""
    for outer in message.walk():
        if outer.get_content_type() == MAIL.media_type and outer is not item:
            inner = outer.get_payload()
            if isinstance(inner, list) and any(
                item is part for each in cast(list[Message], inner) for part in each.walk()
            ):
                return True
    return False


def _wanted(kind: Kind, data: bytes, item: MIMEPart) -> bool:
    return kind.key != "image" or not is_small_picture(data)


def is_small_picture(data: bytes) -> bool:
    """Whether image bytes are too small in pixels for a page of a letter."""
    from PIL import Image

    from extractors.reading.images import set_up

    set_up()
    try:
        with Image.open(io.BytesIO(data)) as image:
            return max(image.size) < SMALL_SIDE or min(image.size) < 150
    except Exception:  # damaged: let the reader say so
        return False
