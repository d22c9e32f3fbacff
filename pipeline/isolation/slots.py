"""A limit on how many Tesseracts run at once in all worker processes together.

Each slot is a lock on a file: should its holder be killed, the system gives it back.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

_PAUSE = 0.01


def slots(folder: Path, count: int) -> Callable[[], AbstractContextManager[None]]:
    """A context manager, to be entered around each run, that lets `count` in at a time."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = [folder / f"slot-{number}" for number in range(count)]

    @contextmanager
    def slot() -> Iterator[None]:
        fd = _wait_for_one(paths)
        try:
            yield
        finally:
            os.close(fd)

    return slot


def _wait_for_one(paths: list[Path]) -> int:
    # Tried from a different end by each process, so that they do not queue behind one file.
    start = os.getpid() % len(paths)
    order = paths[start:] + paths[:start]
    while True:
        for path in order:
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return fd
            except BlockingIOError:
                os.close(fd)
            except OSError:
                return fd  # a file system without locks: the pool's size has to do
        time.sleep(_PAUSE)
