"""The REST API as the contract has it."""

from __future__ import annotations

import io
import zipfile

from web_calls import Client, hand_in


def test_a_letter_goes_from_upload_to_packet(api: Client) -> None:
    program = api("reviewer")
    document = hand_in(program)
    assert document["status"] == "written"
    (case_id,) = document["cases"]
    listed = program.get("/api/cases", params={"q": "ocrevus"}).json()
    assert [case["id"] for case in listed["cases"]] == [case_id]
    assert listed["total"] == 1
    case = program.get(f"/api/cases/{case_id}").json()
    assert case["fields"]["letter_date"]["value"] == "2026-09-14"
    assert {"deadlines", "law", "route", "pages"} <= set(case)
    patched = program.patch(
        f"/api/cases/{case_id}",
        json={"version": case["version"], "fields": {"letter_date": "2026-09-01"}},
    )
    assert patched.status_code == 200
    assert patched.json()["fields"]["letter_date"]["set_by"] == "rev-user"
    stale = program.patch(
        f"/api/cases/{case_id}", json={"version": case["version"], "fields": {"payer": "Other"}}
    )
    assert (stale.status_code, stale.json()["error"]) == (409, "stale")
    wrong = program.patch(
        f"/api/cases/{case_id}",
        json={"version": patched.json()["version"], "fields": {"letter_date": "soon"}},
    )
    assert (wrong.status_code, wrong.json()["field"]) == (422, "letter_date")
    refused = program.post(f"/api/cases/{case_id}/approve")
    if refused.status_code == 422:
        held = program.get(f"/api/cases/{case_id}").json()
        sure = {key: held["fields"][key]["value"] for key in refused.json()["open"]}
        done = {"version": held["version"], "fields": sure}
        assert program.patch(f"/api/cases/{case_id}", json=done).status_code == 200
    approved = program.post(f"/api/cases/{case_id}/approve")
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    packet = program.get(f"/api/cases/{case_id}/packet")
    with zipfile.ZipFile(io.BytesIO(packet.content)) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    assert {"letter.docx", "letter.pdf", "fax_cover.pdf", "case.json"} <= names


def test_the_same_bytes_are_told_and_a_bad_file_is_set_aside_with_its_reason(api: Client) -> None:
    program = api("reviewer")
    first = hand_in(program)
    again = hand_in(program)
    assert again["cases"] == first["cases"]
    bad = hand_in(program, "%PDF-1.7\nnothing of a PDF", "broken.pdf")
    assert bad["status"] == "quarantined"
    assert "PDF" in bad["reason"]
    empty = program.post("/api/letters", files=[("files", ("empty.txt", b""))]).json()
    assert empty[0]["status"] == "refused"
    assert "empty" in empty[0]["reason"]
    assert program.post("/api/letters").status_code == 422


def test_who_may_not_is_told_in_json(api: Client, client: Client) -> None:
    viewer = api("viewer")
    assert viewer.get("/api/cases").status_code == 200
    refused = viewer.post("/api/letters", files=[("files", ("a.txt", b"x"))])
    assert (refused.status_code, refused.json()["error"]) == (403, "not_allowed")
    nobody = client("")
    assert nobody.get("/api/cases").status_code == 401
    assert nobody.get("/api/cases", headers={"Authorization": "Bearer dd_x"}).status_code == 401
    assert viewer.get("/api/cases/ffffffffffff").status_code == 404
    assert viewer.get("/api/letters/" + "0" * 64).status_code == 404
    assert viewer.get("/api/cases", params={"sort": "colour"}).status_code == 400


def test_the_description_names_every_call_of_the_contract(client: Client) -> None:
    described = client("").get("/api/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/letters", "/api/letters/{document_id}", "/api/cases", "/api/cases/{case_id}",
        "/api/cases/{case_id}/approve", "/api/cases/{case_id}/packet",
    }  # fmt: skip
    assert set(described["paths"]["/api/cases/{case_id}"]) == {"get", "patch"}
