"""A worker: takes letters from the queue and brings each to its end, any number of workers at a
time on any number of machines.

The steps are those of `pipeline.desk`; what moves a letter on is compare-and-set in the store, so
that even a worker that was given up for dead and comes back does nothing twice.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from models.errors import DeskError, StoreError
from pipeline.batch import BACKGROUND, GRACE, open_blobs, open_store, worker_pool
from pipeline.desk import Desk, Tools, TryAgain
from pipeline.home import Settings
from pipeline.isolation.pool import Pool
from pipeline.logs import fault, log
from pipeline.owner import owner
from pipeline.packets import Packets
from pipeline.queue import Queue
from pipeline.store.cases import Cases
from pipeline.store.database import Database
from pipeline.store.documents import Documents
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.leases import LEASE

_IDLE = 1.0
"""Seconds between two looks at an empty queue."""
_LONGEST = 8.0
"""Seconds at most between two tries to use a store that fails."""
_TIDY = 15.0
"""Seconds between two looks for dead workers' letters."""
_STEPS = ("read", "extract", "route", "write")


class _Unwatched:
    def reading(self, item: int, done: int, total: int) -> None:
        pass

    def finished(self, item: int) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Workshop:
    """What workers of one process share."""

    settings: Settings
    database: Database
    tools: Tools
    queue: Queue
    runs: InboxRuns


@contextmanager
def workshop(settings: Settings) -> Iterator[Workshop]:
    """Store, worker processes and an owner of leases, for as long as the block runs."""
    with (
        open_store(settings) as database,
        owner(settings.home.tmp) as name,
        worker_pool(settings, nice=BACKGROUND) as pool,
    ):
        made = make_workshop(settings, database, pool, name)
        try:
            yield made
        finally:
            made.tools.packets.close()


def make_workshop(settings: Settings, database: Database, pool: Pool, name: str) -> Workshop:
    """A workshop over an open store and a started pool."""
    blobs = open_blobs(settings)
    blobs.sweep()
    tools = Tools(
        Documents(database),
        Cases(database),
        blobs,
        Packets(settings.packet_folder, pool, settings.clinic),
        pool,
    )
    return Workshop(
        settings, database, tools, Queue(database, name, settings.home.tmp), InboxRuns(database)
    )


