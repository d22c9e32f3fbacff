"""`python -m benchmarks.inbox_workers`: two workers against one on scanned letters, each with one
reader process, on SQLite and on PostgreSQL. Needs two idle cores, and six minutes of them."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.common import publish, workplace, write_letters
from benchmarks.inbox_runs import call, start, table, write_digital

TARGET = 1.8


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one run: `whole` from the workers' start to their end, `each` a letter from the
    first one done to the last one, in which no start-up is."""

    whole: float
    each: float


def measured(home: Path, letters: Path, workers: int, most: float, **env: str) -> Took:
    """Bring letters from the queue to their packets. Ends the workers and the measurement after
    `most` seconds."""
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
    try:
        for process in running:
            if process.wait(max(most - (time.perf_counter() - begun), 0)):
                raise SystemExit(f"a worker failed, nothing was measured: {_log(home)}")
    except subprocess.TimeoutExpired:
        raise SystemExit(
            f"{workers} workers were not done after {most:.0f} s: nothing measured. {_log(home)}"
        ) from None
    finally:
        for process in running:
            process.kill()
            process.wait()
    whole = time.perf_counter() - begun
    url = env.get("DENIALDESK_DATABASE_URL", f"sqlite:///{home / 'denialdesk.db'}")
    took = Took(whole, _each(url, sum(1 for _ in letters.iterdir())))
    print(f"{workers} workers: {took.whole:.0f} s, {took.each:.2f} s a letter", flush=True)
    return took


def _each(url: str, count: int) -> float:
    from sqlalchemy import func, select

    from pipeline.store.database import open_database
    from pipeline.store.schema import DocumentRow
    from pipeline.store.states import State

    database = open_database(url)
    at = DocumentRow.changed_at
    wanted = select(func.count(), func.min(at), func.max(at)).where(
        DocumentRow.state == State.WRITTEN
    )
    with database.reading() as session:
        done, first, last = session.execute(wanted).one()
    database.close()
    if done != count:
        raise SystemExit(f"{done} of {count} letters were brought to their end: nothing measured")
    seconds: float = (last - first).total_seconds()
    return seconds / (count - 1)


def _log(home: Path) -> str:
    log = home / "logs" / "denialdesk.log"
    return log.read_text(encoding="utf-8")[-600:] if log.exists() else "no log"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_workers", description=__doc__)
    parser.add_argument("--letters", type=int, default=24)
    parser.add_argument("--digital", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1, help="of each measurement; medians")
    parser.add_argument("--most", type=float, default=300, help="seconds for one measurement")
    chosen = parser.parse_args()
    from postgres_server import postgres_server

    with workplace() as work:
        homes = (work / f"home-{number}" for number in range(1000))
        write_letters(work / "scanned", chosen.letters, seed=62, damages=("scan",))
        write_digital(work / "digital", chosen.digital)

        def run(letters: str, workers: int, on_postgres: bool) -> Took:
            with ExitStack() as stack:
                env = {}
                if on_postgres:
                    env["DENIALDESK_DATABASE_URL"] = stack.enter_context(postgres_server())
                return measured(next(homes), work / letters, workers, chosen.most, **env)

        def times(letters: str, workers: int, on_postgres: bool) -> Took:
            found = [run(letters, workers, on_postgres) for _ in range(chosen.rounds)]
            return Took(median(t.whole for t in found), median(t.each for t in found))

        rows, short = [], []
        for name in ("SQLite", "PostgreSQL"):
            one, two = (times("scanned", workers, name == "PostgreSQL") for workers in (1, 2))
            rows.append(
                (name, f"{one.whole:.1f}", f"{two.whole:.1f}", f"{one.whole / two.whole:.2f}",
                 f"{one.each:.2f}", f"{two.each:.2f}", f"{one.each / two.each:.2f}",
                 f"{3600 / one.each:,.0f}")
            )  # fmt: skip
            short.append(f"{name} {one.each / two.each:.2f} times as fast")
        digital = times("digital", 1, True)
    publish(
        "inbox_workers",
        "Two workers against one",
        [
            f"{chosen.letters} scanned letters in the queue, {chosen.rounds} rounds. A worker here "
            "has one reader process, so that one worker is one core.",
            "",
            *table(
                (
                    "database",
                    "one worker, s",
                    "two workers, s",
                    "times as fast",
                    "one, s a letter",
                    "two, s a letter",
                    "times as fast",
                    "letters an hour a core",
                ),
                rows,
            ),
            "",
            "The first three are from the workers' start to the end of the last one, the others "
            f"from the first letter done to the last one. Target: {TARGET} times.",
            "",
            f"{chosen.digital} PDFs with text, one worker on PostgreSQL: {digital.each:.2f} s a "
            f"letter, {3600 / digital.each:,.0f} letters an hour a core.",
        ],
        f"{'; '.join(short)}; {rows[0][-1]} scanned and {3600 / digital.each:,.0f} digital "
        "letters an hour a core",
    )


if __name__ == "__main__":
    main()
