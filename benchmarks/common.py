"""What the measurements share: letters to work on, a `denialdesk` run, a page in docs/."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.generator.damage import damaged
from benchmarks.generator.letter import letters

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "benchmarks"
SAID = "said.txt"
PROGRAM = Path(sys.executable).parent / "denialdesk"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the program: wall time, how it ended, and what it said last."""

    seconds: float
    exit_code: int
    last_words: str = ""


def write_letters(folder: Path, count: int, seed: int, damages: Sequence[str] = ("clean",)) -> None:
    """`count` different letters into `folder`, damaged in turn; no labels."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, (name, letter) in enumerate(letters(seed, count)):
        kind = damages[n % len(damages)]
        suffix, data = ".pdf", letter.pdf()
        if kind != "clean":
            suffix, data = damaged(data, kind, f"{seed}/{n}", letter.scene.days["letter_date"])
        (folder / f"{name}{suffix}").write_bytes(data)


def start(folder: Path, work: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """`denialdesk process` on a folder, with a home of its own under `work`; and that home."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=work))
    environment = {**os.environ, "DENIALDESK_HOME": str(home)}
    command = [str(PROGRAM), "process", str(folder), "--out", str(home / "packets")]
    running = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=(home / SAID).open("wb"),
    )
    return running, home


def last_words(home: Path) -> str:
    """The end of what a run told on standard error."""
    said = (home / SAID).read_text(encoding="utf-8", errors="replace").strip()
    return said[-300:].rpartition("\n")[2]


def process(folder: Path, work: Path) -> Run:
    """The wall time of a whole `denialdesk process` from nothing."""
    begun = time.perf_counter()
    running, home = start(folder, work)
    code = running.wait()
    return Run(time.perf_counter() - begun, code, last_words(home))


def check(run: Run) -> Run:
    """The run, if it did its work; a measurement of a failed run says nothing."""
    if run.exit_code not in (0, 3):
        raise SystemExit(
            f"denialdesk process ended with {run.exit_code}, nothing was measured: {run.last_words}"
        )
    return run


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def publish(
    name: str, title: str, lines: Sequence[str], in_short: str = "", command: str = ""
) -> None:
    """Print the figures, at the end `in_short`, and write them to docs/benchmarks/NAME.md.
    `command`: what was run after `python -m benchmarks.`, where it is not the name."""
    where = f"{datetime.now(UTC):%Y-%m-%d}, {cores()} cores, {platform.system()}, Python "
    where += platform.python_version()
    where += f", load average {os.getloadavg()[0]:.1f} at the end"
    text = f"# {title}\n\nMeasured {where}, by `python -m benchmarks.{command or name}`.\n\n"
    text += "\n".join(lines) + "\n"
    DOCS.mkdir(parents=True, exist_ok=True)
    (DOCS / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    if in_short:
        print(f"{name}: {in_short}")


def publish_cost(
    name: str, title: str, what: str, pairs: Sequence[tuple[float, float]], target: float
) -> None:
    """Publish how many times longer the first of each pair of times took than the second."""
    ratio = statistics.median(a / b for a, b in pairs)
    total = sum(a for a, _ in pairs) / sum(b for _, b in pairs)
    told = f"Median ratio {ratio:.3f}, ratio of the sums {total:.3f} "
    told += f"(target {target}: {verdict(ratio, target)})."
    publish(name, title, [f"{len(pairs)} {what}", "", told])


def verdict(figure: float, target: float) -> str:
    return "met" if figure <= target else "missed"
