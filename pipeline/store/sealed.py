"""Columns that identify a patient: sealed with the installation's key where it has one.

What is sealed is told by its beginning, so that columns may hold both while a key is introduced or
changed. A column's name is sealed in with each value: one cannot be put in place of another's.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from sqlalchemy import JSON, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

from models.errors import StoreError
from pipeline.store import keys

_TEXT, _PLAIN = "sealed:", "plain:"
_BYTES = b"\x00DDS1"
NEVER = "deleted"
"""Stands for what was deleted, is searched for, and is not sealed."""


class Changed(StoreError):
    """A sealed value is not as it was written."""


def _open(name: str, sealed: bytes, about: str) -> bytes:
    ring = keys.ring()
    if ring is None:
        raise keys.NoKey(
            "The letters here are sealed, and no key is given",
            "Name it: DENIALDESK_KEY=file:/path, or key in denialdesk.toml.",
        )
    try:
        return ring.open(name, sealed, about.encode())
    except ValueError as odd:
        raise Changed(
            f"A sealed value of {about} was changed in the database", "Restore a backup."
        ) from odd


def seal_text(value: str, about: str) -> str:
    """A text as it is to be stored."""
    ring = keys.ring()
    if value == NEVER:
        return value
    if ring is None:  # a name from outside must not pass for something sealed
        return f"{_PLAIN}{value}" if value.startswith((_TEXT, _PLAIN)) else value
    name, sealed = ring.seal(value.encode("utf-8", "surrogatepass"), about.encode())
    return f"{_TEXT}{name}:{base64.b64encode(sealed).decode()}"


def open_text(value: str, about: str) -> str:
    """A text as it was given."""
    if value.startswith(_PLAIN):
        return value.removeprefix(_PLAIN)
    if not value.startswith(_TEXT):
        return value
    _, name, sealed = value.split(":", 2)
    return _open(name, base64.b64decode(sealed), about).decode("utf-8", "surrogatepass")


class SealedText(TypeDecorator[str]):
    """A text; `about` names its column."""

    impl = Text
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else seal_text(value, self.about)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else open_text(value, self.about)


class SealedJson(TypeDecorator[Any]):
    """A JSON value. Sealed it is an object with the one key `sealed`."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__(none_as_null=True)
        self.about = about

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or keys.ring() is None:
            return value
        return {"sealed": seal_text(json.dumps(value), self.about)}

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if isinstance(value, dict) and list(value) == ["sealed"]:
            return json.loads(open_text(value["sealed"], self.about))
        return value


class SealedBytes(TypeDecorator[bytes]):
    """Bytes; `about` names their column."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        ring = keys.ring()
        if value is None or ring is None:
            return value
        name, sealed = ring.seal(value, self.about.encode())
        return _BYTES + bytes.fromhex(name) + sealed

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if value is None or not value.startswith(_BYTES):
            return value
        at = len(_BYTES) + keys.ID_BYTES
        return _open(bytes(value[len(_BYTES) : at]).hex(), bytes(value[at:]), self.about)


def key_of(raw: Any) -> str | None:
    """The id of the key that a stored value is sealed with, None where it is plain. `raw` is as
    the database has it."""
    if isinstance(raw, str) and raw.startswith('{"sealed"'):
        raw = json.loads(raw)
    if isinstance(raw, dict) and list(raw) == ["sealed"]:
        raw = raw["sealed"]
    if isinstance(raw, str) and raw.startswith(_TEXT):
        return raw.split(":", 2)[1]
    if isinstance(raw, bytes | memoryview) and bytes(raw[: len(_BYTES)]) == _BYTES:
        return bytes(raw[len(_BYTES) : len(_BYTES) + keys.ID_BYTES]).hex()
    return None
