"""What the soak looks at: memory and open files of every process of a running `serve`, by role."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROLES = (
    ("pipeline.prefect_server", "Prefect's server"),
    ("pipeline.scheduling", "schedules"),
    ("prefect.", "inbox run"),
    ("tesseract", "Tesseract"),
    ("forkserver", "fork server"),
    ("resource_tracker", "resource tracker"),
    ("pipeline worker", "worker"),
    ("pipeline --home", "web app"),
)
"""What a command line says, and the role that it has. A reader is a fork of the fork server."""
_PASSING = ("inbox run", "Tesseract", "resource tracker")


def passes(role: str) -> bool:
    """Whether the processes of a role, or those for which it works, are not there for long."""
    return role.endswith(_PASSING)


@dataclass(frozen=True, slots=True)
class Sample:
    """One role at one moment: its processes, their own memory in MB, open files and threads."""

    at: float
    processes: int
    mb: float
    files: int
    threads: int


@dataclass
class Watch:
    """Samples of every role, and what was seen besides."""

    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    zombies: list[tuple[float, int]] = field(default_factory=list)
    homes: list[tuple[float, int]] = field(default_factory=list)
    """Files in the home's scratch folder at a moment."""

    def look(self, pid: int, scratch: Path, at: float) -> None:
        found: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
        zombies = 0
        for each, role, zombie in family(pid):
            zombies += zombie
            with contextlib.suppress(OSError, ValueError, KeyError):  # it ended meanwhile
                told = about(each)
                found[role].append(told)
        for role, held in found.items():
            mb, files, threads = (sum(column) for column in zip(*held, strict=True))
            self.samples[role].append(Sample(at, len(held), mb, int(files), int(threads)))
        self.zombies.append((at, zombies))
        self.homes.append((at, sum(1 for _ in scratch.rglob("*"))))


def family(pid: int) -> Iterator[tuple[int, str, bool]]:
    """(process, its role, whether it is dead and not waited for) of a process and all below it."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                parents[int(entry.name)] = (int(parent), state)
    below = {pid}
    while more := {one for one, (parent, _) in parents.items() if parent in below} - below:
        below |= more
    roles = {each: role_of(each) for each in below}
    for each in sorted(below):
        above, now = parents.get(each, (0, ""))
        role = roles[each]
        if role == "fork server" and roles.get(above) == "fork server":
            role = "readers"
        owner = each
        while owner in parents and roles[owner] in ("fork server", "resource tracker"):
            owner = parents[owner][0]
            if owner not in below:
                break
        if role in ("readers", "fork server") and owner in roles:
            role = f"{role} of the {roles[owner]}"
        yield each, role, now == "Z"


def role_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
        return next((role for words, role in ROLES if words in line), "other")
    return "other"


def about(pid: int) -> tuple[float, int, int]:
    """A process's own memory in MB, without files that it shares, its open files, its threads."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return int(told["RssAnon"].split()[0]) / 1024, files, int(told["Threads"])


@contextmanager
def watching(pid: int, scratch: Path, every: float) -> Iterator[Watch]:
    """Look every few seconds, for as long as the block runs."""
    watch, over, begun = Watch(), threading.Event(), time.monotonic()

    def look() -> None:
        while not over.wait(every):
            with contextlib.suppress(OSError):  # a folder that went meanwhile
                watch.look(pid, scratch, time.monotonic() - begun)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Course:
    """How one figure went: its median in each quarter of the time."""

    quarters: tuple[float, ...]

    def is_flat(self, share: float, least: float) -> bool:
        """Whether the last quarter is not above the second by more than a share of it, or by more
        than `least`; the first is warming up."""
        return self.quarters[3] - self.quarters[1] <= max(share * self.quarters[1], least)


def course(samples: Sequence[Sample], figure: str, ends: float) -> Course:
    parts: list[list[float]] = [[], [], [], []]
    for sample in samples:
        parts[min(int(4 * sample.at / ends), 3)].append(getattr(sample, figure))
    return Course(tuple(statistics.median(part) if part else 0.0 for part in parts))


def lasting(watch: Watch) -> Mapping[str, Sequence[Sample]]:
    """The samples of roles that are there all the time."""
    return {role: held for role, held in watch.samples.items() if not passes(role)}
