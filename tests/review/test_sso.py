"""Single sign-on against a real provider: a process of its own, made with Authlib's server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from oidc_provider import CLIENT, SECRET
from real_servers import free_port
from starlette.testclient import TestClient
from web_calls import Client

from models.errors import SetupError
from pipeline.store.people import Role
from review.app import create_app
from review.services import Services
from review.sso import NotSet, SingleSignOn, roles_in

DESK = "http://127.0.0.1:9"
"""Where the provider sends browsers back; the tests go there in its place."""
ROLES = "denials-admins=administrator, denials-reviewers=reviewer"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    said = tmp_path_factory.mktemp("provider") / "said"
    script = Path(__file__).with_name("oidc_provider.py")
    command = [sys.executable, "-W", "ignore", str(script), str(port), f"{DESK}/sign-in/sso/back"]
    with said.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
        )
    place = f"http://127.0.0.1:{port}"
    try:
        while not _answers(place):
            assert process.poll() is None, said.read_text()
            time.sleep(0.1)
        yield place
    finally:
        process.terminate()
        process.wait(30)


def _answers(place: str) -> bool:
    try:
        return requests.get(f"{place}/keys", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def browser(services: Services, provider: str, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("SSO_SECRET", SECRET)
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    settings = replace(
        services.settings, oidc_issuer=provider, oidc_client_id=CLIENT, public_url=DESK,
        oidc_client_secret="env:SSO_SECRET", oidc_roles=ROLES,
    )  # fmt: skip
    app = create_app(settings, replace(services, settings=settings))
    return TestClient(app, base_url=DESK, follow_redirects=False)


def back_from(browser: TestClient, provider: str, name: str, wrong: str = "") -> str:
    """Go to the provider and come back; returns the address that it sent the browser to."""
    requests.get(f"{provider}/as/{name}", timeout=5)
    if wrong:
        requests.get(f"{provider}/wrong/{wrong}", timeout=5)
    there = browser.get("/sign-in/sso?back=/overview").headers["Location"]
    asked = parse_qs(urlsplit(there).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["nonce"]
    assert asked["state"]
    back = requests.get(there, timeout=5, allow_redirects=False)
    assert back.status_code == 302, back.text
    return back.headers["Location"].removeprefix(DESK)


def test_whom_the_provider_vouches_for_is_signed_in_with_their_role(
    browser: TestClient, services: Services, provider: str
) -> None:
    assert "/sign-in/sso" in browser.get("/sign-in").text
    answer = browser.get(back_from(browser, provider, "rio"))
    assert answer.headers["Location"] == "/overview"
    assert browser.get("/queue").status_code == 200
    assert browser.get("/people").status_code == 403
    users = {user.name: user for user in services.people.all()}
    assert (users["rio"].role, users["rio"].subject) == ("reviewer", f"{provider} u-2")
    assert "there is no password here" in browser.get("/account").text
    services.people.change("rio", active=False)
    assert browser.get("/queue").status_code == 401
    again = browser.get(back_from(browser, provider, "rio"))
    assert (again.status_code, "not active" in again.text) == (401, True)


def test_an_answer_is_good_once_and_for_the_browser_that_asked(
    browser: TestClient, client: Client, provider: str
) -> None:
    back = back_from(browser, provider, "ada")
    assert client("").get(back).status_code == 401  # another browser
    assert browser.get(back.replace("state=", "state=x")).status_code == 401
    assert browser.get(back).status_code == 401  # the wrong state used it up
    back = back_from(browser, provider, "ada")
    assert browser.get(f"{back}&iss=https://evil.test").status_code == 401
    back = back_from(browser, provider, "ada")
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 401
    assert browser.get("/sign-in/sso/back?error=access_denied").status_code == 401


@pytest.mark.parametrize("wrong", ["key", "iss", "aud", "exp", "nonce"])
def test_a_word_that_is_not_the_providers_own_is_refused(
    browser: TestClient, services: Services, provider: str, wrong: str
) -> None:
    answer = browser.get(back_from(browser, provider, "ada", wrong))
    assert (answer.status_code, "cannot be trusted" in answer.text) == (401, True)
    assert "ada" not in {user.name for user in services.people.all()}


def test_groups_decide_and_no_name_is_taken_over(
    browser: TestClient, services: Services, provider: str
) -> None:
    outside = browser.get(back_from(browser, provider, "eve"))
    assert (outside.status_code, "no group" in outside.text) == (401, True)
    taken = browser.get(back_from(browser, provider, "boss"))
    assert (taken.status_code, "does not come from" in taken.text) == (401, True)
    assert not services.people.is_of_provider("adm-user")


def test_what_is_set_wrongly_is_told(services: Services, browser: TestClient) -> None:
    assert roles_in("*=viewer,a=b=reviewer") == [("*", Role.VIEWER), ("a=b", Role.REVIEWER)]
    with pytest.raises(SetupError, match="no role"):
        roles_in("staff=owner")
    bare = replace(services.settings, oidc_issuer="http://idp.example", oidc_client_id="x")
    with pytest.raises(NotSet, match="not set up"):
        SingleSignOn(bare).begin()
    with pytest.raises(NotSet, match="TLS"):
        SingleSignOn(replace(bare, public_url=DESK)).begin()
    dead = replace(bare, oidc_issuer=f"http://127.0.0.1:{free_port()}", public_url=DESK)
    app = create_app(dead, replace(services, settings=dead))
    answer = TestClient(app, base_url=DESK).get("/sign-in/sso")
    assert answer.status_code == 503
