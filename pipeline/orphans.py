"""The end of a process whose parent was killed: it has nobody to report to any more."""

from __future__ import annotations

import os
import threading
import time


def end_with_parent(look: float = 5.0, grace: float = 60.0) -> None:
    """From now on end this process once its parent is gone, after `grace` seconds in which what is
    under way may end by itself."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(look)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
