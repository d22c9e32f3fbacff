"""What the measurements of inboxes share: a home, calls of the program, letters that differ."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import PROGRAM, ROOT
from benchmarks.generator.letter import letters

sys.path.insert(0, str(ROOT / "tests" / "inboxes"))  # the real servers that tests start
sys.path.insert(0, str(ROOT / "tests" / "pipeline"))


def call(home: Path, *args: str | Path, **env: str) -> float:
    """Seconds that a call of `denialdesk` takes; it must end well."""
    return timed(home, *args, **env)[0]


def timed(home: Path, *args: str | Path, **env: str) -> tuple[float, float]:
    """Seconds that a call of `denialdesk` takes, and those of a processor that it and its children
    take, which a busy machine changes little; it must end well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        [str(PROGRAM), *map(str, args)],
        env={**os.environ, "DENIALDESK_HOME": str(home), **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 3):
        raise SystemExit(f"denialdesk {args[0]} ended with {done.returncode}: {done.stderr[-400:]}")
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start(home: Path, *args: str, **env: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(PROGRAM), *args], env={**os.environ, "DENIALDESK_HOME": str(home), **env},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def write_digital(folder: Path, count: int, seed: int = 61, kinds: int = 20) -> None:
    """`count` PDFs with text, no two the same: `kinds` letters, each told apart by a comment at
    its end, which no reader shows. Still for a day, so that a folder takes them at once."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [letter.pdf() for _, letter in letters(seed, min(kinds, count))]
    then = time.time() - 86400
    for number in range(count):
        path = folder / f"letter-{number:05}.pdf"
        path.write_bytes(made[number % len(made)] + b"\n%% %d\n" % number)
        os.utime(path, (then, then))


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(['---'] + ['---:'] * (len(head) - 1))} |"]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]
