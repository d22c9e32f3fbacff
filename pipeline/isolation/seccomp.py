"""A filter of system calls, for this process and all that it will start (Linux).

The calls of `refused.toml` answer EPERM, `clone3`, whose arguments a filter cannot see, ENOSYS (the
C library then takes `clone`), and `clone` with a flag for a new namespace EPERM. Calls by another
machine's numbers kill the process.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""Machine to its AUDIT_ARCH (linux/audit.h)."""
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_IOCTL = {"x86_64": 16, "aarch64": 29}
_NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together."""
_TYPING_FOR_OTHERS = (0x5412, 0x541C)
"""ioctl's TIOCSTI and TIOCLINUX: letters put into another one's terminal."""

_LOAD, _JUMP_EQUAL, _JUMP_OR_MORE, _JUMP_IF_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCH, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets in `struct seccomp_data`: a call's number, machine, low halves of its arguments."""
_PR_SET_NO_NEW_PRIVS, _PR_GET_SECCOMP, _PR_SET_SECCOMP, _FILTER = 38, 21, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def libc() -> Any:
    """The C library, with `errno` kept."""
    return ctypes.CDLL(None, use_errno=True)


def can_filter() -> bool:
    """Whether this system knows filters, and we this machine's numbers."""
    known = sys.platform.startswith("linux") and platform.machine() in _ARCHITECTURES
    return known and bool(libc().prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)


@cache
def refused() -> dict[str, dict[str, int]]:
    """Name of each refused call to its number by machine."""
    text = files("pipeline.isolation").joinpath("refused.toml").read_text("utf-8")
    return {name: by for group in tomllib.loads(text).values() for name, by in group.items()}


def _program(machine: str) -> bytes:
    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    denied = step(_RETURN, _ERRNO | errno.EPERM)
    steps = [
        step(_LOAD, _ARCH),
        step(_JUMP_EQUAL, _ARCHITECTURES[machine], 1),
        step(_RETURN, _KILL),
        step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":  # x32: the same calls under other numbers
        steps += [step(_JUMP_OR_MORE, 0x40000000, 0, 1), step(_RETURN, _KILL)]
    for numbers in refused().values():
        steps += [step(_JUMP_EQUAL, numbers[machine], 0, 1), denied]
    steps += [
        step(_JUMP_EQUAL, _CLONE3, 0, 1),
        step(_RETURN, _ERRNO | errno.ENOSYS),
        step(_JUMP_EQUAL, _CLONE[machine], 0, 4),
        step(_LOAD, _FIRST),
        step(_JUMP_IF_SET, _NEW_NAMESPACES, 0, 1),
        denied,
        step(_RETURN, _ALLOW),
        step(_JUMP_EQUAL, _IOCTL[machine], 0, 4),
        step(_LOAD, _SECOND),
        step(_JUMP_EQUAL, _TYPING_FOR_OTHERS[0], 1),
        step(_JUMP_EQUAL, _TYPING_FOR_OTHERS[1], 0, 1),
        denied,
        step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def no_new_privileges() -> bool:
    """From now on no program started here gains rights by being started. True if it holds."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def filter_calls() -> bool:
    """Install the filter, for good. True if it holds. Needs `no_new_privileges` first."""
    if not can_filter():
        return False
    steps = _program(platform.machine())
    held = ctypes.create_string_buffer(steps, len(steps))
    program = _Program(len(steps) // 8, ctypes.cast(held, ctypes.c_void_p))
    return bool(libc().prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)
