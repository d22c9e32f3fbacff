"""A Prefect server of our own for the length of one batch, on a free port of this machine.

`python -m pipeline.prefect_server` is the server process: it listens on the socket that it was
given, or on `--port`, and ends when its standard input does, so that no server outlives a killed
batch.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.errors import SetupError
from pipeline.claims import Claim, claim_first
from pipeline.isolation.limits import kill_tree
from pipeline.prefect_env import for_client, for_server
from pipeline.store.blobs import disk_fault

_SLOT = "server-"
_START_SECONDS = 180.0
_LEAST_BYTES = 16 << 20
"""Free bytes below which a server that did not start is put down to the disk."""


class PrefectServer:
    """Starts at once, in the background; `wait` until it answers, then `stop` it.

    Its files are kept for the next batch in `root/server-N`, the first that no other running
    batch holds.
    """

    def __init__(self, root: Path, log_folder: Path) -> None:
        self._claim: Claim = claim_first(root, _SLOT)
        self.home = self._claim.path
        self.log_file = log_folder / "prefect-server.log"
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        self.port: int = listener.getsockname()[1]
        with listener, self.log_file.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.prefect_server", str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                cwd=self.home,  # not in the user's folder, where a prefect.toml may lie
                env={**_without_prefect(), **for_server(self.home)},
                # The lock goes along: a server on its way out still holds its directory.
                pass_fds=(listener.fileno(), self._claim.fd),
                start_new_session=True,
            )

    def client_env(self) -> dict[str, str]:
        """The environment for the flow's process."""
        return for_client(self.home, self.port)

    def wait(self, unless: Callable[[], bool]) -> None:
        """Return once the server answers, or once `unless` says not to wait any more.

        Raises SetupError where it does not start, StoreError where the disk is full.
        """
        ends = time.monotonic() + _START_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < ends and self._process.poll() is None:
            if unless():
                return
            with contextlib.suppress(OSError):
                opener.open(f"http://127.0.0.1:{self.port}/api/health", timeout=30).close()
                return
            time.sleep(0.05)
        if shutil.disk_usage(self.home).free < _LEAST_BYTES:
            raise disk_fault(OSError(errno.ENOSPC, ""), "Prefect's database")
        raise SetupError(
            "Prefect's server did not start",
            f"{self.log_file} says why; reinstall the locked requirements to mend it.",
        )

    def stop(self) -> None:
        """End the server and all it started."""
        kill_tree(self._process.pid)
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._claim.release(remove=False)


def _without_prefect() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}


def main() -> None:
    """The server process; its argument is the number of the listening socket, or a port."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    if sys.argv[1] == "--port":
        where: dict[str, Any] = {"host": "127.0.0.1", "port": int(sys.argv[2])}
    else:
        where = {"fd": int(sys.argv[1])}
    config = uvicorn.Config(create_app(), log_level="warning", **where)
    uvicorn.Server(config).run()


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
