"""Legal hold and retention by status: what a deletion leaves."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_calls import Run
from review_bench import LETTER, ReviewBench
from sqlalchemy import update

from models.errors import UsageError
from pipeline.home import Home, Settings
from pipeline.operations import purge as purging
from pipeline.operations.purge import purge
from pipeline.store.audit_tables import DoomedPacketRow, DoomedRow
from pipeline.store.cases import StoredCase
from pipeline.store.database import open_database
from pipeline.store.holds import Holds
from pipeline.store.review_tables import ReviewRow
from pipeline.store.states import State

LATER = datetime.now(UTC) + timedelta(days=1)
EARLIER = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> ReviewBench:
    return ReviewBench(tmp_path, open_database(f"sqlite:///{tmp_path / 'denialdesk.db'}"))


def settings_of(bench: ReviewBench) -> Settings:
    return Settings(Home(bench.folder), str(bench.database.engine.url))


def test_what_is_on_hold_stays_until_it_is_released(bench: ReviewBench) -> None:
    kept, _ = bench.process(LETTER, LETTER.replace("Bramwell", "Thornley"))
    case = bench.tools.cases.one(kept)
    holds = Holds(bench.database)
    holds.hold(case, "ann", "suit 26-114")
    holds.hold(case, "bob", "another")  # the first one stands
    done = purge(settings_of(bench), bench.database, LATER)
    assert (done.documents, done.held) == (1, 1)
    assert [each.id for each in bench.tools.cases.all()] == [kept]
    assert bench.tools.blobs.read(case.sha256).decode() == LETTER
    assert [row.reason for row in holds.all()] == ["suit 26-114"]
    holds.release(case, "ann")
    with pytest.raises(UsageError):
        holds.release(case, "ann")
    assert purge(settings_of(bench), bench.database, LATER).documents == 1
    bench.database.close()


def test_a_hold_that_comes_during_a_purge_keeps_the_packet_too(
    bench: ReviewBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept,) = bench.process(LETTER)
    case, decided = bench.tools.cases.one(kept), purging._to_delete
    tried = []

    def meanwhile(*asked: Any) -> list[str]:
        """Another program that sets a hold while the deletion decides."""
        hold = threading.Thread(target=lambda: tried.append(held_at_once(bench, case)))
        hold.start()
        hold.join(0.3)
        found = decided(*asked)
        tried.append(hold)
        return found

    monkeypatch.setattr(purging, "_to_delete", meanwhile)
    purge(settings_of(bench), bench.database, LATER)
    next(each for each in tried if isinstance(each, threading.Thread)).join()
    told = [each for each in tried if isinstance(each, str)]
    packet = bench.folder / "out" / kept
    if told == ["held"]:
        assert packet.is_dir()
        assert bench.tools.cases.all()
    else:  # it had to wait, and came too late for anything
        assert told == [f"The case {kept} was deleted meanwhile"]
        assert Holds(bench.database).all() == []
        assert bench.tools.cases.all() == []
    bench.database.close()


def held_at_once(bench: ReviewBench, case: StoredCase) -> str:
    try:
        Holds(bench.database).hold(case, "ann", "suit")
    except UsageError as late:
        return late.message
    return "held"


def test_a_letter_that_comes_again_during_a_purge_is_kept_whole(
    bench: ReviewBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = bench.process(LETTER)
    sha256, receive = bench.tools.cases.one(case).sha256, bench.tools.documents.receive

    def late(*given: Any) -> State:
        """The deletion runs after the bytes were found to be there, and before their row is."""
        assert purge(settings_of(bench), bench.database, LATER, ["open"]).documents == 1
        monkeypatch.undo()
        return receive(*given)

    monkeypatch.setattr(bench.tools.documents, "receive", late)
    assert bench.process(LETTER) == [case]
    assert bench.tools.blobs.read(sha256).decode() == LETTER
    assert bench.tools.documents.state(sha256) == State.WRITTEN
    # The same after a kill between the decision and the removal, with half of it done.
    with bench.database.session() as session:
        session.add(DoomedRow(sha256=sha256))
        place = str(bench.folder / "packets" / case)
        session.add(DoomedPacketRow(place=place, sha256=sha256))
    bench.tools.blobs.path(sha256).write_bytes(b"x" * len(LETTER.encode()))
    bench.process(LETTER)
    assert bench.tools.blobs.read(sha256).decode() == LETTER
    assert purge(settings_of(bench), bench.database, EARLIER).blobs == 0
    assert bench.tools.blobs.read(sha256).decode() == LETTER
    bench.database.close()


def test_only_letters_of_a_status_are_deleted(bench: ReviewBench) -> None:
    closed, still_open = bench.process(LETTER, LETTER.replace("Bramwell", "Thornley"))
    with bench.database.session() as session:
        session.execute(
            update(ReviewRow).where(ReviewRow.case_id == closed).values(status="closed")
        )
    done = purge(settings_of(bench), bench.database, LATER, ["closed"])
    assert done.documents == 1
    assert [each.id for each in bench.tools.cases.all()] == [still_open]
    assert purge(settings_of(bench), bench.database, LATER, ["closed"]).documents == 0
    bench.database.close()


def test_from_the_command_line(desk: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("pages 1")
    desk("process", tmp_path / "a.txt")
    case = json.loads(desk("case", "list", "--json").stdout)[0]["id"]
    assert desk("case", "hold", case[:6], "--reason", "suit").returncode == 0
    assert "suit" in desk("case", "holds").stdout
    told = desk("purge", "--older-than", "0d", "--yes")
    assert "1 on legal hold stay" in told.stdout
    assert desk("keys", "init", "--file", tmp_path / "key").returncode == 0
    assert desk("keys", "seal").returncode == 0
    assert "current" in desk("keys", "status").stdout
    assert desk("keys", "rotate").returncode == 0
    assert desk("keys", "rotate", "--forget-old").returncode == 0
    assert desk("case", "list", "--json").stdout.count('"id"') == 1
    assert desk("case", "release", case).returncode == 0
    assert "Deleted 1 documents" in desk("purge", "--older-than", "0d", "--yes").stdout
    assert desk("audit", "verify").returncode == 0
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    for path in (tmp_path / "home").rglob("*"):
        assert not path.stat().st_mode & 0o077, path
