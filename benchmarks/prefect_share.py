"""`python -m benchmarks.prefect_share`: a batch by `denialdesk process`, which runs as a Prefect
flow, against the very same call with threads in Prefect's place; by turns, so that other work on
the machine meets both."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.common import ROOT, publish, verdict, workplace
from benchmarks.inbox_runs import table, write_digital

TARGET = 0.05
_PLAIN = "--without-prefect"


def timed(letters: Path, work: Path, name: str, plain: bool) -> tuple[float, float]:
    """Seconds from call to exit of a batch from nothing, and those of a processor that the process
    itself takes; its workers, which are no children of ours, take as many in both."""
    home = work / name
    program = [sys.executable, "-m", *([__spec__.name, _PLAIN] if plain else ["pipeline"])]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        [*program, "process", str(letters), "--out", str(home / "packets")],
        env={**os.environ, "DENIALDESK_HOME": str(home)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        raise SystemExit(f"process ended with {done.returncode}: {done.stderr[-400:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def without_prefect() -> None:
    """The program as it is, but for Prefect: no server, and threads that call the same steps."""
    from pipeline import batch
    from pipeline.cli import main as program
    from pipeline.desk import Desk, TryAgain

    class NoServer:
        def __init__(self, *_: object) -> None:
            pass

        def settle(self) -> None:
            pass

        stop = settle

    def work(self: batch.BatchRun, desk: Desk, _server: object) -> None:
        def bring_on(item: int) -> None:
            while not desk.over:
                try:
                    desk.bring_on(item)
                    break
                except TryAgain:
                    time.sleep(1)

        with ThreadPoolExecutor(desk.tools.pool.size + 2) as threads:
            list(threads.map(bring_on, desk.items))

    setattr(batch, "PrefectServer", NoServer)  # noqa: B010  # of another type
    setattr(batch.BatchRun, "_work", work)  # noqa: B010
    program()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prefect_share", description=__doc__)
    parser.add_argument("--letters", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    flow, plain = [], []
    with workplace() as work:
        write_digital(work / "letters", chosen.letters)
        write_digital(work / "few", 4)
        timed(work / "few", work, "warm", plain=False)  # fills the machine's file cache
        for turn in range(chosen.rounds):
            flow.append(timed(work / "letters", work, f"flow-{turn}", plain=False))
            plain.append(timed(work / "letters", work, f"plain-{turn}", plain=True))
    pairs = list(zip(flow, plain, strict=True))
    shares = [1 - other[0] / own[0] for own, other in pairs]
    share = statistics.median(shares)
    more = statistics.median(own[1] - other[1] for own, other in pairs)
    rows = [
        (name, *(f"{statistics.median(column):.1f}" for column in zip(*runs, strict=True)))
        for name, runs in (("as a Prefect flow", flow), ("threads in its place", plain))
    ]
    publish(
        "prefect_share",
        "Prefect's share",
        [
            f"`denialdesk process` on {chosen.letters} PDFs with text, from call to exit, so that "
            f"Prefect's imports and its server's start are in it; {chosen.rounds} runs of each "
            "kind by turns, medians.",
            "",
            *table(
                ("", "seconds", "of a processor in the process itself"),
                [*rows, ("Prefect's share", f"{share:.1%}", "")],
            ),
            "",
            f"Prefect takes {more:.1f} s of a processor. Shares of single rounds: "
            f"{', '.join(f'{each:.1%}' for each in sorted(shares))}. "
            f"Target {TARGET:.0%} of the time: {verdict(share, TARGET)}.",
        ],
        f"share {share:.1%} of the time, {more:.1f} s of a processor, {chosen.letters} letters",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == [_PLAIN]:
        del sys.argv[1]
        without_prefect()
    else:
        main()
