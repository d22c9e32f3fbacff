"""The Prefect flow `run_inbox`: one look through one inbox, as its deployment schedules it.

Prefect is given an inbox's id and a cause, and gets back a state with counts' names at most: no
patient data. Letters are brought to their end by workers, whom no flow run waits for.
"""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.concurrency.sync import concurrency
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

SCHEDULE, CATCH_UP = "schedule", "catch_up"
LIMIT = "denialdesk-inboxes"
"""Prefect's global concurrency limit: how many inboxes are looked through at once, over all
machines. Operators change it in Prefect's pages."""
_PLACE_SECONDS = 900.0
_LEASE_SECONDS = 60.0
"""A place is leased: that of a run that was killed is free again this much later."""


@flow(name="run_inbox", persist_result=False, retries=0)
def run_inbox_flow(inbox_id: str, cause: str = SCHEDULE) -> State[None]:
    """Store what is new in an inbox. Never raises: what went wrong is the run's state."""
    from models.errors import DeskError
    from pipeline.collecting import Busy
    from pipeline.home import find_home, load_settings
    from pipeline.inbox_run import Wanted, run_inbox
    from pipeline.logs import fault, open_log
    from pipeline.orphans import end_with_parent

    end_with_parent()  # where the schedules are killed it would wait for Prefect's server for ever
    try:
        settings = load_settings(find_home(None))
        settings.home.prepare()
        open_log(settings.home.logs)
        scheduled = flow_run.scheduled_start_time or datetime.now(UTC)
        why_not = needless(inbox_id, cause, scheduled)
        if why_not:
            return Completed(message=why_not)
        wait = overlap_of(inbox_id) == "wait"
        with concurrency(LIMIT, timeout_seconds=_PLACE_SECONDS, lease_duration=_LEASE_SECONDS):
            run = run_inbox(settings, Wanted(inbox_id, cause, wait=wait, work=False))
    except TimeoutError:
        return Completed(message="Skipped: too many inboxes were looked through all the while")
    except Busy:
        return Completed(message="Skipped: another run of it is under way")
    except DeskError as reason:
        return Failed(message=f"{reason.kind}: `denialdesk inbox list` says more")
    except Exception as unforeseen:
        fault("inbox", unforeseen, inbox=inbox_id)
        return Failed(message=f"Denial Desk itself failed ({type(unforeseen).__name__})")
    return Completed(message=f"Run {run.id}")


def needless(inbox_id: str, cause: str, scheduled: datetime) -> str:
    """Why a run need not look: the inbox is paused or gone, or a run that began after this one's
    time has done its work, as when runs were missed and one has caught up for all."""
    from models.errors import UsageError
    from pipeline.batch import open_store
    from pipeline.home import find_home, load_settings
    from pipeline.store.inbox_runs import InboxRuns
    from pipeline.store.inboxes import Inboxes

    with open_store(load_settings(find_home(None))) as database:
        try:
            inbox = Inboxes(database).one(inbox_id)
        except UsageError:
            return "Skipped: the inbox is removed"
        if inbox.paused and cause in (SCHEDULE, CATCH_UP):
            return "Skipped: the inbox is paused"
        last = InboxRuns(database).last_begun(inbox.id)
        now = datetime.now(UTC)  # a run of later than that is of a clock that has been set back
        if cause in (SCHEDULE, CATCH_UP) and last is not None and scheduled <= last <= now:
            return "Skipped: a later run has caught up"
    return ""


def overlap_of(inbox_id: str) -> str:
    """What a run of the inbox does while another is at it: `wait` or `skip`."""
    from pipeline.batch import open_store
    from pipeline.home import find_home, load_settings
    from pipeline.store.inboxes import Inboxes

    with open_store(load_settings(find_home(None))) as database:
        schedule = Inboxes(database).one(inbox_id).schedule or {}
    return str(schedule.get("overlap", "skip"))
