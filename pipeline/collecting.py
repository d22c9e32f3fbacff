"""One look through an inbox: what is new is fetched, stored, and only then acknowledged.

Each message goes alone: its bytes to the blob store, its pieces told apart in a worker process,
its letters to the blob store, then message, pieces and documents to the database in one
transaction; last, the inbox is told. Killed at any moment, the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from models.errors import DeskError, StoreError, Unreadable
from pipeline.claims import claim_new
from pipeline.isolation.pool import Pool, UnforeseenFault
from pipeline.logs import fault, log
from pipeline.sources.base import Listed, Source, SourceDown
from pipeline.sources.opening import open_source
from pipeline.store.blobs import BlobStore, Stored
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.inboxes import Inbox, Inboxes, Message, Piece
from pipeline.store.leases import LEASE
from pipeline.store.named import keep_named
from pipeline.store.states import MessageState

TRIES = 3
"""How often a run reaches for an inbox that does not answer, before it leaves it to the next."""
_PAUSE = 2.0
"""Seconds before the second try; twice as long before each further one."""
_UNPACK_SECONDS = 300.0
_HEADERS_SECONDS = 60.0


class Busy(DeskError):
    """Another run has the inbox just now."""

    kind = "busy"


@dataclass(frozen=True, slots=True)
class Means:
    """What collecting works with. `pool` is called only when there is something to look into."""

    inboxes: Inboxes
    runs: InboxRuns
    blobs: BlobStore
    pool: Callable[[], Pool]
    scratch: Path
    most_bytes: int
    owner: str


def collect(
    means: Means, inbox: Inbox, cause: str, since: date | None = None, wait: bool = False
) -> str:
    """Run an inbox once; returns the run's id, whose letters workers then bring to their end.

    With `wait`, wait for another run of it to end; else raises Busy. Raises what kept the inbox
    from being used, after it is noted with the inbox and with the run.
    """
    run = means.runs.begin(inbox.id, cause)
    lease = f"{means.owner}|{run}"
    try:
        _take(means, inbox, lease, wait)
    except Busy:
        means.runs.skipped(run)
        raise
    counts: Counter[str] = Counter()
    try:
        with _kept(means.inboxes, inbox.id, lease):
            means.runs.abandoned(inbox.id, run)
            log("inbox begins", inbox=inbox.id, run=run, cause=cause)
            _look_through(means, inbox, run, since, counts)
    except DeskError as reason:
        means.inboxes.failing(inbox.id, reason)
        if counts["stored"]:  # what it brought before is worked on, and its report tells the rest
            means.runs.collected(run, dict(+counts))
        else:
            means.runs.failed(run, reason, dict(+counts))
        log("inbox failed", inbox=inbox.id, run=run, kind=reason.kind)
        raise
    finally:
        means.inboxes.let_go(lease)
    means.inboxes.well(inbox.id)
    means.runs.collected(run, dict(+counts))
    log("inbox ends", inbox=inbox.id, run=run, **counts)
    return run


def _take(means: Means, inbox: Inbox, lease: str, wait: bool) -> None:
    from pipeline.queue import free_dead_inboxes

    free_dead_inboxes(means.inboxes.database, means.scratch)
    while not means.inboxes.take(inbox.id, lease):
        if not wait:
            raise Busy(
                f"Another run of the inbox {inbox.name} is under way",
                "Wait for it, or add --wait.",
            )
        time.sleep(1.0)
        free_dead_inboxes(means.inboxes.database, means.scratch)


@contextlib.contextmanager
def _kept(inboxes: Inboxes, source: str, lease: str) -> Iterator[None]:
    """Lengthen the lease again and again while the block runs."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(LEASE.total_seconds() / 4):
            with contextlib.suppress(StoreError):
                inboxes.take(source, lease)

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _look_through(
    means: Means, inbox: Inbox, run: str, since: date | None, counts: Counter[str]
) -> None:
    """List and fetch, reaching for the inbox again where the connection is cut."""
    tried = 0
    cut: set[int] = set()
    while True:
        before = counts["stored"]
        try:
            _Look(means, inbox, run, counts, cut).through(since)
            return
        except SourceDown:
            # Whoever got further than before has a connection that is worth trying again.
            tried = 1 if counts["stored"] > before else tried + 1
            if tried >= TRIES:
                raise
            counts["reconnected"] += 1
            time.sleep(_PAUSE * 2 ** (tried - 1))


