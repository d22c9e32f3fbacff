"""A Prefect server of our own for the length of one batch, on a free port of this machine.

It runs in a thread of the batch's own process, which needs most of Prefect anyhow: a process of
its own would import all of that a second time, for seconds of computing and 100 MB. It ends with
the process, however that ends, and a process can have one of them.

`python -m pipeline.prefect_server` is a server process for those that outlive a batch: it listens
on the socket that it was given, or on `--port`, and ends when its standard input does.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import shutil
import socket
import sys
import threading
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import SetupError
from pipeline.claims import Claim, claim_first
from pipeline.prefect_env import for_both, settle_logging, spare_imports, without_prefect
from pipeline.prefect_template import put_into
from pipeline.store.blobs import disk_fault

if TYPE_CHECKING:
    import uvicorn

_SLOT = "server-"
_USED = ("/flows", "/flow_runs", "/admin")
"""Where a batch asks."""
_START_SECONDS = 180.0
_STOP_SECONDS = 3.0
_LEAST_BYTES = 16 << 20
"""Free bytes below which a server that did not start is put down to the disk."""


class PrefectServer:
    """`settle` this process's Prefect, `start` the server, `wait` until it answers, `stop` it.

    Its files are kept for the next batch in `root/server-N`, the first that no other running
    batch holds.
    """

    def __init__(self, root: Path, log_folder: Path) -> None:
        self._claim: Claim = claim_first(root, _SLOT)
        self.home = self._claim.path
        self.log_file = log_folder / "prefect-server.log"
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.port: int = self._listener.getsockname()[1]
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._serve, name="prefect-server", daemon=True)

    def settle(self) -> None:
        """Import Prefect with our settings and no others. Not while other threads use paths that
        are relative: Prefect looks for settings in the working directory, where those of the
        user may lie, so that it is led elsewhere meanwhile.

        Raises SetupError where it cannot be imported, StoreError where the disk is full.
        """
        with self._told(), _fewer_collections(), contextlib.chdir(self.home):
            settle_logging(self.home, self.log_file)
            for name in os.environ.keys() - without_prefect().keys():
                del os.environ[name]
            os.environ.update(for_both(self.home, self.port))
            spare_imports()
            import pipeline.flow  # noqa: F401

    def start(self) -> None:
        """Start to serve, in the background. Raises like `settle`."""
        with self._told(), _fewer_collections():
            put_into(self.home)
            import uvicorn
            from prefect.server.api import server

            # A request is held against routes in this order, and those of a router are made ready
            # when it is their turn: 188 of them before the version that each client asks for.
            routers = sorted(server.API_ROUTERS, key=lambda router: router.prefix not in _USED)
            server.API_ROUTERS = tuple(routers)  # type: ignore[assignment]  # of one length
            config = uvicorn.Config(
                server.create_app(),
                fd=self._listener.fileno(),
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=1,  # whoever still waits then is ourselves
            )
            self._server = uvicorn.Server(config)
            self._thread.start()

    def wait(self, unless: Callable[[], bool]) -> None:
        """Return once the server answers, or once `unless` says not to wait any more.

        Raises like `settle`.
        """
        ends = time.monotonic() + _START_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < ends and self._thread.is_alive():
            if unless():
                return
            with contextlib.suppress(OSError):
                opener.open(f"http://127.0.0.1:{self.port}/api/health", timeout=30).close()
                return
            time.sleep(0.02)
        raise self._not_started()

    def stop(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)
        self._listener.close()
        self._claim.release(remove=False)

    def _serve(self) -> None:
        try:
            if self._server is not None:
                self._server.run()
        except BaseException:  # uvicorn ends with SystemExit where it cannot start
            self._note()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as broken:
            self._note()
            raise self._not_started() from broken

    def _note(self) -> None:
        with contextlib.suppress(OSError), self.log_file.open("a", encoding="utf-8") as out:
            traceback.print_exc(file=out)

    def _not_started(self) -> Exception:
        if shutil.disk_usage(self.home).free < _LEAST_BYTES:
            return disk_fault(OSError(errno.ENOSPC, ""), "Prefect's database")
        return SetupError(
            "Prefect's server did not start",
            f"{self.log_file} says why; reinstall the locked requirements to mend it.",
        )


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Imports make objects by the hundred thousand that all stay: looking through them for
    garbage, again and again, takes a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 50)
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*before)


def main() -> None:
    """The server process; its argument is the number of the listening socket, or a port."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    spare_imports()
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
