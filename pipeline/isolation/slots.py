"""A limit on how many pages are read at once in all worker processes together.

Each slot is a lock on a file: should its holder be killed, the system gives it back.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

_PAUSE = 0.01


def slots(folder: Path, count: int) -> Callable[[], AbstractContextManager[None]]:
    """A context manager that lets `count` threads of all processes in at a time; a thread that is
    in may enter again."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = [folder / f"slot-{number}" for number in range(count)]

    inside = threading.local()

    @contextmanager
    def slot() -> Iterator[None]:
        if getattr(inside, "held", False):
            yield
            return
        fd = _wait_for_one(paths)
        inside.held = True
        try:
            yield
        finally:
            inside.held = False
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
