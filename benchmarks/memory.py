"""`python -m benchmarks.memory`: the most that all processes of a batch hold together."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.common import (
    Run,
    check,
    last_words,
    publish,
    start,
    workplace,
    write_letters,
)

TARGET_MB = 1000.0
FLAT_WITHIN = 1.10
EVERY = 0.2
_MIX = ("clean", "clean", "clean", "scan", "fax")


def held_by(home: Path) -> float:
    """Megabytes held by all processes that work for this home; what they share counts once."""
    mark = f"DENIALDESK_HOME={home}".encode()
    return sum(_megabytes(process) for process in _processes() if mark in _environment(process))


def _processes() -> list[Path]:
    return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""  # it ended meanwhile, or is another user's


def _megabytes(process: Path) -> float:
    try:
        for line in (process / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass  # it ended meanwhile
    return 0.0


def peak(folder: Path, work: Path) -> tuple[float, float]:
    """The peak in megabytes and the seconds of a whole run on `folder`."""
    begun = time.perf_counter()
    running, home = start(folder, work)
    most = 0.0
    while running.poll() is None:
        most = max(most, held_by(home))
        time.sleep(EVERY)
    check(Run(time.perf_counter() - begun, running.returncode, last_words(home)))
    return most, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--few", type=int, default=50)
    parser.add_argument("--many", type=int, default=200)
    args = parser.parse_args()
    if not Path("/proc/self/smaps_rollup").exists():
        raise SystemExit("Memory is measured through /proc, which this system does not have.")
    with workplace() as work:
        write_letters(work / "few", args.few, seed=61, damages=_MIX)
        write_letters(work / "many", args.many, seed=62, damages=_MIX)
        few, few_seconds = peak(work / "few", work)
        many, many_seconds = peak(work / "many", work)
    flat = "flat" if many <= few * FLAT_WITHIN else "not flat"
    met = "met" if many < TARGET_MB else "missed"
    publish(
        "memory",
        "Memory",
        [
            "Digital, scanned and faxed letters in one batch. Proportional memory of all processes "
            f"of the run together, looked at every {EVERY} s.",
            "",
            "| letters | peak, MB | seconds |",
            "| ---: | ---: | ---: |",
            f"| {args.few} | {few:.0f} | {few_seconds:.0f} |",
            f"| {args.many} | {many:.0f} | {many_seconds:.0f} |",
            "",
            f"Target under {TARGET_MB:.0f} MB: {met}. "
            f"From {args.few} to {args.many} letters: {flat} ({many / few:.2f}x).",
        ],
    )


if __name__ == "__main__":
    main()
