"""Who may do what: one table of every route, and the guard that every request passes.

A route that is not in the table cannot be reached; the app refuses to start with one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from models.errors import DeskError
from pipeline.store.people import Person, Role
from review.cookies import cookie_of
from review.services import Services

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class May(Enum):
    """What a route needs."""

    ANYONE = None
    VIEW = Role.VIEWER
    REVIEW = Role.REVIEWER
    ADMINISTER = Role.ADMINISTRATOR


ROUTES: Mapping[str, May] = MappingProxyType(
    {
        "GET /static/{name}": May.ANYONE,
        "GET /health": May.ANYONE,
        "GET /sign-in": May.ANYONE,
        "POST /sign-in": May.ANYONE,
        "GET /sign-in/code": May.ANYONE,
        "POST /sign-in/code": May.ANYONE,
        "GET /sign-in/sso": May.ANYONE,
        "GET /sign-in/sso/back": May.ANYONE,
        "GET /setup": May.ANYONE,
        "POST /setup": May.ANYONE,
        "GET /api/openapi.json": May.ANYONE,
        "POST /sign-out": May.VIEW,
        "POST /language": May.VIEW,
        "GET /account": May.VIEW,
        "POST /account/password": May.VIEW,
        "POST /account/factor": May.VIEW,
        "POST /account/factor/confirm": May.VIEW,
        "POST /account/factor/remove": May.VIEW,
        "POST /account/tokens": May.VIEW,
        "POST /account/tokens/{token_id}/revoke": May.VIEW,
        "GET /people": May.ADMINISTER,
        "POST /people": May.ADMINISTER,
        "POST /people/{name}": May.ADMINISTER,
        "GET /": May.VIEW,
        "GET /events": May.VIEW,
        "GET /upload": May.REVIEW,
        "POST /upload": May.REVIEW,
        "GET /upload/events": May.REVIEW,
        "GET /queue": May.VIEW,
        "GET /queue/export": May.VIEW,
        "POST /queue/assign": May.REVIEW,
        "POST /views": May.VIEW,
        "POST /views/{view_id}/delete": May.VIEW,
        "GET /cases/{case_id}": May.VIEW,
        "GET /cases/{case_id}/work": May.VIEW,
        "GET /cases/{case_id}/next": May.VIEW,
        "GET /pages/{case_id}/{number}": May.VIEW,
        "GET /words/{case_id}/{number}": May.VIEW,
        "GET /cases/{case_id}/original": May.VIEW,
        "GET /check": May.VIEW,
        "POST /cases/{case_id}/field": May.REVIEW,
        "POST /cases/{case_id}/accept": May.REVIEW,
        "POST /cases/{case_id}/undo": May.REVIEW,
        "POST /cases/{case_id}/approve": May.REVIEW,
        "POST /cases/{case_id}/status": May.REVIEW,
        "POST /cases/{case_id}/route": May.REVIEW,
        "POST /cases/{case_id}/assign": May.REVIEW,
        "POST /cases/{case_id}/notes": May.REVIEW,
        "POST /cases/{case_id}/hold": May.REVIEW,
        "POST /cases/{case_id}/release": May.REVIEW,
        "POST /cases/{case_id}/legal-hold": May.REVIEW,
        "POST /cases/{case_id}/legal-hold-ends": May.ADMINISTER,
        "POST /cases/{case_id}/split": May.REVIEW,
        "POST /cases/{case_id}/attach": May.REVIEW,
        "GET /cases/{case_id}/attached/{attached_id}": May.VIEW,
        "GET /cases/{case_id}/beside/{other}": May.VIEW,
        "POST /cases/{case_id}/duplicate": May.REVIEW,
        "POST /inboxes/{inbox}/run": May.REVIEW,
        "POST /inboxes/{inbox}/retry": May.REVIEW,
        "GET /cases/{case_id}/letter": May.VIEW,
        "GET /cases/{case_id}/letter/{paper}/{number}": May.VIEW,
        "GET /cases/{case_id}/files/{name}": May.VIEW,
        "GET /cases/{case_id}/packet": May.VIEW,
        "POST /cases/{case_id}/letter": May.REVIEW,
        "POST /cases/{case_id}/sent": May.REVIEW,
        "POST /cases/{case_id}/outcome": May.REVIEW,
        "GET /cases/{case_id}/proof/{sending_id}": May.VIEW,
        "GET /overview": May.VIEW,
        "GET /activity": May.VIEW,
        "POST /api/letters": May.REVIEW,
        "GET /api/letters/{document_id}": May.VIEW,
        "GET /api/cases": May.VIEW,
        "GET /api/cases/{case_id}": May.VIEW,
        "PATCH /api/cases/{case_id}": May.REVIEW,
        "POST /api/cases/{case_id}/approve": May.REVIEW,
        "GET /api/cases/{case_id}/packet": May.VIEW,
    }
)


class NotSignedIn(DeskError):
    kind = "not_signed_in"


class NotAllowed(DeskError):
    kind = "not_allowed"


class NotEnrolled(DeskError):
    """A second factor is required here and this person has set none up."""

    kind = "not_enrolled"


WITHOUT_FACTOR = ("/account", "/sign-out", "/language", "/static/")
"""Where someone may go who must set up a second factor first."""
GUESSED = frozenset({"POST /sign-in", "POST /sign-in/code", "GET /sign-in/sso/back", "POST /setup"})
"""Routes at which a secret may be guessed."""


def services_of(request: Request) -> Services:
    """The app's services."""
    held: Services = request.app.state.services
    return held


