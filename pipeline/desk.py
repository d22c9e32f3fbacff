"""The steps of a letter's way, as plain calls: take in, read, extract, route, write.

Each step may be called at any time, by any thread, any number of times: it looks at the state
that the store holds, does what is still to be done, and moves the state on by compare and set.
Prefect (`pipeline.flow`) calls them in order; a killed run leaves the store where the next run
goes on. One letter's trouble is stored with that letter and never stops the others; only trouble
of the store or of the machine (`fatal`) stops a batch.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.errors import DeskError, StoreError, Unreadable
from pipeline import stages
from pipeline.isolation.jobs import Reading
from pipeline.isolation.pool import NoWorkers, Pool, Stopped, UnforeseenFault
from pipeline.logs import fault, log
from pipeline.packets import Packets
from pipeline.store.blobs import BlobStore
from pipeline.store.cases import Cases
from pipeline.store.documents import Documents, Item
from pipeline.store.entries import Entries
from pipeline.store.named import keep_named
from pipeline.store.states import State

MOST_TRIES = 3
"""How often a step is tried before its passing fault counts as lasting."""
_STEP_SECONDS = 300.0
"""What extracting, deciding or writing one document may take; it takes a fraction of a second."""


class TryAgain(Exception):
    """A passing fault: the step is worth trying again a little later. Carries nothing else."""


class Watcher(Protocol):
    """Who wants to know how a batch comes along. Called from any thread."""

    def reading(self, item: int, done: int, total: int) -> None: ...

    def finished(self, item: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the steps work with."""

    documents: Documents
    cases: Cases
    blobs: BlobStore
    packets: Packets
    pool: Pool


