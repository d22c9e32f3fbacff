"""A process whose parent was killed does not stay for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from real_servers import until

CHILD = (
    "import time; from pipeline.orphans import end_with_parent; end_with_parent(0.05, 0.1); "
    "print(flush=True); time.sleep(600)"
)
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdout=subprocess.PIPE)
child.stdout.readline()
assert child.poll() is None
print(child.pid)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_process_ends_with_its_parent() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARENT], capture_output=True, text=True, check=True
    )
    child = Path(f"/proc/{int(done.stdout)}/stat")

    def ended() -> bool:  # nobody may be there to wait for it
        return not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"

    until(ended)
