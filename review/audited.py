"""The audit of the web app and the API: one table of routes, and the one place that notes them.

A request is noted before its route does anything: what cannot be noted is not done. What is refused
or fails is noted once more, with its status.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from models.errors import DeskError
from pipeline.logs import fault
from pipeline.store.audit import Entry
from review.access import SAFE, services_of

VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "GET /": "cases.list",
        "GET /queue": "cases.list",
        "GET /queue/export": "cases.export",
        "GET /overview": "cases.list",
        "GET /activity": "cases.list",
        "GET /upload": "letters.list",
        "GET /upload/events": "letters.list",
        "GET /api/cases": "cases.list",
        "GET /api/letters/{document_id}": "letter.view",
        "GET /cases/{case_id}": "case.view",
        "GET /cases/{case_id}/work": "case.view",
        "GET /cases/{case_id}/next": "case.view",
        "GET /api/cases/{case_id}": "case.view",
        "GET /pages/{case_id}/{number}": "case.page",
        "GET /words/{case_id}/{number}": "case.page",
        "GET /cases/{case_id}/letter": "packet.view",
        "GET /cases/{case_id}/letter/{paper}/{number}": "packet.view",
        "GET /cases/{case_id}/original": "original.download",
        "GET /cases/{case_id}/files/{name}": "packet.download",
        "GET /cases/{case_id}/packet": "packet.download",
        "GET /api/cases/{case_id}/packet": "packet.download",
        "GET /cases/{case_id}/proof/{sending_id}": "proof.download",
        "GET /cases/{case_id}/attached/{attached_id}": "original.download",
        "GET /cases/{case_id}/beside/{other}": "case.view",
    }
)
"""Routes that show or hand out something of cases, and what the audit calls it. Every route that
changes something is noted too, by its method and path."""
_OF_A_CASE = ("{case_id}", "{document_id}")
_TOLD = {"document_id": "document", "case_id": "case"}


def action_of(method: str, path: str) -> str | None:
    """What the audit calls a route, given its path with names in place of values; None for what
    it does not note. Raises KeyError for a view of a case that is not in the table."""
    if method not in SAFE:
        return f"{method} {path}"
    method = "GET" if method == "HEAD" else method
    action = VIEWS.get(f"{method} {path}")
    if action is None and any(name in path for name in _OF_A_CASE):
        raise KeyError(f"{method} {path} shows a case and has no entry in review.audited.VIEWS")
    return action


async def note(request: Request) -> None:
    """Note a request that may go on. A dependency of every route, after `guard`."""
    route: Any = request.scope["route"]
    action = action_of(request.method, route.path)
    if action is not None:
        await run_in_threadpool(_note, request, action, {})


async def note_refused(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Note what was refused, or failed, with its status."""
    response = await call_next(request)
    route: Any = request.scope.get("route")
    if response.status_code < 400 or route is None:
        return response
    try:
        action = action_of(request.method, route.path)
        if action is not None:
            status: dict[str, str | int] = {"status": response.status_code}
            await run_in_threadpool(_note, request, f"{action} refused"[:64], status)
    except DeskError as trouble:  # it was refused as it was
        fault("audit", trouble.__cause__ or trouble, kind=trouble.kind)
    return response


def _note(request: Request, action: str, detail: dict[str, str | int]) -> None:
    person = getattr(request.state, "person", None)
    where = request.client.host if request.client else "unknown"
    named = {
        told: str(request.path_params[name])
        for name, told in _TOLD.items()
        if name in request.path_params
    }
    detail |= {
        name: value
        for name, value in request.path_params.items()
        if isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    }
    services_of(request).audit.note(
        Entry(
            person.name if person else "nobody",
            f"web {where}",
            action,
            named.get("case", "")[:12] or None,
            named.get("document", "")[:64] or None,
            detail,
        )
    )
