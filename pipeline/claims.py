"""Directories that one running command holds, and that the next one clears away.

A claim is a lock on a file inside the directory: the system lets go of it when its holder ends,
however it ends, so what a killed run left behind is told from what a living one is using.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LOCK = ".lock"
_OLD = 24 * 3600.0
"""Seconds after which a leftover goes where the file system knows no locks."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A directory that is ours until `release`."""

    path: Path
    fd: int

    def release(self, remove: bool = True) -> None:
        """Let go; with `remove`, the directory and what is in it go too."""
        if remove:
            shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self.fd)


def try_claim(path: Path) -> Claim | None:
    """Claim `path`, made if need be; None where another living process holds it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        fd = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        return None  # cleared away by another command this very moment
    if _locked(fd) and _still_there(path / _LOCK, fd):
        return Claim(path, fd)
    os.close(fd)
    return None


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # no locks on this file system: random names keep commands apart
    return True


def _still_there(path: Path, fd: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(fd).st_ino
    except FileNotFoundError:
        return False


def claim_new(parent: Path, prefix: str) -> Claim:
    """A fresh directory of our own under `parent`, after clearing what killed runs left."""
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent, prefix)
    while True:
        claimed = try_claim(parent / f"{prefix}{secrets.token_hex(6)}")
        if claimed is not None:
            return claimed


def claim_first(parent: Path, prefix: str) -> Claim:
    """The first of `prefix0`, `prefix1`, ... that nobody holds; what is in it stays."""
    number = 0
    while True:
        claimed = try_claim(parent / f"{prefix}{number}")
        if claimed is not None:
            return claimed
        number += 1


def sweep(parent: Path, prefix: str) -> None:
    """Remove directories `prefix*` of `parent` whose holder is gone."""
    for left in parent.glob(f"{prefix}*"):
        if left.is_dir() and not left.is_symlink():
            _remove_abandoned(left)


def _remove_abandoned(path: Path) -> None:
    age = time.time() - path.stat().st_mtime
    try:
        fd = os.open(path / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        if age > 60:  # a younger one may be about to get its lock
            shutil.rmtree(path, ignore_errors=True)
        return
    except OSError:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        pass
    except OSError:
        if age > _OLD:
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(fd)


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Wait for, then hold, the lock on one file."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
