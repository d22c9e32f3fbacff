"""Giving up root's rights, where root started the program (Linux).

The process becomes a user of no rights. Of root's it may keep one, to read: the program and its
libraries may lie where only root reads (`/root`), and Landlock narrows that right to them.
"""

from __future__ import annotations

import os
import pwd
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.isolation.seccomp import libc

_PR_SET_KEEPCAPS, _PR_CAPBSET_DROP, _PR_SET_DUMPABLE, _PR_CAP_AMBIENT = 8, 24, 4, 47
_AMBIENT_RAISE = 2
_READ_AND_SEARCH = 2
"""CAP_DAC_READ_SEARCH."""
_TO_BECOME = 1 << 0 | 1 << 6 | 1 << 7
"""CAP_CHOWN, CAP_SETGID, CAP_SETUID."""
_THIRD = 0x20080522
"""_LINUX_CAPABILITY_VERSION_3."""
_LAST = 63


@dataclass(frozen=True, slots=True)
class Lower:
    """A user of no rights."""

    uid: int
    gid: int


def is_root() -> bool:
    return sys.platform.startswith("linux") and os.geteuid() == 0


def lower_user(name: str) -> Lower | None:
    """The user to become, None where this process is not root's or there is no such user."""
    if not is_root():
        return None
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Lower(found.pw_uid, found.pw_gid) if found.pw_uid else None


def can_become() -> bool:
    """Whether root may become someone else here: in a container that was started with fewer rights
    (`--cap-drop ALL`) it may not."""
    try:
        told = Path("/proc/self/status").read_text()
    except OSError:
        return True
    held = next((line.split()[1] for line in told.splitlines() if line.startswith("CapEff")), "0")
    return not _TO_BECOME & ~int(held, 16)


def become(user: Lower, keep_reading: bool) -> None:
    """Become `user` for good; with `keep_reading`, still read what root may. Raises OSError."""
    c = libc()
    for right in range(_LAST + 1):
        if not (keep_reading and right == _READ_AND_SEARCH):
            c.prctl(_PR_CAPBSET_DROP, right, 0, 0, 0)
    os.setgroups([])
    os.setresgid(user.gid, user.gid, user.gid)
    c.prctl(_PR_SET_KEEPCAPS, 1 if keep_reading else 0, 0, 0, 0)
    os.setresuid(user.uid, user.uid, user.uid)
    _hold_only(1 << _READ_AND_SEARCH if keep_reading else 0)
    if keep_reading:
        c.prctl(_PR_CAP_AMBIENT, _AMBIENT_RAISE, _READ_AND_SEARCH, 0, 0)


def drop_rights() -> None:
    """Stay root, with none of root's rights over others' files, processes and the machine."""
    c = libc()
    for right in range(_LAST + 1):
        c.prctl(_PR_CAPBSET_DROP, right, 0, 0, 0)
    _hold_only(0)


def _hold_only(rights: int) -> None:
    header = struct.pack("=Ii", _THIRD, 0)
    held = struct.pack("=6I", rights, rights, rights, 0, 0, 0)  # effective, permitted, inheritable
    if libc().syscall(_capset(), header, held) != 0:
        raise OSError(1, "capset")


def _capset() -> int:
    return 126 if os.uname().machine == "x86_64" else 91
