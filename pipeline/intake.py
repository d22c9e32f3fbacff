"""Letters that come in one by one while the program runs (the web app, the API): stored first,
then worked on in the background by the same steps as a batch.

What a stopped program left half done is taken up again at the next start.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from pipeline.batch import GRACE
from pipeline.claims import claim_new
from pipeline.desk import Desk, Tools, TryAgain
from pipeline.home import Settings
from pipeline.logs import fault, log
from pipeline.store.cases import Outcome
from pipeline.store.documents import Item
from pipeline.store.schema import DocumentRow
from pipeline.store.states import State

_PAUSES = (0.5, 2.0, 5.0)
_KEPT = 2000
_UNFINISHED = (State.RECEIVED, State.READ, State.EXTRACTED, State.ROUTED)


@dataclass(slots=True)
class Progress:
    """How one document comes along. `done` of `total` pages are read."""

    sha256: str
    stage: str
    done: int = 0
    total: int = 0
    changed: int = 0


class Intake:
    """Takes letters in. `start` before, `stop` after. `changed` counts every news."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings = settings
        self.tools = tools
        self._threads = self._new_threads()
        self._claim = claim_new(settings.home.tmp, "denialdesk-upload-")
        self._lock = threading.Lock()
        self._ways: dict[str, Progress] = {}
        self._ticks = 0
        self._stopping = threading.Event()

    @property
    def changed(self) -> int:
        return self._ticks

    def start(self) -> int:
        """Take up what was left half done; returns how many documents that were."""
        with self.tools.documents.database.reading() as session:
            left = list(
                session.scalars(
                    select(DocumentRow.sha256)
                    .where(DocumentRow.state.in_(_UNFINISHED), DocumentRow.queued_at.is_(None))
                    .order_by(DocumentRow.received_at)
                )
            )
        for sha256 in left:
            desk = self._desk("", [Item(0, Path(sha256))], sha256)
            desk.adopt(0, sha256)
            self._begin(desk, 0, sha256)
        if left:
            log("taken up again", documents=len(left))
        return len(left)

    def stop(self, wait: bool = False) -> None:
        """Begin nothing new; with `wait`, return once what is under way has ended."""
        self._stopping.set()
        self._threads.shutdown(wait=wait, cancel_futures=True)
        self._claim.release()

    def finish(self) -> None:
        """Return once everything that was handed in is worked on; nothing more can be begun by
        `submit` meanwhile."""
        self._threads.shutdown(wait=True)
        self._threads = self._new_threads()

    def _new_threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.tools.pool.size, thread_name_prefix="intake")

    def place_for(self, name: str) -> Path:
        """A new file of this name to write an upload to; its folder is its own."""
        folder = self._claim.path / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        return folder / (safe_name(name) or "letter")

    def submit(self, path: Path) -> Outcome:
        """Store a file that `place_for` named, remove it there, and begin to work on it."""
        documents = self.tools.documents
        run, items = documents.new_run(self._settings.packet_folder, [path])
        item = items[0].id
        desk = self._desk(run, items)
        try:
            for pause in (*_PAUSES, None):
                try:
                    desk.take_in(item)
                    break
                except TryAgain:
                    if pause is not None:
                        time.sleep(pause)
            if desk.fatal:
                raise desk.fatal
        finally:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()
        outcome = self.tools.cases.outcomes(run)[0]
        if outcome.sha256 is not None and outcome.state != State.WRITTEN:
            working = self._desk(run, items, outcome.sha256)
            working.adopt(item, outcome.sha256)
            self._begin(working, item, outcome.sha256)
        return outcome

    def progress(self, sha256: str) -> Progress | None:
        """How a document comes along, None where it is not under way here."""
        return self._ways.get(sha256)

    # --- the work ------------------------------------------------------------------------------

    def _desk(self, run: str, items: list[Item], sha256: str = "") -> Desk:
        settings = self._settings
        return Desk(
            self.tools, run, items, settings.day(), self._watching(sha256),
            settings.file_mb << 20, settings.file_seconds + GRACE,
        )  # fmt: skip

    def _watching(self, sha256: str) -> _Watch:
        return _Watch(lambda done, total: self._tell(sha256, "reading", done, total))

    def _begin(self, desk: Desk, item: int, sha256: str) -> None:
        known = self._ways.get(sha256)
        if known is not None and known.stage not in ("done", "failed"):
            return  # it is under way already
        self._tell(sha256, "waiting")
        self._threads.submit(self._work, desk, item, sha256)

    def _work(self, desk: Desk, item: int, sha256: str) -> None:
        steps: tuple[tuple[str, Callable[[int], None]], ...] = (
            ("reading", desk.read), ("extracting", desk.extract), ("deciding", desk.route),
            ("writing", desk.write),
        )  # fmt: skip
        try:
            for stage, step in steps:
                self._tell(sha256, stage)
                self._patiently(step, item)
                if desk.fatal or desk.over:
                    self._tell(sha256, "failed")
                    return
            if desk.run:
                self.tools.documents.finish_run(desk.run)
            self._tell(sha256, "done")
        except Exception as unforeseen:
            fault("intake", unforeseen, document=sha256)
            self._tell(sha256, "failed")

    def _patiently(self, step: Callable[[int], None], item: int) -> None:
        for pause in _PAUSES:
            try:
                step(item)
                return
            except TryAgain:
                if self._stopping.wait(pause):
                    return
        with contextlib.suppress(TryAgain):
            step(item)

    def _tell(self, sha256: str, stage: str, done: int = 0, total: int = 0) -> None:
        with self._lock:
            self._ticks += 1
            way = self._ways.get(sha256)
            if way is None:
                if len(self._ways) >= _KEPT:
                    self._ways.pop(next(iter(self._ways)))
                way = self._ways[sha256] = Progress(sha256, stage)
            way.stage, way.changed = stage, self._ticks
            if total:
                way.done, way.total = done, total


@dataclass(frozen=True, slots=True)
class _Watch:
    """A desk's watcher for one document."""

    on_page: Callable[[int, int], None]

    def reading(self, item: int, done: int, total: int) -> None:
        self.on_page(done, total)

    def finished(self, item: int) -> None:
        pass


def safe_name(name: str) -> str:
    """The last part of a path that someone sent, without what a file name may not hold."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in last if c.isprintable()).strip().lstrip(".")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:100]}{dot}{ending[:10]}" if dot else plain[:100]
