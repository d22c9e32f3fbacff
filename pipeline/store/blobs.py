"""Files as received, kept by the SHA-256 of their bytes: `blobs/ab/cd/abcd...`.

A blob appears whole or not at all: bytes go to a temporary file, to the disk, and only then
under their name. The bytes are copied and hashed in passing, never interpreted; where the
installation has a key they are sealed in passing too (`sealed_blobs`).
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from models.errors import Damaged, DeskError, EmptyFile, NoAccess, StoreError, TooLarge
from pipeline.store.keys import ring
from pipeline.store.sealed_blobs import (
    HEAD,
    MAGIC,
    OVERHEAD,
    Sealing,
    key_of_head,
    rewrapped,
    shredded,
    unsealed,
)

_CHUNK = 1 << 20
_LEAST_BYTES = 200 << 20
"""Free space below which a folder is told to be in trouble."""


class ChangedWhileRead(Damaged):
    """The file was still being written while it was read."""

    passing = True


class NotReadJustNow(NoAccess):
    """The disk or share did not answer; it may the next time."""

    passing = True


class BlobGone(NoAccess):
    """A blob that a row names is not on the disk."""


class BlobChanged(Damaged):
    """A blob's bytes no longer have the hash that it is named by."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob: the SHA-256 of its bytes as 64 hex digits, and their number."""

    sha256: str
    size: int


class Place(Protocol):
    """Where whole blobs lie."""

    def has(self, sha256: str, size: int) -> bool:
        """Whether it has a blob, of this many bytes."""

    def keep(self, incoming: Path, sha256: str) -> None:
        """Take a whole file in, which is then gone. Raises OSError, StoreError."""

    def read(self, sha256: str) -> bytes:
        """Raises FileNotFoundError, other OSErrors, NotReadJustNow."""

    def remove(self, sha256: str) -> bool:
        """Delete a blob; whether there was one. Raises OSError, StoreError."""

    def head(self, sha256: str) -> bytes:
        """The first bytes of a blob. Raises FileNotFoundError, other OSErrors, StoreError."""

    def put_head(self, sha256: str, at: int, data: bytes) -> None:
        """Write over some of the first bytes of a blob. Raises as `head` does."""

    def all(self) -> Iterator[str]:
        """The SHA-256 of every blob."""

    def trouble(self) -> str:
        """Why nothing can be kept here just now; empty where all is well."""


class FolderPlace:
    """A folder, on this machine or shared by several."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str, size: int) -> bool:
        final = self.path(sha256)
        return final.exists() and final.stat().st_size == size

    def keep(self, incoming: Path, sha256: str) -> None:
        final = self.path(sha256)
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        incoming.replace(final)
        for folder in (final.parent, final.parent.parent, self.root):
            sync_folder(folder)

    def read(self, sha256: str) -> bytes:
        return self.path(sha256).read_bytes()

    def remove(self, sha256: str) -> bool:
        path = self.path(sha256)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        sync_folder(path.parent)
        return True

    def head(self, sha256: str) -> bytes:
        with self.path(sha256).open("rb") as file:
            return file.read(HEAD)

    def put_head(self, sha256: str, at: int, data: bytes) -> None:
        # The disk's first sector of the file, which is written whole or not at all.
        with self.path(sha256).open("r+b", buffering=0) as file:
            os.pwrite(file.fileno(), data, at)
            os.fsync(file.fileno())

    def all(self) -> Iterator[str]:
        for path in self.root.glob("??/??/*"):
            if len(path.name) == 64:
                yield path.name

    def trouble(self) -> str:
        return folder_trouble(self.root)


class BlobStore:
    """The blobs of one installation. Bytes are brought together in the folder `root` and kept
    there, unless `place` is elsewhere."""

    def __init__(self, root: Path, place: Place | None = None) -> None:
        self.root = root
        self.place: Place = place or FolderPlace(root)

    def path(self, sha256: str) -> Path:
        """Where a blob lies if it is kept in the folder."""
        return FolderPlace(self.root).path(sha256)

    def put(self, source: Path, most_bytes: int, anew: bool = False) -> Stored:
        """Store a copy of a file; with `anew`, over what is there.

        Raises EmptyFile, TooLarge, NoAccess or ChangedWhileRead for the file, and StoreError
        where the store cannot be written.
        """
        with self._incoming() as incoming:
            stored = _copy(source, incoming, most_bytes)
            self._keep(incoming, stored, anew)
        return stored

    def put_bytes(self, data: bytes, anew: bool = False) -> Stored:
        """Store bytes; with `anew`, over what is there. Raises StoreError where the store cannot be
        written."""
        stored = Stored(hashlib.sha256(data).hexdigest(), len(data))
        with self._incoming() as incoming:
            with incoming.open("xb") as out:
                sealing = Sealing(out, ring())
                sealing.write(data)
                sealing.finish(stored.sha256)
            self._keep(incoming, stored, anew)
        return stored

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        """A new file's name, to be written and kept; after a fault the file is gone, and a fault of
        the disk is told as StoreError."""
        incoming = self.root / f".incoming-{os.getpid()}-{secrets.token_hex(6)}"
        try:
            yield incoming
        except DeskError:
            incoming.unlink(missing_ok=True)
            raise
        except OSError as broken:
            incoming.unlink(missing_ok=True)
            raise disk_fault(broken, "The file store") from broken

    def read(self, sha256: str) -> bytes:
        """A blob's bytes, as they were received. Raises BlobGone, BlobChanged, or NotReadJustNow
        where the disk does not answer."""
        try:
            data = self.place.read(sha256)
        except FileNotFoundError as broken:
            raise BlobGone(
                "The stored file is no longer there",
                "Bring it back from a backup, or send it again.",
            ) from broken
        except OSError as broken:
            raise no_access(broken) from broken
        if hashlib.sha256(data).hexdigest() == sha256:
            return data
        try:
            if data.startswith(MAGIC):  # and its key was bound to this very hash
                return unsealed(data, sha256, ring())
        except ValueError:
            pass
        raise BlobChanged(
            "The stored file is not what was received: it was changed on the disk",
            "See to the disk; then send the letter again, or bring the file from a backup.",
        )

    def key_of(self, sha256: str) -> str | None:
        """The id of the key that a blob is sealed with, None where it is plain. Raises OSError."""
        return key_of_head(self.place.head(sha256))

    def seal_anew(self, sha256: str) -> bool:
        """Seal a blob with the current key; False where it is. A sealed one gets a new wrapping of
        its own key alone. Raises the faults of `read`, OSError, and ValueError where it was
        changed."""
        keys, found = ring(), self.key_of(sha256)
        if keys is None or found == keys.current.id:
            return False
        if found is None:
            self.put_bytes(self.read(sha256), anew=True)
        else:
            self.place.put_head(sha256, *rewrapped(self.place.head(sha256), sha256, keys))
        return True

    def has(self, stored: Stored) -> bool:
        """Whether a blob is there, sealed or not."""
        sizes = (stored.size, stored.size + OVERHEAD)
        return any(self.place.has(stored.sha256, size) for size in sizes)

    def _keep(self, incoming: Path, stored: Stored, anew: bool = False) -> None:
        if not anew and self.has(stored):
            incoming.unlink()
        else:
            self.place.keep(incoming, stored.sha256)

    def remove(self, sha256: str) -> bool:
        """Delete a blob, a sealed one's key first; whether there was one. Raises StoreError."""
        try:
            if self.key_of(sha256):
                self.place.put_head(sha256, *shredded())
            return self.place.remove(sha256)
        except FileNotFoundError:
            return False
        except OSError as broken:
            raise disk_fault(broken, "The file store") from broken

    def sweep(self) -> None:
        """Remove what killed commands left half-copied."""
        for left in self.root.glob(".incoming-*"):
            pid = left.name.split("-")[1]
            if pid.isdigit() and not _alive(int(pid)):
                left.unlink(missing_ok=True)


