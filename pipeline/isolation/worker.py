"""What runs inside a worker process: one call after another, each answered or died of."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from models.errors import DeskError
from pipeline.isolation.confine import confine
from pipeline.isolation.limits import kill_tree, limit_cpu, limit_memory, resident_mb


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back of a call: its `value`, or the error in the terms of `models.errors`.

    `error` is the class name in the error tree, or empty for a fault that nobody foresaw, which
    carries `trace`: the frames it went through, without any value.
    """

    value: Any = None
    failed: bool = False
    error: str = ""
    message: str = ""
    mend: str = ""
    trace: str = ""
    resident_mb: int = 0

    def is_sound(self) -> bool:
        """Whether all but the value is of its kind: a worker may have been taken over."""
        told = (self.error, self.message, self.mend, self.trace)
        return isinstance(self.resident_mb, int) and all(isinstance(each, str) for each in told)


@dataclass(frozen=True, slots=True)
class Notice:
    """Progress of a call: `done` of `total` pages."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Orders:
    """How a worker is to live. `jobs` is the module that holds the calls; `scratch` the folder in
    which each worker gets one of its own, and in which `shared` lies, which all have together;
    `readable` folders it may read besides the program; `settings` is handed to `jobs.prepare`;
    `user` is who to become where root started the program."""

    jobs: str
    scratch: str
    memory_mb: int
    cpu_seconds: float
    settings: dict[str, Any] = field(default_factory=dict)
    readable: tuple[str, ...] = ()
    user: str = "nobody"
    scratch_mb: int = 2000
    """What a worker's own folder may hold while it works on a call."""
    confined: bool = True
    """False only where the cost of confinement is measured."""

    @property
    def shared(self) -> Path:
        return Path(self.scratch) / "shared"


def serve(calls: Connection, lifeline: Connection, orders: Orders, scratch: str) -> None:
    """Answer calls until there are no more. Runs as the main function of the process, whose own
    folder is `scratch`."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.umask(0o077)
    _silence()
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    os.chdir(scratch)
    jobs = importlib.import_module(orders.jobs)
    # Before the first thread: a filter holds for the threads that are started after it.
    if orders.confined:
        folders = [Path(each) for each in orders.readable]
        confine(Path(scratch), [orders.shared], folders, orders.user)
    threading.Thread(target=_die_with_parent, args=(lifeline,), daemon=True).start()
    limit_memory(orders.memory_mb)
    jobs.prepare(orders.settings, lambda done, total: calls.send(Notice(done, total)))
    while True:
        try:
            name, arguments = calls.recv()
        except (EOFError, OSError):
            return
        limit_cpu(orders.cpu_seconds)
        answer = _answer(getattr(jobs, name), arguments)
        try:
            calls.send(answer)
        except (BrokenPipeError, OSError):
            return


def _silence() -> None:
    """Libraries in C complain on standard error of each oddity of a file, and may quote it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _answer(job: Callable[..., Any], arguments: tuple[Any, ...]) -> Answer:
    try:
        return Answer(job(*arguments), resident_mb=resident_mb())
    except DeskError as known:
        return Answer(
            failed=True,
            error=type(known).__name__,
            message=known.message,
            mend=known.mend,
            resident_mb=resident_mb(),
        )
    except MemoryError:
        return Answer(failed=True, error="TooLarge", message=_MEMORY, mend=_LESS)
    except BaseException as fault:
        if isinstance(fault, OSError) and fault.errno in _DISK_FAULTS:
            return Answer(failed=True, error="OSError", message=str(fault.errno))
        return Answer(failed=True, message=type(fault).__name__, trace=frames_of(fault))


_DISK_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
"""Troubles of the machine, which no one file is to blame for."""
_MEMORY = "The file needs more memory than a file may take"
_LESS = "Scan it again at 300 dpi or less, or split it."


def frames_of(fault: BaseException) -> str:
    """Where a fault went through and its type. Never its message, which may quote a letter."""
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    if fault.__cause__ is not None:
        lines.append(f"caused by {type(fault.__cause__).__name__}")
    return "\n".join([*lines, type(fault).__name__])


def _die_with_parent(lifeline: Connection) -> None:
    """End this process and all it started once the parent is gone, however it went."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        kill_tree(os.getpid())
