"""A Tesseract that stays: it reads one page image after another.

Starting Tesseract and loading its model costs as much computing as a seventh of a page. With
`stream_filelist` it takes the names of images from its standard input and reads each when its
name comes. Its table is written to a pseudo terminal, because it holds back what it writes to a
pipe; an empty image after each page makes it begin a new page of the table, which ends the last.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import threading
import time
import tty
from collections.abc import Sequence
from pathlib import Path

_PAGES = 200
"""Pages after which a Tesseract is replaced, lest what it holds grows."""
_KEPT = 2
"""How many wait for their next page, one of a command: each holds some 50 MB. A page takes two, one
for the page and one for the words in doubt. Pages read side by side beyond that start their own."""
_HEAD = "level\t"
_PAGE_ROW = "1\t"


class Gone(Exception):
    """This Tesseract ended, or cannot be started: the page is to be read by one of its own."""


class Late(Exception):
    """The page was not read in time, and the Tesseract that tried was killed."""


class Stream:
    """One running Tesseract. `empty` is an image with nothing on it. Raises Gone."""

    def __init__(self, command: Sequence[str], empty: Path) -> None:
        self._empty = empty
        self._rest = b""
        self.pages = 0
        try:
            self._told, its_side = pty.openpty()
        except OSError as none_left:
            raise Gone from none_left
        try:
            tty.setraw(its_side)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=its_side,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as failed:
            os.close(self._told)
            raise Gone from failed
        finally:
            os.close(its_side)

    def table(self, image: Path, seconds: float) -> str:
        """Tesseract's table of an image, as it would write it to a file. Raises Gone, Late."""
        ends = time.monotonic() + seconds
        self.pages += 1
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(os.fsencode(f"{image}\n{self._empty}\n"))
            self._process.stdin.flush()
        except OSError as gone:
            raise Gone from gone
        rows = [_HEAD]
        pages = 0
        while True:
            row = self._row(ends)
            pages += row.startswith(_PAGE_ROW)
            if pages == 2:
                return "\n".join(rows) + "\n"
            if not row.startswith(_HEAD):
                rows.append(row)

    def _row(self, ends: float) -> str:
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._told], [], [], max(ends - time.monotonic(), 0))
            if not ready:
                raise Late
            try:
                more = os.read(self._told, 1 << 16)
            except OSError as gone:  # how Linux tells the end of a terminal
                raise Gone from gone
            if not more:
                raise Gone
            self._rest += more
        row, _, self._rest = self._rest.partition(b"\n")
        return row.decode("utf-8", "replace")

    def end(self) -> None:
        """Kill it, whatever it does."""
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        os.close(self._told)


class Streams:
    """The Tesseracts of one process. They end with this process: their standard input does."""

    def __init__(self) -> None:
        self._idle: list[tuple[tuple[str, ...], Stream]] = []
        self._lock = threading.Lock()

    def table(self, command: tuple[str, ...], image: Path, empty: Path, seconds: float) -> str:
        """The table of an image. Raises Gone, Late."""
        stream = self._take(command) or Stream(command, empty)
        try:
            told = stream.table(image, seconds)
        except BaseException:
            stream.end()
            raise
        over = stream if stream.pages >= _PAGES else self._keep(command, stream)
        if over is not None:
            over.end()
        return told

    def _keep(self, command: tuple[str, ...], stream: Stream) -> Stream | None:
        """Let a Tesseract wait; the one that has to go for it."""
        with self._lock:
            if any(each[0] == command for each in self._idle):
                return stream
            self._idle.append((command, stream))
            return self._idle.pop(0)[1] if len(self._idle) > _KEPT else None

    def end(self) -> None:
        """End those that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, stream in idle:
            stream.end()

    def _take(self, command: tuple[str, ...]) -> Stream | None:
        """An idle one of this command."""
        with self._lock:
            for at, (own, stream) in enumerate(self._idle):
                if own == command:
                    del self._idle[at]
                    return stream
        return None
