"""Reviewers at work while letters are read: `python -m benchmarks.load [CASES] [SECONDS]`.

`denialdesk serve` on a store of CASES cases (2,000) answers 50 reviewers for SECONDS (60): each
looks at the queue, opens a case with its picture and words, saves a field, and thinks for two to
six seconds between. Meanwhile the sample scans are handed in again and again, each time with other
bytes, so that both cores are reading. Wanted: no error, p95 under 500 ms.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks import review

ROOT = Path(__file__).resolve().parent.parent
REVIEWERS = 50
SCANS = ("molina_dupixent_noa.tif", "bcbsnc_koselugo_necessity.tif", "humana_ma_prolia_step.jpg",
         "bcbsil_vyvanse_quantity.png", "oscar_timely_filing.png")  # fmt: skip
Took = defaultdict[str, list[float]]


class Reviewer:
    """One person's browser."""

    def __init__(self, client: Any, number: int, took: Took, errors: list[str]) -> None:
        self._client, self._took, self._errors = client, took, errors
        self._chance = random.Random(number)

    async def ask(self, kind: str, method: str, address: str, **more: Any) -> Any:
        start = time.perf_counter()
        answer = await self._client.request(method, address, **more)
        self._took[kind].append((time.perf_counter() - start) * 1000)
        if answer.status_code not in (200, 409):
            self._errors.append(f"{kind}: {answer.status_code}")
        return answer

    async def work(self, cases: list[str], drawn: str, until: float) -> None:
        await asyncio.sleep(self._chance.random() * 5)
        while time.monotonic() < until:
            view = self._chance.choice(("", "route=appeal", "q=skyrizi", "due_within=30"))
            await self.ask("queue", "GET", f"/queue?{view}")
            await self._think()
            case = self._chance.choice(cases)
            await self.ask("case", "GET", f"/cases/{case}")
            await asyncio.gather(
                self.ask("page image", "GET", f"/pages/{drawn}/1"),  # copies have no file
                self.ask("words", "GET", f"/words/{case}/1"),
            )
            await self._think()
            version = (await self.ask("api", "GET", f"/api/cases/{case}")).json()["version"]
            day = f"2026-08-{self._chance.randrange(1, 28):02d}"
            body = {"version": version, "key": "letter_date", "value": day, "evidence": []}
            await self.ask("save", "POST", f"/cases/{case}/field", json=body)
            await self._think()

    async def _think(self) -> None:
        await asyncio.sleep(self._chance.uniform(2, 6))


async def hand_in(client: Any, until: float) -> int:
    """Keep both cores reading; returns how many letters were handed in."""
    sent = 0
    waiting: list[str] = []
    while time.monotonic() < until:
        name = SCANS[sent % len(SCANS)]
        data = (ROOT / "sample_docs" / name).read_bytes() + os.urandom(8)  # after the picture's end
        answer = await client.post("/api/letters", files=[("files", (name, data))])
        waiting.append(answer.json()[0]["id"])
        sent += 1
        while len(waiting) >= 4 and time.monotonic() < until:
            await asyncio.sleep(1.0)
            told = (await client.get(f"/api/letters/{waiting[0]}")).json()
            if told["status"] in ("written", "quarantined"):
                waiting.pop(0)
    return sent - len(waiting)


async def measure(
    address: str, headers: dict[str, str], cookies: Any, drawn: str, seconds: float
) -> None:
    import httpx

    took: Took = defaultdict(list)
    errors: list[str] = []
    limits = httpx.Limits(max_connections=REVIEWERS * 4)
    async with httpx.AsyncClient(
        base_url=address, headers=headers, cookies=cookies, timeout=60, limits=limits
    ) as client:
        listed = (await client.get("/api/cases", params={"limit": 60})).json()
        cases = [each["id"] for each in listed["cases"]]
        await client.get(f"/pages/{drawn}/1")  # pictures are drawn once and kept
        until = time.monotonic() + seconds
        people = [Reviewer(client, n, took, errors) for n in range(REVIEWERS)]
        done = await asyncio.gather(
            hand_in(client, until), *(each.work(cases, drawn, until) for each in people)
        )
    print(f"{REVIEWERS} reviewers, {seconds:.0f} s, {done[0]} scans read meanwhile; "
          f"{len(errors)} errors {sorted(set(errors))}; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print("| request | times | median ms | p95 ms | most ms | wanted |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, held in took.items():
        review.row(kind, held, "p95 under 500")
    review.row("all", [each for held in took.values() for each in held], "p95 under 500")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with (
        tempfile.TemporaryDirectory() as folder,
        review.installed(Path(folder) / "home", count, DENIALDESK_WORKERS="2") as (client, case),
    ):
        headers = {"X-CSRF-Token": client.headers["X-CSRF-Token"]}
        asyncio.run(measure(str(client.base_url), headers, client.cookies, case, seconds))


if __name__ == "__main__":
    main()
