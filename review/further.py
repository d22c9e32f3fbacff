"""Further pages of a case, and a case beside one that probably has the same letter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from models.errors import UsageError
from models.fields import FIELD_SPECS, FieldKind, FieldSpec
from pipeline.attaching import Further, attach
from pipeline.reviewing import Seen
from pipeline.store.attached import attached_to
from pipeline.store.people import Role
from review.access import Desk, Who
from review.downloads import as_download
from review.shown import ending_of, render, spelled, words
from review.upload import take_copy

router = APIRouter(include_in_schema=False)


@router.post("/cases/{case_id}/attach")
async def add_pages(
    desk: Desk, who: Who, case_id: str, version: Annotated[int, Form()], file: UploadFile
) -> Response:
    """Make the pages of a file part of a case: they are read, and the case is read anew."""
    name = Path(file.filename or "pages").name
    path = desk.intake.place_for(name)
    try:
        await take_copy(file, path, desk.settings.file_mb)
        further = Further(path, name, version, who.name)
        await run_in_threadpool(
            attach, desk.settings, desk.intake.tools, desk.review, case_id, further
        )
    finally:
        path.unlink(missing_ok=True)
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.get("/cases/{case_id}/attached/{attached_id}")
def attached_file(desk: Desk, case_id: str, attached_id: int) -> Response:
    """A file of further pages as it came, only ever as a download."""
    case = desk.review.case(case_id)
    with desk.database.reading() as session:
        for row in attached_to(session, case.sha256):
            if row.id == attached_id:
                name = f"{case_id}-{row.first_page}{ending_of(row.source)}"
                return as_download(desk.tools.blobs.read(row.blob), name)
    raise UsageError("There is no such file", "")


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of two cases."""

    spec: FieldSpec
    here: str
    there: str

    @property
    def same(self) -> bool:
        return self.here.casefold() == self.there.casefold()


def _said(spec: FieldSpec, value: Any) -> str:
    if spec.kind is FieldKind.CHOICE:
        return words(value)
    if spec.key == "denial_categories":
        return ", ".join(map(words, value))
    return spelled(value)


def compared(case: Seen, other: Seen) -> list[Compared]:
    """The fields that either case has, those that differ first."""
    rows = [
        Compared(spec, *(_said(spec, each.body["fields"][key]["value"]) for each in (case, other)))
        for key, spec in FIELD_SPECS.items()
    ]
    return sorted((row for row in rows if row.here or row.there), key=lambda row: row.same)


@router.get("/cases/{case_id}/beside/{other}")
def beside(request: Request, desk: Desk, who: Who, case_id: str, other: str) -> Response:
    """Two cases side by side: their pages, and their fields with what differs."""
    if other == case_id:
        raise UsageError("A case is no copy of itself", "")
    case, copy = desk.review.case(case_id), desk.review.case(other)
    rows = compared(case, copy)
    return render(
        request, "beside.html",
        case=case, other=copy, rows=rows, differ=sum(not row.same for row in rows),
        may_change=who.role.rank >= Role.REVIEWER.rank,
    )  # fmt: skip


@router.post("/cases/{case_id}/duplicate")
def duplicate(
    desk: Desk, who: Who, case_id: str, version: Annotated[int, Form()],
    other: Annotated[str, Form(max_length=12)],
) -> Any:  # fmt: skip
    """Close a case: its letter is that of another one."""
    desk.review.close_copy(case_id, version, other, who.name)
    return RedirectResponse(f"/cases/{other}", 303)
