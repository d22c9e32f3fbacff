"""The template of Prefect's database: new homes copy it, and do without where it cannot be had."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from desk_calls import clean_env, command

from pipeline import prefect_template
from pipeline.prefect_env import DATABASE
from pipeline.prefect_template import PLACE, is_whole, put_into, ready

NAME = f"prefect-{version('prefect')}.db"


@pytest.fixture(scope="session")
def made() -> Path:
    """The template of this installation."""
    return ready()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for templates, empty."""
    place = tmp_path / "templates"
    place.mkdir()
    monkeypatch.setenv(PLACE, str(place))
    return place


@pytest.fixture
def makings(made: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Templates made since: by copying, which is quicker than migrating."""
    done: list[Path] = []

    def make(template: Path) -> None:
        done.append(template)
        shutil.copyfile(made, template)

    monkeypatch.setattr(prefect_template, "_make", make)
    return done


def marked(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as found:
        return bool(found.execute("SELECT 1 FROM sqlite_master WHERE name = 'mark'").fetchone())


def mark(database: Path) -> None:
    with closing(sqlite3.connect(database)) as found:
        found.execute("CREATE TABLE mark (x)")
        found.commit()


def test_a_template_holds_tables_and_no_run(made: Path) -> None:
    assert is_whole(made)
    with closing(sqlite3.connect(made)) as found:
        for table in ("flow_run", "task_run", "configuration", "block_document", "log"):
            assert found.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_it_is_made_once_and_copied(folder: Path, makings: list[Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        put_into(tmp_path / name)
        assert is_whole(tmp_path / name / DATABASE)
        assert (tmp_path / name / DATABASE).stat().st_mode & 0o077 == 0
    assert makings == [folder / NAME]


def test_a_home_keeps_the_database_that_it_has(
    folder: Path, makings: list[Path], tmp_path: Path
) -> None:
    (tmp_path / DATABASE).write_bytes(b"mine")
    put_into(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == b"mine"
    assert not makings


def test_a_template_of_another_prefect_is_not_used(
    folder: Path, made: Path, makings: list[Path], tmp_path: Path
) -> None:
    shutil.copyfile(made, folder / "prefect-0.0.1.db")
    mark(folder / "prefect-0.0.1.db")
    put_into(tmp_path)
    assert makings == [folder / NAME]
    assert not marked(tmp_path / DATABASE)


@pytest.mark.parametrize("damage", ["cut", "overwritten", "empty", "unmigrated"])
def test_a_damaged_template_is_made_anew(
    folder: Path, made: Path, makings: list[Path], tmp_path: Path, damage: str
) -> None:
    template = folder / NAME
    whole = made.read_bytes()
    damaged = {
        "cut": whole[: len(whole) // 2],
        "overwritten": whole[:4096] + b"\xff" * (len(whole) - 4096),
        "empty": b"",
        "unmigrated": b"",
    }[damage]
    template.write_bytes(damaged)
    if damage == "unmigrated":
        mark(template)
    put_into(tmp_path)
    assert makings == [template]
    assert is_whole(tmp_path / DATABASE)


def test_one_that_is_killed_while_it_makes_it_leaves_nothing_in_the_way(
    folder: Path, makings: list[Path], tmp_path: Path
) -> None:
    call = [sys.executable, "-m", "pipeline.prefect_template"]
    maker = subprocess.Popen(
        call, env=clean_env(tmp_path, **{PLACE: str(folder)}), start_new_session=True
    )
    while maker.poll() is None and not list(folder.glob(f"making-*/{DATABASE}")):
        time.sleep(0.01)
    os.killpg(maker.pid, signal.SIGKILL)
    maker.wait()
    put_into(tmp_path)
    assert is_whole(tmp_path / DATABASE)
    assert {path.name for path in folder.iterdir()} == {NAME, NAME.replace(".db", ".lock")}


def test_two_new_homes_at_once_make_one_template(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("pages 1")
    runs = [
        subprocess.Popen(
            [*command(), "process", str(tmp_path / "a.txt"), "--out", str(tmp_path / name / "out")],
            env=clean_env(tmp_path / name, **{PLACE: str(folder)}),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    for run in runs:
        said, _ = run.communicate()
        assert run.returncode == 0, said
    assert is_whole(folder / NAME)
    assert not list(folder.glob("making-*"))
    for name in ("one", "two"):
        assert is_whole(tmp_path / name / "prefect" / "server-0" / DATABASE)


def test_without_a_template_prefect_makes_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("pages 1")
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [*command(), "process", "a.txt", "--out", "out"],
        env=clean_env(tmp_path / "home", **{PLACE: str(tmp_path / "file" / "templates")}),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert is_whole(tmp_path / "home" / "prefect" / "server-0" / DATABASE)
    assert "prefect" not in (done.stdout + done.stderr).lower()
