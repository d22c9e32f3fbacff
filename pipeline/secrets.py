"""Secrets are named, never kept: where one is to be found stands in the database, the secret
itself only where its owner put it.

    env:NAME        an environment variable
    file:/path      a file that only its owner may read (mode 0600)
    prefect:block   a Prefect secret block
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from models.errors import SetupError, UsageError

_KINDS = ("env", "file", "prefect")
_PREFECT_URLS = ("PREFECT_API_URL", "DENIALDESK_PREFECT_API_URL")
_PREFECT_HERE = "http://127.0.0.1:4200/api"
HOW = "Write env:NAME, file:/path (mode 0600) or prefect:block-name."


def check_reference(given: str) -> str:
    """`given` if it names a secret. Raises UsageError, which does not repeat it: it may be the
    secret itself."""
    kind, _, rest = given.partition(":")
    if kind not in _KINDS or not rest.strip():
        raise UsageError("A secret is named, not given itself", HOW)
    if kind == "file":
        return f"file:{Path(rest).expanduser().absolute()}"
    return given


def resolve(reference: str) -> str:
    """The secret that `reference` names. Raises SetupError, saying what is missing."""
    kind, _, rest = check_reference(reference).partition(":")
    if kind == "env":
        found = os.environ.get(rest)
        if not found:
            raise SetupError(
                f"The environment variable {rest} is not set here",
                "Set it where Denial Desk is started, also in the service's unit.",
            )
        return found
    return _of_file(Path(rest)) if kind == "file" else _of_prefect(rest)


def _of_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or stat.S_IMODE(about.st_mode) & 0o077:
                raise SetupError(
                    f"The secret in {path} may be read by others", f"Run: chmod 600 {path}"
                )
            found = file.read(65536).decode("utf-8", "replace").rstrip("\r\n")
    except OSError as broken:
        raise SetupError(
            f"The secret in {path} cannot be read ({broken.strerror})", "Mend the file or its path."
        ) from broken
    if not found:
        raise SetupError(f"The file {path} is empty", "Write the secret into it.")
    return found


def _of_prefect(block: str) -> str:
    """From the server of the house, else from that of `denialdesk serve`: never from one that
    Prefect would start for the purpose, which knows no secrets."""
    url = next(filter(None, map(os.environ.get, _PREFECT_URLS)), _PREFECT_HERE)
    try:
        from prefect.blocks.system import Secret
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: url}):
            value = Secret.load(block, _sync=True).get()  # type: ignore[union-attr, call-arg]
    except Exception as broken:  # whatever Prefect raises: its text may quote the value
        raise SetupError(
            f"Prefect's secret block {block} cannot be read",
            "Make it in Prefect's UI, and let `denialdesk serve` run.",
        ) from broken
    return str(value)
