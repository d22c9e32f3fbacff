"""The Prefect flow `process_letters`: take in, read, extract, route and write each letter.

Prefect orders, retries and limits; what is true stands in our own store. A letter is one task: its
steps look at the state that the store holds, so that a task that is tried again goes on where it
was, and five tasks a letter cost five times as much. Tasks are given the ids of a batch and of its
files, and give nothing back: no path and no datum of a patient ever reaches Prefect's parameters,
states, results or logs.

Importing this module imports Prefect, whose settings (`pipeline.prefect_env`) must be in place
by then.
"""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.events.clients import NullEventsClient
from prefect.events.worker import EventsWorker
from prefect.futures import PrefectFuture
from prefect.settings import get_current_settings
from prefect.task_runners import ThreadPoolTaskRunner

from pipeline.desk import MOST_TRIES, Desk

_desks: dict[str, Desk] = {}
"""The batches at work in this process, by id: tasks are told the id alone."""

_STEPS = 5
_PAUSES = [1.0, 2.0] * (MOST_TRIES * _STEPS)
"""Seconds before a letter's further tries. Steps raise for a passing fault only (`desk.TryAgain`),
and no more than `MOST_TRIES` times in a row, so that whatever a task raises is worth another try;
files are taken in by their order, so that one task may meet the passing faults of several."""


@task(
    retries=len(_PAUSES),
    retry_delay_seconds=_PAUSES,
    retry_jitter_factor=0.2,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def bring_on(batch_id: str, item: int) -> None:
    """All steps of one file that are still to be done."""
    _desks[batch_id].bring_on(item)


@flow(name="process_letters", persist_result=False)
def process_letters(batch_id: str) -> None:
    """Bring each file of a batch as far as it can get. Never fails because of one letter."""
    under_way: list[PrefectFuture[None]] = [
        bring_on.submit(batch_id, item) for item in _desks[batch_id].items
    ]
    for future in under_way:
        future.wait()


def run_batch(desk: Desk, at_once: int) -> None:
    """Run the flow over a batch, `at_once` letters at a time. Needs a server that answers."""
    _desks[desk.run] = desk
    # Each task tells the server of its states by events, which the server of one batch, without
    # the services that keep them, would throw away.
    EventsWorker.set_client_override(NullEventsClient)
    # With a heartbeat, a flow takes a second longer to end: its thread sleeps that long. No
    # variable of the environment can say "none".
    get_current_settings().flows.heartbeat_frequency = None
    runner: Any = ThreadPoolTaskRunner(max_workers=at_once)
    try:
        process_letters.with_options(task_runner=runner)(desk.run)
    finally:
        _desks.pop(desk.run, None)
