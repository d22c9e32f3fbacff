"""The steps of a batch as plain calls: steady under repetition, trouble kept where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import fake_jobs
import pytest

from models.errors import KnowledgeError, NoAccess, StoreError
from pipeline.desk import MOST_TRIES, Desk, Tools, TryAgain
from pipeline.isolation.pool import KilledForMemory, NoWorkers, UnforeseenFault
from pipeline.packets import Packets
from pipeline.store.blobs import BlobStore, NotReadJustNow
from pipeline.store.cases import Cases
from pipeline.store.database import Database, open_database
from pipeline.store.documents import Documents

TODAY = date(2026, 9, 14)


class HerePool:
    """Runs calls in this very process; `before` may make one fail."""

    size = 1

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.before: Callable[[str], None] = lambda job: None

    def call(self, job: str, *arguments: Any, seconds: float, on_progress: Any = None) -> Any:
        self.calls.append(job)
        self.before(job)
        return getattr(fake_jobs, job)(*arguments)


class Heard:
    """A watcher that keeps what it was told."""

    def __init__(self) -> None:
        self.done: list[int] = []

    def reading(self, item: int, done: int, total: int) -> None:
        pass

    def finished(self, item: int) -> None:
        self.done.append(item)


class Bench:
    """A store in a folder, and batches over it."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.pool = HerePool()
        self.heard = Heard()
        (folder / "blobs").mkdir()
        packets = Packets(folder / "out", self.pool)  # type: ignore[arg-type]
        self.tools = Tools(
            Documents(database), Cases(database), BlobStore(folder / "blobs"), packets,
            self.pool,  # type: ignore[arg-type]
        )  # fmt: skip

    def desk(self, *texts: str) -> Desk:
        paths = []
        for at, text in enumerate(texts):
            path = self.folder / f"l{at}.txt"
            path.write_text(text)
            paths.append(path)
        run, items = self.tools.documents.new_run(self.folder / "out", paths)
        return Desk(self.tools, run, items, TODAY, self.heard, 1 << 20, 30.0)

    def states(self, desk: Desk) -> list[str | None]:
        return [outcome.state for outcome in self.tools.cases.outcomes(desk.run)]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(fake_jobs, "_notify", [lambda *_: None])
    database = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    yield Bench(tmp_path, database)
    database.close()


STEPS = ("take_in", "read", "extract", "route", "write")


def bring_through(desk: Desk, tries: int = 1) -> None:
    for item in desk.items:
        for step in STEPS:
            for _ in range(tries):
                try:
                    getattr(desk, step)(item)
                    break
                except TryAgain:
                    continue


def test_a_step_done_twice_is_done_once(bench: Bench) -> None:
    desk = bench.desk("pages 2\nletters 2")
    for item in desk.items:
        for step in STEPS:
            getattr(desk, step)(item)
            getattr(desk, step)(item)
    assert bench.pool.calls == ["read", "extract", "route", "write", "write"]
    assert bench.states(desk) == ["written"]
    assert bench.heard.done == list(desk.items)


def test_a_step_before_its_turn_does_nothing(bench: Bench) -> None:
    desk = bench.desk("pages 1")
    (item,) = desk.items
    desk.take_in(item)
    desk.extract(item)
    desk.route(item)
    assert bench.pool.calls == []
    assert bench.states(desk) == ["received"]


def test_what_was_done_before_is_not_done_again(bench: Bench) -> None:
    first = bench.desk("pages 1")
    for step in STEPS[:3]:
        getattr(first, step)(next(iter(first.items)))
    bench.pool.calls.clear()
    bring_through(bench.desk("pages 1"))
    assert bench.pool.calls == ["route", "write"]


def test_the_later_of_two_files_alike_is_the_duplicate_whichever_is_first_at_hand(
    bench: Bench,
) -> None:
    desk = bench.desk("pages 1", "pages 2", "pages 1")
    for item in reversed(desk.items):
        desk.take_in(item)
    known = [outcome.known_as for outcome in bench.tools.cases.outcomes(desk.run)]
    assert known == [None, None, "l0.txt"]


def failing(job: str, error: Exception, times: int) -> Callable[[str], None]:
    left = [times]

    def before(called: str) -> None:
        if called == job and left[0]:
            left[0] -= 1
            raise error

    return before


@pytest.mark.parametrize(("times", "state"), [(MOST_TRIES - 1, "written"), (99, "quarantined")])
def test_a_passing_fault_is_tried_again_but_not_for_ever(
    bench: Bench, times: int, state: str
) -> None:
    bench.pool.before = failing("read", KilledForMemory("out of memory", "close programs"), times)
    desk = bench.desk("pages 1")
    bring_through(desk, tries=10)
    assert bench.states(desk) == [state]
    assert bench.pool.calls.count("read") == MOST_TRIES
    assert bench.heard.done == list(desk.items)


def test_a_share_that_does_not_answer_is_asked_again_and_then_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def put(path: Path, most: int) -> None:
        asked.append(path.name)
        raise NotReadJustNow("The share did not answer", "See that it is there")

    monkeypatch.setattr(bench.tools.blobs, "put", put)
    desk = bench.desk("pages 1")
    bring_through(desk, tries=10)
    assert asked == ["l0.txt"] * MOST_TRIES
    (outcome,) = bench.tools.cases.outcomes(desk.run)
    assert outcome.error is not None
    assert outcome.error[0] == NoAccess.kind


@pytest.mark.parametrize("job", ["read", "extract", "route", "write"])
@pytest.mark.parametrize(
    "error", [UnforeseenFault("ValueError", "frames"), KnowledgeError("no wording")]
)
def test_a_fault_in_one_letter_leaves_the_others_alone(
    bench: Bench, job: str, error: Exception
) -> None:
    bench.pool.before = failing(job, error, 1)
    desk = bench.desk("pages 1", "pages 2")
    bring_through(desk)
    assert bench.states(desk) == ["quarantined", "written"]
    assert desk.fatal is None


@pytest.mark.parametrize("error", [StoreError("full"), NoWorkers("none"), ValueError("us")])
def test_trouble_of_the_machine_stops_the_batch_and_blames_no_letter(
    bench: Bench, error: Exception
) -> None:
    bench.pool.before = failing("extract", error, 1)
    desk = bench.desk("pages 1", "pages 2")
    bring_through(desk)
    assert desk.fatal is not None
    assert desk.fatal.exit_code == 1
    assert bench.states(desk) == ["read", None]
    assert bench.heard.done == []
    again = bench.desk("pages 1", "pages 2")
    bring_through(again)
    assert bench.states(again) == ["written", "written"]
