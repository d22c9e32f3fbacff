"""A worker that a letter has taken over: what it cannot do, and that the rest goes on."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_calls import HERE

from models.errors import Damaged, DeskError, SetupError, TimedOut, TooLarge
from pipeline.isolation import landlock, privileges, seccomp
from pipeline.isolation.answers import OddAnswer, plain
from pipeline.isolation.confine import protections, refuse_weak
from pipeline.isolation.pool import Pool
from pipeline.isolation.worker import Orders

needs_filter = pytest.mark.skipif(
    not seccomp.can_filter(), reason="no seccomp here: system calls cannot be refused"
)
needs_landlock = pytest.mark.skipif(
    not landlock.version(), reason="no Landlock here: files cannot be kept from a worker"
)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's /proc")


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """A worker whose calls are hostile."""
    monkeypatch.syspath_prepend(str(HERE))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    orders = Orders("hostile_jobs", str(scratch), memory_mb=400, cpu_seconds=60, scratch_mb=200)
    with Pool(1, orders) as started:
        started.call("who", seconds=60)
        yield started


@needs_filter
def test_no_socket_is_made(pool: Pool) -> None:
    assert pool.call("sockets", seconds=60) == ["PermissionError"] * 3


@needs_filter
def test_the_kernel_refuses_what_no_letter_needs(pool: Pool) -> None:
    could = set(pool.call("kernel", seconds=60))
    assert could <= (set() if landlock.version() >= 6 else {"kill"})


@needs_landlock
def test_no_file_outside_is_read_or_written(pool: Pool, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a letter")
    secret.chmod(0o644)
    assert pool.call("open_file", str(secret), "r", seconds=60) == "PermissionError"
    assert pool.call("open_file", str(secret), "w", seconds=60) == "PermissionError"
    assert pool.call("open_file", str(tmp_path / "new"), "w", seconds=60) == "PermissionError"
    assert pool.call("open_file", __file__.replace("test_", ""), "r", seconds=60) != "done"
    assert pool.call("open_file", "mine", "w", seconds=60) == "done"  # its own scratch
    assert secret.read_text() == "a letter"


@needs_filter
@needs_landlock
def test_what_a_worker_starts_is_held_as_well(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a letter")
    assert pool.call("child_opens", str(tmp_path / "secret"), seconds=60) == 0


@pytest.mark.skipif(not privileges.is_root(), reason="not started by root: there is no lower user")
def test_root_gives_way_to_a_user_of_no_rights(pool: Pool) -> None:
    uid, pid = pool.call("who", seconds=60)
    assert uid != 0
    status = Path(f"/proc/{pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    [held] = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff")]
    assert int(held, 16) in (0, 1 << 2)  # at most to read, and that within Landlock


@linux
def test_a_fork_bomb_ends_with_its_call(pool: Pool) -> None:
    uid, pid = pool.call("who", seconds=60)
    if uid == 0:
        pytest.skip("root's processes cannot be counted")
    started = time.monotonic()
    with pytest.raises(DeskError):
        pool.call("bomb", 600.0, seconds=2)
    assert time.monotonic() - started < 60
    assert not _of_session(pid)
    assert pool.call("who", seconds=60)[1] != pid


def test_a_worker_that_fills_the_disk_is_stopped(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="fills the disk"):
        pool.call("fill", seconds=120)
    assert pool.call("one_large_file", seconds=60) != "done"
    left = sum(f.stat().st_size for f in (tmp_path / "scratch").rglob("*") if f.is_file())
    assert left < 1 << 20


def test_a_worker_that_hogs_memory_is_told_so(pool: Pool) -> None:
    with pytest.raises(TooLarge, match="memory"):
        pool.call("hog", seconds=60)
    assert pool.call("who", seconds=60)


@linux
def test_who_ignores_signals_is_killed_with_its_child(pool: Pool) -> None:
    pid = pool.call("who", seconds=60)[1]
    with pytest.raises(TimedOut):
        pool.call("deaf", 600.0, seconds=1)
    assert not _of_session(pid)


@pytest.mark.parametrize("how", ["object", "garbage", "kind"])
def test_an_answer_can_only_be_data(pool: Pool, tmp_path: Path, how: str) -> None:
    marker = tmp_path / "marker"
    with pytest.raises(Damaged):
        pool.call("lie", str(marker), how, seconds=30)
    assert not marker.exists()
    assert pool.call("who", seconds=60)


def test_an_answer_that_never_ends_holds_no_one_up(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.isolation.pool._LATE", 0.5)
    with pytest.raises(TimedOut):
        pool.call("talk", "", seconds=1)
    assert pool.call("who", seconds=60)


def test_odd_answers_are_refused_by_name() -> None:
    for said in (b"cos\nsystem\n(S'true'\ntR.", b"", b"\x80\x04."):
        with pytest.raises(OddAnswer):
            plain(said)


def test_every_refused_call_has_a_number_on_every_machine() -> None:
    assert all(set(by) == {"x86_64", "aarch64"} for by in seccomp.refused().values())
    for machine in ("x86_64", "aarch64"):
        assert len(seccomp._program(machine)) % 8 == 0
        numbers = [by[machine] for by in seccomp.refused().values()]
        assert len(numbers) == len(set(numbers))


def test_the_doctor_can_tell_what_holds() -> None:
    assert {each.name for each in protections()} >= {"network", "files", "signals", "privileges"}


LESSER = """
import json, resource, sys
from pipeline.isolation import confine, landlock, privileges, seccomp
WHERE
lacking = [each.name for each in confine.protections() if not each.holds]
confine.confine(confine.Path(sys.argv[1]), [], [])
print(json.dumps({
    "lacking": lacking,
    "uid": privileges.os.geteuid(), "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "rights": [l.split()[1] for l in open("/proc/self/status") if l.startswith("CapEff")][0],
}))
"""
CONTAINER = "privileges._hold_only(1 << 1)  # of root's rights one, as in a container with few"
ELSEWHERE = """
seccomp.can_filter = lambda: False
landlock.version = lambda: 0
landlock.confine = lambda *given: False
seccomp.no_new_privileges = seccomp.filter_calls = lambda: False
privileges.is_root = lambda: False
"""


def confined(where: str, scratch: Path) -> dict[str, Any]:
    """What a process says that was confined where the system offers less."""
    done = subprocess.run(
        [sys.executable, "-c", LESSER.replace("WHERE", where), str(scratch)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@needs_landlock
@needs_filter
@pytest.mark.skipif(not privileges.is_root(), reason="not started by root")
def test_root_that_may_not_change_users_goes_on_without_its_rights(tmp_path: Path) -> None:
    told = confined(CONTAINER, tmp_path)
    assert told["uid"] == 0
    assert int(told["rights"], 16) == 0
    assert set(told["lacking"]) <= {"user", "signals"}
    assert "user" in told["lacking"]


@linux
def test_a_system_without_confinement_keeps_the_limits_and_says_what_lacks(tmp_path: Path) -> None:
    """As on macOS, which has neither seccomp nor Landlock."""
    told = confined(ELSEWHERE, tmp_path)
    assert told["core"] == 0
    assert told["files"] <= 512
    assert set(told["lacking"]) >= {"network", "files", "signals"}


def test_what_is_required_and_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "can_filter", lambda: False)
    with pytest.raises(SetupError, match="network: needs Linux with seccomp"):
        refuse_weak("nobody")


def test_threads_that_call_do_not_wait_for_a_worker_that_is_late(pool: Pool) -> None:
    """A hostile call next to a good one: the good one gets the next worker."""
    late = threading.Thread(target=_deaf, args=(pool,))
    late.start()
    assert pool.call("who", seconds=60)
    late.join(60)
    assert not late.is_alive()


def _deaf(pool: Pool) -> None:
    with contextlib.suppress(TimedOut):
        pool.call("deaf", 600.0, seconds=1)


def _of_session(session: int) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError):
            if entry.name.isdigit():
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] != "Z":
                    found.append(entry.name)
    assert str(os.getpid()) not in found
    return found
