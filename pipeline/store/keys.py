"""The keys that letters are sealed with at rest: where they come from, and which one is current.

A key file (mode 0600) or an environment variable has a line for each key, `ID BASE64`, the newest
last. What is new is sealed with the newest; older ones only open what was sealed before, until all
of it is sealed anew. Without a key nothing is sealed.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import SetupError, StoreError, UsageError
from pipeline.secrets import resolve

_NONCE = 12
ID_BYTES = 4


class NoKey(StoreError):
    """Something is sealed with a key that is not here."""


@dataclass(frozen=True)
class Key:
    """A master key. Each use has a key of its own, made from it."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def _made_for(self, use: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=f"denialdesk {use}".encode()).derive(self.secret)

    @cached_property
    def columns(self) -> AESGCM:
        return AESGCM(self._made_for("columns"))

    @cached_property
    def wrapping(self) -> AESGCM:
        return AESGCM(self._made_for("blob keys"))

    @cached_property
    def words(self) -> bytes:
        return self._made_for("search words")

    @property
    def line(self) -> str:
        return f"{self.id} {base64.b64encode(self.secret).decode()}"


def new_key() -> Key:
    return Key(secrets.token_hex(ID_BYTES), secrets.token_bytes(32))


@dataclass(frozen=True)
class Ring:
    """The keys at hand, the newest last."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        return self.keys[-1]

    @cached_property
    def by_id(self) -> Mapping[str, Key]:
        return {key.id: key for key in self.keys}

    def key(self, name: str) -> Key:
        """The key of an id. Raises NoKey."""
        try:
            return self.by_id[name]
        except KeyError:
            raise NoKey(
                f"Something is sealed with the key {name}, which is not here",
                "Put its line back into the key file, or name the right one in DENIALDESK_KEY.",
            ) from None

    def seal(self, data: bytes, about: bytes) -> tuple[str, bytes]:
        """(key's id, what only that key opens). `about` must be given again to open it."""
        nonce = os.urandom(_NONCE)
        return self.current.id, nonce + self.current.columns.encrypt(nonce, data, about)

    def open(self, name: str, sealed: bytes, about: bytes) -> bytes:
        """Raises NoKey, and ValueError where it was changed."""
        return _opened(self.key(name).columns, sealed, about)

    def wrap(self, secret: bytes, about: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        key = self.current
        return bytes.fromhex(key.id) + nonce + key.wrapping.encrypt(nonce, secret, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Raises NoKey, and ValueError where it was changed."""
        key = self.key(wrapped[:ID_BYTES].hex())
        return _opened(key.wrapping, wrapped[ID_BYTES:], about)


def _opened(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError) as odd:
        raise ValueError("sealed data was changed") from odd


def parse_ring(text: str) -> Ring:
    """Keys as they stand in a file. Raises SetupError, which tells no key."""
    keys = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, secret = line.strip().partition(" ")
        try:
            raw = base64.b64decode(secret, validate=True)
            if len(raw) != 32 or len(bytes.fromhex(name)) != ID_BYTES:
                raise ValueError
        except (ValueError, binascii.Error):
            raise SetupError(
                "The key of DENIALDESK_KEY is not one of ours",
                "Have one made by `denialdesk keys init`.",
            ) from None
        keys.append(Key(name, raw))
    if not keys or len({key.id for key in keys}) != len(keys):
        raise SetupError("DENIALDESK_KEY holds no key, or one twice", "See `denialdesk keys`.")
    return Ring(tuple(keys))


class KeySource:
    """Where the keys of an installation are; a file that was changed is read anew."""

    def __init__(self, reference: str) -> None:
        self._reference = reference
        self._lock = threading.Lock()
        self._seen: object = None
        self._ring: Ring | None = None

    @property
    def file(self) -> Path | None:
        kind, _, rest = self._reference.partition(":")
        return Path(rest).expanduser() if kind == "file" else None

    def ring(self) -> Ring:
        """The keys as they are now. Raises SetupError."""
        seen = _stamp(self.file)
        with self._lock:
            if self._ring is None or seen != self._seen:
                self._ring, self._seen = parse_ring(resolve(self._reference)), seen
            return self._ring

    def replace(self, ring: Ring) -> None:
        """Write the keys into the file, whole or not at all. Raises UsageError, StoreError."""
        path = self.file
        if path is None:
            raise UsageError(
                "The key is not in a file, and cannot be changed from here",
                "Add the new key's line to the environment variable, and run again.",
            )
        write_ring(path, ring)


def _stamp(path: Path | None) -> object:
    try:
        about = path.stat() if path else None
    except OSError:
        return None
    return about and (about.st_mtime_ns, about.st_size, about.st_ino)


def write_ring(path: Path, ring: Ring, new: bool = False) -> None:
    """Write keys into a file that only its owner may read. Raises UsageError where `new` and there
    is one, StoreError."""
    if new and path.exists():
        raise UsageError(f"{path} exists already", "Name a new file: a key is never overwritten.")
    incoming = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    text = "# Keys of Denial Desk. Who loses them loses the letters; keep a copy elsewhere.\n"
    try:
        fd = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as out:
            out.write(text + "".join(f"{key.line}\n" for key in ring.keys))
            out.flush()
            os.fsync(out.fileno())
        incoming.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as broken:
        incoming.unlink(missing_ok=True)
        raise StoreError(
            f"The key file {path} cannot be written ({broken.strerror})", "Mend its folder."
        ) from broken


_active: KeySource | None = None


def use(source: KeySource | None) -> None:
    """From now on this process seals with the keys of `source`; with None it does not."""
    global _active
    _active = source


def ring() -> Ring | None:
    """The keys that this process seals with, None where it does not."""
    return _active.ring() if _active is not None else None
