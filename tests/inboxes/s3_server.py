"""An S3 that tests start themselves: moto's server, on a free port, until the block ends."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from real_servers import free_port

BUCKET = "desk"


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """The environment of programs that use it; it has the bucket `desk`."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    env = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    try:
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            if server.poll() is not None:
                pytest.fail("moto's server did not start")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            time.sleep(0.1)
        system(env).mkdir(BUCKET)
        yield env
    finally:
        server.kill()
        server.wait()


def system(env: dict[str, str]) -> Any:
    """The server's file system, as a program apart from ours sees it."""
    from s3fs import S3FileSystem

    return S3FileSystem(
        key=env["AWS_ACCESS_KEY_ID"], secret=env["AWS_SECRET_ACCESS_KEY"], use_listings_cache=False,
        endpoint_url=env["AWS_ENDPOINT_URL"], skip_instance_cache=True,
    )  # fmt: skip
