"""A pool of worker processes that may be called from any thread.

A call that takes too long, or whose worker dies, ends as an error of that call alone; the worker
and all it started are killed and another takes its place.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import forkserver, util
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import models.errors
from models.errors import Damaged, DeskError, SetupError, TimedOut, TooLarge
from pipeline.isolation.answers import OddAnswer, plain
from pipeline.isolation.limits import kill_session, kill_tree
from pipeline.isolation.worker import Answer, Notice, Orders, serve
from pipeline.store.blobs import disk_fault

Progress = Callable[[int, int], None]

_GROWN_MB = 250
"""A worker that holds this much more than after its first call is replaced."""
_LOOK = 0.25
"""Seconds between two looks at workers that are at work."""
_LATE = 5.0
"""Seconds after a call's end of time at which its worker is killed even if it keeps talking."""
_LONGEST_PLACE = 60
"""Characters of a temporary folder below which a socket's name still fits into a path."""


class Stopped(Exception):
    """The pool was stopped while a call was under way."""


class NoWorkers(SetupError):
    """Worker processes cannot be started on this machine."""


class UnforeseenFault(Damaged):
    """A fault in our own code while it worked on a file. `trace` has frames and no values."""

    kind = "fault"

    def __init__(self, name: str, trace: str) -> None:
        super().__init__(
            f"Denial Desk failed on this file ({name})",
            "The other files are not touched by it; please report it with the log.",
        )
        self.trace = trace


class KilledForMemory(TooLarge):
    """The system killed the worker, as it does when memory runs out; perhaps not this file's
    doing, so that it is tried again."""

    passing = True


class _Worker:
    """One process and our ends of its pipes."""

    def __init__(self, context: Any, orders: Orders) -> None:
        theirs, self.calls = context.Pipe()
        their_line, self.lifeline = context.Pipe(duplex=False)
        orders.shared.mkdir(mode=0o700, exist_ok=True)
        self.scratch = Path(tempfile.mkdtemp(prefix="worker-", dir=orders.scratch))
        self.ends: float | None = None
        """When the call under way must have ended; None where it is idle."""
        self.filled_disk = False
        self.process: BaseProcess = context.Process(
            target=serve, args=(theirs, their_line, orders, str(self.scratch)), daemon=True
        )
        self.process.start()
        theirs.close()
        their_line.close()
        self.first_mb = 0
        self.last_mb = 0

    def end(self) -> None:
        """Kill the process with all that it started, and let go of its pipes."""
        if self.process.pid is not None:
            if self.process.is_alive():
                kill_tree(self.process.pid)
            kill_session(self.process.pid)
        self.process.join(5)
        for pipe in (self.calls, self.lifeline):
            with contextlib.suppress(OSError):
                pipe.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def look(self, most_bytes: int) -> None:
        """Kill a worker that is late or whose files have grown beyond measure: one that was taken
        over may talk for ever, or write where no single file is too large."""
        ends, pid = self.ends, self.process.pid
        if ends is None or pid is None:
            return
        self.filled_disk = _size_of(self.scratch) > most_bytes
        if self.filled_disk or time.monotonic() > ends + _LATE:
            kill_tree(pid)

    @property
    def has_grown(self) -> bool:
        return self.last_mb - self.first_mb > _GROWN_MB


def _size_of(folder: Path) -> int:
    size = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            with contextlib.suppress(OSError):
                size += _size_of(Path(entry)) if entry.is_dir(follow_symlinks=False) else (
                    entry.stat(follow_symlinks=False).st_size
                )  # fmt: skip
    return size


