"""`denialdesk worker`."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings


@click.command(
    epilog="Example: DENIALDESK_DATABASE_URL=postgresql://desk@db/desk "
    "DENIALDESK_BLOBS_DIR=/mnt/desk/blobs denialdesk worker"
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Letters in hand at once (default: one a worker process, and one more).",
)
@click.option("--operations", metavar="HOST:PORT", help="Serve /healthz and /metrics there.")
@click.option("--until-empty", is_flag=True, help="End once the queue is empty.")
@click.option("--until-parent-ends", is_flag=True, hidden=True)
@home_option
def worker(
    threads: int | None, operations: str | None, until_empty: bool, until_parent_ends: bool
) -> None:  # fmt: skip
    """Take letters from the queue and bring each to its end, beside any number of other workers.

    On several machines they share one PostgreSQL database and the folders for letters received
    and for packets (DENIALDESK_DATABASE_URL, DENIALDESK_BLOBS_DIR, DENIALDESK_PACKETS_DIR).
    """
    from pipeline.logs import open_log
    from pipeline.notices import send_report
    from pipeline.operations.http import serve_operations
    from pipeline.working import Worker, workshop

    address = _address(operations)
    chosen = settings()
    chosen.home.prepare()
    open_log(chosen.home.logs)
    with workshop(chosen) as shop:
        working = Worker(
            shop, threads or shop.tools.pool.size + 1,
            lambda run: send_report(chosen, shop.database, run),
        )  # fmt: skip

        def end(_signal: int, _frame: FrameType | None) -> None:
            working.stop()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)
        if until_parent_ends:
            threading.Thread(target=_end_with_parent, args=(working.stop,), daemon=True).start()
        if address:
            serve_operations(chosen, shop.database, *address)
        if until_empty:
            working.run(lambda: shop.queue.waiting().total == 0)
        else:
            working.run()
    click.echo(f"{working.done} letters brought on.", err=True)


def _address(given: str | None) -> tuple[str, int] | None:
    if not given:
        return None
    host, _, port = given.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"--operations {given} is no address", "Write one like 127.0.0.1:9109.")
    return host, int(port)


def _end_with_parent(stop: object) -> None:
    while os.read(0, 1):  # not sys.stdin: at exit the interpreter would wait for its lock
        pass
    if callable(stop):
        stop()
    threading.Event().wait(20)
    os._exit(0)
