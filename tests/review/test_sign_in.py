"""Signing in with a second factor, limits on guessing and on bodies, cookies over TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest
from starlette.testclient import TestClient
from web_calls import PASSWORD, Client, csrf, headers

from pipeline.store.people import MOST_FAILURES, Role, WrongLogin
from pipeline.store.review_tables import RecoveryRow, UserRow
from pipeline.store.second_factor import WrongCode
from review.app import create_app
from review.limits import Guesses
from review.services import Services


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that codes are made for; it stands still unless a test moves it."""
    held = [1_800_000_000.0]
    monkeypatch.setattr("pipeline.store.second_factor.time.time", lambda: held[0])
    return held


def enrolled(browser: TestClient, clock: list[float]) -> tuple[pyotp.TOTP, list[str]]:
    """Set a second factor up as a person does; returns their app and the recovery codes."""
    shown = browser.post("/account/factor", headers=headers(browser)).text
    assert "<svg" in shown
    found = re.search(r'class="token">([A-Z2-7]{32})<', shown)
    assert found
    app = pyotp.TOTP(found[1])
    wrong = browser.post(
        "/account/factor/confirm", data={"code": "000000"}, headers=headers(browser)
    )
    assert wrong.status_code == 400
    done = browser.post(
        "/account/factor/confirm", data={"code": app.at(clock[0])}, headers=headers(browser)
    )
    codes = re.findall(r"<code>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</code>", done.text)
    assert len(codes) == 10
    assert codes[0] not in browser.get("/account").text
    return app, codes


