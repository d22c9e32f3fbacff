"""How long each step of a letter takes in this process, and what it fails of, for /metrics: steps
and kinds of faults alone, no patient data. Each process tells its own; Prometheus adds them up."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram


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

    return generate_latest(_meters()[0]).decode()
