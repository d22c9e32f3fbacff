"""Cookies of the web app, and the places of it that a link may lead back to."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request, Response

from pipeline.home import Settings
from pipeline.store.people import LONGEST
from review.services import Services

SESSION, UNDER_WAY = "denialdesk", "denialdesk-sign-in"


def named(settings: Settings, name: str) -> str:
    """A cookie's name: over TLS with the prefix by which browsers keep it from other hosts."""
    return f"__Host-{name}" if settings.over_tls else name


def cookie_of(request: Request, settings: Settings, name: str = SESSION) -> str | None:
    return request.cookies.get(named(settings, name))


def set_cookie(desk: Services, answer: Response, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax",
        secure=desk.settings.over_tls, path="/",
    )  # fmt: skip


def keep_session(desk: Services, answer: Response, cookie: str) -> None:
    """Let a browser keep a session."""
    name = named(desk.settings, SESSION)
    set_cookie(desk, answer, name, cookie, int(LONGEST.total_seconds()))


def keep_under_way(desk: Services, answer: Response, cookie: str) -> None:
    """Let a browser keep a sign-in that is under way."""
    set_cookie(desk, answer, named(desk.settings, UNDER_WAY), cookie, 600)


def drop(desk: Services, answer: Response, name: str) -> None:
    answer.delete_cookie(
        named(desk.settings, name), path="/", secure=desk.settings.over_tls, httponly=True,
        samesite="lax",
    )  # fmt: skip


def inside(address: str) -> str:
    """A place of this app, whatever a link says."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or "\\" in address:
        return "/queue"
    return "/queue" if parts.path.startswith("//") else address
