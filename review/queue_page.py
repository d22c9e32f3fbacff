"""The queue: filters in the URL, saved views, bulk assignment, export of the view."""

from __future__ import annotations

import io
from dataclasses import asdict, fields
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from models.errors import UsageError
from models.vocabulary import DenialCategory, DocumentKind, PlanType, RouteName
from pipeline.reviewing import waiting
from pipeline.store.listing import SORTS, Filters, Listed
from pipeline.store.reviews import Status
from review.access import Desk, Who
from review.services import Services
from review.shown import html, render

router = APIRouter(include_in_schema=False)
PAGE = 50
_MOST_EXPORTED = 100_000
_SHORT = {f.name for f in fields(Filters)}


def filters_of(request: Request) -> Filters:
    """The filters that stand in the URL; what is not understood asks for nothing."""
    given: dict[str, Any] = {
        name: request.query_params.get(name, "").strip()[:200] for name in _SHORT
    }
    within = given["due_within"]
    given["due_within"] = int(within) if within.isdigit() and len(within) < 5 else None
    for name in ("doubtful", "urgent"):
        given[name] = given[name] in ("1", "on", "yes")
    return Filters(**given)


def query_of(filters: Filters, **more: str) -> str:
    """The filters as they stand in a URL."""
    held = {
        name: "1" if value is True else str(value)
        for name, value in asdict(filters).items()
        if value not in ("", None, False)
    }
    return urlencode({**held, **{name: value for name, value in more.items() if value}})


@router.get("/queue")
def queue(
    request: Request, desk: Desk, who: Who, sort: str = "deadline", after: str = "", part: str = ""
) -> Response:
    filters, today = filters_of(request), desk.settings.day()
    sort = sort if sort in SORTS else "deadline"
    rows = desk.listing.page(filters, today, sort, after, PAGE + 1)
    more = rows[PAGE - 1].cursor if len(rows) > PAGE else ""
    shown: dict[str, Any] = {
        "rows": rows[:PAGE],
        "today": today,
        "filters": filters,
        "sort": sort,
        "after": after,
        "more": query_of(filters, sort=sort, after=more) if more else "",
        "first": query_of(filters, sort=sort),
        "query": query_of(filters),
        "query_of": lambda **changed: query_of(filters, **changed),
    }
    if part == "rows":
        return Response(html(request, "queue_rows.html", **shown), media_type="text/html")
    shown |= {
        "total": desk.listing.count(filters, today),
        "counts": waiting(desk.database),
        "views": desk.people.views(who.name),
        "assignees": sorted(user.name for user in desk.people.all() if user.active),
        "choices": {
            "route": list(RouteName), "category": list(DenialCategory), "kind": list(DocumentKind),
            "plan_type": list(PlanType), "status": list(Status),
        },
    }  # fmt: skip
    return render(request, "queue.html", **shown)


@router.post("/queue/assign")
def assign(
    desk: Desk, who: Who, case: Annotated[list[str], Form()], assignee: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    known = {user.name for user in desk.people.all() if user.active}
    if assignee and assignee not in known:
        raise UsageError("There is no such user", "")
    desk.review.assign(case[:PAGE], assignee or None, who.name)
    return RedirectResponse(f"/queue?{back}" if back else "/queue", 303)


@router.post("/views")
def save_view(
    desk: Desk, who: Who, name: Annotated[str, Form()], query: Annotated[str, Form()] = ""
) -> Response:
    if name.strip():
        desk.people.save_view(who.name, name.strip(), query)
    return RedirectResponse(f"/queue?{query}", 303)


@router.post("/views/{view_id}/delete")
def drop_view(desk: Desk, who: Who, view_id: int) -> Response:
    desk.people.drop_view(who.name, view_id)
    return RedirectResponse("/queue", 303)


@router.get("/queue/export")
def export(
    request: Request, desk: Desk, ending: Annotated[str, Query(pattern="^(csv|xlsx)$")] = "csv"
) -> Response:
    """The view as a file; no cell of it is a formula."""
    filters, today = filters_of(request), desk.settings.day()
    rows: list[Listed] = []
    after = ""
    while page := desk.listing.page(filters, today, after=after, size=2000):
        rows += page
        after = page[-1].cursor
        if len(page) < 2000 or len(rows) >= _MOST_EXPORTED:
            break
    made, media = _file_of(rows, today, ending)
    headers = {"Content-Disposition": f'attachment; filename="cases-{today}.{ending}"'}
    return Response(made, media_type=media, headers=headers)


def _file_of(rows: list[Listed], today: date, ending: str) -> tuple[bytes, str]:
    import pandas as pd

    from pipeline.export import safe_cell

    frame = pd.DataFrame(
        [
            {
                "case": row.case_id, "urgent": row.urgent, "due": row.due,
                "days_left": row.days_left(today), "payer": row.payer, "drug": row.drug,
                "category": row.category, "plan_type": row.plan_type, "route": row.route,
                "status": row.status, "assignee": row.assignee, "confidence": row.confidence,
                "patient": row.patient, "received": row.received_at.date(),
            }
            for row in rows
        ],
        columns=["case", "urgent", "due", "days_left", "payer", "drug", "category", "plan_type",
                 "route", "status", "assignee", "confidence", "patient", "received"],
    )  # fmt: skip
    for name in frame.columns:
        frame[name] = [safe_cell(value) for value in frame[name]]
    out = io.BytesIO()
    if ending == "xlsx":
        frame.to_excel(out, sheet_name="Cases", index=False, freeze_panes=(1, 1))
        return out.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    frame.to_csv(out, index=False, encoding="utf-8-sig")
    return out.getvalue(), "text/csv"


def next_case(desk: Services, case_id: str, filters: Filters) -> str | None:
    """The case that follows in the queue that the person works through."""
    return desk.listing.next_after(case_id, filters, desk.settings.day())
