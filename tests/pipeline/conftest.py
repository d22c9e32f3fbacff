"""What the pipeline's tests share: a desk started as a user starts it, with quick worker calls."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_calls import HERE, Run, clean_env, command

from pipeline.isolation.pool import Pool
from pipeline.isolation.worker import Orders


@pytest.fixture(scope="session")
def prefect_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prefect's files as its first start leaves them: that start takes seconds."""
    home = tmp_path_factory.mktemp("first")
    letter = home / "letter.txt"
    letter.write_text("pages 1")
    done = subprocess.run(
        [*command(), "process", str(letter), "--out", str(home / "out")],
        env=clean_env(home / "home"),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "home" / "prefect"


@pytest.fixture
def home(tmp_path: Path, prefect_files: Path) -> Path:
    """A new home, with Prefect's files in place."""
    place = tmp_path / "home"
    shutil.copytree(prefect_files, place / "prefect")
    return place


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Run:
    """Calls `denialdesk` with the quick worker calls."""

    def run(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command(), *map(str, args)],
            env=clean_env(home, **env),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    return run


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """Two workers with the quick calls."""
    monkeypatch.syspath_prepend(str(HERE))
    orders = Orders(jobs="fake_jobs", scratch=str(tmp_path), memory_mb=600, cpu_seconds=60)
    with Pool(2, orders) as started:
        yield started
