"""The scheduler: keeps a Prefect deployment for each inbox, and a Prefect worker that runs them.

`python -m pipeline.scheduling` is that process, a child of `denialdesk serve`; Prefect's address
is in its environment. Inboxes that are added, paused or removed are noticed within seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from models.errors import DeskError
from pipeline.batch import open_store
from pipeline.home import Settings, find_home, load_settings
from pipeline.isolation.limits import kill_below
from pipeline.logs import fault, log, open_log
from pipeline.prefect_env import spare_imports
from pipeline.schedules import due_since
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.inboxes import Inbox, Inboxes

POOL = "denialdesk"
_SYNC_SECONDS = 10.0
_LOOKS_TO_TIDY = 6
_AT_ONCE = 8
"""Inboxes looked through at once, unless Prefect's limit is changed."""
_PROCESSES = 16
"""Processes of runs at once, those included that wait for their inbox or for a place under the
limit: each has imported Prefect, into 100 MB. Runs beyond that wait in Prefect."""
_FLOW = "run_inbox"


async def run(settings: Settings) -> None:
    """Until the process is ended."""
    from prefect.client.orchestration import get_client
    from prefect.workers.process import ProcessWorker

    async with get_client() as client:
        await _make_pool(client)
        await _make_limit(client)
        known: dict[str, str] = {}
        await _sync(settings, client, known)
        await _catch_up(settings, client)
        worker = ProcessWorker(
            work_pool_name=POOL, name=f"denialdesk-{os.getpid()}", limit=_PROCESSES
        )
        working = asyncio.create_task(worker.start())
        looks = 0
        while not working.done():
            await asyncio.wait([working], timeout=_SYNC_SECONDS)
            looks += 1
            if looks % _LOOKS_TO_TIDY == 0:
                # Each run leaves connections to Prefect's server behind in cycles, a third of a
                # megabyte of zlib's in each; the collector counts objects, and sees no hurry.
                gc.collect()
            try:
                await _sync(settings, client, known)
            except Exception as trouble:  # a server or database that is away comes back
                fault("schedules", trouble)
        await working


async def _make_pool(client: Any) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists

    with contextlib.suppress(ObjectAlreadyExists):
        await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))


async def _make_limit(client: Any) -> None:
    """The limit on inboxes at once, unless there is one: an operator may have changed it."""
    from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
    from prefect.exceptions import ObjectAlreadyExists

    from pipeline.inbox_flow import LIMIT

    with contextlib.suppress(ObjectAlreadyExists):
        await client.create_global_concurrency_limit(
            GlobalConcurrencyLimitCreate(name=LIMIT, limit=_AT_ONCE)
        )


async def _sync(settings: Settings, client: Any, known: dict[str, str]) -> None:
    """Bring Prefect's deployments in line with the inboxes; `known` is what they were made of."""
    from prefect.exceptions import ObjectNotFound

    inboxes = await asyncio.to_thread(_inboxes, settings)
    wanted = {inbox.name: repr((inbox.id, inbox.schedule, inbox.paused)) for inbox in inboxes}
    for inbox in inboxes:
        if known.get(inbox.name) != wanted[inbox.name]:
            await _deploy(inbox)
            known[inbox.name] = wanted[inbox.name]
            log("deployed", inbox=inbox.id)
    gone = await _deployments(client)
    for name in gone.keys() - wanted.keys():
        with contextlib.suppress(ObjectNotFound):
            await client.delete_deployment(gone[name])
        known.pop(name, None)


async def _deployments(client: Any) -> dict[str, Any]:
    """Name to id of each of our deployments."""
    from prefect.client.schemas.sorting import DeploymentSort

    found: dict[str, Any] = {}
    while True:
        page = await client.read_deployments(
            limit=100, offset=len(found), sort=DeploymentSort.NAME_ASC
        )
        found |= {one.name: one.id for one in page}
        if len(page) < 100:
            return found


async def _deploy(inbox: Inbox) -> None:
    """A deployment without Prefect's own limit: a run that was killed stays "Running" there and
    would hold its place for ever; our lease on the inbox ends with its holder."""
    from prefect.types.entrypoint import EntrypointType

    from pipeline.inbox_flow import run_inbox_flow
    from pipeline.inbox_process import COMMAND

    schedule = inbox.schedule or {}
    made: Any = run_inbox_flow.to_deployment(
        name=inbox.name,
        parameters={"inbox_id": inbox.id},
        schedule=_prefect_schedule(schedule),
        paused=inbox.paused,
        work_pool_name=POOL,
        job_variables={"command": COMMAND},
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    if asyncio.iscoroutine(made):
        made = await made
    done = made.apply()
    if asyncio.iscoroutine(done):
        await done


def _prefect_schedule(schedule: dict[str, Any]) -> Any:
    from prefect.schedules import Cron, Interval

    if "cron" in schedule:
        return Cron(schedule["cron"], timezone=schedule["zone"])
    if "every" in schedule:
        return Interval(timedelta(seconds=schedule["every"]), timezone=schedule["zone"])
    return None


async def _catch_up(settings: Settings, client: Any) -> None:
    """One run for each inbox that missed any while nothing was running."""
    late = await asyncio.to_thread(missed, settings, datetime.now(UTC))
    by_name = await _deployments(client)
    for inbox in late:
        if inbox.name in by_name:
            await client.create_flow_run_from_deployment(
                by_name[inbox.name], parameters={"inbox_id": inbox.id, "cause": "catch_up"}
            )
            log("catches up", inbox=inbox.id)


def missed(settings: Settings, at: datetime) -> list[Inbox]:
    """Inboxes for which a run was due since their last one, or since they were added."""
    with open_store(settings) as database:
        runs = InboxRuns(database)
        found = []
        for inbox in Inboxes(database).all():
            # A run of later than now is of a clock that has been set back.
            last = min(runs.last_begun(inbox.id) or inbox.created_at, at)
            if inbox.schedule and not inbox.paused and due_since(inbox.schedule, last, at):
                found.append(inbox)
        return found


def _inboxes(settings: Settings) -> list[Inbox]:
    with open_store(settings) as database:
        return Inboxes(database).all()


def _end_with_parent() -> None:
    while os.read(0, 1):  # not sys.stdin: at exit the interpreter would wait for its lock
        pass
    kill_below(os.getpid())  # runs, whose server ends too; the next run of each inbox goes on
    os._exit(0)


def main() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    spare_imports()
    settings = load_settings(find_home(None))
    settings.home.prepare()
    open_log(settings.home.logs)
    try:
        asyncio.run(run(settings))
    except DeskError as trouble:
        sys.exit(f"{trouble.message}. {trouble.mend}")


if __name__ == "__main__":
    main()
