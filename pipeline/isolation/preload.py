"""Imported once by the fork server: its forks share what it loads instead of each loading it.

Nothing here may start a thread: a fork takes none along.
"""

from __future__ import annotations

import contextlib
import gc

from pipeline.isolation import jobs

gc.disable()  # what is loaded here stays; looking through it for garbage takes a tenth of the time
with contextlib.suppress(Exception):  # the call that needs what fails here will say so itself
    jobs.warm()
gc.collect()
gc.enable()
gc.freeze()  # keeps the collector from writing to, and so copying, the pages that forks share
