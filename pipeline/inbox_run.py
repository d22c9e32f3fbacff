"""One run of an inbox from end to end, for `denialdesk inbox run` and for schedules: collect, and
where asked, work on what came until its report stands."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from models.errors import DeskError, StoreError
from pipeline.batch import open_blobs, open_store, worker_pool
from pipeline.collecting import Means, collect
from pipeline.home import Settings
from pipeline.isolation.pool import Pool
from pipeline.notices import send_report
from pipeline.owner import owner
from pipeline.store.database import Database
from pipeline.store.inbox_runs import InboxRun, InboxRuns
from pipeline.store.inboxes import Inbox, Inboxes
from pipeline.store.states import RunState
from pipeline.working import Worker, make_workshop

_PATIENCE = 30.0
"""Seconds for which a database that is away or a full disk is waited for: someone waits for us."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to do. `work`: also bring its letters to their end here; else workers do."""

    inbox: str
    cause: str = "by_hand"
    since: date | None = None
    wait: bool = False
    work: bool = True


def run_inbox(settings: Settings, wanted: Wanted) -> InboxRun:
    """Run an inbox. Raises what kept it from being used; what came before that is kept."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(open_store(settings))
        name = stack.enter_context(owner(settings.home.tmp))
        started: list[Pool] = []

        def pool() -> Pool:
            """Worker processes, started once something is there to look into."""
            if not started:
                started.append(stack.enter_context(worker_pool(settings)))
            return started[0]

        inbox = Inboxes(database).one(wanted.inbox)
        trouble: DeskError | None = None
        try:
            run = collect(
                means(settings, database, pool, name), inbox, wanted.cause, wanted.since,
                wanted.wait,
            )  # fmt: skip
        except DeskError as reason:
            trouble = reason
            if isinstance(
                reason, StoreError
            ):  # no letter will fare better now; the next run goes on
                raise
            left = _last_working(database, inbox)
            if left is None:
                raise
            run = left
        runs = InboxRuns(database)
        for closed in runs.close_finished(settings.day()):
            send_report(settings, database, closed)
        if wanted.work and runs.working(inbox.id):
            work_until_done(settings, database, pool(), name, inbox.id)
        if trouble is not None:
            raise trouble
        return runs.one(run)


def means(settings: Settings, database: Database, pool: Callable[[], Pool], name: str) -> Means:
    """What collecting needs, for these settings."""
    blobs = open_blobs(settings)
    blobs.sweep()
    return Means(
        Inboxes(database), InboxRuns(database), blobs, pool, settings.home.tmp,
        settings.file_mb << 20, name,
    )  # fmt: skip


def work_until_done(
    settings: Settings, database: Database, pool: Pool, name: str, source: str
) -> None:
    """Work on the queue, together with whoever else does, until the reports on all runs of an
    inbox stand, also those that a killed command left."""
    shop = make_workshop(settings, database, pool, name)
    runs = InboxRuns(database)
    looked = 0.0

    def is_done() -> bool:
        nonlocal looked
        if time.monotonic() - looked < 0.5:
            return False
        looked = time.monotonic()
        for closed in runs.close_finished(settings.day()):
            send_report(settings, database, closed)
        return not runs.working(source)

    try:
        Worker(
            shop, pool.size, lambda run: send_report(settings, database, run), _PATIENCE
        ).run(is_done)  # fmt: skip
    finally:
        shop.tools.packets.close()


def _last_working(database: Database, inbox: Inbox) -> str | None:
    """The run that failed midway, if it brought something."""
    newest = InboxRuns(database).all(inbox.id, limit=1)
    return newest[0].id if newest and newest[0].state is RunState.WORKING else None
