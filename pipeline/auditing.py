"""The audit of the command line: who calls, on which machine, and what for."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.home import Home, Settings
from pipeline.store.audit import Audit, Entry
from pipeline.store.database import Database


def audit_of(home: Home, database: Database) -> Audit:
    """The audit of an installation."""
    return Audit(database, home.audit_anchor)


def note_call(
    home: Home, database: Database, action: str, case: str | None = None, **detail: str | int
) -> None:
    """Note what a command is about to do. Raises StoreError where that cannot be kept."""
    entry = Entry(f"{caller()} (system user)", machine(), action, case, None, detail)
    audit_of(home, database).note(entry)


@contextmanager
def open_noted(settings: Settings, action: str, **detail: str | int) -> Iterator[Database]:
    """The store, opened for what is noted as `action`."""
    from pipeline.batch import open_store

    with open_store(settings) as database:
        note_call(settings.home, database, action, None, **detail)
        yield database


def caller() -> str:
    """The system's name of who calls; who became root by sudo goes by the own name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may know no name for its number
        name = f"uid-{os.getuid()}"
    by = os.environ.get("SUDO_USER")
    return f"{by} as {name}" if by and by != name else name


def machine() -> str:
    """Where a command is called."""
    return f"command line on {socket.gethostname()}"
