"""What happens to a machine: its database restarts under load, its disk fills, its clock jumps."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk_calls import Run, clean_env, command
from postgres_server import postgres
from real_servers import until
from sqlalchemy import func, select, update
from test_working import add, drop, fill, result

from models.errors import StoreError
from pipeline.queue import Queue
from pipeline.store.database import Database, open_database
from pipeline.store.documents import Documents
from pipeline.store.inboxes import Inboxes
from pipeline.store.schema import CaseRow, DocumentRow, now
from pipeline.store.states import State

MB = 1 << 20


@pytest.mark.timeout(600)
def test_a_database_that_restarts_under_load_costs_nothing(desk: Run, tmp_path: Path) -> None:
    """Two workers at work while PostgreSQL is killed and started again."""
    count = 16
    drop(tmp_path / "in", count, slow="0.3")
    with postgres() as server:
        more = {"DENIALDESK_DATABASE_URL": server.url, "DENIALDESK_WORKERS": "1"}
        for call in (
            ["inbox", "add", "folder", str(tmp_path / "in"), "--name", "fax", "--still", "0.1"],
            ["inbox", "run", "fax", "--collect-only"],
        ):
            done = desk(*call, **more)
            assert done.returncode == 0, done.stdout + done.stderr
        database = open_database(server.url)
        workers = [
            subprocess.Popen([*command(), "worker"], env=clean_env(tmp_path / "home", **more),
                             stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]  # fmt: skip
        try:
            until(lambda: written(database) >= 4, 240)
            assert written(database) < count
            server.stop()
            with pytest.raises(StoreError) as caught:
                written(database)
            assert caught.value.mend
            time.sleep(1)
            server.start()
            until(lambda: written(database) == count, 240)
            assert all(worker.poll() is None for worker in workers)
            for worker in workers:
                worker.terminate()
                _, err = worker.communicate(timeout=120)
                assert worker.returncode == 0, err
                assert "Traceback" not in err
            with database.reading() as session:
                assert session.scalar(select(func.count()).select_from(CaseRow)) == count
        finally:
            for worker in workers:
                worker.kill()
            database.close()


def written(database: Database) -> int:
    with database.reading() as session:
        wanted = select(func.count()).where(DocumentRow.state == State.WRITTEN)
        return session.scalar(wanted) or 0


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A file system of its own, of so many megabytes. Skips where none may be mounted."""
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system to fill")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no small file system can be mounted here: {made.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_disk_that_is_full_stops_intake_and_loses_nothing(desk: Run, tmp_path: Path) -> None:
    """A real disk of few megabytes, filled by the letters themselves; then it is made larger."""
    drop(tmp_path / "in", 6)
    for number in range(6):  # 1.5 MB each, the rest of it blank
        path = tmp_path / "in" / f"{number}.txt"
        path.write_bytes(path.read_bytes() + b"\nfill %d" % number + b" " * (MB + MB // 2))
        os.utime(path, (time.time() - 86400,) * 2)
    with small_disk(tmp_path / "home", 7):
        add(desk, tmp_path / "in")
        full = desk("inbox", "run", "fax")
        assert full.returncode == 1, full.stdout + full.stderr
        assert "disk is full" in full.stderr
        assert "Traceback" not in full.stderr
        left = len(list((tmp_path / "in").glob("*.txt")))
        assert 0 < left <= 6  # what is not stored is not acknowledged
        listed = desk("inbox", "list")
        assert listed.returncode == 0, listed.stderr
        subprocess.run(["mount", "-o", "remount,size=200m", str(tmp_path / "home")], check=True)
        ended = desk("inbox", "run", "fax")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        packets, documents, stored = result(tmp_path / "home")
        assert (documents, stored) == (6, 6)
        assert packets
        assert len(list((tmp_path / "in" / "done").iterdir())) == 6


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    yield opened
    opened.close()


def at(monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    """Set the clock by which leases are judged."""
    monkeypatch.setattr("pipeline.store.leases.now", lambda: now() + jump)


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(hours=-30)])
def test_a_clock_that_jumps_leaves_no_letter_behind_and_does_none_twice(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    one, other = fill(database, 2)
    living = Queue(database, "a/owner-1", tmp_path)
    assert living.claim() == one
    living.give_back(one, timedelta(seconds=32))  # put off after a passing fault
    assert living.claim() == other
    at(monkeypatch, jump)
    second = Queue(database, "b/owner-2", tmp_path)
    claimed = {second.claim(), second.claim()}
    assert claimed == {one, other}  # the one in hand as well: its lease is no lease of this clock
    assert second.claim() is None
    documents = Documents(database)
    reading = (b"x", 1, "text/plain", ())
    assert documents.save_reading(other, *reading)
    assert not documents.save_reading(other, *reading)  # whoever had it before comes too late
    second.keep([one, other])
    assert living.claim() is None
    at(monkeypatch, timedelta())  # and back again
    assert living.claim() == other


def test_a_living_worker_keeps_its_letter_over_a_jump(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (only,) = fill(database, 1)
    living = Queue(database, "a/owner-1", tmp_path)
    assert living.claim() == only
    at(monkeypatch, timedelta(hours=-30))
    living.keep([only])  # as it does every few seconds
    assert Queue(database, "b/owner-2", tmp_path).claim() is None
    assert living.waiting().in_hand == 1


def test_runs_of_a_clock_that_was_ahead_stop_no_schedule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.home import Home
    from pipeline.inbox_flow import needless
    from pipeline.store.inbox_runs import InboxRuns
    from pipeline.store.inbox_tables import InboxRunRow

    monkeypatch.setenv("DENIALDESK_HOME", str(tmp_path))
    home = Home(tmp_path)
    home.prepare()
    opened = open_database(f"sqlite:///{home.database_file}")
    inbox = Inboxes(opened).add("fax", "folder", {}, {"every": 300, "zone": "UTC"})
    InboxRuns(opened).begin(inbox.id, "schedule")
    with opened.session() as session:
        session.execute(update(InboxRunRow).values(started_at=now() + timedelta(days=400)))
    assert needless(inbox.id, "schedule", datetime.now().astimezone()) == ""
    opened.close()
