"""What only reads waits for no writer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event, text
from test_working import fill

from pipeline.home import Home, Settings
from pipeline.operations.health import health
from pipeline.operations.metrics import metrics
from pipeline.queue import Queue, free_dead_inboxes
from pipeline.store.cases import Cases
from pipeline.store.database import open_database
from pipeline.store.documents import Documents
from pipeline.store.entries import Entries
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.inboxes import Inboxes


def test_reads_wait_for_no_writer(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    settings = Settings(home, f"sqlite:///{home.database_file}")
    database = open_database(settings.database_url)
    (only,) = fill(database, 1)
    inboxes, runs, queue = Inboxes(database), InboxRuns(database), Queue(database, "a/b", tmp_path)
    inbox = inboxes.add("fax", "folder", {}, None)
    run = runs.begin(inbox.id, "by_hand")
    begun: list[str] = []
    event.listen(
        database.engine, "before_cursor_execute",
        lambda _c, _cursor, statement, *_: begun.append(statement),
    )  # fmt: skip
    reads: list[Callable[[], object]] = [
        inboxes.all, lambda: inboxes.one("fax"), lambda: inboxes.known(inbox.id, ["k"]),
        lambda: inboxes.last(inbox.id, "k"), lambda: inboxes.due(inbox.id),
        lambda: inboxes.unacknowledged(inbox.id), inboxes.messages, runs.all,
        lambda: runs.one(run), lambda: runs.working(inbox.id), lambda: runs.last_begun(inbox.id),
        lambda: runs.close_finished(settings.day()), queue.waiting, queue.free_dead,
        lambda: queue.pause_after(only), lambda: free_dead_inboxes(database, tmp_path),
        lambda: metrics(database), lambda: health(settings, database), Cases(database).all,
        lambda: Cases(database).of(only), lambda: Documents(database).state(only),
        lambda: Documents(database).source(only), lambda: Entries(database).of("x"),
        lambda: Entries(database).of_all(["x"]),
    ]  # fmt: skip
    started = time.monotonic()
    with database.session() as writer:
        writer.execute(text("SELECT 1"))  # it holds the write lock from its first statement on
        for read in reads:
            read()
    assert time.monotonic() - started < 30  # a wait for the lock would be 60 seconds, and fail
    assert begun.count("BEGIN IMMEDIATE") == 1
    database.close()
