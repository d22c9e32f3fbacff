"""Exactly once, whatever happens: leases, take-over, killed commands, poison letters."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from desk_calls import Run, clean_env, command
from postgres_server import postgres_server
from real_servers import letter, until
from sqlalchemy import select, update

from pipeline.owner import is_dead, owner
from pipeline.queue import MOST_TAKEOVERS, Queue
from pipeline.store.blobs import Stored
from pipeline.store.database import Database, open_database
from pipeline.store.inbox_tables import PieceRow
from pipeline.store.inboxes import queue_document
from pipeline.store.schema import CaseRow, DocumentRow, now
from pipeline.store.states import MESSAGE_MOVES, MOVES, RUN_MOVES


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    else:
        opened = open_database(request.getfixturevalue("postgres"))
        with opened.session() as session:
            session.execute(DocumentRow.__table__.delete())  # type: ignore[attr-defined]
    yield opened
    opened.close()


def sha(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def fill(database: Database, count: int) -> list[str]:
    with database.session() as session:
        for number in range(count):
            assert queue_document(session, f"{number}.pdf", Stored(sha(number), 10))
            assert not queue_document(session, f"{number}.pdf", Stored(sha(number), 10))
    return [sha(number) for number in range(count)]


def test_no_letter_is_claimed_twice(database: Database, tmp_path: Path) -> None:
    wanted = fill(database, 60)
    start = threading.Barrier(6)

    def claim_all(number: int) -> list[str]:
        queue = Queue(database, f"machine{number}/owner-{number}", tmp_path)
        start.wait()
        found = []
        while (sha256 := queue.claim()) is not None:
            found.append(sha256)
        return found

    with ThreadPoolExecutor(6) as threads:
        claimed = [sha256 for part in threads.map(claim_all, range(6)) for sha256 in part]
    assert sorted(claimed) == sorted(wanted)


def test_a_lease_that_ran_out_is_taken_over_and_counted(database: Database, tmp_path: Path) -> None:
    (only,) = fill(database, 1)
    for number in range(MOST_TAKEOVERS):
        queue = Queue(database, f"machine{number}/owner-{number}", tmp_path)
        assert queue.claim() == only
        assert Queue(database, "other/owner-1", tmp_path).claim() is None
        queue.keep([only])
        _run_out(database)
    assert Queue(database, "last/owner-1", tmp_path).claim() is None
    with database.session() as session:
        row = session.get_one(DocumentRow, only)
        assert row.state == "quarantined"
        assert "workers in a row" in (row.error_message or "")


def _run_out(database: Database) -> None:
    with database.session() as session:
        session.execute(update(DocumentRow).values(lease_until=now() - timedelta(seconds=1)))


def test_what_is_given_back_may_be_put_off(database: Database, tmp_path: Path) -> None:
    (only,) = fill(database, 1)
    queue = Queue(database, "a/owner-1", tmp_path)
    assert queue.claim() == only
    queue.give_back(only, timedelta(hours=1))
    assert queue.claim() is None
    assert queue.waiting().put_off == 1
    queue.give_back(only)  # no longer ours: changes nothing
    assert queue.claim() is None


def test_a_dead_owner_is_known_at_once(tmp_path: Path) -> None:
    with owner(tmp_path) as name:
        assert not is_dead(name, tmp_path)
    assert is_dead(name, tmp_path)
    assert not is_dead("elsewhere/owner-1", tmp_path)
    code = (
        "import sys, time; from pathlib import Path; from pipeline.owner import owner\n"
        "with owner(Path(sys.argv[1])) as name: print(name, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        theirs = process.stdout.readline().strip()
        assert not is_dead(theirs, tmp_path)
        process.kill()
        process.wait()
    assert is_dead(theirs, tmp_path)
    assert is_dead(f"{theirs}|run", tmp_path)


def test_the_documents_table_of_states_is_the_codes() -> None:
    told = (Path(__file__).parents[2] / "docs" / "inboxes.md").read_text()
    for moves in (MOVES, MESSAGE_MOVES, RUN_MOVES):
        for state, to in moves.items():
            words = ", ".join(sorted(to)) or "–"
            assert f"| {state} | {words} |" in told, state


# --- as a user does ---------------------------------------------------------------------------


def drop(folder: Path, count: int, **orders: str) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        path = folder / f"{number}.txt"
        path.write_bytes(letter(number, **orders))
        os.utime(path, (time.time() - 86400,) * 2)


def result(home: Path) -> tuple[dict[str, str], int, int]:
    """Packets by path and content, documents written, pieces stored."""
    packets = {
        str(path.relative_to(home / "packets")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "packets").rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    database = open_database(f"sqlite:///{home / 'denialdesk.db'}")
    with database.session() as session:
        written = session.scalars(select(DocumentRow.state)).all()
        stored = session.scalars(select(PieceRow.id).where(PieceRow.state == "stored")).all()
        assert len(session.scalars(select(CaseRow.id)).all()) == len(written)
    database.close()
    return packets, sum(state == "written" for state in written), len(stored)


def add(desk: Run, folder: Path, *more: str) -> None:
    added = desk("inbox", "add", "folder", folder, "--still", "0.1", "--name", "fax", *more)
    assert added.returncode == 0, added.stderr


def kill_at_random(home: Path, seed: int, kills: int, end: Callable[[], bool]) -> int:
    """Start `inbox run`, kill it with all it started at a random moment, again and again."""
    dice = random.Random(seed)
    done = 0
    while done < kills and not end():
        process = subprocess.Popen(
            [*command(), "inbox", "run", "fax"], env=clean_env(home), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(dice.uniform(0.4, 4.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
    return done


@pytest.mark.timeout(900)
def test_killed_at_random_moments_every_letter_comes_out_once(desk: Run, tmp_path: Path) -> None:
    count = 16
    drop(tmp_path / "in", count, slow="0.3")
    add(desk, tmp_path / "in")
    killed = kill_at_random(tmp_path / "home", 7, 6, lambda: False)
    assert killed == 6
    ended = desk("inbox", "run", "fax")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    packets, written, stored = result(tmp_path / "home")
    assert (written, stored) == (count, count)
    assert len(list((tmp_path / "in" / "done").iterdir())) == count
    drop(tmp_path / "calm-in", count, slow="0.3")
    calm = clean_env(tmp_path / "calm")
    for call in (
        ["inbox", "add", "folder", str(tmp_path / "calm-in"), "--name", "fax", "--still", "0.1"],
        ["inbox", "run", "fax"],
    ):
        done = subprocess.run(
            [*command(), *call], env=calm, capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert packets == result(tmp_path / "calm")[0]


def test_poison_is_set_aside_after_three_tries_and_may_be_tried_again(
    desk: Run, tmp_path: Path
) -> None:
    drop(tmp_path / "in", 2)
    poison = tmp_path / "in" / "poison.txt"
    poison.write_text("pages 1\nkilled\n")
    add(desk, tmp_path / "in")
    ended = desk("inbox", "run", "fax")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "1 quarantined" in ended.stdout
    again = desk("inbox", "retry", "fax")
    assert again.stdout.startswith("1 to be tried again"), again.stdout + again.stderr
    worked = desk("worker", "--until-empty")
    assert worked.returncode == 0, worked.stderr


def test_two_commands_on_one_inbox_do_nothing_twice(desk: Run, tmp_path: Path) -> None:
    drop(tmp_path / "in", 12, slow="0.1")
    add(desk, tmp_path / "in")
    call = [*command(), "inbox", "run", "fax", "--wait"]
    both = [
        subprocess.Popen(call, env=clean_env(tmp_path / "home"), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, out + err
    _, written, stored = result(tmp_path / "home")
    assert (written, stored) == (12, 12)


def test_a_dead_workers_letters_are_taken_over_by_a_living_one(desk: Run, tmp_path: Path) -> None:
    drop(tmp_path / "in", 4, slow="3")
    add(desk, tmp_path / "in")
    collected = desk("inbox", "run", "fax", "--collect-only")
    assert collected.returncode == 0, collected.stderr
    home = tmp_path / "home"
    worker = subprocess.Popen([*command(), "worker"], env=clean_env(home))
    database = open_database(f"sqlite:///{home / 'denialdesk.db'}")
    try:
        until(lambda: Queue(database, "x/owner-x", home / "tmp").waiting().in_hand > 0)
        worker.kill()
        worker.wait()
        done = desk("worker", "--until-empty")
        assert done.returncode == 0, done.stderr
    finally:
        worker.kill()
        database.close()
    assert result(home)[1] == 4
    reports = desk("inbox", "runs", "fax", "--csv").stdout.splitlines()
    assert len(reports) == 2
    assert ",done," in reports[1]
