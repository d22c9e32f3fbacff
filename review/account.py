"""Signing in and out, the first administrator, one's own account, and the administrator's list."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from models.errors import DeskError, UsageError
from pipeline.logs import log
from pipeline.store.people import LONGEST, Role
from review.access import COOKIE, Desk, NotAllowed, Who
from review.shown import LANGUAGE_COOKIE, LANGUAGES, render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1024)]


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/queue") -> Response:  # noqa: A002  # the URL's
    return render(request, "sign_in.html", back=_inside(next), error=None, name="")


@router.post("/sign-in")
def sign_in(
    request: Request, desk: Desk, name: Text = "", password: Text = "", back: Text = "/queue"
) -> Response:
    try:
        cookie = desk.people.sign_in(name.strip().lower(), password)
    except DeskError as wrong:
        log("sign-in refused", kind=wrong.kind)
        return render(
            request, "sign_in.html", status=401, back=_inside(back), error=wrong, name=name
        )
    answer = RedirectResponse(_inside(back), 303)
    _set_cookie(request, answer, COOKIE, cookie)
    return answer


@router.post("/sign-out")
def sign_out(desk: Desk, who: Who) -> Response:
    desk.people.sign_out(who.session)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/setup")
def setup_page(request: Request, desk: Desk, token: str = "") -> Response:
    _check_setup(desk, token)
    return render(request, "setup.html", token=token, error=None, name="")


@router.post("/setup")
def setup(
    request: Request, desk: Desk, token: Text = "", name: Text = "", password: Text = ""
) -> Response:
    _check_setup(desk, token)
    name = name.strip().lower()
    try:
        desk.people.add(name, password, Role.ADMINISTRATOR, only_first=True)
    except DeskError as wrong:
        return render(request, "setup.html", status=400, token=token, error=wrong, name=name)
    answer = RedirectResponse("/queue", 303)
    _set_cookie(request, answer, COOKIE, desk.people.sign_in(name, password))
    return answer


@router.post("/language")
def language(request: Request, chosen: Annotated[str, Form()], back: Text = "/queue") -> Response:
    answer = RedirectResponse(_inside(back), 303)
    if chosen in LANGUAGES:
        _set_cookie(request, answer, LANGUAGE_COOKIE, chosen, 365 * 24 * 3600)
    return answer


@router.get("/account")
def account(request: Request, desk: Desk, who: Who) -> Response:
    return _account(request, desk, who)


@router.post("/account/password")
def password(request: Request, desk: Desk, who: Who, old: Text = "", new: Text = "") -> Response:
    try:
        desk.people.set_password(who.name, new, old)
    except DeskError as wrong:
        return _account(request, desk, who, error=wrong, status=400)
    return RedirectResponse("/sign-in", 303)


@router.post("/account/tokens")
def make_token(request: Request, desk: Desk, who: Who, label: Text = "") -> Response:
    return _account(request, desk, who, token=desk.people.make_token(who.name, label))


@router.post("/account/tokens/{token_id}/revoke")
def revoke(desk: Desk, who: Who, token_id: int) -> Response:
    desk.people.revoke(who.name, token_id)
    return RedirectResponse("/account", 303)


@router.get("/people")
def people(request: Request, desk: Desk) -> Response:
    return render(request, "people.html", users=desk.people.all(), roles=list(Role), error=None)


@router.post("/people")
def add_person(
    request: Request, desk: Desk, name: Text = "", password: Text = "", role: Text = "viewer"
) -> Response:
    return _people(
        request, desk, lambda: desk.people.add(name.strip().lower(), password, _role(role))
    )


@router.post("/people/{name}")
def change_person(
    request: Request, desk: Desk, name: str, role: Text = "", active: Text = "", password: Text = ""
) -> Response:
    def change() -> None:
        if password:
            desk.people.set_password(name, password)
        desk.people.change(name, _role(role) if role else None, active == "yes")

    return _people(request, desk, change)


def _people(request: Request, desk: Desk, change: object) -> Response:
    try:
        assert callable(change)
        change()
    except DeskError as wrong:
        users, roles = desk.people.all(), list(Role)
        return render(request, "people.html", status=400, users=users, roles=roles, error=wrong)
    return RedirectResponse("/people", 303)


def _account(
    request: Request, desk: Desk, who: Who, *, status: int = 200, error: DeskError | None = None,
    token: str = "",
) -> Response:  # fmt: skip
    return render(
        request, "account.html", status=status, tokens=desk.people.tokens(who.name), error=error,
        token=token,
    )  # fmt: skip


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise UsageError("There is no such role", "") from None


def _check_setup(desk: Desk, token: str) -> None:
    if desk.people.any() or not secrets.compare_digest(token, desk.setup_token):
        raise NotAllowed("This link is not valid any more", "Sign in, or start the program again.")


def _inside(address: str) -> str:
    """A place of this app, whatever a link says."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or "\\" in address:
        return "/queue"
    return "/queue" if parts.path.startswith("//") else address


def _set_cookie(
    request: Request, answer: Response, name: str, value: str,
    seconds: int = int(LONGEST.total_seconds()),
) -> None:  # fmt: skip
    answer.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax",
        secure=request.url.scheme == "https", path="/",
    )  # fmt: skip
