"""The process of one run of an inbox, as Prefect's worker starts it: `python -m
pipeline.inbox_process` is `python -m prefect.engine` with what we spare Prefect's imports.

A deployment that names no command is run by two processes, of which the first looks for the
packages that the flow needs; both import Prefect, for seconds of a processor.
"""

from __future__ import annotations

import runpy
import shlex
import sys

from pipeline.prefect_env import spare_imports

COMMAND = shlex.join([sys.executable, "-m", "pipeline.inbox_process"])
"""What a deployment says."""

if __name__ == "__main__":
    spare_imports()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
