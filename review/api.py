"""The REST API of the contract, for other programs: bearer tokens, JSON, `/api/openapi.json`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from models.errors import UsageError
from pipeline.reviewing import Change, NoSuchCase, Seen
from pipeline.store.listing import SORTS, Filters, Listed
from pipeline.store.reviews import Status
from review.access import Desk, Who
from review.case_work import approved
from review.letter_page import packet_zip
from review.upload import progress_json, take_in


class Problem(BaseModel):
    """Why a call was not done. `error` is a short name of it, `mend` what can be done."""

    error: str
    message: str
    mend: str
    open: list[str] | None = Field(None, description="Key fields that are open")
    field: str | None = Field(None, description="The field whose value does not fit")


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": said}
    for status, said in {
        400: "The call makes no sense", 401: "No token, or one that is not known",
        403: "The token's user may not do this", 404: "There is no such case or document",
        409: "Someone changed the case meanwhile", 413: "The request is too large",
        422: "A value is not what it must be, or key fields are open",
        429: "Too many wrong tokens from this address", 503: "The store cannot be used just now",
    }.items()
}  # fmt: skip
router = APIRouter(prefix="/api", responses=_PROBLEMS)
Json = dict[str, Any]
_MOST = 200


class Document(BaseModel):
    """A file that was handed in. `id` is the SHA-256 of its bytes; `status` one of received,
    read, extracted, routed, written, quarantined, refused."""

    model_config = ConfigDict(extra="allow")
    id: str | None = Field(None, description="None where the file was refused")
    status: str
    reason: str | None = Field(None, description="Why it was refused or set aside, in words")
    cases: list[str] | None = Field(None, description="Its cases, once decided")


class CasePage(BaseModel):
    """A page of cases; `next` is given as `after` to get the page that follows."""

    cases: list[Json]
    next: str | None
    total: int


class Patch(BaseModel):
    """A person's values, over the version that was read. A window is `{"value": 180, "unit":
    "days"}` or "180 days"; null says that the letter does not state it."""

    model_config = ConfigDict(extra="forbid")
    version: int
    fields: dict[str, Any] = Field(default_factory=dict, max_length=40)
    route: str | None = None
    reason: str = ""


@router.post("/letters", status_code=202, response_model_exclude_none=True)
async def post_letters(desk: Desk, files: list[UploadFile]) -> list[Document]:
    """Hand in one or more letters. Each is stored before this answers, and worked on after."""
    return [Document(**each) for each in await take_in(desk, files)]


@router.get("/letters/{document_id}", response_model_exclude_none=True)
def get_letter(desk: Desk, document_id: str) -> Document:
    """How a document comes along."""
    found = progress_json(desk, document_id)
    if found is None:
        raise NoSuchCase("There is no such document", "")
    return Document(**found)


@router.get("/cases")
def get_cases(
    desk: Desk,
    q: str = "",
    payer: str = "",
    drug: str = "",
    route: str = "",
    category: str = "",
    plan_type: str = "",
    status: str = "",
    assignee: str = "",
    due_within: int | None = None,
    doubtful: bool = False,
    urgent: bool = False,
    sort: str = "deadline",
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
) -> CasePage:
    """Cases by urgency and deadline, or by another of: deadline, received, confidence, payer."""
    if sort not in SORTS:
        raise UsageError(f"sort is one of {', '.join(SORTS)}", "")
    if status and status not in tuple(Status):
        raise UsageError(f"status is one of {', '.join(Status)}", "")
    filters = Filters(
        q=q, payer=payer, drug=drug, route=route, category=category, plan_type=plan_type,
        status=status, assignee=assignee, due_within=due_within, doubtful=doubtful, urgent=urgent,
    )  # fmt: skip
    today = desk.settings.day()
    rows = desk.listing.page(filters, today, sort, after, limit + 1)
    more = rows[limit - 1].cursor if len(rows) > limit else None
    return CasePage(
        cases=[_brief(row) for row in rows[:limit]],
        next=more,
        total=desk.listing.count(filters, today),
    )


@router.get("/cases/{case_id}")
def get_case(desk: Desk, case_id: str) -> Json:
    """A case: the contract's entry of `cases`, with its version and how far its review is."""
    return _whole(desk.review.case(case_id))


@router.patch("/cases/{case_id}")
def patch_case(desk: Desk, who: Who, case_id: str, patch: Patch) -> Json:
    """Put a person's values over what stands; law, clocks and route are decided again. A stale
    version gets 409."""
    changes = {key: Change(value) for key, value in patch.fields.items()}
    case = desk.review.set_fields(case_id, patch.version, changes, who.name)
    if "route" in patch.model_fields_set:
        case = desk.review.choose_route(case_id, case.version, patch.route, patch.reason, who.name)
    return _whole(case)


@router.post("/cases/{case_id}/approve")
def approve_case(desk: Desk, who: Who, case_id: str, version: int | None = None) -> Json:
    """Approve a case; 422 with `open` while key fields are open."""
    return _whole(approved(desk, case_id, version, who.name))


@router.get("/cases/{case_id}/packet", response_class=Response)
def get_packet(desk: Desk, case_id: str) -> Response:
    """The letter packet as a zip."""
    return packet_zip(desk, case_id)


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    app = request.app
    made = get_openapi(
        title="Denial Desk", version="1", routes=app.routes,
        description="Letters in, cases and packets out. Errors are JSON: error, message, mend.",
    )  # fmt: skip
    made.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"}
    }
    made["security"] = [{"token": []}]
    return JSONResponse(made)


def _brief(row: Listed) -> Json:
    return {
        "id": row.case_id, "document": row.sha256, "urgent": row.urgent,
        "due": row.due.isoformat() if row.due else None, "payer": row.payer, "drug": row.drug,
        "denial_category": row.category, "plan_type": row.plan_type, "route": row.route,
        "status": row.status, "assignee": row.assignee, "confidence": row.confidence,
        "open_fields": row.doubtful, "same_as": row.same_as,
        "received": row.received_at.isoformat(),
    }  # fmt: skip


def _whole(case: Seen) -> Json:
    return {
        "id": case.id, "document": case.sha256, "version": case.version,
        "status": case.status.value, "assignee": case.assignee, "open_fields": list(case.open),
        "same_as": case.same_as, **case.body,
    }  # fmt: skip
