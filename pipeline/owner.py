"""Who holds leases: this process, told by its machine and by a folder that it keeps locked.

The system lets go of that lock when the process ends, however it ends, so that another one on
the same machine need not wait for the leases of a dead one to run out.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.claims import claim_new

_PREFIX = "owner-"


@contextmanager
def owner(tmp: Path) -> Iterator[str]:
    """An owner of leases for as long as the block runs."""
    claim = claim_new(tmp, _PREFIX)
    try:
        yield f"{socket.gethostname()[:60]}/{claim.path.name}"
    finally:
        claim.release()


def is_dead(name: str, tmp: Path) -> bool:
    """Whether an owner of this machine and home has ended; False where that cannot be known."""
    host, _, folder = name.partition("|")[0].partition("/")
    if host != socket.gethostname()[:60] or not folder.startswith(_PREFIX):
        return False
    try:
        fd = os.open(tmp / folder / ".lock", os.O_RDWR)
    except FileNotFoundError:
        return True  # cleared away by the next one that started
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(fd)
