"""Nothing of a patient outside of the database, the letters and the packets: names are planted in
letters, file names, subjects and fields, and all else that a run leaves is searched for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_calls import Run
from planted import HELD, MARKS, found_in, leaks, mail

from pipeline.operations.metrics import metrics
from pipeline.store.database import open_database


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Letters that do everything that a letter can do to a run."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, orders in {
        "good": "pages 2\npayer Zebulon Plan", "fails": "fail Quagmire", "damaged": "damaged",
        "crashes": "crash", "killed": "killed",
    }.items():  # fmt: skip
        (folder / f"Zebulon Quagmire {name}.txt").write_text(f"{orders}\nZQ77120934 Quagmire\n")
    return folder


def test_a_run_with_every_kind_of_failure_leaves_no_name(
    desk: Run, home: Path, tmp_path: Path, letters: Path
) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    env = {"TMPDIR": str(scratch)}
    done = desk("process", letters, **env)
    assert done.returncode == 3, done.stdout + done.stderr
    box = tmp_path / "box"
    box.mkdir()
    (box / "Quagmire.eml").write_bytes(mail("Denial for Zebulon Quagmire ZQ77120934"))
    added = desk("inbox", "add", "folder", box, "--name", "fax", "--still", "0.1", **env)
    assert added.returncode == 0, added.stderr
    assert desk("inbox", "run", "fax", **env).returncode in (0, 3)
    assert desk("extract", letters / "Zebulon Quagmire good.txt", **env).returncode == 0
    assert desk("case", "list", **env).returncode == 0
    assert desk("backup", tmp_path / "nowhere" / "Quagmire.zip", **env).returncode == 2
    assert leaks(home, HELD) == {}
    assert leaks(scratch) == {}
    database = open_database(f"sqlite:///{home / 'denialdesk.db'}")
    assert found_in(metrics(database).encode()) == set()
    database.close()
    # The search itself finds what is there.
    assert set(MARKS) <= set().union(*leaks(home).values())
    assert {"logs", "prefect", "tmp"} <= {path.name for path in home.iterdir()}
    assert any((home / "logs").iterdir())