def password_step(browser: TestClient, name: str = "rev-user") -> None:
    answer = browser.post("/sign-in", data={"name": name, "password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/code"


def test_a_password_alone_signs_nobody_in(
    client: Client, services: Services, clock: list[float]
) -> None:
    app, codes = enrolled(client("reviewer"), clock)
    with services.database.reading() as session:
        assert not {row.hash for row in session.query(RecoveryRow)} & set(codes)
    browser = client("")
    password_step(browser)
    assert browser.get("/queue").status_code == 401
    assert "authenticator" in browser.get("/sign-in/code").text
    used = browser.post("/sign-in/code", data={"code": app.at(clock[0])})
    assert used.status_code == 401, "the code that enrolled is used up"
    clock[0] += 30
    good = app.at(clock[0])
    assert browser.post("/sign-in/code", data={"code": good}).headers["Location"] == "/queue"
    assert browser.get("/queue").status_code == 200
    other = client("")
    password_step(other)
    assert other.post("/sign-in/code", data={"code": good}).status_code == 401, "replayed"
    clock[0] += 60
    late = app.at(clock[0] - 30)
    assert other.post("/sign-in/code", data={"code": late}).headers["Location"] == "/queue"


def test_a_recovery_code_stands_in_once(client: Client, clock: list[float]) -> None:
    _, codes = enrolled(client("reviewer"), clock)
    for expected in (303, 401):
        browser = client("")
        password_step(browser)
        answer = browser.post("/sign-in/code", data={"code": codes[3].lower()})
        assert answer.status_code == expected


def test_guessing_codes_locks_the_name(
    client: Client, services: Services, clock: list[float]
) -> None:
    app, _ = enrolled(client("reviewer"), clock)
    clock[0] += 30
    browser = client("")
    password_step(browser)
    for _ in range(MOST_FAILURES):
        password_step(browser)  # a right password forgets no wrong codes
        assert browser.post("/sign-in/code", data={"code": "123456"}).status_code == 401
    locked = browser.post("/sign-in/code", data={"code": app.at(clock[0])})
    assert "Too many" in locked.text
    with pytest.raises(WrongLogin, match="Too many"):
        services.people.check_login("rev-user", PASSWORD)


def test_a_lost_factor_is_removed_by_its_code_or_by_an_administrator(
    client: Client, services: Services, clock: list[float]
) -> None:
    browser = client("reviewer")
    app, codes = enrolled(browser, clock)
    wrong = browser.post(
        "/account/factor/remove", data={"code": app.at(clock[0])}, headers=headers(browser)
    )
    assert wrong.status_code == 400
    browser.post("/account/factor/remove", data={"code": codes[0]}, headers=headers(browser))
    assert not services.factors.is_set("rev-user")
    enrolled(browser, clock)
    admin = client("administrator")
    assert "second factor" in admin.get("/people").text
    reset = {"role": "reviewer", "active": "yes", "no_factor": "yes"}
    assert admin.post("/people/rev-user", data=reset, headers=headers(admin)).status_code == 303
    assert client("reviewer").get("/queue").status_code == 200
    with pytest.raises(WrongCode):
        services.factors.check("rev-user", codes[1])


def test_a_required_factor_leaves_only_the_account_open(services: Services) -> None:
    strict = replace(services, settings=replace(services.settings, second_factor="required"))
    browser = TestClient(
        create_app(strict.settings, strict), base_url="http://desk.test", follow_redirects=False
    )
    browser.post("/sign-in", data={"name": "rev-user", "password": PASSWORD})
    page = {"Accept": "text/html"}
    assert browser.get("/queue", headers=page).headers["Location"] == "/account"
    assert browser.get("/queue").status_code == 403
    token = {"X-CSRF-Token": csrf(browser)}
    assert browser.post("/account/tokens", data={"label": "x"}, headers=token).status_code == 403
    assert "required" in browser.get("/account").text


def test_cookies_are_for_tls_alone_where_browsers_come_by_it(services: Services) -> None:
    public = replace(services.settings, public_url="https://desk.test")
    over = replace(services, settings=public)
    browser = TestClient(
        create_app(public, over), base_url="https://desk.test", follow_redirects=False
    )
    answer = browser.post("/sign-in", data={"name": "vie-user", "password": PASSWORD})
    kept = answer.headers["Set-Cookie"]
    assert kept.startswith("__Host-denialdesk=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(kept.split("; "))
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert browser.get("/queue").status_code == 200


def test_a_sign_in_from_another_site_is_refused(client: Client) -> None:
    login = {"name": "rev-user", "password": PASSWORD}
    for origin in ("https://evil.test", "null"):
        refused = client("").post("/sign-in", data=login, headers={"Origin": origin})
        assert refused.status_code == 403
    same = client("").post("/sign-in", data=login, headers={"Origin": "http://desk.test"})
    assert same.status_code == 303


def test_who_guesses_too_often_waits(services: Services) -> None:
    moment = [0.0]
    hurried = replace(services, guesses=Guesses(most=3, clock=lambda: moment[0]))
    browser = TestClient(create_app(hurried.settings, hurried), base_url="http://desk.test")
    for name in ("ann", "bob", "cy"):
        answer = browser.post("/sign-in", data={"name": name, "password": "a guess of mine"})
        assert answer.status_code == 401
    assert browser.post("/sign-in", data={"name": "dan", "password": "x"}).status_code == 429
    bearer = {"Authorization": "Bearer dd_guess"}
    assert browser.get("/api/cases", headers=bearer).status_code == 429
    letter = {"files": ("a.txt", b"some words")}
    assert browser.post("/api/letters", files=letter, headers=bearer).status_code == 429
    moment[0] += 301
    assert browser.post("/sign-in", data={"name": "dan", "password": "x"}).status_code == 401


def test_a_body_that_is_too_large_is_refused_while_it_comes(
    client: Client, services: Services
) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * (256 << 10)

    big = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client("").post("/upload", content=endless(), headers=big).status_code == 401
    for role in ("", "viewer", "reviewer"):
        answer = client(role).post("/queue/assign", content=endless(), headers=big)
        assert answer.status_code == 413, role
    declared = {**big, "Content-Length": str(1 << 40)}
    assert client("").post("/sign-in", content=b"", headers=declared).status_code == 413
    reviewer = client("reviewer")
    form = {"files": ("a.txt", b"x" * (3 << 20))}
    taken = reviewer.post("/upload", files=form, headers=headers(reviewer))
    assert taken.status_code == 200
    assert services.people.any()


def test_roles_stay_where_users_are_made_by_a_provider(services: Services) -> None:
    name = services.people.of_provider("https://idp.test 1", "kim", Role.REVIEWER)
    assert name == "kim"
    assert services.people.of_provider("https://idp.test 1", "renamed", Role.VIEWER) == "kim"
    with services.database.reading() as session:
        assert session.get_one(UserRow, "kim").role == "viewer"
    with pytest.raises(WrongLogin):
        services.people.check_login("kim", "")
