"""What tests of the web app do again and again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from review_bench import LETTER
from starlette.testclient import TestClient

PASSWORD = "four quiet words here"
Client = Callable[[str], TestClient]


def csrf(browser: TestClient) -> str:
    """The token that the pages of a signed-in browser carry."""
    found = re.search(r'name="csrf" content="([^"]*)"', browser.get("/account").text)
    assert found
    return found.group(1)


def headers(browser: TestClient) -> dict[str, str]:
    return {"X-CSRF-Token": csrf(browser)}


def hand_in(program: TestClient, text: str = LETTER, name: str = "letter.txt") -> dict[str, Any]:
    """Hand a letter in over the API and wait until it is worked on."""
    answer = program.post("/api/letters", files=[("files", (name, text.encode()))])
    assert answer.status_code == 202, answer.text
    (told,) = answer.json()
    for _ in range(600):
        found: dict[str, Any] = program.get(f"/api/letters/{told['id']}").json()
        if found["status"] in ("written", "quarantined"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"not done: {found}")
