"""`denialdesk serve`: everything in one command. The web app, the API and the intake run in this
process; Prefect's server, the inboxes' schedules and their worker beside it."""

from __future__ import annotations

import contextlib
import logging
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from models.errors import DeskError, SetupError, UsageError
from pipeline.commands.common import home_option, settings

if TYPE_CHECKING:
    import uvicorn

    from pipeline.home import Settings
    from pipeline.serving import Ports


@click.command(epilog="Example: denialdesk serve --port 8450")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address of the web app, and of health and metrics. Prefect stays on this "
              "machine.")  # fmt: skip
@click.option("--port", default=8450, show_default=True, help="The web app and the API.")
@click.option("--prefect-port", default=4200, show_default=True, help="Prefect's server and UI.")
@click.option("--operations-port", default=9109, show_default=True, help="/healthz and /metrics.")
@click.option("--web-only", is_flag=True, help="Only the web app; inboxes run elsewhere.")
@home_option
def serve(host: str, port: int, prefect_port: int, operations_port: int, web_only: bool) -> None:
    """Run the review desk: web app, REST API, inboxes on their schedules, and a worker.

    The first start prints a link that is good for making the administrator, once. Ends on Ctrl-C
    or when asked to by the system; what is under way goes on at the next start.
    """
    import uvicorn

    from pipeline import stages
    from pipeline.logs import open_log
    from pipeline.serving import Ports
    from review.app import create_app
    from review.services import opened

    chosen = settings()
    chosen.home.prepare()
    ports = None if web_only else Ports(host, prefect_port, operations_port)
    if ports is not None:
        _refuse_taken(chosen, ports)
        stages.share(chosen.home.tmp / "stages")
    listening = _listening(host, port)
    open_log(chosen.home.logs)
    with opened(chosen) as services:
        # Uploads that wait on the disk wait in the home.
        tempfile.tempdir = str(chosen.home.tmp)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}"
        click.echo(f"Denial Desk runs at {address}")
        if not services.people.any():
            click.echo("Make the administrator here (this link works once):")
            click.echo(f"  {address}/setup?token={services.setup_token}")
        config = uvicorn.Config(
            create_app(chosen, services), log_config=None, access_log=False,
            timeout_graceful_shutdown=2, server_header=False, proxy_headers=False,
        )  # fmt: skip
        # Its log would print tracebacks with what was in them; faults are logged by the app itself.
        logging.getLogger("uvicorn").addHandler(logging.NullHandler())
        server = uvicorn.Server(config)
        with _beside(chosen, ports, server):
            server.run(sockets=[listening])


@contextmanager
def _beside(chosen: Settings, ports: Ports | None, server: uvicorn.Server) -> Iterator[None]:
    """The other services, for as long as the block runs. Where they cannot be started the web app
    is ended, and the trouble raised."""
    if ports is None:
        yield
        return
    from pipeline.serving import Serving, services

    serving = Serving(chosen, services(chosen, ports), lambda line: click.echo(line, err=True))
    troubles: list[DeskError] = []

    def run() -> None:
        try:
            serving.run()
        except DeskError as trouble:
            troubles.append(trouble)
            server.should_exit = True

    thread = threading.Thread(target=run, name="services")
    thread.start()
    try:
        yield
    finally:
        serving.stop()
        thread.join()
    if troubles:
        raise troubles[0]


def _refuse_taken(chosen: Settings, ports: Ports) -> None:
    from pipeline.serving import port_is_free

    wanted = [(ports.host, ports.operations, "--operations-port")]
    if not chosen.prefect_api_url:
        wanted.append(("127.0.0.1", ports.prefect, "--prefect-port"))
    for where, port, option in wanted:
        if not port_is_free(where, port):
            raise UsageError(f"Port {port} is taken", f"Name another one with {option}.")


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as broken:
            raise SetupError(
                f"Nothing can listen on {host} port {port} ({broken.strerror})",
                "End what uses it, or name another with --port.",
            ) from broken
        stack.pop_all()
    return listening
