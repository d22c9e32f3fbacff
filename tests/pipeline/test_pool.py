"""Worker processes: whatever a file does to one, only that call fails."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from desk_calls import HERE

from models.errors import Damaged, SetupError, StoreError, TimedOut, TooLarge
from pipeline.isolation.limits import kill_tree
from pipeline.isolation.pool import KilledForMemory, Pool, Stopped, UnforeseenFault
from pipeline.isolation.slots import slots


def read(pool: Pool, folder: Path, text: str, seconds: float = 120) -> int:
    pages: int = pool.call("read", text.encode(), "name", seconds=seconds).pages
    return pages


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("damaged", Damaged),
        ("setup", SetupError),
        ("crash", Damaged),
        ("killed", KilledForMemory),
        ("swell", TooLarge),
        ("fail", UnforeseenFault),
    ],
)
def test_a_bad_file_fails_its_own_call_and_no_other(
    pool: Pool, tmp_path: Path, text: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        read(pool, tmp_path, text)
    assert [read(pool, tmp_path, f"pages {n}") for n in (1, 2, 3)] == [1, 2, 3]


def test_an_unforeseen_fault_tells_frames_and_no_values(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(UnforeseenFault) as caught:
        read(pool, tmp_path, "fail Jane Q. Example")
    told = caught.value.trace + str(caught.value)
    assert "fake_jobs.py" in told
    assert "ValueError" in told
    assert "Jane" not in told


def test_a_call_that_hangs_is_killed_with_what_it_started(pool: Pool, tmp_path: Path) -> None:
    hang = long()
    with pytest.raises(TimedOut):
        read(pool, tmp_path, f"hang {hang}", seconds=1.5)
    assert not running(f"time.sleep({hang})")
    assert read(pool, tmp_path, "pages 4") == 4


def test_a_full_disk_is_told_as_such(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="disk is full"):
        pool.call("disk_full", seconds=120)


def test_progress_comes_while_the_call_runs(pool: Pool, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    pool.call("read", b"pages 3", "n", seconds=120, on_progress=lambda *news: told.append(news))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_worker_that_has_grown_is_replaced(pool: Pool, tmp_path: Path) -> None:
    read(pool, tmp_path, "pages 1")
    first = {pool.call("pid", seconds=120) for _ in range(4)}
    read(pool, tmp_path, "grow 300")
    read(pool, tmp_path, "pages 2")
    assert {pool.call("pid", seconds=120) for _ in range(4)} - first


def test_stopping_ends_calls_and_workers(pool: Pool, tmp_path: Path) -> None:
    hang = long()
    pid = pool.call("pid", seconds=120)
    ended: list[BaseException] = []

    def call() -> None:
        try:
            read(pool, tmp_path, f"hang {hang}", seconds=600)
        except BaseException as broken:
            ended.append(broken)

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.5)
    pool.stop()
    thread.join(120)
    assert isinstance(ended[0], Stopped)
    assert not alive(pid)
    assert not running(f"time.sleep({hang})")


def test_workers_die_with_their_parent_however_it_goes(tmp_path: Path) -> None:
    hang = long()
    program = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from pipeline.isolation.pool import Pool
from pipeline.isolation.worker import Orders
if __name__ == "__main__":
    pool = Pool(1, Orders("fake_jobs", {str(tmp_path)!r}, 600, 60))
    pool.start()
    print(pool.call("pid", seconds=120), flush=True)
    pool.call("read", b"hang {hang}", "n", seconds=600)
"""
    script = tmp_path / "parent.py"
    script.write_text(program)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        time.sleep(1.0)
        assert alive(worker)
        parent.send_signal(signal.SIGKILL)
    ends = time.monotonic() + 120
    while (alive(worker) or running(f"time.sleep({hang})")) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not alive(worker)
    assert not running(f"time.sleep({hang})")


def test_a_tree_is_killed_across_sessions() -> None:
    hang = long()
    inner = f"import time; time.sleep({hang})"
    outer = (
        "import subprocess, sys, time;"
        f"subprocess.Popen([sys.executable, '-c', {inner!r}], start_new_session=True);"
        "print('up', flush=True); time.sleep(602)"
    )
    with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE) as top:
        assert top.stdout is not None
        top.stdout.readline()
        kill_tree(top.pid)
    ends = time.monotonic() + 120
    while running(f"time.sleep({hang})") and time.monotonic() < ends:
        time.sleep(0.05)
    assert not running(f"time.sleep({hang})")


def test_slots_let_in_as_many_as_they_are(tmp_path: Path) -> None:
    slot = slots(tmp_path / "slots", 2)
    inside = most = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with slot(), slot():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.05)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def long() -> int:
    """Seconds to hang for: a number of its own, by which the process is told from those of other
    test runs on the machine."""
    return 1_000_000 + secrets.randbelow(900_000_000)


def running(words: str) -> bool:
    """Whether a process whose command line holds these words runs, other than this one."""
    listed = subprocess.run(
        ["ps", "-axo", "pid=,args="], capture_output=True, text=True, check=True
    )
    mine = str(os.getpid())
    return any(
        words in line and line.split()[0] != mine and "ps -axo" not in line
        for line in listed.stdout.splitlines()
        if "Popen" not in line
    )
