"""Inboxes on the overview: how each fares, its last runs, what failed; run now, and try again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from models.errors import DeskError
from pipeline.collecting import collect
from pipeline.inbox_run import means
from pipeline.logs import fault
from pipeline.owner import owner
from pipeline.schedules import spelled
from pipeline.store.inbox_runs import InboxRun, InboxRuns
from pipeline.store.inboxes import Inbox, Inboxes, Message
from pipeline.store.states import MessageState
from review.access import Desk
from review.services import Services

router = APIRouter(include_in_schema=False)
_RUNS, _FAILED = 5, 20


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that could not be stored whole. `reasons` are (kind, message, what mends it), of
    itself or of what was in it."""

    name: str
    reasons: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Fares:
    """An inbox as the overview shows it; `state` is `ok`, `failing`, `paused` or `new`."""

    inbox: Inbox
    when: str
    state: str
    runs: list[InboxRun]
    failed: list[Failed]


def fares(desk: Services) -> list[Fares]:
    """Every inbox with its last runs and the messages that failed."""
    inboxes, runs = Inboxes(desk.database), InboxRuns(desk.database)
    return [
        Fares(
            inbox, spelled(inbox.schedule), _state(inbox), runs.all(inbox.id, _RUNS),
            [_failed(each) for each in inboxes.messages(inbox.id, MessageState.FAILED, _FAILED)],
        )
        for inbox in inboxes.all()
    ]  # fmt: skip


def _failed(message: Message) -> Failed:
    pieces = (
        (piece.error_kind, piece.error_message or "", piece.error_mend or "")
        for piece in message.pieces
        if piece.error_kind
    )
    return Failed(message.name, (message.error,) if message.error else tuple(pieces))


def _state(inbox: Inbox) -> str:
    if inbox.error:
        return "failing"
    if inbox.paused:
        return "paused"
    return "ok" if inbox.checked_at else "new"


@router.post("/inboxes/{inbox}/run")
def run_now(desk: Desk, inbox: str) -> Response:
    """Look through an inbox now. What came is stored here; workers bring it to its end."""
    return _begin(desk, Inboxes(desk.database).one(inbox))


def _begin(desk: Services, inbox: Inbox) -> Response:
    threading.Thread(target=_run, args=(desk, inbox), name="inbox", daemon=True).start()
    return RedirectResponse("/overview#inboxes", 303)


def _run(desk: Services, inbox: Inbox) -> None:
    try:
        with owner(desk.settings.home.tmp) as name:
            collect(means(desk.settings, desk.database, lambda: desk.pool, name), inbox, "by_hand")
    except DeskError:
        pass  # it is noted with the inbox and with its run
    except Exception as unforeseen:
        fault("inbox", unforeseen, inbox=inbox.id)


@router.post("/inboxes/{inbox}/retry")
def retry(desk: Desk, inbox: str) -> Response:
    """Have an inbox's failed messages, and its letters set aside, tried again now."""
    inboxes = Inboxes(desk.database)
    found = inboxes.one(inbox)
    inboxes.retry(found.id)
    return _begin(desk, found)