def person_of(request: Request) -> Person:
    """Who makes the request: `guard` has seen to it that there is someone."""
    found: Person | None = getattr(request.state, "person", None)
    if found is None:
        raise NotSignedIn("Please sign in", "")
    return found


Desk = Annotated[Services, Depends(services_of)]
Who = Annotated[Person, Depends(person_of)]


async def guard(request: Request) -> None:
    """Every request's way in: who it is, whether they may, and that no other site sent it."""
    route: Any = request.scope["route"]
    needed = ROUTES.get(f"{request.method} {route.path}")
    if request.method == "HEAD":
        needed = ROUTES.get(f"GET {route.path}")
    if needed is None:
        raise NotAllowed("This is not open to anyone", "")
    if f"{request.method} {route.path}" in GUESSED:
        services_of(request).guesses.check(request)
    person = await recognised(request)
    request.state.person = person
    if needed is May.ANYONE:
        if request.method not in SAFE:
            _same_site(request)
        return
    if person is None:
        raise NotSignedIn("Please sign in", "Use a session of the web app or a bearer token.")
    assert needed.value is not None
    if person.role.rank < needed.value.rank:
        raise NotAllowed(f"This needs the role {needed.value.value}", "Ask an administrator.")
    must = services_of(request).settings.second_factor == "required"
    if must and person.csrf and not person.has_factor and not _is_free(route.path):
        raise NotEnrolled("A second factor is required here", "Set one up under your account.")
    if request.method not in SAFE and person.csrf:
        await _check_csrf(request, person)


def _is_free(path: str) -> bool:
    return path.startswith(WITHOUT_FACTOR) and not path.startswith("/account/tokens")


async def recognised(request: Request) -> Person | None:
    """Who makes a request, None where nobody is known by it."""
    desk = services_of(request)
    people = desk.people
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and request.url.path.startswith("/api/"):
        desk.guesses.check(request)
        found = await run_in_threadpool(people.of_token, token.strip())
        if found is None:
            desk.guesses.failed(request)
        return found
    cookie = cookie_of(request, desk.settings)
    return await run_in_threadpool(people.of_cookie, cookie) if cookie else None


def _same_site(request: Request) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("Another site sent this request", "Use the app's own pages.")
    origin = request.headers.get("origin")
    if origin is None:
        return  # a program, or a browser that sends it only where sites differ
    public = services_of(request).settings.public_url
    ours = {request.headers.get("host", ""), urlsplit(public).netloc}
    if urlsplit(origin).netloc not in ours - {""}:
        raise NotAllowed("Another site sent this request", "Use the app's own pages.")


async def _check_csrf(request: Request, person: Person) -> None:
    _same_site(request)
    given = request.headers.get("x-csrf-token")
    kind = request.headers.get("content-type", "")
    if given is None and kind.startswith(("application/x-www-form-urlencoded", "multipart/")):
        given = str((await request.form()).get("csrf", ""))
    if not given or not secrets.compare_digest(given, person.csrf):
        raise NotAllowed("The page was too old", "Load it again and repeat what you did.")


def check_routes(routers: Iterable[APIRouter]) -> None:
    """Raises ValueError where a route has no entry, or an entry no route."""
    there = {
        f"{method} {route.path}"
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or ())
        if method != "HEAD"
    }
    if there != set(ROUTES):
        raise ValueError(f"routes and permissions differ: {sorted(there ^ set(ROUTES))}")
