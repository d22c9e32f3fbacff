"""How quick the review desk is with 50,000 cases: `python -m benchmarks.review [CASES]`.

One sample letter is processed as a user would; its case is copied under other ids, payers, drugs
and deadlines, bodies at full size. Then `denialdesk serve` is asked over HTTP, as a browser asks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "review"))

TODAY = dt.date(2026, 10, 1)
PAYERS = [f"{a} {b} Health" for a in ("North", "East", "Lake", "Hill", "Oak") for b in
          ("River", "Stone", "Field", "Harbor", "Valley", "Prairie", "Summit", "Bay")]  # fmt: skip
DRUGS = ["Ocrevus", "Skyrizi", "Dupixent", "Keytruda", "Botox", "Entyvio", "Prolia", "Xolair",
         "Humira", "Stelara", "Zepbound", "Nurtec ODT"]  # fmt: skip
ROUTES = ["appeal", "appeal", "appeal", "exception_request", "billing_correction", "human_review"]


def seed(url: str, count: int) -> None:
    """Copy the one case of the store `count` times."""
    from sqlalchemy import insert, select, text

    from pipeline.store.database import open_database
    from pipeline.store.listing import place_of
    from pipeline.store.review_tables import ReviewRow
    from pipeline.store.schema import CaseRow, DocumentRow, ReadingRow

    database = open_database(url)
    chance = random.Random(7)
    with database.session() as session:
        case, review = (
            session.scalars(select(CaseRow)).one(),
            session.scalars(select(ReviewRow)).one(),
        )
        document = session.get_one(DocumentRow, case.sha256)
        reading = session.get_one(ReadingRow, case.sha256).body
        received = {c.name: getattr(document, c.name) for c in DocumentRow.__table__.columns}
        held = {c.name: getattr(case, c.name) for c in CaseRow.__table__.columns}
        shown = {c.name: getattr(review, c.name) for c in ReviewRow.__table__.columns}
    for start in range(0, count, 1000):
        documents, readings, cases, reviews, words = [], [], [], [], []
        for n in range(start, min(start + 1000, count)):
            sha256 = hashlib.sha256(f"copy {n}".encode()).hexdigest()
            name = sha256[:12]
            documents.append({**received, "sha256": sha256})
            readings.append({"sha256": sha256, "body": reading})
            due = TODAY + dt.timedelta(days=chance.randrange(-20, 300))
            urgent, payer, drug = (
                chance.random() < 0.05,
                chance.choice(PAYERS),
                chance.choice(DRUGS),
            )
            cases.append({**held, "id": name, "sha256": sha256, "payer": payer, "due": due})
            reviews.append({
                **shown, "case_id": name, "sha256": sha256, "urgent": urgent,
                "place": place_of(urgent, due, name), "due": due, "payer": payer, "drug": drug,
                "route": chance.choice(ROUTES),
                "confidence": chance.random(), "doubtful": chance.randrange(4),
                "assignee": chance.choice([None, None, "ada"]),
                "received_at": shown["received_at"] + dt.timedelta(seconds=n),
            })  # fmt: skip
            words.append(
                {"row": int(name, 16), "id": name, "said": f"{name} {payer} {drug} M{n:07d}"}
            )
        with database.session() as session:
            session.execute(insert(DocumentRow), documents)
            session.execute(insert(ReadingRow), readings)
            session.execute(insert(CaseRow), cases)
            session.execute(insert(ReviewRow), reviews)
            session.execute(
                text("INSERT INTO case_words (rowid, case_id, words) VALUES (:row, :id, :said)"),
                words,
            )
    database.close()


def timed(call: Callable[[], Any], times: int) -> list[float]:
    """Milliseconds of each call, the first three (warm-up) left out."""
    took = []
    for n in range(times + 3):
        start = time.perf_counter()
        call()
        if n >= 3:
            took.append((time.perf_counter() - start) * 1000)
    return took


def row(name: str, took: list[float], limit: str) -> None:
    ordered = sorted(took)
    median, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    print(
        f"| {name} | {len(took)} | {median:.0f} | {p95:.0f} | {ordered[-1]:.0f} | {limit} |",
        flush=True,
    )


def queue_addresses(client: Any) -> Iterator[str]:
    """The views that people look at: plain, filtered, searched, sorted, and page after page."""
    views = ["", "route=human_review", "payer=lake", "q=skyrizi", "q=M0012", "assignee=ada",
             "due_within=7", "doubtful=1&route=appeal", "sort=received", "sort=confidence",
             "status=open&drug=botox", "sort=payer"]  # fmt: skip
    after = ""
    for view in itertools.cycle(views):
        yield f"/queue?{view}"
        answer = client.get("/api/cases", params={"after": after, "limit": 200}).json()
        after = answer["next"] or ""
        yield f"/queue?after={after}"


@contextmanager
def installed(home: Path, count: int, **env: str) -> Iterator[tuple[Any, str]]:
    """A server over so many cases, a signed-in client of it, and the case that all are copies
    of."""
    import httpx
    import served  # the tests' own helper

    env = {"DENIALDESK_TODAY": TODAY.isoformat(), **env}
    with (
        served.served(home, **env) as desk,
        httpx.Client(base_url=desk.address, timeout=120) as client,
    ):
        signed_in(client, desk)
        letter = ROOT / "sample_docs" / "bcbstx_tecartus_quantity.pdf"
        with letter.open("rb") as file:
            (told,) = client.post("/upload", files={"files": (letter.name, file)}).json()
        while "cases" not in (found := client.get(f"/api/letters/{told['id']}").json()):
            time.sleep(0.2)
        while client.get(f"/api/letters/{told['id']}").json()["status"] != "written":
            time.sleep(0.2)
        seed(f"sqlite:///{home / 'denialdesk.db'}", count)
        yield client, found["cases"][0]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with installed(home, count, DENIALDESK_WORKERS="1") as (client, case):
            print(f"{count} cases; {(home / 'denialdesk.db').stat().st_size >> 20} MB of database")
            print(f"load of the machine {os.getloadavg()[0]:.1f}")
            print("| request | times | median ms | p95 ms | most ms | wanted |")
            print("| --- | --- | --- | --- | --- | --- |")
            measure(client, case)


def signed_in(client: Any, desk: Any) -> None:
    import re

    import served

    token = desk.setup.partition("token=")[2]
    data = {"token": token, "name": served.NAME, "password": served.PASSWORD}
    client.post("/setup", data=data)
    found = re.search(r'name="csrf" content="([^"]*)"', client.get("/account").text)
    assert found
    client.headers["X-CSRF-Token"] = found[1]


def measure(client: Any, case: str) -> None:
    def ok(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)

    addresses = list(itertools.islice(queue_addresses(client), 40))
    views = iter(itertools.cycle(addresses))
    row("queue", timed(lambda: ok(next(views)), 120), "p95 under 200")
    answer = client.get("/api/cases", params={"limit": 100}).json()
    ids = itertools.cycle(each["id"] for each in answer["cases"])
    row("case screen", timed(lambda: ok(f"/cases/{next(ids)}"), 50), "under 300")
    row("page image, kept", timed(lambda: ok(f"/pages/{case}/1"), 50), "")
    size = len(client.get(f"/pages/{case}/1").content)
    version = client.get(f"/api/cases/{case}").json()["version"]
    days = itertools.cycle(("2026-08-03", "2026-08-04"))

    def save() -> None:
        nonlocal version
        body = {"version": version, "key": "letter_date", "value": next(days), "evidence": []}
        answer = client.post(f"/cases/{case}/field", json=body)
        assert answer.status_code == 200, answer.text
        version += 1

    row("save of a field, all decided again", timed(save, 40), "under 100")
    row("letter written again, with its first page", timed(_rewriter(client, case), 10),
        "under 2000")  # fmt: skip
    row("overview", timed(lambda: ok("/overview"), 5), "")
    print(f"page image: {size / 1000:.0f} KB")


def _rewriter(client: Any, case: str) -> Callable[[], None]:
    """Approve a case; the call changes a blank and waits until the new letter is on the screen."""
    body = client.get(f"/api/cases/{case}").json()
    asked = {"version": body["version"], "keys": body["open_fields"]}
    client.post(f"/cases/{case}/accept", json=asked)
    version = itertools.count(0)

    def rewrite() -> None:
        n = next(version)
        form = {"facts_version": str(n), "diagnosis": f"mantle cell lymphoma, {n}"}
        answer = client.post(f"/cases/{case}/letter", data=form)
        assert answer.status_code == 303, answer.status_code
        page = client.get(answer.headers["Location"])
        assert f"lymphoma, {n}" in page.text
        assert client.get(f"/cases/{case}/letter/letter/1").status_code == 200

    return rewrite


if __name__ == "__main__":
    main()
