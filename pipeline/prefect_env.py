"""How Prefect is set up here: on this machine alone, quiet, and without what nobody looks at.

Prefect reads its settings once, when it is first imported: `for_client`, `for_server` and
`for_both` are environments to be in place before that.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

DATABASE = "prefect.db"
_LOGGING = "logging.yml"

_SERVICES = (
    "CANCELLATION_CLEANUP",
    "CLEANUP_RECONCILER",
    "DB_VACUUM",
    "EVENT_LOGGER",
    "EVENT_PERSISTER",
    "FOREMAN",
    "LATE_RUNS",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
    "SCHEDULER",
    "TASK_RUN_RECORDER",
    "TRIGGERS",
)
"""Background services of the server; a batch that is started by hand and watched on the screen
needs none. Without them the server starts in half the time."""

_EVERYWHERE: Mapping[str, str] = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLIENT_METRICS_ENABLED": "false",
    "PREFECT_CLI_COLORS": "false",
    # A proxy of the house is for the outside, and Prefect's server is not there.
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


def spare_imports() -> None:
    """Have the first import of Prefect leave out what costs much and serves nothing here: the
    grammar of international addresses, built anew in a second of a processor at each start, with
    which `jsonschema` would check fields of a kind that no schema of Prefect has."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # so it is documented


def without_prefect() -> dict[str, str]:
    """This process's environment without the user's settings of Prefect."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}


def for_client(home: Path, port: int) -> dict[str, str]:
    """Environment of the process that runs the flow. `home` is Prefect's own directory."""
    return {
        **_EVERYWHERE,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_API_KEY": "",
        # How long a run that is started by hand waits at most for a worker to look.
        "PREFECT_WORKER_QUERY_SECONDS": "3",
    }


def for_server(home: Path) -> dict[str, str]:
    """Environment of the server process."""
    return {
        **_EVERYWHERE,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / DATABASE}",
        "PREFECT_UI_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        **{f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _SERVICES},
    }


def for_desk_server(home: Path, port: int, database_url: str = "") -> dict[str, str]:
    """Environment of the server behind `denialdesk serve`: it keeps schedules and shows its UI.
    `database_url`: where it keeps them, SQLite in `home` unless given."""
    return {
        **for_server(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_ENABLED": "true",
        "PREFECT_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "true",
        # Places under a concurrency limit are leased: what frees those of killed runs, and where
        # leases outlive a restart of the server (by default its memory).
        "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED": "true",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        **({"PREFECT_API_DATABASE_CONNECTION_URL": database_url} if database_url else {}),
    }


def for_both(home: Path, port: int) -> dict[str, str]:
    """Environment of the process that runs the flow and the server too; `settle_logging` first."""
    return {
        **for_server(home),
        **for_client(home, port),
        "PREFECT_LOGGING_SETTINGS_PATH": str(home / _LOGGING),
        # Blocks are forms in which Prefect keeps secrets: unused, and a second at each start.
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
        # The server is for this process alone, and wants no such tokens.
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    }


def settle_logging(home: Path, file: Path) -> None:
    """Write Prefect's logging settings into its `home`: what its server complains of goes to
    `file`, which is begun anew, and nothing to the screen."""
    file.write_bytes(b"")
    told = {"handlers": ["file"], "level": "WARNING", "propagate": False}
    hushed = {"handlers": ["file"], "level": "CRITICAL", "propagate": False}
    settings = json.dumps(  # which is YAML too
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
            "handlers": {
                "file": {
                    "class": "logging.FileHandler",
                    "filename": str(file).replace("$", "$$"),
                    "formatter": "plain",
                    "encoding": "utf-8",
                }
            },
            "loggers": {
                "prefect": hushed,
                **dict.fromkeys(("prefect.server", "uvicorn", "fastapi"), told),
            },
        }
    )
    (home / _LOGGING).write_text(settings, encoding="utf-8")
