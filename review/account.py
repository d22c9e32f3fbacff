"""The first administrator, one's own account with its second factor, the administrator's list."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from models.errors import DeskError, UsageError
from pipeline.logs import log
from pipeline.store.people import Role
from pipeline.store.second_factor import address_of
from review.access import Desk, NotAllowed, Who
from review.cookies import inside, keep_session, set_cookie
from review.shown import LANGUAGE_COOKIE, LANGUAGES, render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1024)]


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
    keep_session(desk, answer, desk.people.sign_in(name, password))
    return answer


@router.post("/language")
def language(desk: Desk, chosen: Annotated[str, Form()], back: Text = "/queue") -> Response:
    answer = RedirectResponse(inside(back), 303)
    if chosen in LANGUAGES:
        set_cookie(desk, answer, LANGUAGE_COOKIE, chosen, 365 * 24 * 3600)
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


@router.post("/account/factor")
def begin_factor(request: Request, desk: Desk, who: Who) -> Response:
    """A secret for an authenticator app, shown as a QR code; nothing holds yet."""
    if not who.csrf or desk.people.is_of_provider(who.name):
        raise UsageError("This user signs in through the provider", "")
    secret = desk.factors.begin(who.name)
    picture = segno.make(address_of(who.name, secret)).svg_inline(scale=5, light="white")
    return _account(request, desk, who, secret=secret, picture=picture)


@router.post("/account/factor/confirm")
def confirm_factor(request: Request, desk: Desk, who: Who, code: Text = "") -> Response:
    """The first code puts the second factor in force; recovery codes are shown this once."""
    try:
        codes = desk.factors.confirm(who.name, code)
    except DeskError as wrong:
        return _account(request, desk, who, error=wrong, status=400)
    desk.people.end_others(who.name, who.session)
    log("second factor set")
    return _account(request, desk, who, codes=codes)


@router.post("/account/factor/remove")
def remove_factor(request: Request, desk: Desk, who: Who, code: Text = "") -> Response:
    """Take the second factor away; one of its codes is asked for."""
    try:
        desk.people.check_open(who.name)
        _checked(desk, who.name, code)
    except DeskError as wrong:
        return _account(request, desk, who, error=wrong, status=400)
    desk.factors.remove(who.name)
    return RedirectResponse("/account", 303)


def _checked(desk: Desk, name: str, code: str) -> None:
    try:
        desk.factors.check(name, code)
    except DeskError:
        desk.people.failed(name)
        raise


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
    request: Request, desk: Desk, name: str, role: Text = "", active: Text = "",
    password: Text = "", no_factor: Text = "",
) -> Response:  # fmt: skip
    def change() -> None:
        if no_factor == "yes":
            desk.factors.remove(name)
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
    token: str = "", secret: str = "", picture: str = "", codes: Sequence[str] = (),
) -> Response:  # fmt: skip
    return render(
        request, "account.html", status=status, tokens=desk.people.tokens(who.name), error=error,
        token=token, secret=secret, picture=picture, codes=codes,
        has_factor=desk.factors.is_set(who.name), codes_left=desk.factors.codes_left(who.name),
        of_provider=desk.people.is_of_provider(who.name),
        must=desk.settings.second_factor == "required",
    )  # fmt: skip


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise UsageError("There is no such role", "") from None


def _check_setup(desk: Desk, token: str) -> None:
    if desk.people.any() or not secrets.compare_digest(token, desk.setup_token):
        raise NotAllowed("This link is not valid any more", "Sign in, or start the program again.")
