"""Blobs at rest, each under a key of its own, which stands at its beginning wrapped in the master
key:

    magic, wrapped key (64 bytes), nonce, AES-GCM of the bytes, tag

Without those 64 bytes the blob is noise, also what is left of it on the disk after deletion:
overwriting them shreds the letter. Changing the master key rewrites them alone.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pipeline.store.keys import ID_BYTES, NoKey, Ring

MAGIC = b"DDBLOB1\n"
_NONCE, _TAG, _SECRET = 12, 16, 32
_WRAPPED = ID_BYTES + _NONCE + _SECRET + _TAG
HEAD = len(MAGIC) + _WRAPPED + _NONCE
"""Bytes before what is sealed."""
OVERHEAD = HEAD + _TAG
"""Bytes by which a sealed blob is longer than what it holds."""


class Sealing:
    """A blob on its way into a file, sealed as it comes. Call `finish` at the end."""

    def __init__(self, out: BinaryIO, ring: Ring | None) -> None:
        self._out = out
        self._ring = ring
        self._secret = os.urandom(_SECRET)
        nonce = os.urandom(_NONCE)
        self._cipher = Cipher(algorithms.AES(self._secret), modes.GCM(nonce)).encryptor()
        if ring is not None:
            out.write(MAGIC + bytes(_WRAPPED) + nonce)

    def write(self, chunk: bytes) -> None:
        self._out.write(chunk if self._ring is None else self._cipher.update(chunk))

    def finish(self, sha256: str) -> None:
        """End the blob of this hash and flush it to the disk."""
        if self._ring is not None:
            self._cipher.finalize()
            self._out.write(self._cipher.tag)
            self._out.seek(len(MAGIC))
            self._out.write(self._ring.wrap(self._secret, sha256.encode()))
        self._out.flush()
        os.fsync(self._out.fileno())


def key_of_head(head: bytes) -> str | None:
    """The id of the master key that a blob is sealed with, by its first bytes; None where it is
    plain."""
    if not head.startswith(MAGIC) or len(head) < HEAD:
        return None
    return head[len(MAGIC) : len(MAGIC) + ID_BYTES].hex()


def unsealed(data: bytes, sha256: str, ring: Ring | None) -> bytes:
    """What a sealed blob holds. Raises NoKey, and ValueError where it was changed."""
    if ring is None:
        raise NoKey(
            "The letters here are sealed, and no key is given",
            "Name it: DENIALDESK_KEY=file:/path, or key in denialdesk.toml.",
        )
    secret = ring.unwrap(data[len(MAGIC) : len(MAGIC) + _WRAPPED], sha256.encode())
    nonce, tag = data[HEAD - _NONCE : HEAD], data[-_TAG:]
    cipher = Cipher(algorithms.AES(secret), modes.GCM(nonce, tag)).decryptor()
    try:
        return cipher.update(memoryview(data)[HEAD:-_TAG]) + cipher.finalize()
    except (InvalidTag, ValueError) as odd:
        raise ValueError("a sealed blob was changed") from odd


def rewrapped(head: bytes, sha256: str, ring: Ring) -> tuple[int, bytes]:
    """Where and what to write so that the current master key opens a sealed blob, which itself
    stays as it is. Raises NoKey, and ValueError where it was changed."""
    secret = ring.unwrap(head[len(MAGIC) : len(MAGIC) + _WRAPPED], sha256.encode())
    return len(MAGIC), ring.wrap(secret, sha256.encode())


def shredded() -> tuple[int, bytes]:
    """Where and what to write so that nobody can ever open a sealed blob."""
    return len(MAGIC), os.urandom(_WRAPPED)
