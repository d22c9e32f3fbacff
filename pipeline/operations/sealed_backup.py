"""A backup under the installation's key: frames of a megabyte, each sealed with its number and with
whether it is the last, so that none can be left out, put in or cut off.

    magic, the backup's own key wrapped in the master key (64 bytes),
    then a frame at a time: length (4 bytes, the highest bit says that it is the last), AES-GCM
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.store.keys import ID_BYTES, Ring

MAGIC = b"DDBACK1\n"
_ABOUT = b"backup"
_WRAPPED = ID_BYTES + 12 + 32 + 16
_FRAME = 1 << 20
_LAST = 1 << 31


class SealedWriter(io.RawIOBase):
    """What is written comes sealed into `out`. `finish` at the end: without it the backup counts
    as cut off."""

    def __init__(self, out: BinaryIO, ring: Ring) -> None:
        secret = os.urandom(32)
        self._out, self._cipher, self._number = out, AESGCM(secret), 0
        self._held = bytearray()
        out.write(MAGIC + ring.wrap(secret, _ABOUT))

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        while len(self._held) > _FRAME:
            self._frame(bytes(self._held[:_FRAME]), False)
            del self._held[:_FRAME]
        return len(data)

    def finish(self) -> None:
        self._frame(bytes(self._held), True)

    def _frame(self, data: bytes, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), data, bytes([last]))
        self._out.write((len(sealed) | (_LAST if last else 0)).to_bytes(4, "big") + sealed)
        self._number += 1


def is_sealed(source: Path) -> bool:
    with source.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def opened(source: Path, ring: Ring, scratch: Path) -> Iterator[IO[bytes]]:
    """The backup in the clear, in a file without a name that goes at the end of the block.

    Raises NoKey, and ValueError where the backup is damaged or cut off.
    """
    with tempfile.TemporaryFile(dir=scratch) as out, source.open("rb") as file:
        _unseal(file, out, ring)
        out.seek(0)
        yield out


def _unseal(file: BinaryIO, out: IO[bytes], ring: Ring) -> None:
    head = file.read(len(MAGIC) + _WRAPPED)
    cipher = AESGCM(ring.unwrap(head[len(MAGIC) :], _ABOUT))
    number, last = 0, False
    while not last:
        length = int.from_bytes(_exactly(file, 4), "big")
        last, length = bool(length & _LAST), length & ~_LAST
        if length > _FRAME + 16:
            raise ValueError("a frame is too long")
        try:
            out.write(cipher.decrypt(_nonce(number), _exactly(file, length), bytes([last])))
        except InvalidTag as odd:
            raise ValueError("a frame was changed") from odd
        number += 1
    if file.read(1):
        raise ValueError("something follows the last frame")


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise ValueError("the backup is cut off")
    return data