class Desk:
    """One batch at work."""

    def __init__(
        self,
        tools: Tools,
        run: str,
        items: Sequence[Item],
        today: date,
        watcher: Watcher,
        most_bytes: int,
        read_seconds: float,
    ) -> None:
        self.tools = tools
        self.run = run
        self.items = {item.id: item for item in items}
        self.today = today
        self.fatal: DeskError | None = None
        self.stopping = False
        self._watcher = watcher
        self._most_bytes = most_bytes
        self._read_seconds = read_seconds
        self._intake = threading.Lock()
        self._left = list(reversed(items))
        self._sha: dict[int, str | None] = {}
        self._busy: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._told: set[int] = set()
        self._tries: defaultdict[int, int] = defaultdict(int)

    # --- the steps, each for one file of the batch ------------------------------------------

    def take_in(self, item: int) -> None:
        """Store a file's bytes and its row. Files are taken in by their order, so that of two
        files with the same bytes it is always the later one that is the duplicate."""
        with self._intake:
            while item not in self._sha and not self.over:
                self._safely(self._left[-1].id, None, self._take_in_next)

    def adopt(self, item: int, sha256: str) -> None:
        """Work on a document that was taken in before, as `item`."""
        self._sha[item] = sha256

    def read(self, item: int) -> None:
        """Read the document's pages in a worker process."""
        self._step(item, self._read, State.RECEIVED)

    def extract(self, item: int) -> None:
        """Tell the document's letters apart and extract their fields."""
        self._step(item, self._extract, State.READ)

    def route(self, item: int) -> None:
        """Decide each letter's law, clocks and route."""
        self._step(item, self._route, State.EXTRACTED)

    def write(self, item: int) -> None:
        """Write each case's packet, or what is missing of it; the last step of a file."""
        self._step(item, self._write, State.ROUTED, State.WRITTEN)
        if not self.over and item not in self._told:
            self._told.add(item)
            self._watcher.finished(item)

    def bring_on(self, item: int) -> None:
        """All steps, as far as the file gets."""
        for step in (self.take_in, self.read, self.extract, self.route, self.write):
            step(item)

    @property
    def over(self) -> bool:
        """Whether the batch is to end without its remaining files."""
        return self.stopping or self.fatal is not None

    def unfinished(self) -> int:
        """How many files of the batch have not come to their end."""
        return len(self.items) - len(self._told)

    # --- what each does ---------------------------------------------------------------------

    def _take_in_next(self) -> None:
        item = self._left[-1]
        try:
            stored = self.tools.blobs.put(item.path, self._most_bytes)
        except Unreadable as reason:
            if reason.passing:
                self._tries[item.id] += 1
                if self._tries[item.id] < MOST_TRIES:
                    raise TryAgain from None
            self.tools.documents.refuse(item.id, reason)
            log("refused", run=self.run, item=item.id, kind=reason.kind)
            self._sha[item.id] = None
        else:
            state = self.tools.documents.receive(item, stored)
            keep_named(
                self.tools.documents.database, self.tools.blobs, stored,
                lambda: self.tools.blobs.put(item.path, self._most_bytes, anew=True),
            )  # fmt: skip
            self._sha[item.id] = stored.sha256
            log("received", run=self.run, item=item.id, document=stored.sha256, state=state)
        self._left.pop()

    def _read(self, item: int, sha256: str) -> None:
        found: Reading = self.tools.pool.call(
            "read",
            self.tools.blobs.read(sha256),
            self.tools.documents.source(sha256),
            seconds=self._read_seconds,
            on_progress=lambda done, total: self._watcher.reading(item, done, total),
        )
        self.tools.documents.save_reading(
            sha256,
            found.body,
            found.pages,
            found.media_type,
            found.warnings,
            found.second_looks,
        )
        self._watcher.reading(item, found.pages, found.pages)

    def _extract(self, item: int, sha256: str) -> None:
        body = self.tools.documents.reading(sha256)
        letters = self.tools.pool.call("extract", body, seconds=_STEP_SECONDS)
        self.tools.documents.save_letters(sha256, letters)

    def _route(self, item: int, sha256: str) -> None:
        cases = self.tools.cases.of(sha256)
        said = Entries(self.tools.cases.database).for_workers([case.id for case in cases])
        body = self.tools.documents.reading(sha256)
        letters = [case.body for case in cases]
        decided = self.tools.pool.call(
            "route", body, letters, self.today, said, seconds=_STEP_SECONDS
        )
        self.tools.documents.save_cases(sha256, decided)

    def _write(self, item: int, sha256: str) -> None:
        missing = [c for c in self.tools.cases.of(sha256) if self.tools.packets.is_missing(c)]
        known = Entries(self.tools.cases.database)
        entered = known.of_all(case.id for case in missing) if missing else {}
        for case in missing:
            names = self.tools.packets.write(case, self.today, entries=entered.get(case.id))
            self.tools.cases.set_packet(case.id, names)
        self.tools.documents.written(sha256)

    # --- how a step is held together ----------------------------------------------------------

    def _step(self, item: int, work: Callable[[int, str], None], *due: State) -> None:
        """Do a step's work if the item's document is in one of the states it is `due` in."""
        sha256 = self._sha.get(item)
        if sha256 is None or self.over:
            return
        with self._busy[sha256]:
            self._safely(item, sha256, lambda: self._if_due(item, sha256, work, due))

    def _if_due(
        self, item: int, sha256: str, work: Callable[[int, str], None], due: Sequence[State]
    ) -> None:
        state = self.tools.documents.state(sha256)
        if state not in due:
            return
        stage = work.__name__.strip("_")
        started = time.monotonic()
        try:
            with stages.timed(stage):
                work(item, sha256)
        except (StoreError, NoWorkers):
            raise
        except DeskError as reason:
            stages.failed(stage, reason.kind)
            self._failed(sha256, state, reason)
            return
        took = round(time.monotonic() - started, 3)
        log(stage, run=self.run, document=sha256, seconds=took)

    def _failed(self, sha256: str, state: State, reason: DeskError) -> None:
        """Try again where that may help, else set the document aside with its reason."""
        if reason.passing and self.tools.documents.tried(sha256) < MOST_TRIES:
            log("try again", run=self.run, document=sha256, kind=reason.kind)
            raise TryAgain from None
        if isinstance(reason, UnforeseenFault):
            fault("worker", reason, run=self.run, document=sha256)
        self.tools.documents.quarantine(sha256, state, reason)
        log("quarantined", run=self.run, document=sha256, kind=reason.kind)

    def _safely(self, item: int, sha256: str | None, work: Callable[[], None]) -> None:
        """Keep every fault inside the batch. Only TryAgain gets out, and says nothing."""
        try:
            work()
        except TryAgain:
            raise
        except Stopped:
            self.stopping = True
        except DeskError as reason:
            self.fatal = self.fatal or reason
            fault("batch", reason.__cause__ or reason, run=self.run, kind=reason.kind)
        except Exception as unforeseen:
            fault("step", unforeseen, run=self.run, item=item, document=sha256)
            self.fatal = self.fatal or StoreError(
                f"Denial Desk itself failed ({type(unforeseen).__name__})",
                "What was done is kept; the log in the home directory says where it failed.",
            )
