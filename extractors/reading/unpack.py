"""What a received file holds: the letters in a mail or an archive, each as a file of its own.

`unpack` yields every piece, also what is left out: by which rule, or why it cannot be opened.
Nothing is written: names inside are labels, so that a path in an archive leads nowhere.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import MIMEPart
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from extractors.reading.archives import is_archive, is_outlook, is_tnef, outlook, tnef, zipped
from extractors.reading.kinds import MAIL, kind_of
from extractors.reading.limits import Limits
from extractors.reading.mail import (
    body_text,
    content_of,
    heading,
    is_in_other_mail,
    is_other_body,
    is_small_picture,
    messages_of,
)  # fmt: skip
from models.errors import Damaged, Locked, TooLarge, Unreadable

_NESTED = "it lies deeper in mails or archives than is opened"
_OUTSIDE = re.compile(r"[\x00-\x1f\x7f/\\]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing found in a received file. `rule` is the key of the rule that leaves it out,
    `error` why it cannot be used; a piece with neither is a letter to read."""

    name: str
    data: bytes = b""
    rule: str = ""
    error: Unreadable | None = None


def unpack(data: bytes, name: str, limits: Limits | None = None) -> Iterator[Piece]:
    """Every piece of a file, in its order. A plain letter is its own only piece."""
    yield from _Unpacking(limits or Limits()).opened(label(name), data, 1)


@cache
def rules() -> dict[str, str]:
    """Key of each rule to its words."""
    return {rule["key"]: rule["words"] for rule in _table()["rule"]}


@cache
def _table() -> dict[str, Any]:
    path = files("extractors") / "data" / "mail_rules.toml"
    return tomllib.loads(path.read_text("utf-8"))


