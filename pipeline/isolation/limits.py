"""What a worker process may use, and the end of everything it started."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path


def limit_memory(megabytes: int) -> None:
    """Cap what this process, and each it starts, may map beyond what it has mapped now.

    A page that unpacks to gigabytes then fails in its own worker. Systems without an address
    space limit (macOS) go without.
    """
    most = _mapped_bytes() + (megabytes << 20)
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


_FILE_MB = 512
"""The largest file that a worker may write: pages of a book at 600 dpi fit in it."""
_OPEN_FILES = 512


def limit_files() -> None:
    """Cap the size of a file that is written and the number of open ones."""
    _limit(resource.RLIMIT_FSIZE, _FILE_MB << 20)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)


def leave_no_core() -> None:
    """A core file of this process, or of one that it starts, would hold letters."""
    _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, most: int) -> None:
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(what)
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (wanted, wanted))


def limit_cpu(seconds: float) -> None:
    """Cap this process's own computing from now on: the last resort should its parent hang."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 1
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _mapped_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def resident_mb() -> int:
    """Memory this process holds now, in MB (its peak where the system does not tell)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() >> 20
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak >> 20 if sys.platform == "darwin" else peak >> 10


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started, at once.

    Its process group goes first; a grandchild with a session of its own is found by its parents.
    """
    below = _descendants(pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
    for each in (pid, *below):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(each, signal.SIGKILL)


def kill_below(pid: int) -> None:
    """Kill all that a process started, and not itself."""
    for each in _descendants(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(each, signal.SIGKILL)


def kill_session(session: int) -> None:
    """Kill what is left of a worker's session: processes that its end left without a parent, also
    such as start others while they are killed."""
    for _ in range(50):
        left = [pid for pid, _, held in _processes() if held == session]
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            return


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent, _ in _processes():
        children[parent].append(child)
    found: list[int] = []
    left = [pid]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found


def _processes() -> list[tuple[int, int, int]]:
    """(process, its parent, its session) for every process to be seen that is no zombie."""
    proc = Path("/proc")
    if (proc / "self" / "stat").exists():
        found = []
        for entry in proc.iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    stat = (entry / "stat").read_text()
                    # The name in brackets may hold blanks and brackets itself.
                    state, parent, _, session = stat.rpartition(")")[2].split()[:4]
                    if state != "Z":
                        found.append((int(entry.name), int(parent), int(session)))
        return found
    try:
        listed = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,sess="],
            capture_output=True, text=True, check=False, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = (line.split() for line in listed.stdout.splitlines())
    return [(int(row[0]), int(row[1]), _number(row[2])) for row in rows if len(row) == 3]


def _number(word: str) -> int:
    return int(word) if word.isdigit() else 0
