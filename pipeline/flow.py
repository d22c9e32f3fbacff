"""The Prefect flow `process_letters`: take in, read, extract, route and write each letter.

Prefect orders, retries and limits; what is true stands in our own store. Tasks are given the
ids of a batch and of its files, and give nothing back: no path and no datum of a patient ever
reaches Prefect's parameters, states, results or logs.

Importing this module imports Prefect, whose settings (`pipeline.prefect_env`) must be in place
by then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import exponential_backoff

from pipeline.desk import MOST_TRIES, Desk

_desks: dict[str, Desk] = {}
"""The batches at work in this process, by id: tasks are told the id alone."""


def _step(call: Callable[[str, int], None], tries: int = MOST_TRIES) -> Any:
    """A Prefect task of one step. Steps raise for a passing fault only (`desk.TryAgain`), so
    that whatever a task raises is worth another try."""
    made = task(
        retries=tries - 1,
        retry_delay_seconds=exponential_backoff(1),
        retry_jitter_factor=0.2,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    return made(call)


def take_in(batch_id: str, item: int) -> None:
    _desks[batch_id].take_in(item)


def read(batch_id: str, item: int) -> None:
    _desks[batch_id].read(item)


def extract(batch_id: str, item: int) -> None:
    _desks[batch_id].extract(item)


def route(batch_id: str, item: int) -> None:
    _desks[batch_id].route(item)


def write(batch_id: str, item: int) -> None:
    _desks[batch_id].write(item)


# Files are taken in by their order, so one task may meet the passing faults of several files.
_STEPS = (_step(take_in, 4 * MOST_TRIES), *map(_step, (read, extract, route, write)))


@flow(name="process_letters", persist_result=False)
def process_letters(batch_id: str) -> None:
    """Bring each file of a batch as far as it can get. Never fails because of one letter."""
    last: list[PrefectFuture[None]] = []
    for item in _desks[batch_id].items:
        done: PrefectFuture[None] | None = None
        for step in _STEPS:
            done = step.submit(batch_id, item, wait_for=[done] if done else None)
        if done is not None:
            last.append(done)
    for future in last:
        future.wait()


def run_batch(desk: Desk, at_once: int) -> None:
    """Run the flow over a batch, `at_once` letters at a time. Needs a server that answers."""
    _desks[desk.run] = desk
    # A letter's tasks wait for each other in threads of the runner.
    runner: Any = ThreadPoolTaskRunner(max_workers=at_once * len(_STEPS))
    try:
        # With a heartbeat, a flow takes a second longer to end: its thread sleeps that long.
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            process_letters.with_options(task_runner=runner)(desk.run)
    finally:
        _desks.pop(desk.run, None)
