"""What belongs to no screen: assets, health, and the news that keeps open pages live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse
from sqlalchemy import select

from models.errors import UsageError
from review.access import Desk
from review.news import EVERY

router = APIRouter(include_in_schema=False)
_STATIC = Path(__file__).parent / "static"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@router.get("/")
def start() -> Response:
    return RedirectResponse("/queue", 303)


@router.get("/static/{name}")
def asset(request: Request, name: str) -> Response:
    known = {path.name: path for path in _STATIC.iterdir()}
    if name not in known:
        raise UsageError("There is no such file", "")
    path = known[name]
    # Asked for by its version it may be kept for ever, else only as long as it is the same.
    kept = "public, max-age=31536000, immutable" if request.url.query else "no-cache"
    headers = {"Cache-Control": kept}
    return FileResponse(path, media_type=_TYPES.get(path.suffix), headers=headers)


@router.get("/health")
def health(desk: Desk) -> dict[str, str]:
    with desk.database.reading() as session:
        session.execute(select(1))
    return {"status": "ok"}


@router.get("/events")
async def events(request: Request, desk: Desk) -> StreamingResponse:
    """One event whenever the queue has changed."""

    async def told() -> AsyncIterator[str]:
        last = await desk.news.stamp(desk.database)
        yield ": open\n\n"
        while not await request.is_disconnected():
            await asyncio.sleep(EVERY)
            now = await desk.news.stamp(desk.database)
            if now != last:
                last = now
                yield "event: queue\ndata: changed\n\n"

    return StreamingResponse(told(), media_type="text/event-stream")
