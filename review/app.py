"""`create_app`: the web app over one installation's store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.errors import DeskError, StoreError, UsageError
from pipeline.field_values import WrongValue
from pipeline.home import Settings
from pipeline.logs import fault
from pipeline.reviewing import KeyFieldsOpen, NoSuchCase, StaleVersion
from review import (
    account,
    api,
    case_page,
    case_work,
    further,
    inboxes,
    letter_page,
    overview,
    pages,
    queue_page,
    sign_in,
    upload,
)
from review.access import NotAllowed, NotEnrolled, NotSignedIn, check_routes, guard
from review.audited import note, note_refused
from review.limits import BodyLimit, TooMany
from review.services import Services, opened
from review.shown import error_text, language_of, render

MODULES = (
    sign_in, account, upload, queue_page, case_page, case_work, further, letter_page, overview,
    inboxes, pages, api,
)  # fmt: skip
"""The screens and the API, each with its router."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_STATUS: dict[type[DeskError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    NotEnrolled: 403,
    TooMany: 429,
    NoSuchCase: 404,
    StaleVersion: 409,
    KeyFieldsOpen: 422,
    WrongValue: 422,
    StoreError: 503,
}


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The app. It opens the store of `settings` at its start and closes it at its end, unless
    `services` are handed in, which stay their owner's."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.services = services or stack.enter_context(opened(settings))
            yield

    app = FastAPI(
        title="Denial Desk",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(guard), Depends(note)],
    )
    if services is not None:
        app.state.services = services
    for module in MODULES:
        app.include_router(module.router)
    app.middleware("http")(note_refused)
    app.add_middleware(WithHeaders, headers=headers_of(settings))
    app.add_middleware(BodyLimit, web=app)
    app.add_exception_handler(DeskError, _told)  # type: ignore[arg-type]  # as FastAPI types it
    app.add_exception_handler(RequestValidationError, _malformed)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _unforeseen)
    check_routes(module.router for module in MODULES)
    return app


def headers_of(settings: Settings) -> dict[str, str]:
    """The headers that every answer has."""
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if settings.over_tls:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


class WithHeaders:
    """Gives every answer its headers, where it has none of their names itself."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                held = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    held.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def status_of(error: DeskError) -> int:
    """The HTTP status that tells an error."""
    return next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, rather than a script or a program."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get(
        "accept", ""
    )


async def _told(request: Request, error: DeskError) -> Response:
    """An error of ours, as a page for a browser and as JSON for anything else."""
    status = status_of(error)
    if isinstance(error, NotSignedIn) and wants_page(request):
        if not request.app.state.services.people.any():
            return render(request, "welcome.html", status=401)
        back = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        return RedirectResponse(f"/sign-in?next={back}", 303)
    if isinstance(error, NotEnrolled) and wants_page(request):
        return RedirectResponse("/account", 303)
    return _answer(request, error, status)


def _answer(request: Request, error: DeskError, status: int) -> Response:
    if wants_page(request):
        return render(request, "error.html", status=status, error=error)
    language = "en" if request.url.path.startswith("/api/") else language_of(request)
    body: dict[str, object] = {
        "error": error.kind,
        "message": error_text(language, error.message),
        "mend": error_text(language, error.mend),
    }
    if isinstance(error, KeyFieldsOpen):
        body["open"] = list(error.keys)
    if isinstance(error, WrongValue):
        body["field"] = error.key
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers)


async def _malformed(request: Request, error: RequestValidationError) -> Response:
    """A request that is not what its route takes: which part, and never its value."""
    places = [".".join(str(part) for part in each["loc"][:4]) for each in error.errors()[:5]]
    told = UsageError(f"The request is not right at {', '.join(places)}", "See the description.")
    return _answer(request, told, 422)


async def _refused(request: Request, error: HTTPException) -> Response:
    """What the framework itself refuses: an unknown address, a form that is cut off."""
    return _answer(request, UsageError(str(error.detail), ""), error.status_code)


async def _unforeseen(request: Request, error: Exception) -> Response:
    fault("web", error, route=getattr(request.scope.get("route"), "path", ""))
    body = {"error": "fault", "message": "Denial Desk itself failed", "mend": "See the log."}
    return JSONResponse(body, 500, HEADERS)
