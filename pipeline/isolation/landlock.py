"""Which files this process, and all that it will start, may touch (Linux's Landlock).

Besides files: no TCP, and no signal to a process outside, where the kernel can hold that.
Constants are those of linux/landlock.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.isolation.seccomp import libc

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_CHANGE = sum(1 << bit for bit in (4, 5, 7, 8, 10))
"""Remove and make folders and files, make fifos. Not devices, sockets or links."""
_EVERYTHING = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Version of the kernel's interface to the rights over files that it knows."""
_TRUNCATE, _DEVICE = 1 << 14, 1 << 15
_TCP = 0b11
_SIGNALS_AND_SOCKETS = 0b11
_ONLY_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE


def version() -> int:
    """The kernel's interface, 0 where it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    return int(max(libc().syscall(_CREATE, None, 0, _VERSION), 0))


def confine(
    readable: Iterable[str | Path], writable: Iterable[str | Path], devices: Sequence[str] = ()
) -> bool:
    """From now on only what lies at or below `readable` can be read or started, only what lies
    below `writable` written, `devices` opened. True if it holds. What is not there is passed over.
    """
    known = version()
    if not known:
        return False
    rights = max((r for v, r in _EVERYTHING.items() if v <= known), default=0)
    attributes = struct.pack(
        "=QQQ", rights, _TCP if known >= 4 else 0, _SIGNALS_AND_SOCKETS if known >= 6 else 0
    )[: 24 if known >= 6 else 16 if known >= 4 else 8]
    ruleset = libc().syscall(_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        for paths, allowed in (
            (readable, _READ | _LIST | _EXECUTE),
            (writable, _READ | _LIST | _WRITE | _CHANGE | _TRUNCATE),
            (devices, _READ | _WRITE | _LIST | _DEVICE),
        ):
            for path in paths:
                _allow(ruleset, path, allowed & rights)
        return bool(libc().syscall(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str | Path, rights: int) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not Path(path).is_dir():
                rights &= _ONLY_OF_FILES
            rule = struct.pack("=Qi", rights, fd)
            libc().syscall(_ADD, ruleset, 1, ctypes.c_char_p(rule), 0)
        finally:
            os.close(fd)
