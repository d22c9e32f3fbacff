"""`python -m benchmarks.inbox_limits`: what one PostgreSQL and one Prefect server carry: letters
handed out a second to 1, 2 and 4 worker processes, and calls of Prefect's API a second."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.claims import empty, fill, prefect_server
from benchmarks.common import ROOT, publish, workplace
from benchmarks.inbox_runs import table

_TAKER = "--taker"
_TRANSACTIONS = 10
"""Of a letter on its whole way; a claim, a move and a return are three of them."""
_CALLERS = 4
_TRIES = 100


def taker(url: str, number: int, scratch: Path) -> None:
    """A worker process: says that it is there, waits for its line, takes all that it gets."""
    from pipeline.store.database import open_database

    database = open_database(url)
    print("READY", flush=True)
    sys.stdin.readline()
    print(empty(database, number, scratch), flush=True)
    database.close()


def handed_out(url: str, processes: int, count: int, first: int, work: Path) -> float:
    """Letters a second, each claimed, moved and returned."""
    from pipeline.store.database import open_database

    database = open_database(url)
    fill(database, count, first)
    database.close()
    takers = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.inbox_limits", _TAKER, url, str(number), str(work)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for number in range(processes)
    ]  # fmt: skip
    try:
        for each in takers:
            assert each.stdout is not None
            each.stdout.readline()
        begun = time.perf_counter()
        for each in takers:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        done = sum(int(each.communicate(timeout=300)[0]) for each in takers)
    finally:
        for each in takers:
            each.kill()
    took = time.perf_counter() - begun
    if done != count:
        raise SystemExit(f"{done} of {count} letters were handed out: nothing was measured")
    return count / took


def calls(port: int, count: int) -> tuple[float, float, int]:
    """Flow runs made, and states set, a second, by some callers at a time; and how often the
    server was too busy."""
    refused: list[str] = []

    def call(path: str, body: object) -> Any:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api{path}", method="POST", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(_TRIES):
            try:
                with opener.open(asked, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as busy:  # its database is; clients ask once more
                if busy.code != 503:
                    raise
                refused.append(path)
            time.sleep(0.1)
        raise SystemExit("Prefect's server stayed busy: nothing was measured")

    flow = call("/flows/", {"name": "measured"})["id"]

    def make(_: int) -> str:
        return str(call("/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}})["id"])

    def move(run: str) -> None:
        call(f"/flow_runs/{run}/set_state", {"state": {"type": "RUNNING"}})

    make(0)
    with ThreadPoolExecutor(_CALLERS) as callers:
        begun = time.perf_counter()
        runs = list(callers.map(make, range(count)))
        made = time.perf_counter()
        list(callers.map(move, runs))
        moved = time.perf_counter()
    return count / (made - begun), count / (moved - made), len(refused)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_limits", description=__doc__)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--calls", type=int, default=200)
    chosen = parser.parse_args()
    from postgres_server import postgres_server

    with workplace() as work:
        with postgres_server() as url:
            found = {
                processes: handed_out(url, processes, chosen.letters, processes * 10**6, work)
                for processes in (1, 2, 4)
            }
        print(f"letters a second by processes: {found}", flush=True)
        with prefect_server(work) as port:
            made, moved, refused = calls(port, chosen.calls)
    carried = max(found.values()) * 3 / _TRANSACTIONS
    publish(
        "inbox_limits",
        "What the database and Prefect's server carry",
        [
            f"On one machine with the workers themselves. {chosen.letters:,} letters in the queue "
            "of one PostgreSQL; each is claimed, moved and returned, three transactions, and "
            "nothing is done with it.",
            "",
            *table(
                ("worker processes", "letters a second"),
                [(processes, f"{rate:.0f}") for processes, rate in found.items()],
            ),
            "",
            f"A letter's whole way is about {_TRANSACTIONS} such transactions: {carried:.0f} "
            f"letters a second, {carried * 86400 / 1e6:.1f} million a day.",
            "",
            f"Prefect's server on SQLite, {_CALLERS} callers, {chosen.calls} calls of each kind:",
            "",
            *table(
                ("call", "a second"),
                [("make a flow run", f"{made:.0f}"), ("set its state", f"{moved:.0f}")],
            ),
            "",
            f"It was too busy to answer, and asked again, {refused} times.",
        ],
        f"{max(found.values()):.0f} letters handed out a second, {made:.0f} flow runs made and "
        f"{moved:.0f} states set a second",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == [_TAKER]:
        taker(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
