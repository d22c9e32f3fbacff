"""Every route that shows, changes or hands out something of a case leaves a line in the audit."""

from __future__ import annotations

import re

import pytest
from review_bench import LETTER
from web_calls import Client

from pipeline.store.audit import Audit
from review.access import ROUTES, SAFE, May
from review.audited import VIEWS, action_of
from review.services import Services

_VALUES = {
    "number": "1", "paper": "letter", "name": "letter.pdf", "sending_id": "1", "view_id": "1",
    "token_id": "1", "attached_id": "1", "inbox": "none", "other": "0" * 12,
}  # fmt: skip


def lines(services: Services) -> list[tuple[str, str, str | None]]:
    return [(row.who, row.action, row.case_id) for row in services.audit.entries()]


def case_of(services: Services, client: Client) -> str:
    answer = client("reviewer").get("/upload")
    assert answer.status_code == 200
    path = services.intake.place_for("Bramwell.txt")
    path.write_text(LETTER)
    outcome = services.intake.submit(path)
    services.intake.finish()
    assert outcome.sha256
    return services.cases.of(outcome.sha256)[0].id


def test_every_route_of_a_case_is_in_the_table() -> None:
    for route in ROUTES:
        method, _, path = route.partition(" ")
        action = action_of(method, path)
        if "{case_id}" in path or "{document_id}" in path or method not in SAFE:
            assert action, route
    assert not set(VIEWS) - set(ROUTES)


def test_a_new_view_of_a_case_without_an_entry_is_refused() -> None:
    with pytest.raises(KeyError, match="has no entry"):
        action_of("GET", "/cases/{case_id}/something")


def test_each_request_leaves_its_line(services: Services, client: Client) -> None:
    case = case_of(services, client)
    browser = client("administrator")
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/upload").text)
    headers = {"X-CSRF-Token": csrf[1] if csrf else ""}
    skipped = {"POST /sign-out", "GET /events", "GET /upload/events", "POST /setup"}
    for route, may in ROUTES.items():
        method, _, path = route.partition(" ")
        if route in skipped or may is May.ANYONE or path.startswith("/api/"):
            continue
        action = action_of(method, path)
        if action is None:
            continue
        for name, value in _VALUES.items():
            path = path.replace(f"{{{name}}}", value)
        before = services.audit.count()
        browser.request(method, path.replace("{case_id}", case), headers=headers)
        new = [row for row in services.audit.entries() if row.number > before]
        assert new, route
        assert {row.who for row in new} == {"adm-user"}, route
        assert new[0].action.startswith(action[:50]), route
        if "{case_id}" in path:
            assert new[0].case_id == case, route
    assert services.audit.verify() == []
    told = str([vars(row) for row in services.audit.entries()])
    assert "Bramwell" not in told
    assert "440218876" not in told


def test_what_is_refused_is_noted_with_its_status(services: Services, client: Client) -> None:
    case = case_of(services, client)
    assert client("viewer").post(f"/cases/{case}/approve").status_code == 403
    assert client("").get(f"/cases/{case}", headers={"accept": "text/html"}).status_code == 303
    found = lines(services)
    assert ("vie-user", "POST /cases/{case_id}/approve refused", case) in found


def test_no_line_no_view(
    services: Services, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(services, client)
    browser = client("viewer")

    def broken(*_: object) -> None:
        from models.errors import StoreError

        raise StoreError("The disk is full", "Free some space.")

    monkeypatch.setattr(Audit, "note", broken)
    answer = browser.get(f"/cases/{case}")
    assert answer.status_code == 503
    assert "Bramwell" not in answer.text


def test_programs_are_noted_by_their_user(services: Services, client: Client, api: Client) -> None:
    case = case_of(services, client)
    assert api("viewer").get(f"/api/cases/{case}").status_code == 200
    assert ("vie-user", "case.view", case) in lines(services)
