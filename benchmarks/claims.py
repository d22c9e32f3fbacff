"""`python -m benchmarks.claims`: what it costs to hand a letter to a worker, by a lease in our own
database or as a flow run through a Prefect work pool. The work itself is empty in both."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import ROOT, publish, workplace
from benchmarks.inbox_runs import table

if TYPE_CHECKING:
    from pipeline.store.database import Database

AT_ONCE = 2
_START_SECONDS = 300.0


def leases(url: str, count: int, scratch: Path) -> float:
    """Milliseconds for a claim and its return, by `AT_ONCE` workers at a time."""
    from pipeline.store.database import open_database

    database = open_database(url)
    fill(database, count)
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        done = sum(threads.map(lambda number: empty(database, number, scratch), range(AT_ONCE)))
    took = time.perf_counter() - begun
    database.close()
    if done != count:
        raise SystemExit("letters were lost: nothing was measured")
    return took / count * 1000


def fill(database: Database, count: int, first: int = 0) -> None:
    """Put `count` letters into the queue, without files."""
    from pipeline.store.blobs import Stored
    from pipeline.store.inboxes import queue_document

    with database.session() as session:
        for number in range(first, first + count):
            key = hashlib.sha256(b"%d" % number).hexdigest()
            queue_document(session, "x.pdf", Stored(key, 10))


def empty(database: Database, number: int, scratch: Path) -> int:
    """Take letters as worker `number` until there is none, and do nothing with them; how many."""
    from pipeline.queue import Queue
    from pipeline.store.schema import DocumentRow
    from pipeline.store.states import State

    queue, done = Queue(database, f"machine{number}/owner-{number}", scratch), 0
    while (sha256 := queue.claim()) is not None:
        with database.session() as session:
            session.get_one(DocumentRow, sha256).state = State.WRITTEN
        queue.give_back(sha256)
        done += 1
    return done


async def pool(count: int) -> None:
    """Print the seconds a flow run takes through a work pool with `AT_ONCE` runs at a time."""
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.types.entrypoint import EntrypointType
    from prefect.workers.process import ProcessWorker

    from benchmarks import claims
    from pipeline.inbox_process import COMMAND

    made: Any = flow(claims.nothing).to_deployment(
        name="nothing",
        work_pool_name="measured",
        entrypoint_type=EntrypointType.MODULE_PATH,
        job_variables={"command": COMMAND},  # without one, a run takes two processes
    )
    made = await made if asyncio.iscoroutine(made) else made
    async with get_client() as client:
        await client.create_work_pool(WorkPoolCreate(name="measured", type="process"))
        applied = made.apply()
        deployment = await applied if asyncio.iscoroutine(applied) else applied
        worker = ProcessWorker(work_pool_name="measured", limit=AT_ONCE)
        working = asyncio.create_task(worker.start())
        first = await client.create_flow_run_from_deployment(deployment)
        await _ended(client, [first.id])  # the worker is up
        begun = time.perf_counter()
        runs = [await client.create_flow_run_from_deployment(deployment) for _ in range(count)]
        await _ended(client, [run.id for run in runs])
        print(f"SECONDS {(time.perf_counter() - begun) / count:.3f}", flush=True)
        working.cancel()
    os._exit(0)


async def _ended(client: Any, ids: list[Any]) -> None:
    left = set(ids)
    while left:
        await asyncio.sleep(0.2)
        for each in list(left):
            state = (await client.read_flow_run(each)).state
            if state is not None and state.is_final():
                left.discard(each)


def nothing() -> None:
    """The flow of `pool`, as its processes import it."""


@contextlib.contextmanager
def prefect_server(work: Path) -> Iterator[int]:
    """The port of a Prefect server on SQLite, as behind `denialdesk serve`, once it answers."""
    from pipeline.prefect_env import for_desk_server, without_prefect
    from pipeline.prefect_template import put_into

    port = _free_port()
    home = work / "prefect"
    home.mkdir()
    put_into(home)
    server = subprocess.Popen(
        [sys.executable, "-m", "pipeline.prefect_server", "--port", str(port)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**without_prefect(), **for_desk_server(home, port)}, cwd=work,
    )  # fmt: skip
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        ends = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                opener.open(f"http://127.0.0.1:{port}/api/health", timeout=30).close()
                break
            if time.monotonic() > ends or server.poll() is not None:
                raise SystemExit("Prefect's server did not start: nothing was measured")
            time.sleep(0.2)
        yield port
    finally:
        server.kill()
        server.wait()


def through_prefect(count: int, work: Path) -> float:
    """Seconds a flow run, with a server of our own."""
    from pipeline.prefect_env import for_client, without_prefect

    with prefect_server(work) as port:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.claims", "--pool", str(count)],
            env={**without_prefect(), **for_client(work / "client", port), "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False, cwd=work,
        )  # fmt: skip
        told = [line for line in done.stdout.splitlines() if line.startswith("SECONDS ")]
        if not told:
            raise SystemExit(f"Prefect's work pool did not run: {done.stderr[-600:]}")
        return float(told[0].split()[1])


def _free_port() -> int:
    from real_servers import free_port

    return free_port()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--letters", type=int, default=500)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--pool", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.pool:
        asyncio.run(pool(chosen.pool))
    from postgres_server import postgres_server

    with workplace() as work, postgres_server() as url:
        scratch = Path(tempfile.mkdtemp(dir=work))
        sqlite = leases(f"sqlite:///{work / 'desk.db'}", chosen.letters, scratch)
        postgres = leases(url, chosen.letters, scratch)
        flow_run = through_prefect(chosen.runs, work) * 1000
    publish(
        "claims",
        "Handing letters to workers",
        [
            f"Two workers at a time; a lease is a claim, a move and a return "
            f"({chosen.letters} of them), a flow run is empty and goes through a work pool of kind "
            f"process ({chosen.runs} of them, the worker started before).",
            "",
            *table(
                ("", "ms a letter"),
                [("a lease on SQLite", f"{sqlite:.1f}"),
                 ("a lease on PostgreSQL", f"{postgres:.1f}"),
                 ("a flow run through Prefect's work pool", f"{flow_run:.0f}")],
            ),
        ],
        f"lease {sqlite:.1f} ms (SQLite), {postgres:.1f} ms (PostgreSQL); "
        f"flow run by work pool {flow_run:.0f} ms",
    )  # fmt: skip


if __name__ == "__main__":
    main()
