"""Calls that do what a letter would do that had taken over its worker. Each tells what it could."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


def prepare(settings: dict[str, Any], notify: Callable[[int, int], None]) -> None:
    pass


def tried(act: Callable[[], object]) -> str:
    """The error of an act, or "done"."""
    try:
        act()
    except OSError as refused:
        return type(refused).__name__
    return "done"


def sockets() -> list[str]:
    kinds = (
        (socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET6, socket.SOCK_DGRAM),
        (socket.AF_UNIX, socket.SOCK_STREAM),
    )  # fmt: skip
    return [tried(lambda kind=kind: socket.socket(*kind).close()) for kind in kinds]


def open_file(path: str, mode: str) -> str:
    return tried(lambda: Path(path).open(mode).close())


def child_opens(path: str) -> int:
    """The exit code of a program started here that opens a file and a socket."""
    program = (
        "import socket, sys\n"
        "for act in (lambda: open(sys.argv[1]), socket.socket):\n"
        "    try: act(); sys.exit(1)\n"
        "    except PermissionError: pass\n"
    )
    return subprocess.run([sys.executable, "-c", program, path], check=False).returncode


def kernel() -> list[str]:
    import ctypes

    c = ctypes.CDLL(None, use_errno=True)
    calls = {
        "ptrace": lambda: c.ptrace(16, os.getppid(), 0, 0),
        "mount": lambda: c.mount(b"none", b"/", b"tmpfs", 0, None),
        "unshare": lambda: c.unshare(0x10000000),
        "kill": lambda: c.kill(os.getppid(), signal.SIGCONT),
        "setuid": lambda: c.setuid(0),
        "memfd_create": lambda: c.memfd_create(b"x", 0),
    }
    return [name for name, call in calls.items() if call() >= 0]


def who() -> tuple[int, int]:
    return os.getuid(), os.getpid()


def bomb(seconds: float) -> None:
    """Start processes that start processes, all in sessions of the worker's or their own."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with contextlib.suppress(OSError):
            os.fork()


def fill() -> None:
    """Write file after file, none too large for itself."""
    block = b"x" * (1 << 20)
    for number in range(10_000):
        with Path(f"{os.environ['TMPDIR']}/{number}").open("wb") as out:
            for _ in range(32):
                out.write(block)


def one_large_file() -> str:
    def write() -> None:
        with Path(f"{os.environ['TMPDIR']}/large").open("wb") as out:
            out.truncate(4 << 30)

    return tried(write)


def hog() -> int:
    held = []
    while True:
        held.append(b"x" * (64 << 20))


def deaf(seconds: float) -> None:
    """Ignore every signal that can be ignored, in a child too, and hang."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGXCPU):
        signal.signal(each, signal.SIG_IGN)
    os.fork()
    time.sleep(seconds)


class Planted:
    """An object that runs a command where it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


def lie(marker: str, how: str) -> None:
    """Answer with an object that would run a command in the parent, or with anything else."""
    said = {
        "object": pickle.dumps(Planted(f"touch {marker}")),
        "garbage": b"\x80\x05garbage",
        "kind": pickle.dumps({"an": "answer"}),
    }[how]
    for fd in range(3, 64):
        with contextlib.suppress(OSError):
            if str(Path(f"/proc/self/fd/{fd}").readlink()).startswith("socket:"):
                Connection(os.dup(fd)).send_bytes(said)
    time.sleep(60)


def talk(_: str) -> None:
    """Begin a long answer and never end it."""
    for fd in range(3, 64):
        with contextlib.suppress(OSError):
            if str(Path(f"/proc/self/fd/{fd}").readlink()).startswith("socket:"):
                os.write(fd, (1 << 20).to_bytes(4, "big") + b"x")
    time.sleep(600)
