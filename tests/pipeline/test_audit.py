"""The audit: lines are only added, and any change, gap or cut shows."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_calls import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import postgres_server
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from models.errors import UsageError
from pipeline.store.audit import Audit, Entry, parse_head
from pipeline.store.database import Database, open_database


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def audit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Audit]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'desk.db'}"
    else:
        url = request.getfixturevalue("postgres")
    database = open_database(url)
    if request.param == "postgresql":
        _unlocked(database, "TRUNCATE audit")
    yield Audit(database, tmp_path / "anchor")
    database.close()


def _unlocked(database: Database, *statements: str) -> None:
    """Change the audit as someone would who may do anything to the database."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_UPDATE"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_DELETE"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit ENABLE TRIGGER ALL"))


def fill(audit: Audit, count: int = 6) -> None:
    for at in range(count):
        audit.note(Entry("ann", "web 127.0.0.1", "case.view", f"{at:012x}", None, {"page": at}))


def test_a_whole_audit_is_whole(audit: Audit) -> None:
    fill(audit)
    assert audit.verify() == []
    assert [row.number for row in audit.entries()] == [1, 2, 3, 4, 5, 6]
    assert [row.case_id for row in audit.entries(f"{2:012x}")] == [f"{2:012x}"]
    assert str(audit.head()) == str(audit.anchor())


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET who = 'bob'", "DELETE FROM audit WHERE number = 2"]
)
def test_the_database_refuses_to_change_it(audit: Audit, statement: str) -> None:
    fill(audit)
    with pytest.raises(DatabaseError, match="never changed"), audit.database.engine.begin() as c:
        c.execute(text(statement))
    assert audit.verify() == []


CHANGES = {
    "who": ("UPDATE audit SET who = 'bob' WHERE number = 3", 3),
    "when": ("UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE number = 1", 1),
    "where": ("UPDATE audit SET origin = 'web 10.0.0.1' WHERE number = 6", 6),
    "which": ("UPDATE audit SET case_id = NULL WHERE number = 2", 2),
    "detail": ("UPDATE audit SET detail = '{}' WHERE number = 4", 4),
    "link": ("UPDATE audit SET previous = hash WHERE number = 5", 5),
    "gap": ("DELETE FROM audit WHERE number = 3", 3),
    "start": ("DELETE FROM audit WHERE number <= 2", 1),
    "end": ("DELETE FROM audit WHERE number >= 5", 5),
    "all": ("DELETE FROM audit", 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_shows(audit: Audit, name: str) -> None:
    fill(audit)
    statement, line = CHANGES[name]
    _unlocked(audit.database, statement)
    assert line in [each.number for each in audit.verify()]


def test_lines_renumbered_over_a_gap_show(audit: Audit) -> None:
    fill(audit)
    _unlocked(
        audit.database, "DELETE FROM audit WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 4",
        "UPDATE audit SET number = 4 WHERE number = 5",
        "UPDATE audit SET number = 5 WHERE number = 6",
    )  # fmt: skip
    assert {each.number for each in audit.verify()} >= {3, 4, 5, 6}


def test_a_whole_new_chain_is_told_by_a_head_kept_elsewhere(audit: Audit) -> None:
    fill(audit)
    kept = parse_head(str(audit.head()))
    _unlocked(audit.database, "DELETE FROM audit")
    (audit._anchor).unlink()
    for at in range(8):
        audit.note(Entry("ann", "web 127.0.0.1", "case.view", f"{at:012x}"))
    assert audit.verify() == []
    assert [each.number for each in audit.verify(kept)] == [6]


def test_many_at_once_make_one_chain(audit: Audit) -> None:
    threads = [threading.Thread(target=fill, args=(audit, 10)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.count() == 60
    assert audit.verify() == []


def test_what_a_letter_says_is_no_detail(audit: Audit) -> None:
    with pytest.raises(ValueError, match="a detail"):
        audit.note(Entry("ann", "x", "case.view", None, None, {"q": "Ilse Bramwell, born 1980"}))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(head=st.text(max_size=80))
def test_a_head_is_a_head_or_refused(head: str) -> None:
    with contextlib.suppress(UsageError):
        assert str(parse_head(head)).partition(":")[2] == head.strip().partition(":")[2]


def test_commands_are_noted_and_the_audit_is_verified_and_exported(
    desk: Run, tmp_path: Path
) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "Bramwell.txt").write_text("pages 1\npayer =cmd()")
    assert desk("process", letters).returncode == 0
    case = json.loads(desk("case", "list", "--json").stdout)[0]["id"]
    assert desk("case", "show", case[:8]).returncode == 0
    assert desk("case", "export", "cases.csv").returncode == 0
    assert desk("letter", case).returncode == 0
    assert desk("deadlines", case).returncode == 0
    assert desk("backup", tmp_path / "b.zip").returncode == 0
    assert desk("purge", "--older-than", "1y", "--yes").returncode == 0
    told = desk("audit", "verify")
    assert told.returncode == 0, told.stdout + told.stderr
    lines = [json.loads(line) for line in desk("audit", "export").stdout.splitlines()]
    assert [line["action"] for line in lines] == [
        "letters.process", "cases.list", "case.view", "cases.export", "packet.write", "case.view",
        "backup", "purge", "audit.export",
    ]  # fmt: skip
    assert [line["case_id"] for line in lines][2:6:2] == [case, case]
    assert "Bramwell" not in json.dumps(lines)
    assert "Pat Example" not in json.dumps(lines)
    rows = list(csv.DictReader(io.StringIO(desk("audit", "export", "--format", "csv").stdout)))
    assert [row["number"] for row in rows] == [str(at) for at in range(1, 11)]
    home = tmp_path / "home"
    assert (home / "audit.anchor").stat().st_mode & 0o777 == 0o600
    head = told.stdout.split("head ")[1].split()[0]
    (home / "audit.anchor").unlink()
    (home / "denialdesk.db").rename(home / "old.db")
    again = desk("audit", "verify", "--head", head)
    assert again.returncode == 1
    assert "cut off" in again.stdout
