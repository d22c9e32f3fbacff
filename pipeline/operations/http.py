"""A small port for /healthz and /metrics, where no web app runs to mount them."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from models.errors import DeskError, SetupError
from pipeline.home import Settings
from pipeline.operations.health import health
from pipeline.operations.metrics import CONTENT_TYPE, metrics
from pipeline.store.database import Database


def serve_operations(
    settings: Settings, database: Database, host: str, port: int
) -> ThreadingHTTPServer:
    """Answer in the background until the process ends. Raises SetupError where the port is
    taken."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            try:
                if path == "/healthz":
                    found = health(settings, database)
                    self._send(found.status, "application/json", json.dumps(found.as_json()))
                elif path == "/metrics":
                    self._send(200, CONTENT_TYPE, metrics(database))
                else:
                    self._send(404, "text/plain", "Only /healthz and /metrics are here.\n")
            except DeskError as trouble:
                self._send(503, "text/plain", f"{trouble.message}\n")

        def _send(self, status: int, kind: str, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    try:
        server = ThreadingHTTPServer((host, port), Answers)
    except OSError as broken:
        raise SetupError(
            f"Nothing can listen on {host}:{port} ({broken.strerror})", "Name another port."
        ) from broken
    threading.Thread(target=server.serve_forever, name="operations", daemon=True).start()
    return server
