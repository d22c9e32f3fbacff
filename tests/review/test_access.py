"""Who may do what: every route with every role, sessions, CSRF, headers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from web_calls import PASSWORD, Client, csrf, headers

from models.errors import UsageError
from pipeline.store.people import IDLE, MOST_FAILURES, Role, WrongLogin
from pipeline.store.review_tables import SessionRow, UserRow
from pipeline.store.schema import now
from review.access import ROUTES, May
from review.services import Services

ENDLESS = {"GET /events", "GET /upload/events"}
"""Streams that go on as long as someone listens: asked only by those who may not."""


PROVED = {"POST /sign-in", "GET /sign-in/sso/back"}
"""Open to everyone, and refused without a proof of who they are."""


@pytest.mark.parametrize("role", ["", *Role])
def test_every_route_is_open_to_whom_the_table_says_and_to_nobody_else(
    client: Client, role: str
) -> None:
    browser = client(role)
    token = headers(browser) if role else {}
    for name, needed in ROUTES.items():
        method, _, path = name.partition(" ")
        may = needed is May.ANYONE or (
            bool(role) and Role(role).rank >= needed.value.rank  # type: ignore[union-attr]
        )
        if may and (name in ENDLESS or path == "/sign-out"):
            continue
        filled = re.sub(r"\{(\w+)\}", lambda m: "1" if m[1] != "case_id" else "0" * 12, path)
        status = browser.request(method, filled, headers=token).status_code
        if name in ("GET /setup", "POST /setup"):
            assert status == 403, name  # there are users
        elif may:
            assert status not in (401, 403) or name in PROVED, (name, status)
        else:
            assert status == (403 if role else 401), (name, status)


def test_a_change_without_the_pages_token_is_refused(client: Client) -> None:
    browser = client("reviewer")
    data = {"name": "mine", "query": ""}
    assert browser.post("/views", data=data).status_code == 403
    assert browser.post("/views", data={**data, "csrf": "x"}).status_code == 403
    assert browser.post("/views", data={**data, "csrf": csrf(browser)}).status_code == 303
    cross = {**headers(browser), "Sec-Fetch-Site": "cross-site"}
    assert browser.post("/views", data=data, headers=cross).status_code == 403
    login = {"name": "rev-user", "password": PASSWORD}
    outside = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post("/sign-in", data=login, headers=outside).status_code == 403


def test_sessions_end(client: Client, services: Services) -> None:
    browser = client("viewer")
    assert browser.get("/queue").status_code == 200
    with services.database.session() as session:
        session.execute(update(SessionRow).values(seen_at=now() - IDLE - timedelta(minutes=1)))
    assert browser.get("/queue").status_code == 401
    again = client("viewer")
    assert again.post("/sign-out", headers=headers(again)).status_code == 303
    assert again.get("/queue").status_code == 401
    third = client("viewer")
    services.people.change("vie-user", active=False)
    assert third.get("/queue").status_code == 401


@pytest.mark.parametrize(
    "password",
    ["Password123456", "qwertyuiop[]12", "P@ssw0rd12345", "passwordpassword", "aaaaaaaaaaaaaa",
     "1234567890123", "iloveyou2026!", "ann.lee.2026!",
     "Denial Desk, 26 of them", "de-nial-desk x9"],
)  # fmt: skip
def test_passwords_that_are_guessed_first_are_refused(services: Services, password: str) -> None:
    with pytest.raises(UsageError, match=r"guessed first|does not hold the name"):
        services.people.add("ann.lee", password, Role.VIEWER)
    services.people.add("ann.lee", "grey boats leave early " * 40, Role.VIEWER)


def test_wrong_passwords_lock_a_name_for_a_while(services: Services) -> None:
    for _ in range(MOST_FAILURES):
        with pytest.raises(WrongLogin, match="wrong"):
            services.people.sign_in("vie-user", "not it at all")
    with pytest.raises(WrongLogin, match="Too many"):
        services.people.sign_in("vie-user", PASSWORD)
    with services.database.session() as session:
        session.execute(update(UserRow).values(locked_until=now() - timedelta(seconds=1)))
    assert services.people.sign_in("vie-user", PASSWORD)
    with pytest.raises(WrongLogin):
        services.people.sign_in("nobody", PASSWORD)


def test_passwords_are_kept_as_argon2_and_tokens_are_shown_once(
    client: Client, services: Services
) -> None:
    assert all(user.password.startswith("$argon2id$") for user in services.people.all())
    browser = client("viewer")
    made = browser.post("/account/tokens", data={"label": "script"}, headers=headers(browser)).text
    found = re.search(r"dd_[\w-]{40,}", made)
    assert found
    assert found[0] not in browser.get("/account").text
    assert services.people.of_token(found[0]) is not None
    services.people.revoke("vie-user", services.people.tokens("vie-user")[0].id)
    assert services.people.of_token(found[0]) is None


def test_the_last_administrator_stays(services: Services) -> None:
    with pytest.raises(UsageError, match="administrator"):
        services.people.change("adm-user", role=Role.VIEWER)
    with pytest.raises(UsageError, match="administrator"):
        services.people.change("adm-user", active=False)


def test_the_first_administrator_is_made_by_the_link_and_only_once(
    client: Client, services: Services
) -> None:
    with services.database.session() as session:
        session.query(UserRow).delete()
    browser = client("")
    assert browser.get("/setup", params={"token": "guess"}).status_code == 403
    assert browser.get("/setup", params={"token": services.setup_token}).status_code == 200
    data = {"token": services.setup_token, "name": "Boss", "password": "too short"}
    assert "at least 12" in browser.post("/setup", data=data).text
    data["password"] = "rivers under glass roofs"
    assert browser.post("/setup", data=data).status_code == 303
    assert browser.get("/people").status_code == 200
    assert client("").post("/setup", data=data).status_code == 403


def test_pages_forbid_what_they_do_not_need(client: Client) -> None:
    browser = client("administrator")
    for path in ("/queue", "/upload", "/overview", "/people", "/account", "/sign-in", "/activity"):
        answer = browser.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text), path
    cookie = client("").post("/sign-in", data={"name": "vie-user", "password": PASSWORD})
    assert "HttpOnly" in cookie.headers["Set-Cookie"]
    assert "SameSite=lax" in cookie.headers["Set-Cookie"]


@pytest.mark.parametrize("place", ["//evil.test/", "https://evil.test/", "/\\evil.test", "x"])
def test_signing_in_leads_to_no_other_site(client: Client, place: str) -> None:
    data = {"name": "vie-user", "password": PASSWORD, "back": place}
    assert client("").post("/sign-in", data=data).headers["Location"] == "/queue"
