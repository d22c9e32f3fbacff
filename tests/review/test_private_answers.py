"""No answer with something of a patient in it may be kept by a browser or by anything between."""

from __future__ import annotations

from review_bench import LETTER
from web_calls import Client

from review.access import ROUTES, May
from review.services import Services

_VALUES = {"number": "1", "paper": "letter", "name": "letter.pdf", "sending_id": "1"}


def test_nothing_of_a_case_may_be_kept(services: Services, client: Client) -> None:
    path = services.intake.place_for("Bramwell.txt")
    path.write_text(LETTER)
    sha256 = services.intake.submit(path).sha256
    services.intake.finish()
    assert sha256
    case = services.cases.of(sha256)[0].id
    browser = client("administrator")
    shown = 0
    for route, may in ROUTES.items():
        method, _, place = route.partition(" ")
        if method != "GET" or may is May.ANYONE or "events" in place or place.startswith("/api/"):
            continue
        for name, value in {**_VALUES, "case_id": case, "document_id": sha256}.items():
            place = place.replace(f"{{{name}}}", value)
        answer = browser.get(place)
        assert answer.headers["cache-control"] == "no-store", place
        assert "Bramwell" not in place
        shown += b"Bramwell" in answer.content
    assert shown >= 4
