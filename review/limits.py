"""What one client may do: how large a request may be, and how often a secret may be guessed."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.errors import DeskError

SMALL = 1 << 20
"""Bytes of a request that hands in no file."""
_UPLOADS = re.compile(r"/upload|/api/letters|/cases/[0-9a-f]{12}/(?:sent|attach)")
_FILES_AT_ONCE = 4
"""A request may weigh as much as so many of the largest files."""


class TooMany(DeskError):
    kind = "too_many"


class Guesses:
    """Wrong secrets by address of the client. The lock of a name is another matter: this one is
    for who tries one password with many names. Generous, as a whole clinic may have one address."""

    def __init__(
        self, most: int = 60, seconds: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._most, self._seconds, self._clock = most, seconds, clock
        self._held: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def failed(self, request: Request) -> None:
        """Count one wrong guess of a client."""
        with self._lock:
            if len(self._held) > 10_000:
                self._held.clear()
            self._held.setdefault(_client(request), deque(maxlen=self._most)).append(self._clock())

    def check(self, request: Request) -> None:
        """Raises TooMany where a client has guessed wrong too often."""
        with self._lock:
            held = self._held.get(_client(request))
            since = self._clock() - self._seconds
            if held is not None and len(held) == self._most and held[0] > since:
                raise TooMany("Too many wrong tries from here", "Wait five minutes.")


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


class BodyLimit:
    """Ends a request whose body is too large, while it comes in: nothing of it is kept.

    Large bodies are taken only where files are handed in, and only from someone who may: who that
    is, is found out before the first byte is read.
    """

    def __init__(self, app: ASGIApp, web: Any) -> None:
        self._app, self._web = app, web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        most = await self._most(scope)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            await _refused(scope, receive, send)
            return
        seen = 0
        over = started = False

        async def counted() -> Message:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                over = True
                return {"type": "http.disconnect"}
            return message

        async def answered(message: Message) -> None:
            nonlocal started
            if not over:
                started = True
                await send(message)

        try:
            await self._app(scope, counted, answered)
        except Exception:
            if not over or started:
                raise
        if over and not started:
            await _refused(scope, receive, send)

    async def _most(self, scope: Scope) -> int:
        from pipeline.store.people import Role
        from review.access import recognised

        if not _UPLOADS.fullmatch(scope["path"]):
            return SMALL
        try:
            person = await recognised(Request(scope))
        except DeskError:
            return SMALL  # the guard meets the same, and tells it
        if person is None or person.role.rank < Role.REVIEWER.rank:
            return SMALL
        most: int = self._web.state.services.settings.file_mb << 20
        return most * _FILES_AT_ONCE + SMALL


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    body = {"error": "too_large", "message": "The request is too large",
            "mend": "Send fewer files at once."}  # fmt: skip
    headers = {"Connection": "close", "Cache-Control": "no-store"}
    await JSONResponse(body, 413, headers)(scope, receive, send)