class Pool:
    """`size` workers, started in the background by `start`.

    `orders.jobs` is the module of the calls; `preload` names modules that all workers share.
    Use as a context manager, or `stop` it.
    """

    def __init__(self, size: int, orders: Orders, preload: Sequence[str] = ()) -> None:
        self.size = size
        self._orders = orders
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._living: set[_Worker] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._over = threading.Event()
        self._broken: str | None = None
        # A fork server imports the heavy libraries once and its forks share them; elsewhere
        # (macOS) forking a process that has loaded system libraries is not safe.
        forks = sys.platform.startswith("linux")
        self._context: Any = multiprocessing.get_context("forkserver" if forks else "spawn")
        if forks:
            self._context.set_forkserver_preload(list(preload))

    def __enter__(self) -> Pool:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to start the workers; calls wait for them."""
        # Libraries that start a thread a core would fight each other: our workers are the
        # parallelism.
        for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        with _interrupts_held():
            if self._context.get_start_method() == "forkserver":
                _choose_place_of_socket()
                forkserver.ensure_running()
        for _ in range(self.size):
            threading.Thread(target=self._add, daemon=True).start()
        threading.Thread(target=self._watch, name="workers", daemon=True).start()

    def call(
        self, job: str, *arguments: Any, seconds: float, on_progress: Progress | None = None
    ) -> Any:
        """Run `jobs.<job>(*arguments)` in a worker and return what it returns.

        Raises what the job raised of the error tree; TimedOut after `seconds`, TooLarge,
        KilledForMemory or Damaged where its worker died of it, UnforeseenFault for any other
        error, StoreError where it could not write; Stopped when the pool is stopped.
        """
        worker = self._take()
        try:
            answer = self._ask(worker, job, arguments, seconds, on_progress)
        except BaseException:
            self._replace(worker)
            raise
        worker.last_mb = answer.resident_mb
        worker.first_mb = worker.first_mb or answer.resident_mb
        if worker.has_grown:
            self._replace(worker)
        else:
            self._idle.put(worker)
        if answer.failed:
            raise _error_of(answer)
        return answer.value

    def stop(self) -> None:
        """Kill all workers; calls under way raise Stopped."""
        with self._lock:
            self._stopped = True
            living = list(self._living)
            self._living.clear()
        for worker in living:
            worker.end()
        self._over.set()
        self._idle.put(None)

    def _watch(self) -> None:
        most = self._orders.scratch_mb << 20
        while not self._over.wait(_LOOK):
            with self._lock:
                living = list(self._living)
            for worker in living:
                worker.look(most)

    def _add(self) -> None:
        try:
            worker = _Worker(self._context, self._orders)
        except (OSError, EOFError, RuntimeError) as broken:
            if not self._stopped:
                self._broken = type(broken).__name__
                self._idle.put(None)
            return
        with self._lock:
            if not self._stopped:
                self._living.add(worker)
                self._idle.put(worker)
                return
        worker.end()

    def _take(self) -> _Worker:
        while True:
            worker = self._idle.get()
            if worker is None:
                self._idle.put(None)  # for the next thread that waits
                if self._broken and not self._stopped:
                    raise NoWorkers(
                        f"No worker process could be started ({self._broken})",
                        "`denialdesk doctor` says what is missing.",
                    )
                raise Stopped
            if worker.process.is_alive():
                return worker
            self._replace(worker)  # it died while idle: no file's doing

    def _replace(self, worker: _Worker) -> None:
        with self._lock:
            self._living.discard(worker)
        worker.end()
        if not self._stopped:
            threading.Thread(target=self._add, daemon=True).start()

    def _ask(
        self,
        worker: _Worker,
        job: str,
        arguments: tuple[Any, ...],
        seconds: float,
        on_progress: Progress | None,
    ) -> Answer:
        worker.ends = ends = time.monotonic() + seconds
        try:
            worker.calls.send((job, arguments))
            while True:
                said = _next(worker.calls, ends, seconds)
                if isinstance(said, Answer):
                    return said
                if on_progress is not None:
                    on_progress(said.done, said.total)
        except (EOFError, OSError, OddAnswer) as gone:
            if self._stopped:
                raise Stopped from gone
            if time.monotonic() > ends:
                raise _too_late(seconds) from gone
            raise _death(worker, isinstance(gone, OddAnswer)) from gone
        finally:
            worker.ends = None


def _choose_place_of_socket() -> None:
    """The fork server's socket lies below the temporary folder; where that has a long name, below
    `/tmp`, since a socket's path holds some hundred characters."""
    before = tempfile.tempdir
    if len(tempfile.gettempdir()) > _LONGEST_PLACE and os.access("/tmp", os.W_OK):
        tempfile.tempdir = "/tmp"
    try:
        util.get_temp_dir()  # which keeps the folder that it makes
    finally:
        tempfile.tempdir = before


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """What is started meanwhile never sees Ctrl-C: ending it is our business."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _next(calls: Connection, ends: float, seconds: float) -> Answer | Notice:
    if not calls.poll(max(ends - time.monotonic(), 0)):
        raise _too_late(seconds)
    # Never `recv`: who has taken over a worker could have it build objects of any kind in here.
    said = plain(calls.recv_bytes(_LONGEST))
    if isinstance(said, Answer) and said.is_sound():
        return said
    if isinstance(said, Notice) and isinstance(said.done, int) and isinstance(said.total, int):
        return said
    raise OddAnswer


_LONGEST = 1 << 30
"""Bytes of the longest answer that is listened to."""


def _too_late(seconds: float) -> TimedOut:
    return TimedOut(
        f"The file took longer than {seconds:.0f} seconds",
        "Split it, or raise DENIALDESK_FILE_SECONDS.",
    )


def _death(worker: _Worker, odd: bool) -> DeskError:
    """What a worker died of, as far as its exit tells; with `odd` it lives and talks nonsense."""
    if worker.filled_disk:
        return TooLarge("The file fills the disk when it is read", "Split it, or scan it again.")
    worker.process.join(0 if odd else 5)
    code = worker.process.exitcode
    if code == -signal.SIGKILL:
        return KilledForMemory(
            "The system stopped the reading, as it does when memory runs out",
            "Close other programs or split the file, and run again.",
        )
    if code == -signal.SIGXCPU:
        return TimedOut(
            "The file took too long to work on", "Split it, or raise DENIALDESK_FILE_SECONDS."
        )
    return Damaged(
        "The file makes the reader crash", "Print or scan it again, or save it as a new PDF."
    )


def _error_of(answer: Answer) -> Exception:
    if answer.error == "OSError":
        number = int(answer.message)
        return disk_fault(OSError(number, os.strerror(number)), "A file")
    kind = getattr(models.errors, answer.error, None) if answer.error else None
    if isinstance(kind, type) and issubclass(kind, DeskError):
        return kind(answer.message, answer.mend)
    return UnforeseenFault(answer.error or answer.message, answer.trace)
