"""What the tests of inboxes share: a store with quick worker calls, and real servers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest_inboxes import Bench
from desk_calls import HERE, Run, clean_env, command
from real_servers import Dovecot, dovecot

from pipeline.isolation.pool import Pool
from pipeline.isolation.worker import Orders
from pipeline.store.database import open_database


@pytest.fixture
def mail_server() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """A worker with the quick calls; telling pieces apart is the real call."""
    monkeypatch.syspath_prepend(str(HERE))
    orders = Orders(jobs="fake_jobs", scratch=str(tmp_path), memory_mb=2000, cpu_seconds=300)
    with Pool(1, orders) as started:
        yield started


@pytest.fixture
def bench(tmp_path: Path, pool: Pool) -> Iterator[Bench]:
    database = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    yield Bench(tmp_path, database, pool)
    database.close()


@pytest.fixture
def desk(tmp_path: Path) -> Run:
    """Calls `denialdesk` as a user does, with the quick worker calls."""

    def run(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command(), *map(str, args)],
            env=clean_env(tmp_path / "home", **env),
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip

    return run
