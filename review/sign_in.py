"""Signing in and out: with a password and, where it is set, a second factor; or through a provider
of the house (OpenID Connect)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from models.errors import DeskError
from pipeline.logs import log
from pipeline.store.people import WrongLogin
from review.access import Desk, Who
from review.cookies import (
    SESSION,
    UNDER_WAY,
    cookie_of,
    drop,
    inside,
    keep_session,
    keep_under_way,
)
from review.shown import render
from review.sso import NotSet, SsoRefused

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1024)]
Told = Annotated[str, Query(max_length=4096)]


def _page(request: Request, desk: Desk, back: str, status: int = 200, **more: Any) -> Response:
    shown = {"error": None, "name": "", **more}
    return render(
        request, "sign_in.html", status=status, back=inside(back),
        sso=bool(desk.settings.oidc_issuer), **shown,
    )  # fmt: skip


@router.get("/sign-in")
def sign_in_page(request: Request, desk: Desk, next: str = "/queue") -> Response:  # noqa: A002  # the URL's
    return _page(request, desk, next)


@router.post("/sign-in")
def sign_in(
    request: Request, desk: Desk, name: Text = "", password: Text = "", back: Text = "/queue"
) -> Response:
    name = name.strip().lower()
    try:
        desk.people.check_login(name, password)
    except DeskError as wrong:
        log("sign-in refused", kind=wrong.kind)
        desk.guesses.failed(request)
        return _page(request, desk, back, 401, error=wrong, name=name)
    if desk.factors.is_set(name):
        answer = RedirectResponse("/sign-in/code", 303)
        keep_under_way(desk, answer, desk.sign_ins.begin("code", name=name, back=inside(back)))
        return answer
    return _signed_in(desk, name, back)


def _signed_in(desk: Desk, name: str, back: str) -> Response:
    answer = RedirectResponse(inside(back), 303)
    keep_session(desk, answer, desk.people.open_session(name))
    drop(desk, answer, UNDER_WAY)
    return answer


@router.get("/sign-in/code")
def code_page(request: Request, desk: Desk) -> Response:
    if desk.sign_ins.of(cookie_of(request, desk.settings, UNDER_WAY), "code") is None:
        return RedirectResponse("/sign-in", 303)
    return render(request, "code.html", error=None)


@router.post("/sign-in/code")
def code(request: Request, desk: Desk, code: Text = "") -> Response:
    """The second step: the password was right."""
    cookie = cookie_of(request, desk.settings, UNDER_WAY)
    held = desk.sign_ins.of(cookie, "code")
    if held is None:
        return RedirectResponse("/sign-in", 303)
    name = str(held["name"])
    try:
        desk.people.check_open(name)
        desk.factors.check(name, code)
    except WrongLogin as wrong:
        log("sign-in refused", kind=wrong.kind)
        desk.guesses.failed(request)
        if wrong.kind == "wrong_code":
            desk.people.failed(name)
        return render(request, "code.html", status=401, error=wrong)
    if desk.sign_ins.take(cookie, "code") is None:
        return RedirectResponse("/sign-in", 303)
    desk.people.succeeded(name)
    return _signed_in(desk, name, str(held["back"]))


@router.get("/sign-in/sso")
def sso(request: Request, desk: Desk, back: Told = "/queue") -> Response:
    """On to the provider."""
    try:
        address, held = desk.sso.begin()
    except DeskError as trouble:
        return _page(request, desk, back, 400 if isinstance(trouble, NotSet) else 503,
                     error=trouble)  # fmt: skip
    answer = RedirectResponse(address, 303)
    keep_under_way(desk, answer, desk.sign_ins.begin("sso", back=inside(back), **held))
    return answer


@router.get("/sign-in/sso/back")
def sso_back(
    request: Request, desk: Desk, code: Told = "", state: Told = "", error: Told = "",
    iss: Told = "",
) -> Response:  # fmt: skip
    """Back from the provider: its word is checked, and whom it vouches for is signed in."""
    held = desk.sign_ins.take(cookie_of(request, desk.settings, UNDER_WAY), "sso")
    try:
        if held is None or error:
            raise SsoRefused("The provider did not sign you in", "Try again.")
        known = desk.sso.finish(held, code, state, iss)
        name = desk.people.of_provider(known.subject, known.name, known.role)
    except DeskError as trouble:
        log("sign-in refused", kind=trouble.kind)
        desk.guesses.failed(request)
        return _page(request, desk, "/queue", 401, error=trouble)
    return _signed_in(desk, name, str(held["back"]))


@router.post("/sign-out")
def sign_out(desk: Desk, who: Who) -> Response:
    desk.people.sign_out(who.session)
    answer = RedirectResponse("/sign-in", 303)
    drop(desk, answer, SESSION)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
