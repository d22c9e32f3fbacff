"""Letters that come in one by one: stored first, worked on after, taken up again after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from review_bench import LETTER, TODAY, ReviewBench
from sqlalchemy import delete, update

from pipeline.home import Home, Settings, load_settings
from pipeline.intake import Intake, safe_name
from pipeline.store.database import open_database
from pipeline.store.schema import CaseRow, DocumentRow
from pipeline.store.states import State


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(Home(tmp_path / "home").prepare(), {"DENIALDESK_TODAY": str(TODAY)})


@pytest.fixture
def bench(tmp_path: Path, settings: Settings) -> Iterator[ReviewBench]:
    database = open_database(settings.database_url)
    yield ReviewBench(tmp_path, database)
    database.close()


def hand_in(intake: Intake, text: str, name: str = "letter.txt") -> Any:
    path = intake.place_for(name)
    path.write_text(text)
    return intake.submit(path)


def test_a_letter_is_stored_before_it_is_worked_on(bench: ReviewBench, settings: Settings) -> None:
    intake = Intake(settings, bench.tools)
    outcome = hand_in(intake, LETTER)
    assert bench.tools.blobs.path(outcome.sha256).read_text() == LETTER
    intake.finish()
    assert bench.tools.documents.state(outcome.sha256) is State.WRITTEN
    again = hand_in(intake, LETTER, "copy.txt")
    assert again.known_as == "letter.txt"
    assert hand_in(intake, "").error[0] == "empty"
    assert not [path for path in settings.home.tmp.rglob("*") if path.suffix == ".txt"]
    intake.stop(wait=True)


@pytest.mark.parametrize("left", [State.RECEIVED, State.READ, State.ROUTED])
def test_what_a_stopped_program_left_is_taken_up_again(
    bench: ReviewBench, settings: Settings, left: State
) -> None:
    (case,) = bench.process(LETTER)
    with bench.database.session() as session:
        session.execute(update(DocumentRow).values(state=left))
        if left is State.RECEIVED:
            session.execute(delete(CaseRow))
    intake = Intake(settings, bench.tools)
    assert intake.start() == 1
    intake.finish()
    intake.stop(wait=True)
    sha256 = bench.review.case(case).sha256
    assert bench.tools.documents.state(sha256) is State.WRITTEN


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("fax 1.pdf", "fax 1.pdf"), ("../../etc/passwd", "passwd"), ("C:\\scans\\a.tif", "a.tif"),
        ("..", ""), (".hidden", "hidden"), ("a\0b\n.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)  # fmt: skip
def test_names_that_browsers_send_stay_in_their_folder(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept
