"""`denialdesk serve` as a user starts it, and Debian's Chromium to use it with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MAC = "/Applications/Chromium.app/Contents/MacOS/Chromium"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which(_MAC)
ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAME, PASSWORD = "ada", "rivers under glass roofs"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: its address, the link for the first administrator, its process."""

    address: str
    setup: str
    home: Path
    pid: int = 0


@contextmanager
def served(home: Path, *words: str, **env: str) -> Iterator[Served]:
    """Start the server on a free port; end it with the block. `words`: its options, for the web
    app alone unless given."""
    said = home.parent / f"{home.name}.said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "--home", str(home),
             "serve", *(words or ("--web-only",)), "--port", "0"],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **env}, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        yield Served(*_address(process, said), home, process.pid)
    finally:
        process.terminate()
        process.wait(60)


def _address(process: subprocess.Popen[bytes], said: Path) -> tuple[str, str]:
    """The server's address and the administrator's link, once it has told them."""
    while True:
        ended = process.poll() is not None
        if found := re.search(r"(http://\S+)/setup\?token=\S+", said.read_text()):
            return found.group(1), found.group(0)
        if ended:
            raise AssertionError(said.read_text())
        time.sleep(0.1)


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        try:
            yield opened
        finally:
            opened.close()


def set_up(page: Any, desk: Served) -> None:
    """Make the administrator by the printed link."""
    page.goto(desk.setup)
    page.fill("[name=name]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/queue")


def sign_in(page: Any, desk: Served, name: str = NAME, password: str = PASSWORD) -> None:
    page.goto(f"{desk.address}/sign-in")
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    page.click("button.primary")
    page.wait_for_url("**/queue")


def hand_in(page: Any, desk: Served, *files: Path) -> list[str]:
    """Upload files and wait until each is done; returns the ids of the cases they made."""
    page.goto(f"{desk.address}/upload")
    page.set_input_files("#files", [str(path) for path in files])
    page.wait_for_function(
        "count => document.querySelectorAll('#list tr[data-done]').length === count",
        arg=len(files), timeout=240_000,
    )  # fmt: skip
    links = page.eval_on_selector_all("#list a", "all => all.map(a => a.getAttribute('href'))")
    return [link.rpartition("/")[2] for link in links]
