"""What the pipeline's tests share: a desk started as a user starts it, with quick worker calls."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_calls import HERE, Run, clean_env, command
from review_bench import ReviewBench

from pipeline.isolation.pool import Pool
from pipeline.isolation.worker import Orders
from pipeline.store.database import open_database


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A place for a new home."""
    return tmp_path / "home"


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
            timeout=600,
        )

    return run


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """Two workers with the quick calls."""
    monkeypatch.syspath_prepend(str(HERE))
    orders = Orders(jobs="fake_jobs", scratch=str(tmp_path), memory_mb=600, cpu_seconds=60)
    with Pool(2, orders) as started:
        yield started


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ReviewBench]:
    """A store with a review desk over it."""
    database = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    yield ReviewBench(tmp_path, database)
    database.close()
