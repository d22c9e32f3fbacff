"""`denialdesk serve`."""

from __future__ import annotations

import signal
from types import FrameType

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings


@click.command(epilog="Example: denialdesk serve")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address for health and metrics. Prefect stays on this machine.")  # fmt: skip
@click.option("--prefect-port", default=4200, show_default=True, help="Prefect's server and UI.")
@click.option("--operations-port", default=9109, show_default=True, help="/healthz and /metrics.")
@home_option
def serve(host: str, prefect_port: int, operations_port: int) -> None:
    """Run everything on this machine: Prefect's server, the inboxes' schedules, and a worker.

    Ends on Ctrl-C or when asked to by the system; what is under way goes on at the next start.
    """
    from pipeline.batch import open_store
    from pipeline.logs import open_log
    from pipeline.serving import Ports, Serving, port_is_free, services

    chosen = settings()
    with open_store(chosen):  # made and migrated before anyone else reaches for it
        open_log(chosen.home.logs)
    for where, port, option in (
        ("127.0.0.1", prefect_port, "--prefect-port"),
        (host, operations_port, "--operations-port"),
    ):
        needed = option != "--prefect-port" or not chosen.prefect_api_url
        if needed and not port_is_free(where, port):
            raise UsageError(f"Port {port} is taken", f"Name another one with {option}.")
    listed = services(chosen, Ports(host, prefect_port, operations_port))
    serving = Serving(chosen, listed, lambda line: click.echo(line, err=True))

    def end(_signal: int, _frame: FrameType | None) -> None:
        serving.stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    serving.run()
