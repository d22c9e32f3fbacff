"""The log: one JSON object a line in HOME/logs, told in ids. No patient data: no names, no file
names, no words of a letter, no values of a fault."""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

_LOG = logging.getLogger("denialdesk")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False
_MOST_BYTES, _KEPT = 5 << 20, 5


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "ids", {}),
        }
        return json.dumps(line)


def open_log(folder: Path) -> None:
    """Write the log of this process into `folder`; without room for it, go without."""
    try:
        handler = RotatingFileHandler(
            folder / "denialdesk.log", maxBytes=_MOST_BYTES, backupCount=_KEPT, encoding="utf-8"
        )
    except OSError:
        return
    handler.setFormatter(_Lines())
    handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk
    for old in _LOG.handlers[:]:
        _LOG.removeHandler(old)
        old.close()
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    threading.excepthook = lambda given: fault("thread", given.exc_value)
    sys.unraisablehook = lambda given: fault("cleaning up", given.exc_value)


def log(event: str, level: int = logging.INFO, **ids: Any) -> None:
    """Note an event. `ids` are ids, counts, kinds, states and seconds, nothing else."""
    _LOG.log(level, event, extra={"ids": ids})


def fault(where: str, error: BaseException | None, **ids: Any) -> None:
    """Note an unforeseen fault: its type and the frames it went through, never its message."""
    from pipeline.isolation.worker import frames_of

    trace = getattr(error, "trace", "") or (frames_of(error) if error is not None else "")
    log("fault", logging.ERROR, where=where, trace=trace.splitlines(), **ids)