class _Look:
    """One opened inbox."""

    def __init__(
        self, means: Means, inbox: Inbox, run: str, counts: Counter[str], cut: set[int]
    ) -> None:
        self._means = means
        self._inbox = inbox
        self._run = run
        self._counts = counts
        self._cut = cut

    def through(self, since: date | None) -> None:
        source = open_source(self._inbox.kind, self._inbox.settings, self)
        try:
            self._acknowledge_stored(source)
            for listed in source.new(self, since):
                self._note(listed)
            scratch = claim_new(self._means.scratch, "intake-")
            try:
                for message in self._means.inboxes.due(self._inbox.id):
                    self._bring_in(source, message, scratch.path)
            finally:
                scratch.release()
        finally:
            source.close()

    # --- what sources ask for -------------------------------------------------------------------

    def known(self, keys: Sequence[str]) -> set[str]:
        return self._means.inboxes.known(self._inbox.id, keys)

    def last(self, prefix: str) -> str | None:
        return self._means.inboxes.last(self._inbox.id, prefix)

    def envelopes(self, headers: Sequence[bytes]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = self._means.pool().call(
            "envelopes", list(headers), seconds=_HEADERS_SECONDS
        )
        return found

    # --- the steps ------------------------------------------------------------------------------

    def _acknowledge_stored(self, source: Source) -> None:
        for message in self._means.inboxes.unacknowledged(self._inbox.id):
            self._acknowledge(source, message)

    def _acknowledge(self, source: Source, message: Message) -> None:
        source.acknowledge(message.key)
        self._means.inboxes.acknowledged(message.id)

    def _note(self, listed: Sequence[Listed]) -> None:
        noted = self._means.inboxes.note(self._inbox.id, self._run, listed)
        self._counts["seen"] += len(listed)
        for name, number in noted.items():
            self._counts[name] += number

    def _bring_in(self, source: Source, message: Message, scratch: Path) -> None:
        inboxes = self._means.inboxes
        try:
            state = self._stored(source, message, scratch)
        except SourceDown as trouble:
            if message.id in self._cut:  # perhaps it is this very mail that its server chokes on
                inboxes.put_off(message.id, self._run, trouble)
            self._cut.add(message.id)
            raise
        except Unreadable as reason:
            if isinstance(reason, UnforeseenFault):
                fault("unpacking", reason, run=self._run, message=message.id)
            if reason.passing and inboxes.put_off(message.id, self._run, reason):
                self._counts["put_off"] += 1
                return
            inboxes.fail(message.id, self._run, reason)
            self._counts["failed"] += 1
            log("message failed", run=self._run, message=message.id, kind=reason.kind)
            return
        self._counts[state.value] += 1
        if state is MessageState.STORED:
            self._acknowledge(source, message)

    def _keep_named(self, stored: Stored, put_anew: Callable[[], object]) -> None:
        keep_named(self._means.inboxes.database, self._means.blobs, stored, put_anew)

    def _stored(self, source: Source, message: Message, scratch: Path) -> MessageState:
        """Bytes, pieces, rows; in this order."""
        means = self._means
        received = scratch / "received"
        received.unlink(missing_ok=True)  # a fetch that was cut off
        source.fetch(message.key, received, means.most_bytes)
        raw = means.blobs.put(received, means.most_bytes)
        found: list[dict[str, Any]] = means.pool().call(
            "unpack", means.blobs.read(raw.sha256), message.name, seconds=_UNPACK_SECONDS
        )
        pieces = [
            Piece(
                each["name"],
                None if each["rule"] or each["error"]
                else means.blobs.put_bytes(each["data"]) if each["data"] else raw,
                each["rule"][0] if each["rule"] else None,
                tuple(each["error"]) if each["error"] else None,
            )
            for each in found
        ]  # fmt: skip
        state = means.inboxes.store(message.id, self._run, raw, pieces)
        self._keep_named(raw, lambda: means.blobs.put(received, means.most_bytes, anew=True))
        for each, piece in zip(found, pieces, strict=True):
            if piece.stored is not None and each["data"]:
                self._keep_named(piece.stored, partial(means.blobs.put_bytes, each["data"], True))
        received.unlink()
        log("message", run=self._run, message=message.id, state=state, pieces=len(pieces))
        return state
