"""How Prefect is set up here: on this machine alone, quiet, and without what nobody looks at.

Prefect reads its settings once, when it is first imported: `for_client` and `for_server` are
environments to be in place before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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


def for_client(home: Path, port: int) -> dict[str, str]:
    """Environment of the process that runs the flow. `home` is Prefect's own directory."""
    return {
        **_EVERYWHERE,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_API_KEY": "",
    }


def for_server(home: Path) -> dict[str, str]:
    """Environment of the server process."""
    return {
        **_EVERYWHERE,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
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
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        **({"PREFECT_API_DATABASE_CONNECTION_URL": database_url} if database_url else {}),
    }