class Worker:
    """Works on the queue with `at_once` threads until it is stopped or, if `until` says so, done.

    `closed` is called with the id of each run whose report it wrote. `patience`: for how many
    seconds at most the store may fail on end (the database is away, the disk is full) before that
    ends the work; for ever unless given.
    """

    def __init__(
        self, shop: Workshop, at_once: int, closed: Callable[[str], None] = lambda _run: None,
        patience: float | None = None,
    ) -> None:  # fmt: skip
        self._shop = shop
        self._at_once = at_once
        self._closed = closed
        self._patience = patience
        self._failing: float | None = None  # since when
        self._over = threading.Event()
        self._in_hand: set[str] = set()
        self._owed: set[str] = set()  # could not be given back: the store was away
        self._lock = threading.Lock()
        self.fatal: DeskError | None = None
        self.done = 0

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Work. Raises the trouble of the machine, if any, that kept all of it from going on."""
        threads = [
            threading.Thread(target=self._work, name=f"worker-{at}", daemon=True)
            for at in range(self._at_once)
        ]
        keeper = threading.Thread(target=self._keep, name="leases", daemon=True)
        for thread in (*threads, keeper):
            thread.start()
        tidied = 0.0
        try:
            while not self._over.is_set():
                with _patiently():
                    over = until()
                    if over or time.monotonic() - tidied > _TIDY:
                        self._tidy()
                        tidied = time.monotonic()
                    if over:
                        break
                self._over.wait(0.2 if self._at_once else _IDLE)
        finally:
            self.stop()
            for thread in threads:
                thread.join(5)
            self._give_all_back()
        if self.fatal:
            raise self.fatal

    def stop(self) -> None:
        """End soon; letters in hand go back to the queue as they stand."""
        self._over.set()

    def _work(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            sha256 = None
            try:
                self._give_owed()
                sha256 = self._claim()
                pause = 0.0 if sha256 else _IDLE
                if sha256:
                    self._bring_on(sha256)
                    self._failing = None
            except StoreError as trouble:
                self._bear(trouble)
                fault("worker", trouble.__cause__ or trouble, kind=trouble.kind)
                if sha256:
                    with self._lock:
                        self._owed.add(sha256)
                # The database is away, the disk is full: it may pass.
                pause = min(max(2 * pause, _IDLE), _LONGEST)
            except Exception as unforeseen:
                fault("worker", unforeseen)
                pause = 5.0
            finally:
                if sha256:
                    with self._lock:
                        self._in_hand.discard(sha256)

    def _claim(self) -> str | None:
        sha256 = self._shop.queue.claim()
        with self._lock:
            self._owed.discard(sha256 or "")  # its lease had run out, and it is ours anew
        return sha256

    def _give_owed(self) -> None:
        """Give back what the store did not take back when it was away: those letters would wait
        until their leases run out. Raises StoreError."""
        while self._owed:
            with self._lock:
                sha256 = self._owed.pop() if self._owed else None
            if sha256 is not None:
                try:
                    self._shop.queue.give_back(sha256)
                except StoreError:
                    with self._lock:
                        self._owed.add(sha256)
                    raise

    def _bear(self, trouble: StoreError) -> None:
        """Go on in spite of a store that fails, unless it has for too long."""
        now = time.monotonic()
        self._failing = self._failing or now
        if self._patience is not None and now - self._failing > self._patience:
            self.fatal = self.fatal or trouble
            self.stop()

    def _bring_on(self, sha256: str) -> None:
        """One letter, as far as it gets."""
        queue = self._shop.queue
        with self._lock:
            self._in_hand.add(sha256)
        settings = self._shop.settings
        desk = Desk(
            self._shop.tools, "queue", (), settings.day(), _Unwatched(),
            settings.file_mb << 20, settings.file_seconds + GRACE,
        )  # fmt: skip
        desk.adopt(0, sha256)
        try:
            for step in _STEPS:
                if self._over.is_set():
                    break
                getattr(desk, step)(0)
        except TryAgain:
            queue.give_back(sha256, queue.pause_after(sha256))
            return
        if desk.fatal is not None:
            if not isinstance(desk.fatal, StoreError):
                self.fatal = self.fatal or desk.fatal  # no Tesseract: no letter will do better
                self.stop()
            raise StoreError(desk.fatal.message, desk.fatal.mend) from desk.fatal
        queue.give_back(sha256)
        self.done += 1

    def _keep(self) -> None:
        """Lengthen the leases of what is in hand."""
        while not self._over.wait(LEASE.total_seconds() / 4):
            with self._lock:
                held = sorted(self._in_hand)
            with contextlib.suppress(StoreError):
                self._shop.queue.keep(held)

    def _tidy(self) -> None:
        freed = self._shop.queue.free_dead()
        if freed:
            log("taken over", letters=freed)
        for run in self._shop.runs.close_finished(self._today()):
            log("run closed", run=run)
            self._closed(run)

    def _today(self) -> date:
        return self._shop.settings.day()

    def _give_all_back(self) -> None:
        with self._lock:
            held = sorted(self._in_hand | self._owed)
        for sha256 in held:
            with contextlib.suppress(StoreError):
                self._shop.queue.give_back(sha256)


@contextmanager
def _patiently() -> Iterator[None]:
    """A store that is away for a while is no reason to end."""
    try:
        yield
    except StoreError as trouble:
        fault("tidying", trouble.__cause__ or trouble, kind=trouble.kind)
        time.sleep(1.0)
