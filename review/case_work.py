"""What a reviewer does on the case screen. Each answers with the working side as it then is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from models.errors import UsageError
from pipeline.reviewing import Change, Seen
from pipeline.splitting import cut_again
from pipeline.store.entries import Entries
from pipeline.store.holds import MOST_REASON
from pipeline.store.reviews import Status
from review.access import Desk, Who
from review.case_page import work_html

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=4000)]


class Place(BaseModel):
    """Words on a page that a value was picked from."""

    model_config = ConfigDict(extra="forbid")
    page: int = Field(ge=1)
    text: str = Field(max_length=2000)
    bbox: tuple[float, float, float, float]


class Entry(BaseModel):
    """A person's value for one field, over the version that they saw."""

    model_config = ConfigDict(extra="forbid")
    version: int
    key: str = Field(max_length=32)
    value: Any = None
    evidence: list[Place] = Field(default_factory=list, max_length=20)


class Keys(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: int
    keys: list[str] = Field(max_length=40)


Version = Annotated[int, Body(embed=True)]


def _answer(request: Request, desk: Desk, case: Seen, who: Who) -> Response:
    return Response(work_html(request, desk, case, who), media_type="text/html")


@router.post("/cases/{case_id}/field")
def set_field(request: Request, desk: Desk, who: Who, case_id: str, entry: Entry) -> Response:
    places = [{**place.model_dump(), "bbox": list(place.bbox)} for place in entry.evidence]
    case = desk.review.set_fields(
        case_id, entry.version, {entry.key: Change(entry.value, places)}, who.name
    )
    return _answer(request, desk, case, who)


@router.post("/cases/{case_id}/accept")
def accept(request: Request, desk: Desk, who: Who, case_id: str, given: Keys) -> Response:
    case = desk.review.accept(case_id, given.version, given.keys, who.name)
    return _answer(request, desk, case, who)


@router.post("/cases/{case_id}/undo")
def undo(
    request: Request, desk: Desk, who: Who, case_id: str, version: Version,
    key: Annotated[str, Body(embed=True)],
) -> Response:  # fmt: skip
    return _answer(request, desk, desk.review.undo(case_id, version, key, who.name), who)


@router.post("/cases/{case_id}/approve")
def approve(request: Request, desk: Desk, who: Who, case_id: str, version: Version) -> Response:
    return _answer(request, desk, approved(desk, case_id, version, who.name), who)


def approved(desk: Desk, case_id: str, version: int | None, who: str) -> Seen:
    """Approve a case and write its packet from what was approved."""
    case = desk.review.approve(case_id, version, who)
    write_packet(desk, case_id)
    return case


def write_packet(desk: Desk, case_id: str) -> None:
    """Write a case's packet over what is there."""
    stored = desk.cases.one(case_id)
    entered = Entries(desk.database).of(case_id).facts
    names = desk.packets.write(stored, desk.settings.day(), afresh=True, entries=entered)
    desk.cases.set_packet(case_id, names)


@router.post("/cases/{case_id}/status")
def status(
    request: Request, desk: Desk, who: Who, case_id: str, version: Version,
    status: Annotated[Status, Body(embed=True)],
) -> Response:  # fmt: skip
    if status not in (Status.OPEN, Status.IN_REVIEW, Status.CLOSED):
        raise UsageError("Approve or mark as sent instead", "")
    return _answer(request, desk, desk.review.set_status(case_id, version, status, who.name), who)


@router.post("/cases/{case_id}/route")
def route(
    request: Request, desk: Desk, who: Who, case_id: str, version: Version,
    route: Annotated[str, Body(embed=True)] = "", reason: Annotated[str, Body(embed=True)] = "",
) -> Response:  # fmt: skip
    case = desk.review.choose_route(case_id, version, route or None, reason, who.name)
    return _answer(request, desk, case, who)


@router.post("/cases/{case_id}/assign")
def assign(
    request: Request, desk: Desk, who: Who, case_id: str,
    assignee: Annotated[str, Body(embed=True)] = "",
) -> Response:  # fmt: skip
    if assignee and assignee not in {user.name for user in desk.people.all() if user.active}:
        raise UsageError("There is no such user", "")
    desk.review.assign([case_id], assignee or None, who.name)
    return _answer(request, desk, desk.review.case(case_id), who)


@router.post("/cases/{case_id}/notes")
def note(
    request: Request, desk: Desk, who: Who, case_id: str, text: Annotated[str, Body(embed=True)]
) -> Response:
    desk.review.note(case_id, text, who.name)
    return _answer(request, desk, desk.review.case(case_id), who)


@router.post("/cases/{case_id}/hold")
def hold(
    desk: Desk, who: Who, case_id: str, take_over: Annotated[bool, Body(embed=True)] = False
) -> dict[str, Any]:
    """A sign of life: the case stays this person's, unless someone took it over."""
    holder = desk.review.hold(case_id, who.name, take_over)
    return {
        "holder": holder,
        "mine": holder == who.name,
        "version": desk.review.case(case_id).version,
    }


@router.post("/cases/{case_id}/release")
def release(desk: Desk, who: Who, case_id: str) -> dict[str, bool]:
    desk.review.let_go(case_id, who.name)
    return {"released": True}


@router.post("/cases/{case_id}/legal-hold")
def legal_hold(
    request: Request, desk: Desk, who: Who, case_id: str,
    reason: Annotated[str, Body(embed=True, max_length=MOST_REASON)],
) -> Response:  # fmt: skip
    """Keep a case, and the letter that it came in, from every deletion."""
    case = desk.review.case(case_id)
    desk.holds.hold(desk.cases.one(case.id), who.name, reason)
    return _answer(request, desk, case, who)


@router.post("/cases/{case_id}/legal-hold-ends")
def legal_hold_ends(request: Request, desk: Desk, who: Who, case_id: str) -> Response:
    case = desk.review.case(case_id)
    desk.holds.release(desk.cases.one(case.id), who.name)
    return _answer(request, desk, case, who)


@router.post("/cases/{case_id}/split")
def split(desk: Desk, who: Who, case_id: str, groups: Text = "") -> Response:
    """Cut the document into letters anew: `1-2, 3-5` is two letters."""
    first = cut_again(desk.tools, desk.review, case_id, groups, who.name)
    return RedirectResponse(f"/cases/{first}", 303)
