"""Homes, settings and claimed directories."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from models.errors import SetupError, UsageError
from pipeline.claims import claim_first, claim_new, try_claim
from pipeline.home import Home, find_home, load_settings


@pytest.fixture(autouse=True)
def _umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_the_home_is_named_by_the_call_then_the_environment(tmp_path: Path) -> None:
    env = {"DENIALDESK_HOME": str(tmp_path / "env")}
    assert find_home(str(tmp_path / "call"), env).root == tmp_path / "call"
    assert find_home(None, env).root == tmp_path / "env"
    assert find_home(None, {}).root.name == "denialdesk"


def test_a_home_is_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home").prepare()
    (home.root / "new").write_text("")
    assert home.root.stat().st_mode & 0o777 == 0o700
    assert home.blobs.stat().st_mode & 0o777 == 0o700
    assert (home.root / "new").stat().st_mode & 0o777 == 0o600


def test_a_home_that_cannot_be_written_is_told_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="--home DIR"):
        Home(tmp_path / "file" / "home").prepare()


def test_the_environment_goes_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    (tmp_path / "denialdesk.toml").write_text("workers = 3\nfile_mb = 7\n")
    chosen = load_settings(Home(tmp_path), {"DENIALDESK_WORKERS": "5"})
    assert (chosen.workers, chosen.file_mb, chosen.page_seconds) == (5, 7, 60)
    assert chosen.database_url == f"sqlite:///{tmp_path}/denialdesk.db"


@pytest.mark.parametrize(
    ("toml", "env"),
    [
        ("wrkers = 3", {}),
        ("workers = 'many'", {}),
        ("workers = ", {}),
        ("", {"DENIALDESK_WORKERS": "-1"}),
        ("", {"DENIALDESK_TODAY": "tomorrow"}),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, toml: str, env: dict[str, str]) -> None:
    (tmp_path / "denialdesk.toml").write_text(toml)
    with pytest.raises(UsageError, match=r"wrkers|workers|today|denialdesk\.toml"):
        load_settings(Home(tmp_path), env)


def test_a_claimed_directory_is_nobody_elses(tmp_path: Path) -> None:
    first = claim_first(tmp_path, "server-")
    second = claim_first(tmp_path, "server-")
    assert (first.path.name, second.path.name) == ("server-0", "server-1")
    first.release(remove=False)
    third = claim_first(tmp_path, "server-")
    assert third.path.name == "server-0"
    for claim in (second, third):
        claim.release()


def test_what_a_killed_holder_left_is_cleared_and_what_a_living_one_has_is_not(
    tmp_path: Path,
) -> None:
    held = claim_new(tmp_path, "run-")
    program = (
        "import pathlib, sys, time; from pipeline.claims import claim_new;"
        "c = claim_new(pathlib.Path(sys.argv[1]), 'run-'); (c.path / 'x').touch();"
        "print(c.path, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        assert held.path.exists()
        again = claim_new(tmp_path, "run-")
        assert left.exists()
        other.kill()
    ends = time.monotonic() + 120
    while left.exists() and time.monotonic() < ends:
        claim_new(tmp_path, "run-").release()
    assert not left.exists()
    assert held.path.exists()
    assert try_claim(held.path) is None
    for claim in (held, again):
        claim.release()
    assert not held.path.exists()
