"""`python -m benchmarks.inbox_workers`: two workers against one on scanned letters, each with one
reader process, on SQLite and on PostgreSQL. Needs two idle cores."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from benchmarks.common import publish, workplace, write_letters
from benchmarks.inbox_runs import call, start, table, write_digital

TARGET = 1.8


def measured(work: Path, letters: Path, workers: int, **env: str) -> float:
    """Seconds from the start of the workers to the end of the last letter."""
    import shutil
    import tempfile

    home = Path(tempfile.mkdtemp(prefix="home-", dir=work))
    folder = home / "in"
    shutil.copytree(letters, folder)
    for path in folder.iterdir():
        os.utime(path, (time.time() - 86400,) * 2)
    call(home, "inbox", "add", "folder", folder, "--name", "fax", **env)
    call(home, "inbox", "run", "fax", "--collect-only", **env)
    begun = time.perf_counter()
    running = [
        start(home, "worker", "--until-empty", "--threads", "1", DENIALDESK_WORKERS="1", **env)
        for _ in range(workers)
    ]
    for process in running:
        if process.wait():
            raise SystemExit("a worker failed: nothing was measured")
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_workers", description=__doc__)
    parser.add_argument("--letters", type=int, default=24)
    parser.add_argument("--digital", type=int, default=60)
    chosen = parser.parse_args()
    count = chosen.letters
    from postgres_server import postgres_server

    rows = []
    with workplace() as work:
        write_letters(work / "letters", count, seed=62, damages=("scan",))
        for name in ("SQLite", "PostgreSQL"):
            times = []
            for workers in (1, 2):
                if name == "SQLite":
                    times.append(measured(work, work / "letters", workers))
                else:
                    with postgres_server() as url:
                        env = {"DENIALDESK_DATABASE_URL": url}
                        times.append(measured(work, work / "letters", workers, **env))
            hour = 3600 * count / times[0]
            rows.append((name, f"{times[0]:.1f}", f"{times[1]:.1f}", f"{times[0] / times[1]:.2f}",
                         f"{hour:,.0f}"))  # fmt: skip
        write_digital(work / "digital", chosen.digital)
        with postgres_server() as url:
            digital = measured(work, work / "digital", 1, DENIALDESK_DATABASE_URL=url)
        digital_hour = 3600 * chosen.digital / digital
    publish(
        "inbox_workers",
        "Two workers against one",
        [
            f"{count} scanned letters in the queue; seconds from the workers' start to the last "
            "packet, start-up of the workers included.",
            "",
            *table(
                (
                    "database",
                    "one worker, s",
                    "two workers, s",
                    "times as fast",
                    "letters an hour a core",
                ),
                rows,
            ),
            "",
            f"Target: {TARGET} times. A worker here has one reader process, so that one worker is "
            "one core.",
            "",
            f"{chosen.digital} PDFs with text, one worker on PostgreSQL: {digital:.1f} s, "
            f"{digital_hour:,.0f} letters an hour a core.",
        ],
        "; ".join(
            f"{row[0]} {row[3]} times as fast, {row[4]} scanned letters/h/core" for row in rows
        )
        + f"; {digital_hour:,.0f} digital letters/h/core",
    )


if __name__ == "__main__":
    main()
