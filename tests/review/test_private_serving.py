"""Nothing of a patient in what a running `serve` leaves: names are planted in uploads, mails, their
names, searches and sign-ins, some of which fail; then the program is crashed, and all that lies
about is searched."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import served
from planted import HELD, MARKS, found_in, leaks, mail
from review_bench import LETTER


def signed_in(desk: served.Served, browser: httpx.Client) -> None:
    token = desk.setup.partition("token=")[2]
    browser.post("/setup", data={"token": token, "name": served.NAME, "password": served.PASSWORD})
    found = re.search(r'name="csrf" content="([^"]*)"', browser.get("/account").text)
    assert found
    browser.headers["X-CSRF-Token"] = found[1]


def handed_in(browser: httpx.Client, name: str, data: bytes) -> dict[str, Any]:
    (told,) = browser.post("/upload", files={"files": (name, data)}).json()
    found: dict[str, Any] = told
    while found["status"] not in ("written", "quarantined", "refused"):
        time.sleep(0.1)
        found = browser.get(f"/api/letters/{told['id']}").json()
    return found


def test_a_running_desk_leaves_no_name_also_when_it_crashes(tmp_path: Path) -> None:
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    scratch.mkdir()
    text = LETTER.replace("Ilse Bramwell", "Zebulon Quagmire").replace("MHP440218876", MARKS[2])
    with (
        served.served(home, TMPDIR=str(scratch), DENIALDESK_WORKERS="1") as desk,
        httpx.Client(base_url=desk.address, timeout=120) as browser,
    ):
        signed_in(desk, browser)
        letter = handed_in(browser, "Zebulon Quagmire.txt", text.encode())
        assert letter["status"] == "written"
        case = letter["cases"][0]
        broken = b"%PDF-1.7\n1 0 obj << /Title (Zebulon Quagmire ZQ77120934) >> stream\n"
        assert handed_in(browser, "Quagmire.pdf", broken)["status"] == "quarantined"
        handed_in(browser, "Quagmire.eml", mail("Denial for Zebulon Quagmire ZQ77120934"))
        for place in (f"/cases/{case}", "/queue?q=Zebulon", "/queue/export?q=Quagmire",
                      f"/pages/{case}/1", "/cases/Quagmire", f"/cases/{case}/files/Quagmire.pdf",
                      "/check?key=letter_date&value=Quagmire",
                      f"/cases/{case}/packet"):  # fmt: skip
            answer = browser.get(place)
            assert answer.headers["cache-control"] == "no-store", place
            assert found_in(str(answer.headers).encode()) == set(), place
        wrong = {"version": 1, "key": "letter_date", "value": "Quagmire", "evidence": []}
        assert browser.post(f"/cases/{case}/field", json=wrong).status_code == 422
        browser.post("/views", data={"name": "Quagmire", "query": "q=Zebulon"})
        with httpx.Client(base_url=desk.address) as stranger:
            login = {"name": "zebulon", "password": "ZQ77120934 Quagmire"}
            assert stranger.post("/sign-in", data=login).status_code == 401
        limits = Path(f"/proc/{desk.pid}/limits")
        if limits.exists():
            assert re.search(r"Max core file size\s+0\s+0", limits.read_text())
        os.kill(desk.pid, signal.SIGSEGV)
        time.sleep(1)
    assert leaks(home, HELD) == {}
    assert leaks(scratch) == {}
    assert found_in((tmp_path / "home.said").read_bytes()) == set()
    assert set(MARKS) <= set().union(*leaks(home).values())  # the search finds what is there
