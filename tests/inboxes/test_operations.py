"""Health, metrics, reports that are sent, backup and restore, deletion, schedules."""

from __future__ import annotations

import json
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from desk_calls import Run
from postgres_server import postgres_server
from real_servers import free_port, letter, mail
from sqlalchemy import select, update
from test_working import add, drop

from models.errors import UsageError
from pipeline import stages
from pipeline.home import Home, Settings
from pipeline.operations.backup import backup, restore
from pipeline.operations.health import health
from pipeline.operations.metrics import metrics
from pipeline.operations.purge import purge
from pipeline.schedules import due_since, make_schedule, next_after, spelled
from pipeline.store.blobs import BlobStore
from pipeline.store.cases import Cases
from pipeline.store.database import Database, open_database
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.inbox_tables import MessageRow
from pipeline.store.inboxes import Inboxes
from pipeline.store.listing import WORDS, Filters, Listing
from pipeline.store.review_tables import (
    CorrectionRow,
    MachineRow,
    NoteRow,
    PageImageRow,
    SendingRow,
    UserRow,
)
from pipeline.store.schema import DocumentRow, now
from pipeline.store.schema import Table as Base


def filled(desk: Run, tmp_path: Path, *more: str) -> Settings:
    """A home into which an inbox with four letters, a broken file and a mail was emptied."""
    drop(tmp_path / "in", 4)
    (tmp_path / "in" / "x.zip").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "in" / "m.eml").write_bytes(mail("Pat Example", files={"a.txt": letter(77)}))
    add(desk, tmp_path / "in", *more)
    ended = desk("inbox", "run", "fax")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    home = Home(tmp_path / "home")
    return Settings(home, f"sqlite:///{home.database_file}")


def test_health_and_metrics_tell_and_name_nobody(desk: Run, tmp_path: Path) -> None:
    settings = filled(desk, tmp_path)
    database = open_database(settings.database_url)
    found = health(settings, database)
    assert found.well, found.checks
    told = metrics(database)
    assert 'denialdesk_documents{state="written"} 5' in told
    assert 'denialdesk_inbox_messages{inbox="fax",state="failed"} 1' in told
    assert 'denialdesk_queue_letters{place="ready"} 0' in told
    assert "Example" not in told
    for line in told.splitlines():
        assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2
    (settings.home.blobs).rename(tmp_path / "away")
    sick = health(settings, database)
    assert (sick.status, sick.checks["blobs"]) == (503, "not there")
    database.close()


def test_faults_of_steps_are_counted_by_kind() -> None:
    stages.failed("read", "damaged")
    with stages.timed("write"):
        pass
    told = stages.told()
    assert 'denialdesk_stage_failures_total{reason="damaged",stage="read"}' in told
    assert 'denialdesk_stage_seconds_bucket{le="0.01",stage="write"}' in told
    assert "_created" not in told


def test_processes_that_share_a_folder_tell_the_steps_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(stages.SHARED, "")  # and is as it was afterwards
    stages.share(tmp_path / "stages")
    code = (
        "from pipeline import stages\n"
        "with stages.timed('write'): pass\n"
        "stages.failed('read', 'damaged')\n"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], check=True)
    told = stages.told()
    assert 'denialdesk_stage_seconds_count{stage="write"} 2.0' in told
    assert 'denialdesk_stage_failures_total{reason="damaged",stage="read"} 2.0' in told


