"""A PostgreSQL that tests start themselves, in a folder of its own and on a free port."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL of our own, which may be stopped and started again."""

    url: str
    _call: tuple[str, ...]
    _options: str
    _folder: Path

    def start(self) -> None:
        subprocess.run(
            [*self._call, "-o", self._options, "-l", str(self._folder / "log"), "start"],
            check=True, cwd=self._folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        """At once, as when its machine loses power."""
        subprocess.run(
            [*self._call, "-m", "immediate", "stop"],
            check=True, cwd=self._folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL of our own until the block ends."""
    with postgres() as server:
        yield server.url


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own until the block ends; the set-up of the tests installs it."""
    homes = "usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql@*/bin"
    found = [path.parent for home in homes for path in Path("/").glob(f"{home}/initdb")]
    on_path = shutil.which("initdb")
    programs = Path(on_path).parent if on_path else max(found, default=None)
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed; scripts/setup --tests installs it")
        pytest.skip("PostgreSQL is not installed")
    # Not in pytest's own folder: each run of pytest shuts that to other accounts again.
    folder = Path(tempfile.mkdtemp(prefix="denialdesk-postgres-"))
    account: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = next(name for name in ("postgres", "nobody") if _is_account(name))
        account = ["setpriv", f"--reuid={owner}", "--clear-groups"]
        shutil.chown(folder, owner)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call = (*account, str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    subprocess.run(
        [*account, str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust",
         "-U", "desk", "--no-sync"], check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    server = Postgres(f"postgresql://desk@127.0.0.1:{port}/postgres", call, options, folder)
    server.start()
    try:
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):  # a test has stopped it
            server.stop()
        shutil.rmtree(folder)


def _is_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
