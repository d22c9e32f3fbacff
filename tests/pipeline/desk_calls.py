"""How tests call `denialdesk`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def clean_env(home: Path, **more: str) -> dict[str, str]:
    """This environment without settings of ours, and with a home for the test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DENIALDESK_", "PREFECT_"))}
    return {**kept, "DENIALDESK_HOME": str(home), **more}


def command(fakes: bool = True) -> list[str]:
    """The program, with the quick calls of `fake_jobs` or as it is."""
    return [sys.executable, *([str(HERE / "desk_with_fakes.py")] if fakes else ["-m", "pipeline"])]
