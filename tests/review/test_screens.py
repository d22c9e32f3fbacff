"""Screens beside the main way: inboxes on the overview, two cases side by side, further pages, what
codes mean, errors in Spanish, and letters' words in letters."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pdfplumber
import pytest
from review_bench import LETTER
from web_calls import Client, hand_in, headers

from pipeline.operations.purge import purge
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.inboxes import Inboxes
from pipeline.store.states import MessageState
from review.downloads import as_download
from review.inboxes import fares
from review.services import Services
from review.shown import ending_of

MORE = "Meadowlark Health Plan\nGroup number: GRP-771-02\nAdjustment reason code 50 CO-50\n"


def finished() -> None:
    """Wait for the runs that a button began."""
    for thread in threading.enumerate():
        if thread.name == "inbox":
            thread.join(60)


def test_inboxes_are_run_and_tried_again_from_the_overview(
    client: Client, services: Services, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(LETTER)
    (tmp_path / "in" / "b.zip").write_bytes(b"PK\x03\x04 broken")
    settings = {"path": str(tmp_path / "in"), "done": "", "still": 0.0}
    inbox = Inboxes(services.database).add("fax", "folder", settings, {"every": 300})
    viewer, browser = client("viewer"), client("reviewer")
    page = viewer.get("/overview").text
    assert "never looked" in page
    assert "Run now" not in page
    run = browser.post(f"/inboxes/{inbox.id}/run", headers=headers(browser))
    assert run.headers["Location"] == "/overview#inboxes"
    finished()
    (held,) = fares(services)
    assert held.state == "ok"
    assert [each.cause for each in held.runs] == ["by_hand"]
    assert [each.name for each in held.failed] == ["b.zip"]
    shown = browser.get("/overview").text
    assert "The zip archive is damaged" in shown
    assert "Try them again" in shown
    (tmp_path / "in" / "b.zip").write_bytes(b"PK\x03\x04 broken still")
    browser.post(f"/inboxes/{inbox.id}/retry", headers=headers(browser))
    finished()
    assert len(InboxRuns(services.database).all(inbox.id)) == 2
    assert browser.post("/inboxes/none/run", headers=headers(browser)).status_code == 400
    failed = Inboxes(services.database).messages(inbox.id, MessageState.FAILED)
    assert {message.name for message in failed} == {"b.zip"}


def test_two_cases_stand_side_by_side_and_one_is_closed_as_a_copy(
    client: Client, api: Client, services: Services
) -> None:
    program = api("reviewer")
    first = hand_in(program)["cases"][0]
    again = LETTER.replace("Claim number: 7700412259", "Claim number: 7700412259 ")
    second = hand_in(program, again, "again.txt")["cases"][0]
    assert services.review.case(second).same_as == first
    browser = client("reviewer")
    assert f"/cases/{second}/beside/{first}" in browser.get(f"/cases/{second}").text
    assert f"/cases/{first}/beside/{second}" in browser.get(f"/cases/{first}").text
    shown = browser.get(f"/cases/{second}/beside/{first}").text
    assert re.search(r"0 of \d+ fields differ", shown)
    form = {"version": str(services.review.case(second).version), "other": first}
    stale = {**form, "version": "0"}
    refused = browser.post(f"/cases/{second}/duplicate", data=stale, headers=headers(browser))
    assert refused.status_code == 409
    assert "duplicate" not in {event.what for event in services.review.history(second)}
    itself = {**form, "other": second}
    refused = browser.post(f"/cases/{second}/duplicate", data=itself, headers=headers(browser))
    assert refused.status_code == 400
    assert browser.get(f"/cases/{second}/beside/{second}").status_code == 400
    closed = browser.post(f"/cases/{second}/duplicate", data=form, headers=headers(browser))
    assert closed.headers["Location"] == f"/cases/{first}"
    assert services.review.case(second).status == "closed"
    assert services.review.history(second)[1].what == "duplicate"
    assert browser.get(f"/cases/{second}/beside/{'0' * 12}").status_code == 404


def test_a_case_is_put_on_legal_hold_and_only_an_administrator_ends_it(
    client: Client, api: Client, services: Services
) -> None:
    case = hand_in(api("reviewer"))["cases"][0]
    browser, viewer = client("reviewer"), client("viewer")
    place = f"/cases/{case}/legal-hold"
    assert viewer.post(place, headers=headers(viewer), json={"reason": "x"}).status_code == 403
    assert browser.post(place, headers=headers(browser), json={"reason": " "}).status_code == 400
    answer = browser.post(place, headers=headers(browser), json={"reason": "suit <26>"})
    assert "suit &lt;26&gt;" in answer.text
    assert "End the hold" not in answer.text
    assert "suit &lt;26&gt;" in viewer.get(f"/cases/{case}").text
    later = datetime.now(UTC) + timedelta(days=1)
    assert purge(services.settings, services.database, later).held == 1
    assert services.tools.blobs.read(services.cases.one(case).sha256).decode() == LETTER
    assert browser.post(f"{place}-ends", headers=headers(browser)).status_code == 403
    administrator = client("administrator")
    ended = administrator.post(f"{place}-ends", headers=headers(administrator))
    assert "legal hold ended" in ended.text
    assert purge(services.settings, services.database, later).documents == 1
    told = {(row.who, row.action) for row in services.audit.entries() if row.case_id == case}
    assert ("rev-user", "POST /cases/{case_id}/legal-hold") in told
    assert ("rev-user", "POST /cases/{case_id}/legal-hold-ends refused") in told
    assert "suit" not in str([vars(row) for row in services.audit.entries()])


def test_further_pages_are_added_and_codes_explained(
    client: Client, api: Client, services: Services
) -> None:
    case = hand_in(api("reviewer"))["cases"][0]
    browser = client("reviewer")
    form = {"version": str(services.review.case(case).version)}
    added = browser.post(
        f"/cases/{case}/attach", data=form, files={"file": ("../eob.txt", MORE.encode())},
        headers=headers(browser),
    )  # fmt: skip
    assert added.status_code == 303, added.text
    shown = browser.get(f"/cases/{case}").text
    assert "Added by rev-user: pages 2" in shown
    assert "HCPCS J2350: ocrelizumab" in shown
    assert "CARC 50" in shown
    (name,) = re.findall(rf"/cases/{case}/attached/\d+", shown)
    held = browser.get(name)
    assert held.content == MORE.encode()
    assert held.headers["Content-Disposition"] == f'attachment; filename="{case}-2.txt"'
    codes = browser.get(f"/words/{case}/2").json()["codes"]
    assert codes
    assert codes[0][0].startswith("CARC 50: ")
    stale = browser.post(
        f"/cases/{case}/attach", data=form, files={"file": ("x.txt", b"more words here")},
        headers=headers(browser),
    )  # fmt: skip
    assert stale.status_code == 409


@pytest.mark.parametrize(
    "name", ['a"; filename="b.html', "a\r\nX-Evil: 1", "ä\u202egpj.exe", "a.pdf"]
)
def test_a_strangers_name_makes_no_header(name: str) -> None:
    told = as_download(b"x", name).headers
    assert "X-Evil" not in told
    said = told["Content-Disposition"]
    assert said.isascii()
    assert not re.search(r"[\r\n]", said)
    assert said.count('"') in (0, 2)
    assert ending_of("x.p\r\ndf") == ending_of('x."') == ending_of("x") == ".bin"


def test_errors_are_told_in_the_language_of_the_page(client: Client, api: Client) -> None:
    case = hand_in(api("reviewer"))["cases"][0]
    browser = client("reviewer")
    token = headers(browser)
    browser.cookies.set("language", "es")
    told = browser.get("/check", params={"key": "letter_date", "value": "soon"}).json()
    assert told["message"] == "Fecha del aviso: escriba la fecha como 2026-09-14"
    page = browser.get("/cases/" + "0" * 12, headers={"Accept": "text/html"}).text
    assert "No existe ese caso" in page
    empty = browser.post("/upload", files={"files": ("a.txt", b"")}, headers=token).json()
    assert empty[0]["reason"].startswith("El archivo está vacío")
    wrong = browser.post(f"/cases/{case}/field", json={"version": "x"}, headers=token)
    assert (wrong.status_code, wrong.json()["error"]) == (422, "usage")
    assert "soon" not in wrong.text


EVIL = '#read("/etc/passwd") {{ 7*7 }} ${x} <%= 1 %> \\input{/etc/passwd} @import "x": *'


@pytest.mark.parametrize("field", ["diagnosis", "clinic.name"])
def test_words_in_a_letter_are_words(
    client: Client, api: Client, services: Services, field: str
) -> None:
    case = hand_in(api("reviewer"))["cases"][0]
    services.review.accept(case, None, services.review.case(case).open, "rev-user")
    services.review.approve(case, None, "rev-user")
    browser = client("reviewer")
    form = {"facts_version": "0", field: EVIL}
    kept = browser.post(f"/cases/{case}/letter", data=form, headers=headers(browser))
    assert kept.status_code == 303, kept.text
    written = browser.get(f"/cases/{case}/files/case.json").text
    assert "root:" not in written
    pdf = browser.get(f"/cases/{case}/files/letter.pdf").content
    with pdfplumber.open(BytesIO(pdf)) as opened:
        text = "".join((page.extract_text() or "") for page in opened.pages)
    assert "root:" not in text
    assert 'read("/etc/passwd")' in text.replace("“", '"').replace("”", '"')
