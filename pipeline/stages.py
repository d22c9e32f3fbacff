"""How long each step of a letter takes in this process, and what it fails of, for /metrics: steps
and kinds of faults alone, no patient data. Each process tells its own and Prometheus adds them up,
but for the processes of one `serve`, which share a folder."""

from __future__ import annotations

import functools
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram


SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Variable of the environment, of Prometheus' own making, that names the folder that processes
share; to be in place before its library is imported."""


def share(folder: Path) -> None:
    """Tell times in a folder, emptied first, together with processes that have it in `SHARED`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[SHARED] = str(folder)


@functools.cache
def _meters() -> tuple[CollectorRegistry, Histogram, Counter]:
    """Made when first asked for: an idle look through an inbox needs none."""
    from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    seconds = Histogram(
        "denialdesk_stage_seconds", "How long a step of a letter took.", ["stage"],
        buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1800), registry=registry,
    )  # fmt: skip
    failures = Counter(
        "denialdesk_stage_failures", "Faults that a step met, by kind, passing ones too.",
        ["stage", "reason"], registry=registry,
    )  # fmt: skip
    return registry, seconds, failures


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Count a step, unless it raises."""
    started = time.monotonic()
    yield
    _meters()[1].labels(stage).observe(time.monotonic() - started)


def failed(stage: str, reason: str) -> None:
    """Count a fault of a step by its kind."""
    _meters()[2].labels(stage, reason).inc()


def told() -> str:
    """All of it in Prometheus' text form."""
    from prometheus_client.exposition import generate_latest

    return generate_latest(_all() if SHARED in os.environ else _meters()[0]).decode()


def _all() -> CollectorRegistry:
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