def reviewed(settings: Settings, database: Database) -> str:
    """Have a person correct, remark on and send a case; returns the proof's SHA-256."""
    case = Cases(database).all()[0].id
    proof = settings.home.tmp / "proof.txt"
    proof.write_text("fax report: 7 pages, ok")
    blob = BlobStore(settings.blob_folder).put(proof, 1 << 20).sha256
    with database.session() as session:
        session.add(CorrectionRow(case_id=case, key="drug", action="set", value="Ocrevus",
                                  before=None, who="kim"))  # fmt: skip
        session.add(MachineRow(case_id=case, fields={"drug": {"value": None}}))
        session.add(NoteRow(case_id=case, who="kim", text="Called the plan @lee", mentions=["lee"]))
        session.add(SendingRow(case_id=case, who="kim", how="fax", sent_on=date(2026, 9, 21),
                               proof=blob, proof_name="report.txt"))  # fmt: skip
        session.add(UserRow(name="kim", role="reviewer", password="x"))
        session.add(PageImageRow(sha256=Cases(database).all()[0].sha256, page=1, image=b"\x00",
                                 small=b"\xff"))  # fmt: skip
    return blob


def all_rows(database: Database) -> dict[str, list[Any]]:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    with database.reading() as session:
        return {
            name: sorted(map(repr, session.execute(select(table)).all()))
            for name, table in {**tables, "case_words": WORDS}.items()
            if name != "audit"  # it tells of the copy and of the restoration, too
        }