def label(name: str) -> str:
    """The last part of a name, without what could act in a path or on a screen."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return _OUTSIDE.sub("_", last).strip(". ")[:200] or "unnamed"


class _Unpacking:
    """Counts what one received file holds, over all its levels."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._opened = 0
        self._bytes = 0

    def opened(self, name: str, data: bytes, depth: int) -> Iterator[Piece]:
        """A file's pieces: what is in it where it is a container, else itself."""
        if depth > 1:
            self._opened += 1
            self._bytes += len(data)
            if self._opened > self._limits.max_parts or self._bytes > self._limits.max_unpacked:
                yield Piece(name, error=TooLarge(
                    f"More than {self._limits.max_parts} files or "
                    f"{self._limits.max_unpacked >> 20} MB are in one mail or archive",
                    "Send it in several mails, or put the files into the drop folder.",
                ))  # fmt: skip
                return
        opener = self._opener(name, data)
        if opener is None:
            yield self._leaf(name, data)
        elif depth > self._limits.nesting + 1:
            yield Piece(name, error=Damaged(_NESTED.capitalize(), "Send the letter itself."))
        else:
            try:
                yield from opener(name, data, depth)
            except Unreadable as odd:
                yield Piece(name, error=odd)

    def _opener(
        self, name: str, data: bytes
    ) -> Callable[[str, bytes, int], Iterator[Piece]] | None:
        if is_tnef(data):
            return self._tnef
        if is_outlook(data):
            return self._outlook
        try:
            kind = kind_of(data, name)
        except Locked:
            return None
        except Unreadable:
            return self._zip if is_archive(data) else None
        return self._mail if kind.key == MAIL.key else None

    def _leaf(self, name: str, data: bytes) -> Piece:
        """A file that holds no others: left out by rule, refused, or a letter."""
        if not data.strip(b"\x00 \t\r\n"):
            return Piece(name, rule="empty")
        if rule := _rule_by_name(name, ""):
            return Piece(name, rule=rule)
        try:
            kind = kind_of(data, name)
        except Unreadable as odd:
            return Piece(name, error=odd)
        if kind.key == "image" and is_small_picture(data):
            return Piece(name, rule="logo")
        return Piece(name, data)

    def _zip(self, name: str, data: bytes, depth: int) -> Iterator[Piece]:
        empty = True
        for inner, content in zipped(data, self._limits):
            empty = False
            if isinstance(content, Unreadable):
                yield Piece(label(inner), error=content)
            elif _rule_by_name(inner, ""):
                yield Piece(label(inner), rule=_rule_by_name(inner, ""))
            else:
                yield from self.opened(label(inner), content, depth + 1)
        if empty:
            yield Piece(name, rule="empty")

    def _tnef(self, name: str, data: bytes, depth: int) -> Iterator[Piece]:
        body, attached = tnef(data)
        if not body.strip() and not attached:
            raise Damaged("Nothing can be found in the winmail.dat", "Have it sent as PDF.")
        yield from self._carrier(name, body, attached, depth)

    def _outlook(self, name: str, data: bytes, depth: int) -> Iterator[Piece]:
        body, attached = outlook(data)
        yield from self._carrier(name, body, attached, depth)

    def _carrier(
        self, name: str, body: str, attached: list[tuple[str, bytes]], depth: int
    ) -> Iterator[Piece]:
        pieces: list[Piece] = []
        for inner, content in attached:
            if content:
                pieces += self.opened(label(inner), content, depth + 1)
            else:  # cut off, or of a kind that its library does not give
                odd = Damaged("The attachment cannot be taken out", "Have it sent as PDF.")
                pieces.append(Piece(label(inner), error=odd))
        yield from self._body(name, body, body, pieces)
        yield from pieces

    def _mail(self, name: str, data: bytes, depth: int) -> Iterator[Piece]:
        for message in messages_of(data):
            yield from self._message(name, message, depth)

    def _message(self, name: str, message: MIMEPart, depth: int) -> Iterator[Piece]:
        body = message.get_body(preferencelist=("plain", "html"))
        pieces: list[Piece] = []
        for item in message.walk():
            if item is body or (item is message and item.is_multipart()):
                continue
            if item.is_multipart() and item.get_content_type() != MAIL.media_type:
                continue
            if is_other_body(item, body) or is_in_other_mail(item, message):
                continue
            pieces += self._item(item, len(pieces) + 1, depth)
        text = body_text(message, body)
        yield from self._body(name, text, f"{heading(message)}\n\n{text}", pieces)
        yield from pieces

    def _item(self, item: MIMEPart, number: int, depth: int) -> Iterator[Piece]:
        kind = item.get_content_type()
        name = label(_file_name(item) or f"part {number}")
        if rule := _rule_by_name(name, kind):
            yield Piece(name, rule=rule)
            return
        if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            yield Piece(name, error=Locked(
                "The mail is encrypted (S/MIME)", "Ask the sender for it without encryption.",
            ))  # fmt: skip
            return
        yield from self.opened(name, content_of(item), depth + 1)

    def _body(self, name: str, text: str, whole: str, pieces: list[Piece]) -> Iterator[Piece]:
        """A mail's own words: a letter where nothing else in it is one, or where they speak like
        one; else left out, also beside a calendar entry that says the same."""
        if not text.strip():
            if not pieces:
                yield Piece("text of the mail", rule="empty")
            return
        alone = all(piece.rule and piece.rule != "calendar" for piece in pieces)
        if alone or _is_worded_as_letter(text):
            yield Piece("text of the mail.txt", whole.encode("utf-8", "replace"))
        else:
            yield Piece("text of the mail", rule="covering_text")


def _file_name(item: MIMEPart) -> str:
    try:
        return item.get_filename() or ""
    except (ValueError, TypeError, LookupError, AttributeError):  # headers broken past the parser
        return ""


def _rule_by_name(name: str, media_type: str) -> str:
    lower = name.lower()
    if lower.startswith(("__macosx/", "._")) or "/._" in lower:
        return "system_file"
    for rule in _table()["rule"]:
        if media_type and media_type in rule.get("types", ()):
            return str(rule["key"])
        if any(lower.endswith(ending) for ending in rule.get("suffixes", ())):
            return str(rule["key"])
    return ""


def _is_worded_as_letter(text: str) -> bool:
    wanted = _table()["body"]
    lower = " ".join(text.lower().split())
    if len(lower.split()) < wanted["least_words"]:
        return False
    return bool(sum(cue in lower for cue in wanted["cues"]) >= wanted["least_cues"])
