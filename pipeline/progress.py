"""How a batch comes along, on the screen: live on a terminal, plain lines elsewhere.

Files are told by the names they were given under; nothing of a letter's content is shown.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Watch:
    """Counts files and pages; a `desk.Watcher`. `changed` is called after each news."""

    def __init__(self, names: Sequence[Path]) -> None:
        self.files = len(names)
        self.done = 0
        self.begun = time.monotonic()
        self._pages: dict[int, int] = {}
        self._lock = threading.Lock()
        self.changed: Callable[[], None] = lambda: None

    @property
    def pages(self) -> int:
        """Pages read so far."""
        return sum(self._pages.values())

    def reading(self, item: int, done: int, total: int) -> None:
        with self._lock:
            self._pages[item] = max(done, self._pages.get(item, 0))
        self.changed()

    def finished(self, item: int) -> None:
        with self._lock:
            self.done += 1
        self.changed()

    def seconds_left(self) -> float | None:
        """As long as the files left take at the pace so far; None while nothing is done."""
        if not self.done:
            return None
        return (time.monotonic() - self.begun) / self.done * (self.files - self.done)


@contextmanager
def shown(watch: Watch, quiet: bool = False) -> Iterator[None]:
    """Show a watch on standard error while the block runs."""
    if quiet:
        yield
    elif sys.stderr.isatty():
        with _bar(watch):
            yield
    else:
        with _lines(watch):
            yield


@contextmanager
def _bar(watch: Watch) -> Iterator[None]:
    bar = Progress(
        TextColumn("[bold]Reading letters"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files · {task.fields[pages]} pages ·"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )
    row = bar.add_task("", total=watch.files, pages=0, left="getting ready")

    def changed() -> None:
        left = watch.seconds_left()
        told = "" if left is None else f"about {spell_seconds(left)} left"
        bar.update(row, completed=watch.done, pages=watch.pages, left=told)

    watch.changed = changed
    with bar:
        yield


@contextmanager
def _lines(watch: Watch) -> Iterator[None]:
    print(f"Reading {watch.files} file{'s'[: watch.files != 1]} ...", file=sys.stderr, flush=True)
    step = max(watch.files // 20, 1)
    said = 0

    def changed() -> None:
        nonlocal said
        if watch.done >= said + step or (watch.done == watch.files and said < watch.done):
            said = watch.done
            left = watch.seconds_left()
            more = f", about {spell_seconds(left)} left" if left else ""
            print(
                f"{watch.done} of {watch.files} files, {watch.pages} pages{more}",
                file=sys.stderr,
                flush=True,
            )

    watch.changed = changed
    yield


def spell_seconds(seconds: float) -> str:
    """`40 s`, `5 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