def open_received(path: Path) -> BinaryIO:
    """Open a received file. Raises NoAccess, also for a pipe, which would wait for ever."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise IsADirectoryError(errno.EISDIR, "not a file")
        return cast(BinaryIO, path.open("rb", buffering=0))
    except OSError as broken:
        raise no_access(broken) from broken


def _copy(source: Path, target: Path, most_bytes: int) -> Stored:
    digest = hashlib.sha256()
    size = 0
    with target.open("xb") as out, open_received(source) as file:
        before = os.fstat(file.fileno())
        sealing = Sealing(out, ring())
        while chunk := _chunk(file.fileno()):
            size += len(chunk)
            if size > most_bytes:
                raise TooLarge(
                    f"The file is over {most_bytes >> 20} MB",
                    "Split it, or raise DENIALDESK_FILE_MB.",
                )
            digest.update(chunk)
            sealing.write(chunk)
        after = os.fstat(file.fileno())
        sealing.finish(digest.hexdigest())
    if size == 0:
        raise EmptyFile("The file is empty", "Scan or save it again.")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ChangedWhileRead("The file was still being written", "Run again once it is complete.")
    return Stored(digest.hexdigest(), size)


def _chunk(fd: int) -> bytes:
    try:
        return os.read(fd, _CHUNK)
    except OSError as broken:
        raise no_access(broken) from broken  # told apart from a fault of our own disk


def no_access(broken: OSError) -> NoAccess:
    """Why a received file cannot be opened or read, in plain words."""
    if isinstance(broken, FileNotFoundError):
        return NoAccess("The file is no longer there", "Put it back and run again.")
    if isinstance(broken, PermissionError):
        return NoAccess(
            "The file may not be read by this user", "Give this user permission to read it."
        )
    if isinstance(broken, IsADirectoryError | NotADirectoryError):
        return NoAccess("This is not a file", "Name the file itself.")
    return NotReadJustNow(
        f"The file could not be read ({os.strerror(broken.errno or errno.EIO)})",
        "See that its disk or network share is there and run again.",
    )


def disk_fault(broken: OSError, what: str) -> StoreError:
    """An OSError of our own disk, in plain words."""
    if broken.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            "The disk is full", "Free some space and run the same command again: it goes on."
        )
    why = os.strerror(broken.errno) if broken.errno else "unknown fault"
    return StoreError(f"{what} cannot be written ({why})", "Mend it and run again: it goes on.")


def folder_trouble(folder: Path) -> str:
    """Why nothing can be kept in a folder just now; empty where all is well."""
    if not folder.is_dir():
        return "not there"
    if not os.access(folder, os.W_OK):
        return "cannot be written"
    free = shutil.disk_usage(folder).free
    return "" if free >= _LEAST_BYTES else f"only {free >> 20} MB free"


def sync_folder(folder: Path) -> None:
    """Bring a directory's entries to the disk (a rename is lasting only then)."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as refused:
        if refused.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise  # some network shares know no fsync of a directory
    finally:
        os.close(fd)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
