"""Faults that pass: a full disk, one that cannot be written, a database that goes away, clocks that
jump, files that rot, two versions on one database. After each the next run goes on, all is whole.

`make chaos` kills each operation at random; here the faults are made on purpose, and quickly.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import operations
import pytest
from operations import LETTERS, build, integrity, process, settings_of, whole
from postgres_server import postgres_server
from sqlalchemy import select, text

from models.errors import DeskError, StoreError
from pipeline.batch import open_blobs, open_store
from pipeline.home import Home, load_settings
from pipeline.store import keys, schema
from pipeline.store.database import open_database
from pipeline.store.schema import DocumentRow
from pipeline.store.states import State


@pytest.fixture(autouse=True)
def _no_key_afterwards() -> Iterator[None]:
    yield
    keys.use(None)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None or not sys.platform.startswith("linux"):
        pytest.skip("a disk can be mounted by root alone")
    if mount("-t", "tmpfs", "-o", "size=900k", "none", place) != 0:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def mount(*words: str | Path) -> int:
    return subprocess.run(["mount", *map(str, words)], check=False, capture_output=True).returncode


@pytest.mark.parametrize("sealed", [False, True])
def test_a_full_disk_is_told_and_the_next_run_goes_on(disk: Path, sealed: bool) -> None:
    folder = disk / "x"
    build(folder, sealed, done=False)
    fd = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(fd, b"x" * 4096):
            pass
    os.close(fd)
    with pytest.raises(DeskError, match=r"full|written"):
        process(folder)
    (disk / "filler").unlink(missing_ok=True)
    assert mount("-o", "remount,size=50m", disk) == 0
    process(folder)
    assert list(whole(folder)) == []


def test_a_disk_that_cannot_be_written_is_told_and_the_next_run_goes_on(disk: Path) -> None:
    folder = disk / "x"
    assert mount("-o", "remount,size=50m", disk) == 0
    build(folder, sealed=False, done=False)
    assert mount("-o", "remount,ro", disk) == 0
    with pytest.raises(DeskError, match="cannot be written"):
        process(folder)
    assert mount("-o", "remount,rw", disk) == 0
    process(folder)
    assert list(whole(folder)) == []


@pytest.mark.parametrize("sealed", [False, True])
def test_a_letter_that_rots_on_the_disk_is_noticed_and_set_aside(
    tmp_path: Path, sealed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "x"
    build(folder, sealed, done=False)
    monkeypatch.setattr(operations.Desk, "read", lambda self, item: None)
    for step in ("extract", "route", "write"):
        monkeypatch.setattr(operations.Desk, step, lambda self, item: None)
    process(folder)
    monkeypatch.undo()
    settings = settings_of(folder)
    with open_store(settings) as database:
        blobs = open_blobs(settings)
        sha256 = sorted(blobs.place.all())[0]
        path = blobs.path(sha256)
        rotten = bytearray(path.read_bytes())
        rotten[len(rotten) // 2] ^= 4
        path.write_bytes(rotten)
        assert [fault.partition(" (")[2] for fault in integrity(settings, database)] == [
            "BlobChanged)"
        ]
    process_known(folder)
    with open_store(settings) as database, database.reading() as session:
        rows = {row.sha256: row for row in session.scalars(select(DocumentRow))}
        assert rows[sha256].state == State.QUARANTINED
        assert "changed on the disk" in (rows[sha256].error_message or "")
        assert [row.state for key, row in rows.items() if key != sha256] == [State.WRITTEN] * 3
    (folder / "home" / "blobs" / sha256[:2] / sha256[2:4] / sha256).unlink()
    process(folder)  # sent again
    assert list(whole(folder)) == []


def process_known(folder: Path) -> None:
    """Work on what is stored, as after a restart, without taking letters in again."""
    settings = settings_of(folder)
    pool = operations.Pool()
    operations.fake_jobs._notify[:] = [lambda *_: None]
    with open_store(settings) as database:
        packets = operations.Packets(settings.packet_folder, pool)  # type: ignore[arg-type]
        tools = operations.Tools(
            operations.Documents(database), operations.Cases(database), open_blobs(settings),
            packets, pool,  # type: ignore[arg-type]
        )  # fmt: skip
        desk = operations.Desk(
            tools, "queue", (), operations.TODAY, operations.Nobody(), 1 << 20, 30.0
        )
        with database.reading() as session:
            known = session.scalars(select(DocumentRow.sha256)).all()
        for at, sha256 in enumerate(known):
            desk.adopt(at, sha256)
            for step in (desk.read, desk.extract, desk.route, desk.write):
                step(at)
        packets.close()


@pytest.mark.parametrize("jump", [timedelta(days=-3650), timedelta(days=3650)])
def test_a_clock_that_jumps_loses_nothing(
    tmp_path: Path, jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "x"
    build(folder, sealed=False, done=False)
    count = iter(range(1_000_000))

    def now() -> datetime:
        return datetime.now(UTC) + (jump if next(count) % 2 else timedelta())

    monkeypatch.setattr(schema, "now", now)
    monkeypatch.setattr("pipeline.store.documents.now", now)
    process(folder)
    assert list(whole(folder)) == []


def test_two_versions_on_one_database_are_refused_in_plain_words(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    build(folder, sealed=False, done=True)
    settings = settings_of(folder)
    with open_store(settings) as database, database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="another version of Denial Desk") as told:
        open_database(settings.database_url)
    assert "newer" in told.value.mend
    raw = open_database.__globals__["create_engine"](settings.database_url)
    with raw.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"),
                           {"v": open_database.__globals__["HEAD"]})  # fmt: skip
    raw.dispose()
    assert list(whole(folder)) == []


def test_postgresql_that_goes_and_comes_back_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "x"
    (folder / "letters").mkdir(parents=True)
    for at in range(LETTERS):
        (folder / "letters" / f"{at}.txt").write_text(f"pages 1\npayer Plan {at}")
    with postgres_server() as url:
        env = {"DENIALDESK_DATABASE_URL": url, "DENIALDESK_TODAY": "2026-09-21"}
        settings = load_settings(Home(folder / "home"), env)
        monkeypatch.setattr(operations, "settings_of", lambda _: settings)
        open_database(url).close()
        over = threading.Event()

        def cut() -> None:
            other = open_database(url)
            while not over.wait(0.15):
                with other.engine.begin() as connection:
                    connection.execute(text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                    ))  # fmt: skip
            other.close()

        cutting = threading.Thread(target=cut)
        cutting.start()
        told = []
        ends = time.monotonic() + 4
        while time.monotonic() < ends:
            try:
                process(folder)
            except DeskError as trouble:
                told.append(trouble.message)
        over.set()
        cutting.join()
        process(folder)
        assert told, "the connection was never cut"
        assert list(whole(folder)) == []
