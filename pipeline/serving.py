"""`denialdesk serve`: its child services, started in order and started again when one ends.

A service is a process of its own. The list in `services` is the one place to add another (the
review app); whatever needs Prefect finds its address in the environment.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from models.errors import SetupError
from pipeline import stages
from pipeline.home import Settings
from pipeline.isolation.limits import kill_tree
from pipeline.logs import log
from pipeline.prefect_env import for_client, for_desk_server
from pipeline.prefect_template import put_into

_FIRST_PAUSE, _MOST_PAUSE = 1.0, 60.0
_STEADY = 60.0
"""Seconds after which a service that ended is started again at once."""
_START_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Service:
    """A child: the program's arguments, its environment beside ours, how to tell that it is
    ready (None: at once), and what to tell the operator then."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where `serve` listens: Prefect's server with its UI, and health and metrics."""

    host: str = "127.0.0.1"
    prefect: int = 4200
    operations: int = 9109


def services(settings: Settings, ports: Ports) -> list[Service]:
    """All that `denialdesk serve` runs, in the order in which it starts."""
    home = settings.home
    own = {"DENIALDESK_HOME": str(home.root)}
    listed: list[Service] = []
    client = for_client(home.prefect / "desk", ports.prefect)
    if settings.prefect_api_url:
        client = {**client, "PREFECT_API_URL": settings.prefect_api_url}
    else:
        listed.append(
            Service(
                "prefect",
                (sys.executable, "-m", "pipeline.prefect_server", "--port", str(ports.prefect)),
                for_desk_server(
                    home.prefect / "desk", ports.prefect, settings.prefect_database_url
                ),
                lambda: _answers(f"http://127.0.0.1:{ports.prefect}/api/health"),
                f"Schedules and runs: http://127.0.0.1:{ports.prefect}",
            )
        )
    listed.append(
        Service("schedules", (sys.executable, "-m", "pipeline.scheduling"), {**client, **own})
    )
    worker = (sys.executable, "-m", "pipeline", "worker", "--until-parent-ends")
    address = f"{ports.host}:{ports.operations}"
    listed.append(
        Service(
            "worker", (*worker, "--operations", address), {**client, **own, **_shared()},
            told=f"Health and metrics: http://{address}/healthz and /metrics",
        )
    )  # fmt: skip
    return listed


def _shared() -> dict[str, str]:
    """Where the web app tells how long steps take, for the worker, which answers for both."""
    return {stages.SHARED: os.environ[stages.SHARED]} if stages.SHARED in os.environ else {}


class Serving:
    """The services of one installation, kept running until `stop`."""

    def __init__(
        self, settings: Settings, listed: list[Service], tell: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._listed = listed
        self._tell = tell
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._began: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._over = threading.Event()

    def run(self) -> None:
        """Start all, then watch over them. Raises SetupError where one does not come up."""
        desk = self._settings.home.prefect / "desk"
        desk.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self._settings.prefect_database_url or self._settings.prefect_api_url):
            put_into(desk)
        try:
            for service in self._listed:
                self._start(service)
                self._wait(service)
                if service.told:
                    self._tell(service.told)
            self._tell("Running. Ctrl-C ends it; what is under way goes on at the next start.")
            while not self._over.wait(0.5):
                for service in self._listed:
                    self._look_after(service)
        finally:
            for process in self._running.values():
                _end(process)

    def stop(self) -> None:
        """End everything; may be called from a signal handler."""
        self._over.set()

    def _start(self, service: Service) -> None:
        left = ("PREFECT_", stages.SHARED)  # Prefect would tell its own times there
        kept = {k: v for k, v in os.environ.items() if not k.startswith(left)}
        path = self._settings.home.logs / f"{service.name}.log"
        with path.open("ab") as out:
            self._running[service.name] = subprocess.Popen(
                service.command,
                stdin=subprocess.PIPE,  # its end tells a child that we are gone, however we went
                stdout=out,
                stderr=out,
                cwd=self._settings.home.root,
                env={**kept, **service.env},
                start_new_session=True,
            )
        self._began[service.name] = time.monotonic()
        log("service starts", service=service.name)

    def _wait(self, service: Service) -> None:
        ends = time.monotonic() + _START_SECONDS
        process = self._running[service.name]
        while service.ready is not None and not self._over.is_set():
            if service.ready():
                return
            if process.poll() is not None or time.monotonic() > ends:
                raise SetupError(
                    f"The service {service.name} did not start",
                    f"{self._settings.home.logs / service.name}.log says why; perhaps its port is "
                    "taken: another may be given.",
                )
            time.sleep(0.1)

    def _look_after(self, service: Service) -> None:
        if self._running[service.name].poll() is None:
            return
        ran = time.monotonic() - self._began[service.name]
        pause = _FIRST_PAUSE if ran > _STEADY else self._pause.get(service.name, _FIRST_PAUSE)
        self._pause[service.name] = min(pause * 2, _MOST_PAUSE)
        log("service ended", service=service.name, code=self._running[service.name].returncode)
        if not self._over.wait(pause):
            self._start(service)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a child to end, by the end of its input, then make it."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    kill_tree(process.pid)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)


def port_is_free(host: str, port: int) -> bool:
    """Whether something could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=10).close()
    except OSError:
        return False
    return True
