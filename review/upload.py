"""Letters handed in through the browser: streamed to the disk, stored, then worked on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from models.errors import TooLarge, UsageError
from pipeline.store.cases import Outcome
from pipeline.store.states import State
from review.access import Desk, Who
from review.services import Services
from review.shown import language_of, render
from review.shown import told as told_in

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
_CHUNK = 1 << 20
_MOST_FILES = 500
_EVERY = 0.7


@router.get("/upload")
def upload_page(request: Request, desk: Desk) -> Response:
    return render(request, "upload.html", most_mb=desk.settings.file_mb)


@router.post("/upload")
async def upload(request: Request, desk: Desk, who: Who) -> list[Json]:
    """Files of a form, under any name. Answers what became of each, in their order."""
    from starlette.datastructures import UploadFile as Uploaded

    async with request.form(max_files=_MOST_FILES) as form:
        found: list[Any] = [part for _, part in form.multi_items() if isinstance(part, Uploaded)]
        if not found:
            raise UsageError("There is no file in the request", "Send one or more files as a form.")
        return await take_in(desk, found, language_of(request))


async def take_in(desk: Services, files: list[UploadFile], language: str = "en") -> list[Json]:
    """Store files one by one and begin to work on each; what became of them, in words of a
    language."""
    told = []
    for file in files:
        name = file.filename or "letter"
        try:
            path = desk.intake.place_for(name)
            await take_copy(file, path, desk.settings.file_mb)
            outcome = await run_in_threadpool(desk.intake.submit, path)
            told.append(await run_in_threadpool(document_json, desk, outcome, name, language))
        except TooLarge as reason:
            told.append(
                {
                    "name": name,
                    "id": None,
                    "status": "refused",
                    "reason": told_in(language, reason.message, reason.mend),
                }
            )
    return told


async def take_copy(file: UploadFile, path: Path, most_mb: int) -> None:
    """Write an upload to the disk, piece by piece. Raises TooLarge."""
    size = 0
    with path.open("wb") as out:
        while chunk := await file.read(_CHUNK):
            size += len(chunk)
            if size > most_mb << 20:
                path.unlink()
                raise TooLarge(f"The file is over {most_mb} MB", "Split it.")
            await run_in_threadpool(out.write, chunk)


def document_json(
    desk: Services, outcome: Outcome, name: str | None = None, language: str = "en"
) -> Json:
    """What became of one file, for a script or a program."""
    told: Json = {"id": outcome.sha256, "status": outcome.state or "refused"}
    if name is not None:
        told["name"] = name
    if outcome.error:
        told["reason"] = told_in(language, outcome.error[1], outcome.error[2])
    if outcome.known_as is not None:
        told["duplicate_of"] = outcome.sha256
    if outcome.state == State.WRITTEN:
        told["cases"] = [case.id for case in outcome.cases]
    return told


def progress_json(desk: Services, sha256: str, language: str = "en") -> Json | None:
    """How a document comes along, None where there is none."""
    from pipeline.store.schema import DocumentRow

    with desk.database.reading() as session:
        row = session.get(DocumentRow, sha256)
    if row is None:
        return None
    told: Json = {"id": sha256, "status": row.state, "pages": row.pages}
    way = desk.intake.progress(sha256)
    if way is not None and row.state not in (State.WRITTEN, State.QUARANTINED):
        told |= {"stage": way.stage, "done": way.done, "total": way.total}
    if row.error_kind:
        told["reason"] = told_in(language, row.error_message or "", row.error_mend or "")
    if row.warnings:
        told["warnings"] = row.warnings
    if row.state in (State.ROUTED, State.WRITTEN):
        told["cases"] = [case.id for case in desk.cases.of(sha256)]
    return told


@router.get("/upload/events")
async def events(request: Request, desk: Desk, ids: str) -> StreamingResponse:
    """How documents come along, as server-sent events, until all of them are done."""
    language = language_of(request)
    wanted = [each for each in ids.split(",") if len(each) == 64][:_MOST_FILES]

    async def told() -> AsyncIterator[str]:
        last: dict[str, str] = {}
        left = list(wanted)
        while left and not await request.is_disconnected():
            for sha256 in list(left):
                now = await run_in_threadpool(progress_json, desk, sha256, language)
                said = json.dumps(now)
                if now is None or now["status"] in (State.WRITTEN, State.QUARANTINED):
                    left.remove(sha256)
                if now is not None and last.get(sha256) != said:
                    last[sha256] = said
                    yield f"data: {said}\n\n"
            if left:
                await asyncio.sleep(_EVERY)
        yield "event: end\ndata: {}\n\n"

    return StreamingResponse(told(), media_type="text/event-stream")
