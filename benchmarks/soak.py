"""A day in half an hour: `python -m benchmarks.soak [--letters 5000] [--minutes 30]`.

`denialdesk serve` with everything it starts works on a folder inbox that is filled at an even pace,
on scans that are uploaded, and for people who look, change, close and export; beside it a key is
changed, a backup is made, the audit is verified, and closed letters are deleted, again and again.
Wanted: no letter lost, and memory and open files of every process flat.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import PROGRAM, ROOT, publish, workplace
from benchmarks.inbox_runs import call, table
from benchmarks.soak_watch import Course, Watch, course, lasting, passes, watching

sys.path.insert(0, str(ROOT / "tests" / "review"))

SCANS = ("molina_dupixent_noa.tif", "bcbsnc_koselugo_necessity.tif", "humana_ma_prolia_step.jpg",
         "bcbsil_vyvanse_quantity.png", "oscar_timely_filing.png")  # fmt: skip
SHARE, LEAST_MB, LEAST_FILES = 0.05, 8.0, 4.0
"""What is flat: so much more in the last quarter than in the second, or no more than this."""
_WAITING = 150
"""Letters that may wait before more are brought."""


class Soak:
    """One run: what is fed and asked, and what came of it."""

    def __init__(self, home: Path, letters: int, minutes: float) -> None:
        self.home, self.letters, self.seconds = home, letters, minutes * 60
        self.folder = home.parent / "in"
        self.folder.mkdir()
        self.over = threading.Event()
        self.begun = time.monotonic()
        self.fed = self.scans = self.deleted = 0
        self.asked: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def command(self, *words: str | Path) -> str:
        """A call of the program beside the running server; its output."""
        done = subprocess.run(
            [str(PROGRAM), *map(str, words)],
            env={**os.environ, "DENIALDESK_HOME": str(self.home)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        named = [word for word in words[:2] if isinstance(word, str) and word[0] != "-"]
        self.asked[" ".join(named)] += 1
        if done.returncode:
            self.faults[f"{words[0]}: {done.stderr.strip()[-160:]}"] += 1
        return done.stdout

    def every(self, seconds: float, act: Callable[[], None]) -> threading.Thread:
        """Do something again and again until the end, in a thread of its own."""

        def work() -> None:
            while not self.over.wait(seconds):
                try:
                    act()
                except Exception as odd:
                    self.faults[f"{type(odd).__name__}: {str(odd)[:120]}"] += 1

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    # --- what goes on -----------------------------------------------------------------------

    def feed(self) -> None:
        """Bring as many letters as are due by now, unless too many wait."""
        due = int(self.letters * (time.monotonic() - self.begun) / self.seconds)
        texts = _texts()
        while self.fed < min(due, self.letters) and self.waiting() < _WAITING:
            name = f"letter-{self.fed:05}.txt"
            coming = self.folder / f".{name}"
            coming.write_text(f"{texts[self.fed % len(texts)]}\n\nLetter {self.fed}\n", "utf-8")
            then = time.time() - 86400
            os.utime(coming, (then, then))
            coming.rename(self.folder / name)
            self.fed += 1

    def waiting(self) -> int:
        there = sum(entry.name.endswith(".txt") for entry in os.scandir(self.folder))
        with sqlite3.connect(f"file:{self.home / 'denialdesk.db'}?mode=ro", uri=True) as read:
            (open_ones,) = read.execute(
                "SELECT count(*) FROM documents WHERE state NOT IN ('written', 'quarantined')"
            ).fetchone()
        read.close()
        return int(there) + int(open_ones)

    def purge(self) -> None:
        said = self.command("purge", "--older-than", "0d", "--status", "closed", "--yes")
        if found := re.search(r"Deleted (\d+) documents", said):
            self.deleted += int(found[1])

    def verify(self) -> None:
        self.command("audit", "verify")

    def upkeep(self) -> None:
        self.command("backup", self.home.parent / f"copy-{time.monotonic_ns()}.zip")
        for old in sorted(self.home.parent.glob("copy-*.zip"))[:-1]:
            old.unlink()
        self.command("keys", "rotate")

    # --- people -----------------------------------------------------------------------------

    def person(self, client: Any, number: int) -> Callable[[], None]:
        chance = random.Random(number)
        views = itertools.cycle(("", "route=appeal", "q=ocrevus", "due_within=30", "sort=received"))

        def ask(kind: str, method: str, address: str, **more: Any) -> Any:
            answer = client.request(method, address, **more)
            self.asked[kind] += 1
            if answer.status_code not in (200, 202, 303, 404, 409):  # deleted, changed meanwhile
                self.faults[f"{kind}: {answer.status_code}"] += 1
            return answer

        def act() -> None:
            ask("queue", "GET", f"/queue?{next(views)}")
            found = ask("list", "GET", "/api/cases", params={"sort": "received", "limit": 50})
            cases = [each["id"] for each in found.json()["cases"]]
            for case in chance.sample(cases, min(4, len(cases))):
                ask("case", "GET", f"/cases/{case}")
                ask("page", "GET", f"/pages/{case}/1")
                ask("words", "GET", f"/words/{case}/1")
                version = ask("case, API", "GET", f"/api/cases/{case}").json().get("version")
                if version is None:
                    continue
                day = f"2026-08-{chance.randrange(1, 28):02d}"
                body = {"version": version, "key": "letter_date", "value": day, "evidence": []}
                ask("save", "POST", f"/cases/{case}/field", json=body)
                if chance.random() < 0.3:
                    ask("packet", "GET", f"/cases/{case}/packet")
            for case in cases[5:]:  # what is closed, the next deletion takes
                version = ask("case, API", "GET", f"/api/cases/{case}").json().get("version")
                if version is None:
                    continue  # deleted meanwhile
                ask("close", "POST", f"/cases/{case}/status",
                    json={"version": version, "status": "closed"})  # fmt: skip
            with client.stream("GET", "/events") as live:  # a page that is open for a moment
                next(live.iter_bytes(), None)
                self.asked["events"] += 1

        return act

    def scan(self, client: Any) -> Callable[[], None]:
        names = itertools.cycle(SCANS)

        def act() -> None:
            name = next(names)
            data = (ROOT / "sample_docs" / name).read_bytes() + os.urandom(8)
            answer = client.post("/api/letters", files=[("files", (name, data))])
            if answer.status_code == 202:
                self.scans += 1
            else:
                self.faults[f"upload: {answer.status_code}"] += 1

        return act

    def go(self, desk: Any, people: int) -> Watch:
        import httpx

        from benchmarks.review import signed_in

        clients = [httpx.Client(base_url=desk.address, timeout=300) for _ in range(people + 1)]
        signed_in(clients[0], desk)
        for other in clients[1:]:
            other.cookies.update(clients[0].cookies)
            other.headers.update(clients[0].headers)
        call(self.home, "inbox", "add", "folder", self.folder, "--name", "fax", "--every", "60s")
        with watching(desk.pid, self.home / "tmp", 10.0) as watch:
            self.begun = time.monotonic()
            running = [
                self.every(1.0, self.feed),
                self.every(31.0, self.scan(clients[-1])),
                self.every(119.0, self.purge),
                self.every(181.0, self.verify),
                self.every(421.0, self.upkeep),
                *(self.every(2.0, self.person(clients[n], n)) for n in range(people)),
            ]
            while time.monotonic() - self.begun < self.seconds:
                time.sleep(5)
            self.over.set()
            for thread in running:
                thread.join(300)
        for client in clients:
            client.close()
        return watch

    def slower(self) -> str:
        """What to say where fewer letters were brought than asked for."""
        if self.fed >= self.letters:
            return ""
        return (
            f"{self.letters:,} were to be brought; new ones were held back while {_WAITING} "
            "waited. "
        )

    def settle(self) -> None:
        """Wait until all that was brought is worked on; then delete all of it."""
        ends = time.monotonic() + 600
        while self.waiting() and time.monotonic() < ends:
            time.sleep(2)
        with sqlite3.connect(f"file:{self.home / 'denialdesk.db'}?mode=ro", uri=True) as read:
            (there,) = read.execute("SELECT count(*) FROM documents").fetchone()
            aside = read.execute(
                "SELECT error_kind, count(*) FROM documents WHERE state = 'quarantined' "
                "GROUP BY error_kind"
            ).fetchall()
        read.close()
        for kind, count in aside:
            self.faults[f"set aside: {kind}"] += count
        if there + self.deleted != self.fed + self.scans:
            self.faults[f"brought {self.fed + self.scans}, there {there}, deleted "
                        f"{self.deleted}"] += 1  # fmt: skip
        self.verify()
        self.command("purge", "--older-than", "0d", "--yes")
        left = [p for p in (self.home / "blobs").rglob("*") if p.is_file() and len(p.name) == 64]
        if left:
            self.faults["files left after all was deleted"] += len(left)


def _texts() -> list[str]:
    if not _read:
        found = sorted((ROOT / "benchmarks" / "written" / "dev").glob("*.txt"))
        _read.extend(path.read_text("utf-8") for path in found)
    return _read


_read: list[str] = []


def report(soak: Soak, watch: Watch) -> None:
    rows, grown = [], []
    for role, held in sorted(lasting(watch).items()):
        mb = course(held, "mb", soak.seconds)
        files = course(held, "files", soak.seconds)
        flat = mb.is_flat(SHARE, LEAST_MB) and files.is_flat(0.0, LEAST_FILES)
        if not flat:
            grown.append(role)
        most = max(sample.processes for sample in held)
        threads = course(held, "threads", soak.seconds)
        rows.append((role, most, _told(mb), _told(files), _told(threads), "yes" if flat else "no"))
    passing = [
        f"{role}: at most {max(sample.processes for sample in held)} at once, "
        f"{max(sample.mb for sample in held):.0f} MB"
        for role, held in sorted(watch.samples.items()) if passes(role)
    ]  # fmt: skip
    scratch = course_of(watch.homes, soak.seconds)
    publish(
        "soak",
        "Half an hour that stands for a day",
        [
            f"{soak.fed:,} letters as text through a folder inbox and {soak.scans} scans uploaded "
            f"in {soak.seconds / 60:.0f} minutes, sealed at rest; {soak.deleted:,} deleted "
            f"meanwhile. {soak.slower()}"
            f"Asked: {', '.join(f'{name} {count:,}' for name, count in soak.asked.most_common())}.",
            "",
            "Median in each quarter of the time. Memory is a process's own (anonymous), in MB, for "
            f"all processes of the role. Flat: the last quarter is at most {SHARE:.0%} or "
            f"{LEAST_MB:.0f} MB, and {LEAST_FILES:.0f} open files, above the second.",
            "",
            *table(("role", "processes", "MB", "open files", "threads", "flat"), rows),
            "",
            f"Passing: {'; '.join(passing) or 'none'}. Files in the scratch folder: "
            f"{_told(scratch)}. Dead processes not waited for: at most "
            f"{max((count for _, count in watch.zombies), default=0)} at a moment.",
            "",
            f"Faults: {'; '.join(f'{fault} ({count})' for fault, count in soak.faults.items())}."
            if soak.faults
            else "Faults: none. No letter was lost, none was there twice, the audit is whole, and "
            "after the deletion of all no file was left.",
        ],
        f"{soak.fed + soak.scans} letters, {sum(soak.faults.values())} faults, "
        f"not flat: {', '.join(grown) or 'none'}",
    )


def course_of(seen: list[tuple[float, int]], ends: float) -> Course:
    from benchmarks.soak_watch import Sample

    return course([Sample(at, 1, float(n), n, 0) for at, n in seen], "mb", ends)


def _told(held: Course) -> str:
    return " / ".join(f"{figure:,.0f}" for figure in held.quarters)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--letters", type=int, default=5000)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--people", type=int, default=2)
    chosen = parser.parse_args()
    import served  # the tests' own helpers
    from real_servers import free_port

    with workplace() as work:
        home = work / "home"
        call(home, "keys", "init", "--file", work / "key")
        soak = Soak(home, chosen.letters, chosen.minutes)
        ports = ("--prefect-port", str(free_port()), "--operations-port", str(free_port()))
        with served.served(home, *ports, DENIALDESK_WORKERS="2") as desk:
            watch = soak.go(desk, chosen.people)
            soak.settle()
        report(soak, watch)


if __name__ == "__main__":
    main()
