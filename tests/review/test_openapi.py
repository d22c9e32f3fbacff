"""The API against its own description: schemathesis makes requests that fit it and that do not.

Seconds here; `DENIALDESK_API_EXAMPLES=200` (as in `make chaos`) looks longer.
"""

from __future__ import annotations

import os
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from starlette.testclient import TestClient
from web_calls import hand_in

from review.app import create_app
from review.services import Services

EXAMPLES = int(os.environ.get("DENIALDESK_API_EXAMPLES", "5"))
CHECKS = (
    checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_schema_conformance,
)  # fmt: skip


def look_at(call: Any, case: str, headers: dict[str, str]) -> None:
    """Make requests of one operation, half of them about a case that is there."""

    @settings(
        max_examples=EXAMPLES, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), derandomize=EXAMPLES < 50, database=None,
    )  # fmt: skip
    @given(st.data())
    def asked(data: st.DataObject) -> None:
        made = data.draw(call.as_strategy())
        if "case_id" in (made.path_parameters or {}) and data.draw(st.booleans()):
            made.path_parameters["case_id"] = case
        answer = made.call(headers=headers, base_url="http://desk.test")
        made.validate_response(answer, checks=CHECKS)

    asked()


def test_no_request_makes_the_api_fail_or_answer_otherwise_than_described(
    services: Services,
) -> None:
    app = create_app(services.settings, services)
    token = services.people.make_token("rev-user", "a test")
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(app, base_url="http://desk.test", headers=headers) as program:
        case = hand_in(program)["cases"][0]
        described = schemathesis.openapi.from_dict(program.get("/api/openapi.json").json())
        described.app = app
        for operation in described.get_all_operations():
            call = operation.ok()
            assert call is not None
            look_at(call, case, headers)


def test_the_description_says_who_may_not(services: Services) -> None:
    program = TestClient(create_app(services.settings, services), base_url="http://desk.test")
    described = program.get("/api/openapi.json").json()
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            assert {"401", "403"} <= set(call["responses"]), (method, path)