def test_a_copy_taken_while_all_runs_restores_to_the_same(desk: Run, tmp_path: Path) -> None:
    settings = filled(desk, tmp_path)
    old = open_database(settings.database_url)
    proof = reviewed(settings, old)
    target = tmp_path / "copy.zip"
    done = desk("backup", target)
    assert done.returncode == 0, done.stderr
    assert target.stat().st_mode & 0o077 == 0
    assert desk("backup", target).returncode == 2
    back = desk("--home", tmp_path / "new", "restore", target)
    assert back.returncode == 0, back.stderr
    assert desk("--home", tmp_path / "new", "restore", target).returncode == 2
    new = open_database(f"sqlite:///{tmp_path / 'new' / 'denialdesk.db'}")
    assert all_rows(new) == all_rows(old)
    blobs = BlobStore(tmp_path / "new" / "blobs")
    for sha256 in (proof, *(case.sha256 for case in Cases(new).all())):
        assert blobs.path(sha256).exists()
    new.close()
    old.close()
    spoilt = bytearray(target.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0xFF
    (tmp_path / "bad.zip").write_bytes(spoilt[: len(spoilt) - 5])
    bad = desk("--home", tmp_path / "newer", "restore", tmp_path / "bad.zip")
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr


def test_a_copy_of_postgresql_restores_to_the_same(tmp_path: Path, desk: Run) -> None:
    with postgres_server() as url:
        home = Home(tmp_path / "home")
        settings = Settings(home, url)
        drop(tmp_path / "in", 3)
        more = {"DENIALDESK_DATABASE_URL": url}
        for call in (
            ["inbox", "add", "folder", str(tmp_path / "in"), "--name", "fax", "--still", "0.1"],
            ["inbox", "run", "fax"],
        ):
            done = desk(*call, **more)
            assert done.returncode == 0, done.stdout + done.stderr
        database = open_database(url)
        proof = reviewed(settings, database)
        before = all_rows(database)
        empty = {"saved_views", "api_tokens", "sessions", "case_events", "entries", "results",
                 "splits", "runs", "items", "audit", "holds", "doomed", "doomed_packets",
                 "sign_ins",
                 "recovery_codes", "attached_pages"}  # fmt: skip
        assert {name for name, rows in before.items() if not rows} <= empty
        assert len(before["cases"]) == len(before["case_words"]) == 3
        backup(settings, database, tmp_path / "copy.zip")
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        database.close()
        restore(Settings(Home(tmp_path / "new"), url), tmp_path / "copy.zip")
        database = open_database(url)
        assert all_rows(database) == before
        assert BlobStore(tmp_path / "new" / "blobs").path(proof).exists()
        found = Listing(database).page(Filters(q=Cases(database).all()[0].id), date(2026, 9, 21))
        assert len(found) == 1
        with database.session() as session:  # new rows are numbered after those restored
            session.add(NoteRow(case_id=found[0].case_id, who="kim", text="Again"))
        with pytest.raises(UsageError, match="already"):
            restore(Settings(Home(tmp_path / "new"), url), tmp_path / "copy.zip")
        inboxes = Inboxes(database)
        assert [inbox.name for inbox in inboxes.all()] == ["fax"]
        drop(tmp_path / "in", 5)
        again = desk("inbox", "run", "fax", **more)
        assert again.returncode == 0, again.stdout + again.stderr
        assert len(Cases(database).all()) == 5
        database.close()


def test_purge_really_deletes_what_is_old_and_nothing_else(desk: Run, tmp_path: Path) -> None:
    settings = filled(desk, tmp_path)
    database = open_database(settings.database_url)
    cases = Cases(database).all()
    young, old = cases[0], cases[1:]
    long_ago = now() - timedelta(days=800)
    with database.session() as session:
        session.execute(
            update(DocumentRow)
            .where(DocumentRow.sha256 != young.sha256)
            .values(received_at=long_ago)
        )
        session.execute(update(MessageRow).values(first_seen=long_ago))
    done = purge(settings, database, now() - timedelta(days=700))
    assert (done.documents, done.cases) == (len(old), len(old))
    assert [case.id for case in Cases(database).all()] == [young.id]
    blobs = [path.name for path in settings.home.blobs.rglob("*") if path.is_file()]
    assert blobs == [young.sha256]
    packets = [path.name for path in settings.home.packets.iterdir() if path.is_dir()]
    assert [name for name in packets if not name.startswith(".")] == [young.id]
    with database.session() as session:
        names = session.scalars(select(MessageRow.name)).all()
    assert sorted(names)[1:] == ["deleted"] * 5
    database.close()
    raw = settings.home.database_file.read_bytes()
    log = Path(f"{settings.home.database_file}-wal")
    raw += log.read_bytes() if log.exists() else b""
    assert b"m.eml" not in raw
    again = desk("inbox", "run", "fax")  # what was deleted is not fetched anew
    assert "0 new" in again.stdout, again.stdout + again.stderr


# --- reports that are sent ---------------------------------------------------------------------


class _Hook(BaseHTTPRequestHandler):
    posted: list[bytes]

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        type(self).posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()


class _Smtp(socketserver.StreamRequestHandler):
    mails: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                body = b""
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    body += part
                type(self).mails.append(body)
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@contextmanager
def sinks() -> Iterator[tuple[int, int]]:
    _Hook.posted, _Smtp.mails = [], []
    hook = HTTPServer(("127.0.0.1", 0), _Hook)
    smtp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    for server in (hook, smtp):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hook.server_address[1], smtp.server_address[1]
    finally:
        for server in (hook, smtp):
            server.shutdown()
            server.server_close()


def test_a_report_is_posted_and_mailed_once_without_patients_data(
    desk: Run, tmp_path: Path
) -> None:
    with sinks() as (hook, smtp):
        settings = filled(
            desk, tmp_path, "--webhook", f"http://127.0.0.1:{hook}/x",
            "--mail-to", "ops@example.org", "--mail-by", f"127.0.0.1:{smtp}",
        )  # fmt: skip
        desk("inbox", "run", "fax")  # finds nothing: nobody is told
    assert len(_Hook.posted) == len(_Smtp.mails) == 1
    report = json.loads(_Hook.posted[0])["report"]
    assert (report["letters"], report["failed"], report["ignored"]) == (5, 1, 1)
    assert report["cases"] == {"appeal": 5}
    for sent in (*_Hook.posted, *_Smtp.mails):
        assert b"Pat" not in sent
        assert b"m.eml" not in sent
    database = open_database(settings.database_url)
    assert InboxRuns(database).all()[-1].told == ""
    database.close()


def test_a_report_that_cannot_be_sent_is_told_and_stops_nothing(desk: Run, tmp_path: Path) -> None:
    drop(tmp_path / "in", 1)
    add(desk, tmp_path / "in", "--webhook", f"http://127.0.0.1:{free_port()}/x")
    ended = desk("inbox", "run", "fax")
    assert ended.returncode == 0, ended.stderr
    assert "could not be sent" in desk("inbox", "runs", "fax").stdout


# --- schedules ---------------------------------------------------------------------------------


def test_schedules_in_words_and_in_time() -> None:
    noon = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
    every = make_schedule(None, "15m", "UTC", "skip")
    assert every is not None
    assert spelled(every) == "every 15m"
    assert next_after(every, noon) == noon + timedelta(minutes=15)
    daily = make_schedule("0 9 * * *", None, "America/Chicago", "wait")
    assert daily is not None
    assert next_after(daily, noon) == datetime(2026, 9, 14, 14, 0, tzinfo=UTC)
    assert due_since(daily, noon, noon + timedelta(hours=3))
    assert not due_since(daily, noon, noon + timedelta(hours=1))
    assert make_schedule(None, None, "UTC", "skip") is None
    for cron, often, zone in (("x", None, "UTC"), (None, "1s", "UTC"), (None, "soon", "UTC"),
                              ("* * * * *", "5m", "UTC"), (None, "5m", "Mars/Base")):  # fmt: skip
        with pytest.raises(UsageError):
            make_schedule(cron, often, zone, "skip")


def test_missed_runs_are_caught_up_by_one(tmp_path: Path) -> None:
    from pipeline.scheduling import missed

    home = Home(tmp_path)
    home.prepare()
    settings = Settings(home, f"sqlite:///{home.database_file}")
    database = open_database(settings.database_url)
    inboxes, runs = Inboxes(database), InboxRuns(database)
    schedule = {"every": 300, "zone": "UTC", "overlap": "skip"}
    often = inboxes.add("often", "folder", {}, schedule)
    inboxes.add("by hand", "folder", {}, None)
    paused = inboxes.add("paused", "folder", {}, schedule)
    inboxes.set_paused(paused, True)
    later = datetime.now(UTC) + timedelta(hours=5)
    assert [inbox.name for inbox in missed(settings, later)] == ["often"]
    runs.begin(often.id, "catch_up")
    assert missed(settings, datetime.now(UTC)) == []
    database.close()


def test_a_run_that_a_later_one_has_done_is_needless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENIALDESK_HOME", str(tmp_path))
    from pipeline.inbox_flow import needless

    home = Home(tmp_path)
    home.prepare()
    database = open_database(f"sqlite:///{home.database_file}")
    inboxes, runs = Inboxes(database), InboxRuns(database)
    inbox = inboxes.add("fax", "folder", {}, {"every": 300, "zone": "UTC", "overlap": "skip"})
    scheduled = datetime.now(UTC) - timedelta(minutes=30)
    assert needless(inbox.id, "schedule", scheduled) == ""
    runs.begin(inbox.id, "schedule")
    time.sleep(0.01)
    assert "caught up" in needless(inbox.id, "schedule", scheduled)
    assert needless(inbox.id, "by_hand", scheduled) == ""
    assert needless(inbox.id, "schedule", datetime.now(UTC)) == ""
    inboxes.set_paused(inbox, True)
    assert "paused" in needless(inbox.id, "schedule", datetime.now(UTC))
    inboxes.remove(inbox)
    assert "removed" in needless(inbox.id, "schedule", datetime.now(UTC))
    database.close()


def test_addresses_that_hold_secrets_are_refused(desk: Run, tmp_path: Path) -> None:
    refused = desk("inbox", "add", "url", "sftp://user:hunter2@host/x")
    assert refused.returncode == 2
    assert "hunter2" not in refused.stderr
    (tmp_path / "in").mkdir()
    refused = desk("inbox", "add", "folder", tmp_path / "in", "--webhook", "hunter2")
    assert refused.returncode == 2
    assert "hunter2" not in refused.stderr
