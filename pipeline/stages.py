"""How long each step of a letter takes in this process, and what it fails of, for /metrics: steps
and kinds of faults alone, no patient data. Each process tells its own; Prometheus adds them up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.exposition import generate_latest

disable_created_metrics()  # type: ignore[no-untyped-call]
_REGISTRY = CollectorRegistry()
_SECONDS = Histogram(
    "denialdesk_stage_seconds", "How long a step of a letter took.", ["stage"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1800), registry=_REGISTRY,
)  # fmt: skip
_FAILURES = Counter(
    "denialdesk_stage_failures", "Faults that a step met, by kind, passing ones too.",
    ["stage", "reason"], registry=_REGISTRY,
)  # fmt: skip


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Count a step, unless it raises."""
    started = time.monotonic()
    yield
    _SECONDS.labels(stage).observe(time.monotonic() - started)


def failed(stage: str, reason: str) -> None:
    """Count a fault of a step by its kind."""
    _FAILURES.labels(stage, reason).inc()


def told() -> str:
    """All of it in Prometheus' text form."""
    return generate_latest(_REGISTRY).decode()
