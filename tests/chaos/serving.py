"""`denialdesk serve` whose processes are killed one by one at random moments: Prefect's server, the
schedules, the worker; letters come in by a folder inbox all the while."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import served
from desk_calls import clean_env, command
from operations import build, integrity, settings_of
from real_servers import free_port
from review_bench import LETTER

from pipeline.batch import open_store

PARTS = ("pipeline.prefect_server", "pipeline.scheduling", "pipeline worker")
_PATIENCE = 600.0


def parts_of(pid: int) -> dict[str, int]:
    """The processes that `serve` keeps running, by what their command line says."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
            if parent == pid:
                found |= {part: int(entry.name) for part in PARTS if part in line}
    return found


def states(folder: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / "home" / "denialdesk.db")) as read:
        return [state for (state,) in read.execute("SELECT state FROM documents")]


def bring(folder: Path, number: int) -> None:
    path = folder / "in" / f"{number}.txt"
    path.with_name(f".{number}").write_text(LETTER.replace("Bramwell", f"Bramwell{number}"))
    path.with_name(f".{number}").rename(path)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something, but not for ever: what lacks then is found in the end."""
    ends = time.monotonic() + _PATIENCE
    while not holds() and time.monotonic() < ends:
        time.sleep(0.5)


def killed_by_parts(folder: Path, kills: int, seed: int) -> Iterator[str]:
    """Kill one part after the other; then all letters must be there once. Yields faults."""
    build(folder, sealed=False, done=False)
    (folder / "in").mkdir()
    added = [*command(fakes=False), "inbox", "add", "folder", str(folder / "in"), "--name", "fax",
             "--every", "10s", "--still", "0.1"]  # fmt: skip
    subprocess.run(added, env=clean_env(folder / "home"), check=True, capture_output=True)
    chance = random.Random(seed)
    ports = ("--prefect-port", str(free_port()), "--operations-port", str(free_port()))
    with served.served(folder / "home", *ports, DENIALDESK_WORKERS="1") as desk:
        said = folder / "home.said"
        until(lambda: "Running." in said.read_text())  # what ends before that ends `serve`
        for number in range(kills):
            bring(folder, number)
            part = PARTS[number % len(PARTS)]
            until(lambda part=part: part in parts_of(desk.pid))  # started again since
            there = parts_of(desk.pid)
            time.sleep(chance.uniform(0.5, 15))
            if part not in there:
                yield f"fault: {part} was not started again"
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(there[part], signal.SIGKILL)
        until(lambda: states(folder).count("written") >= kills)
    found = states(folder)
    if found.count("written") < kills:
        yield f"lost: {kills - found.count('written')} letters ({sorted(found)})"
    if len(found) > kills:
        yield "doubled: a letter is there twice"
    settings = settings_of(folder)
    with open_store(settings) as database:
        yield from integrity(settings, database)
