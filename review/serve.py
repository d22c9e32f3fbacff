"""`denialdesk serve`: the web app, the API and the intake in one process, with worker processes."""

from __future__ import annotations

import tempfile

import click

from models.errors import SetupError
from pipeline.commands.common import home_option, settings


@click.command(epilog="Example: denialdesk serve --port 8450")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8450, show_default=True, help="Port to listen on.")
@home_option
def serve(host: str, port: int) -> None:
    """Run the web app, the REST API and the intake. Ctrl-C ends it; what is under way goes on at
    the next start.

    The first start prints a link that is good for making the administrator, once.
    """
    import socket

    import uvicorn

    from pipeline.logs import open_log
    from review.app import create_app
    from review.services import opened

    chosen = settings()
    chosen.home.prepare()
    open_log(chosen.home.logs)
    tempfile.tempdir = str(chosen.home.tmp)  # uploads that wait on the disk wait in the home
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as broken:
        raise SetupError(
            f"Nothing can listen on {host} port {port} ({broken.strerror})",
            "End what uses it, or name another with --port.",
        ) from broken
    bound = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    with opened(chosen) as services:
        address = f"http://{shown}:{bound}"
        click.echo(f"Denial Desk runs at {address}")
        if not services.people.any():
            click.echo("Make the administrator here (this link works once):")
            click.echo(f"  {address}/setup?token={services.setup_token}")
        app = create_app(chosen, services)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=2,
            server_header=False, proxy_headers=False,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listening])
