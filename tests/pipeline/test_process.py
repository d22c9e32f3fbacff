"""`denialdesk process`, started as a user starts it, with quick worker calls behind it."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from desk_calls import Run, clean_env, command
from test_pool import running


def letters(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def everything(home: Path, out: Path) -> dict[str, object]:
    """What a run leaves: documents with their states, cases, packets."""
    with sqlite3.connect(home / "denialdesk.db") as db:
        documents = db.execute("SELECT sha256, state, pages, source FROM documents ORDER BY 1")
        cases = db.execute("SELECT id, sha256, ordinal, body, packet FROM cases ORDER BY 1")
        found = {"documents": documents.fetchall(), "cases": cases.fetchall()}
    blobs = sorted(p.name for p in (home / "blobs").rglob("*") if p.is_file())
    return {**found, "blobs": blobs, "packets": packets(out)}


def packets(out: Path) -> dict[str, bytes]:
    files = [p for p in out.rglob("*") if p.is_file() and not p.name.startswith(".denialdesk")]
    return {str(p.relative_to(out)): p.read_bytes() for p in files}


def test_good_and_bad_files_end_as_they_should(desk: Run, home: Path, tmp_path: Path) -> None:
    folder = letters(
        tmp_path / "in",
        good="pages 3\nletters 2",
        again="pages 1",
        same="pages 1",
        review="route human_review",
        crash="crash",
        damaged="damaged",
        fault="fail Jane Example",
        setup="setup",
        once=f"killed_once {tmp_path / 'marker'}",
    )
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "gold.json").write_text("{}")
    done = desk("process", "in", "--out", "out")
    assert done.returncode == 3, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    for told in (
        "10 files, 6 pages", "5 cases (4 appeal, 1 human review)", "4 letters drafted",
        "1 duplicate, 5 quarantined", "duplicate of again.txt", "The file is empty.",
        "makes the reader crash", "apt-get install tesseract-ocr", "1 .json",
    ):  # fmt: skip
        assert told in said, (told, said)
    assert "Traceback" not in done.stdout + done.stderr
    assert "prefect" not in (done.stdout + done.stderr).lower()
    assert "Example Health Plan" in said
    for patient in ("Pat Example", "Jane"):
        assert patient not in done.stdout + done.stderr
        for kept in [*home.glob("logs/*"), *home.glob("prefect/**/*")]:
            if kept.is_file():
                assert patient.encode() not in kept.read_bytes(), kept
    assert len(list((tmp_path / "out").glob("*/letter.pdf"))) == 4
    for path in [*home.rglob("*"), *(tmp_path / "out").rglob("*")]:
        if not path.is_relative_to(home / "prefect"):
            assert path.stat().st_mode & 0o077 == 0, path

    # Handed in again: the same cases, missing packets made anew, what a person changed kept.
    before = everything(home, tmp_path / "out")
    first, second, *_ = sorted((tmp_path / "out").glob("*/letter.pdf"))
    first.unlink()
    second.write_bytes(b"edited")
    done = desk("process", "in", "--out", "out")
    assert done.returncode == 3
    assert first.read_bytes() == b"a letter"
    assert second.read_bytes() == b"edited"
    second.write_bytes(b"a letter")
    assert everything(home, tmp_path / "out") == before
    desk("process", "in/good.txt", "--out", "elsewhere")
    assert len(list((tmp_path / "elsewhere").glob("*/letter.pdf"))) == 2


def test_prefect_is_told_ids_and_nothing_else(desk: Run, home: Path, tmp_path: Path) -> None:
    letters(tmp_path / "Roe_Richard", Roe_Richard="pages 1\npayer Roe Health", bad="fail Roe")
    done = desk("process", "Roe_Richard", "--out", "out")
    assert done.returncode == 3
    for kept in home.glob("prefect/**/*"):
        if kept.is_file():
            assert b"Roe" not in kept.read_bytes(), kept
    for kept in home.glob("logs/*"):
        assert b"Roe" not in kept.read_bytes(), kept


def test_killed_at_any_moment_and_run_again_it_is_as_if_never_killed(
    home: Path, tmp_path: Path
) -> None:
    seed = int(os.environ.get("DENIALDESK_TEST_SEED", "20260914"))
    moments = random.Random(seed)
    texts = {f"l{n:02}": f"pages {n}\nletters {n % 3}\nslow 0.2" for n in range(16)}
    folder = letters(tmp_path / "in", **texts)
    (folder / "zz_twice.txt").write_text(texts["l03"])
    (folder / "zz_bad.txt").write_text("crash")
    call = [*command(), "process", str(folder), "--out"]

    calm_home, calm_out = tmp_path / "calm", tmp_path / "calm-out"
    subprocess.run(
        [*call, str(calm_out)], env=clean_env(calm_home), capture_output=True, timeout=600,
        check=False,
    )  # fmt: skip
    out = tmp_path / "out"
    for _ in range(5):
        started = subprocess.Popen(
            [*call, str(out)], env=clean_env(home), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(moments.uniform(0.3, 7))
        started.send_signal(signal.SIGKILL)
        started.wait()
        assert_nothing_half_written(home, out)
    last = subprocess.run(
        [*call, str(out)], env=clean_env(home), capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert last.returncode == 3, last.stdout + last.stderr
    assert everything(home, out) == everything(calm_home, calm_out), f"seed {seed}"
    assert not list(out.glob(".denialdesk-staging*"))
    assert not list((home / "tmp").iterdir())
    assert not list((home / "blobs").glob(".incoming*"))
    assert not running(str(home))


def assert_nothing_half_written(home: Path, out: Path) -> None:
    for folder in out.glob("[0-9a-f]*"):
        assert {p.name for p in folder.iterdir()} == {"letter.pdf", "case.json"}
        json.loads((folder / "case.json").read_text())
    database = home / "denialdesk.db"
    if database.exists():
        with sqlite3.connect(database) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_one_line_and_goes_on_later(
    home: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = letters(tmp_path / "in", **{f"l{n}": f"pages {n}\nslow 1" for n in range(12)})
    call = [*command(), "process", str(folder), "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        call, env=clean_env(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as started:  # fmt: skip
        assert started.stderr is not None
        assert started.stderr.readline().startswith("Reading 12 files")
        while not received(home):
            time.sleep(0.1)
        time.sleep(1)
        os.killpg(started.pid, number)  # as a terminal does: to all of the foreground group
        out, err = started.communicate(timeout=240)
    assert started.returncode == 130
    assert out == ""
    assert [line for line in err.splitlines() if "files" not in line] == [
        "Stopped. What is done is kept: run the same command to go on."
    ]
    assert not running(str(home))
    assert received(home)


def received(home: Path) -> int:
    """How many documents the store holds; 0 too while there is no store yet."""
    try:
        with sqlite3.connect(f"file:{home / 'denialdesk.db'}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_calls_that_are_wrong_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "file.txt").write_text("pages 1")
    for args in (
        ["process"],
        ["process", "gone.pdf"],
        ["process", "nothing"],
        ["process", "file.txt", "--out", "file.txt"],
        ["nonsense"],
    ):
        done = subprocess.run(
            [*command(fakes=False), *args], env=clean_env(tmp_path / "home"), cwd=tmp_path,
            text=True, capture_output=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()
        assert done.stdout == ""


def test_a_home_that_cannot_be_written_is_a_refused_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("pages 1")
    done = subprocess.run(
        [*command(), "process", "file"], env=clean_env(tmp_path / "file" / "home"), cwd=tmp_path,
        text=True, capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 1
    assert "--home DIR" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_server_that_does_not_start_is_told_in_one_line(home: Path, tmp_path: Path) -> None:
    letters(tmp_path / "in", a="pages 1")
    broken = tmp_path / "broken"
    (broken / "uvicorn").mkdir(parents=True)
    (broken / "uvicorn" / "__init__.py").write_text("raise ImportError('no server today')")
    done = subprocess.run(
        [*command(), "process", "in", "--out", "out"],
        env=clean_env(home, PYTHONPATH=str(broken)),
        cwd=tmp_path, text=True, capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Prefect's server did not start" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_proxy_of_the_house_does_not_matter(desk: Run, tmp_path: Path) -> None:
    letters(tmp_path / "in", a="pages 1")
    proxy = "http://127.0.0.1:9"
    done = desk("process", "in", "--out", "out", HTTP_PROXY=proxy, http_proxy=proxy, NO_PROXY="")
    assert done.returncode == 0, done.stderr
