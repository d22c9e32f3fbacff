"""Prefect's database, made once for an installation and copied into each new home.

An empty database takes Prefect's migrations some ten seconds; a copy takes none. The template
lies beside the installed packages, else in the user's cache folder, under the name of the Prefect
that made it; it holds tables and no run. `python -m pipeline.prefect_template`, which the set-up
calls, makes it ahead of the first need.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from pipeline.claims import lock_file
from pipeline.prefect_env import DATABASE, for_server, without_prefect
from pipeline.store.blobs import sync_folder

_SECONDS = 240.0
_MAKING = "making-"
PLACE = "DENIALDESK_PREFECT_TEMPLATES"
"""Variable of the environment that names another folder for templates."""


def place() -> Path:
    """Where the template of this installation's Prefect lies, or is to lie."""
    return _folder() / f"prefect-{version('prefect')}.db"


def _folder() -> Path:
    named = os.environ.get(PLACE)
    if named:
        return Path(named)
    if sys.prefix != sys.base_prefix and os.access(sys.prefix, os.W_OK):
        return Path(sys.prefix) / "var" / "denialdesk"
    from platformdirs import user_cache_path

    return Path(user_cache_path("denialdesk", appauthor=False))


def put_into(home: Path) -> None:
    """Give a new home of Prefect's a database. One that is there stays; where no template can be
    had, nothing is done and Prefect's server makes its own."""
    there = home / DATABASE
    if there.exists():
        return
    with contextlib.suppress(OSError, sqlite3.Error, subprocess.SubprocessError):
        template = ready()
        fresh = home / f"{DATABASE}.new"
        shutil.copyfile(template, fresh)
        fresh.chmod(0o600)
        fresh.replace(there)


def ready() -> Path:
    """The template, made if it is missing or damaged. Others that need it meanwhile wait.

    Raises OSError, sqlite3.Error or SubprocessError where it cannot be made.
    """
    template = place()
    template.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(template.with_suffix(".lock")):
        if not is_whole(template):
            for left in template.parent.glob(f"{_MAKING}*"):  # by one that was killed
                shutil.rmtree(left, ignore_errors=True)
            _make(template)
    return template


def is_whole(database: Path) -> bool:
    """Whether a file is a database that Prefect's migrations have gone through."""
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as found:
            checked = found.execute("PRAGMA quick_check(1)").fetchone()
            migrated = found.execute("SELECT count(*) FROM alembic_version").fetchone()
    except sqlite3.Error:
        return False
    return bool(checked == ("ok",) and migrated == (1,))


_MIGRATE = """
import asyncio
from prefect.server.database import provide_database_interface
asyncio.run(provide_database_interface().create_db())
"""


def _make(template: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=_MAKING, dir=template.parent) as work:
        subprocess.run(
            [sys.executable, "-c", _MIGRATE],
            env={**without_prefect(), **for_server(Path(work))},
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        made = Path(work) / DATABASE
        with closing(sqlite3.connect(made)) as database:
            # Into the one file, which is all that is copied.
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("PRAGMA journal_mode=DELETE")
        if not is_whole(made):
            raise OSError(f"Prefect {version('prefect')} made no database")
        with made.open("rb") as written:
            os.fsync(written.fileno())
        made.replace(template)
        sync_folder(template.parent)


if __name__ == "__main__":
    ready()
