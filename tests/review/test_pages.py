"""The screens without a browser: filters, export, what reviewers do, letters and what follows."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from review_bench import LETTER
from starlette.testclient import TestClient
from web_calls import Client, hand_in, headers

from review.services import Services


@pytest.fixture
def case(api: Client) -> str:
    """A case of the letter, handed in over the API."""
    found: str = hand_in(api("reviewer"))["cases"][0]
    return found


def do(browser: TestClient, case: str, what: str, **body: Any) -> Any:
    return browser.post(f"/cases/{case}/{what}", json=body, headers=headers(browser))


def approve(browser: TestClient, services: Services, case: str) -> None:
    seen = services.review.case(case)
    services.review.accept(case, None, seen.open, "rev-user")
    version = services.review.case(case).version
    assert do(browser, case, "approve", version=version).status_code == 200


def test_the_queue_shows_what_its_address_says(client: Client, case: str) -> None:
    browser = client("viewer")
    shown = browser.get("/queue?q=ocrevus").text
    assert case in shown
    assert "I••• B•••" in shown
    assert "Ilse" not in shown
    assert case not in browser.get("/queue?q=nothing+like+it").text
    assert case not in browser.get("/queue?due_within=abc&route=none").text
    saved = {"name": "Mine", "query": "assignee=vie-user"}
    browser.post("/views", data=saved, headers=headers(browser))
    assert "/queue?assignee=vie-user" in browser.get("/queue").text


def test_a_clock_shows_its_last_day_beside_an_earlier_safe_day(
    client: Client, services: Services, case: str
) -> None:
    from pipeline.reviewing import Change

    services.review.set_fields(case, None, {"appeal_deadline": Change("2026-12-01")}, "rev-user")
    clocks = services.review.case(case).body["deadlines"]
    both = [c for c in clocks if c["due"] and c["safe_due"] != c["due"]]
    shown = client("viewer").get(f"/cases/{case}").text
    assert both
    for clock in both:
        assert f"<b>{clock['safe_due']}</b> (safe day; last day {clock['due']})" in shown


def test_no_cell_of_an_export_is_a_formula(client: Client, services: Services, case: str) -> None:
    from pipeline.reviewing import Change

    evil = '=HYPERLINK("http://evil.test","x")'
    services.review.set_fields(case, None, {"payer": Change(evil)}, "rev-user")
    browser = client("viewer")
    assert "'=HYPERLINK" in browser.get("/queue/export?ending=csv").text
    made = browser.get("/queue/export?ending=xlsx").content
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert f"'{evil}" in [cell.value for cell in cells]


def test_words_of_a_letter_are_never_markup(client: Client, services: Services, case: str) -> None:
    from pipeline.reviewing import Change

    evil = "<script>alert(1)</script>\"'{{6*9999}}"
    services.review.set_fields(case, None, {"payer": Change(evil)}, "rev-user")
    services.review.note(case, evil, "rev-user")
    for path in ("/queue", f"/cases/{case}", f"/cases/{case}/letter", "/overview", "/activity"):
        shown = client("reviewer").get(path).text
        assert "<script>alert" not in shown, path
        assert "59994" not in shown, path


def test_what_reviewers_do_is_told_in_the_history(
    client: Client, services: Services, case: str
) -> None:
    browser = client("reviewer")
    version = services.review.case(case).version
    body = {"version": version, "key": "member_id", "value": "X1",
            "evidence": [{"page": 1, "text": "X1", "bbox": [1, 2, 3, 4]}]}  # fmt: skip
    assert do(browser, case, "field", **body).status_code == 200
    stale = do(browser, case, "field", **body)
    assert (stale.status_code, stale.json()["error"]) == (409, "stale")
    field = services.review.case(case).body["fields"]["member_id"]
    assert field["evidence"][0]["bbox"] == [1, 2, 3, 4]
    assert do(browser, case, "notes", text="@vie-user please look").status_code == 200
    assert "calls you" in client("viewer").get("/activity").text
    refused = do(browser, case, "route", version=version + 1, route="appeal", reason="")
    assert refused.status_code == 400
    chosen = do(browser, case, "route", version=version + 1, route="none", reason="withdrawn")
    assert "withdrawn" in chosen.text
    undone = do(browser, case, "undo", version=version + 2, key="member_id")
    assert "MHP440218876" in undone.text


def test_pages_are_drawn_once_and_are_small(client: Client, case: str) -> None:
    browser = client("viewer")
    image = browser.get(f"/pages/{case}/1")
    assert image.headers["Content-Type"] == "image/webp"
    assert image.content[8:12] == b"WEBP"
    assert len(image.content) < 300_000
    assert len(browser.get(f"/pages/{case}/1?small=1").content) < 20_000
    words = browser.get(f"/words/{case}/1").json()
    assert [w[0] for w in words["lines"][0]][:1] == ["Meadowlark"]
    assert browser.get(f"/pages/{case}/99").status_code == 400
    original = browser.get(f"/cases/{case}/original")
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert original.content.decode() == LETTER


def test_from_approval_to_the_next_level(client: Client, services: Services, case: str) -> None:
    browser = client("reviewer")
    approve(browser, services, case)
    with zipfile.ZipFile(io.BytesIO(browser.get(f"/cases/{case}/packet").content)) as archive:
        assert f"{case}/letter.pdf" in archive.namelist()
    assert browser.get(f"/cases/{case}/letter/letter/1").content[8:12] == b"WEBP"
    assert browser.get(f"/cases/{case}/files/..%2F..%2Fdenialdesk.db").status_code in (400, 404)
    form = {"how": "fax", "day": "2026-09-22"}
    proof = {"proof": ("../../report.pdf", b"sent: 3 pages")}
    sent = browser.post(f"/cases/{case}/sent", data=form, files=proof, headers=headers(browser))
    assert sent.status_code == 303
    (sending,) = services.review.sendings(case)
    assert sending.proof_name == "report.pdf"
    kept = browser.get(f"/cases/{case}/proof/{sending.id}")
    assert kept.content == b"sent: 3 pages"
    upheld = {"outcome": "upheld", "day": "2026-10-20", "further": "yes"}
    browser.post(f"/cases/{case}/outcome", data=upheld, headers=headers(browser))
    after = services.review.case(case)
    assert after.body["fields"]["level"]["value"] == "internal_appeal"
    assert "Overturned, by payer" in browser.get("/overview").text


def test_a_document_is_cut_anew_and_keeps_what_persons_said(
    api: Client, client: Client, services: Services
) -> None:
    from pipeline.reviewing import Change

    two = LETTER + "\f" + LETTER.replace("Ilse Bramwell", "Orla Quist").replace("Ocrevus", "Xolair")
    cases = hand_in(api("reviewer"), two)["cases"]
    browser = client("reviewer")
    first = cases[0]
    services.review.set_fields(first, None, {"member_id": Change("KEPT1")}, "rev-user")
    cut = {"groups": "1-2"}
    one = browser.post(f"/cases/{first}/split", data=cut, headers=headers(browser))
    assert one.headers["Location"] == f"/cases/{first}"
    assert services.review.case(first).body["pages"] == [1, 2]
    assert services.review.case(first).body["fields"]["member_id"]["value"] == "KEPT1"
    apart = browser.post(f"/cases/{first}/split", data={"groups": "1, 2"}, headers=headers(browser))
    assert apart.status_code == 303
    assert len(services.cases.of(services.review.case(first).sha256)) == 2
    bad = browser.post(f"/cases/{first}/split", data={"groups": "1"}, headers=headers(browser))
    assert bad.status_code == 400


def test_blanks_are_filled_in_as_one_form(client: Client, services: Services, case: str) -> None:
    browser = client("reviewer")
    approve(browser, services, case)
    given = {
        "facts_version": "0", "diagnosis": "relapsing multiple sclerosis",
        "prior_therapies.0.name": "glatiramer", "prior_therapies.0.outcome": "two relapses",
        "clinic.name": "Dover Neurology", "answers.received": "2026-09-18",
    }  # fmt: skip
    kept = browser.post(f"/cases/{case}/letter", data=given, headers=headers(browser))
    assert kept.status_code == 303, kept.text
    shown = browser.get(f"/cases/{case}/letter").text
    assert "relapsing multiple sclerosis" in shown
    written = browser.get(f"/cases/{case}/files/case.json").text
    assert "glatiramer" in written
    assert "Dover Neurology" in written
    stale = browser.post(f"/cases/{case}/letter", data=given, headers=headers(browser))
    assert stale.status_code == 400
    assert "meanwhile" in stale.text
