"""Malformed files by the hundred: each is read or set aside with a reason, none harms the rest."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.malformed import corpus
from models.errors import DeskError, Unreadable
from pipeline.batch import worker_pool
from pipeline.home import Home, load_settings
from pipeline.isolation.jobs import Reading
from pipeline.isolation.pool import Pool, UnforeseenFault

_LONGEST = 60.0
_LIMITS = {
    "DENIALDESK_FILE_SECONDS": "20", "DENIALDESK_PAGE_SECONDS": "10", "DENIALDESK_WORKERS": "2",
    "DENIALDESK_FILE_PAGES": "20", "DENIALDESK_MEMORY_MB": "1500",
}  # fmt: skip
_KINDS_OF_MAIL = (".eml", ".zip", ".dat", ".msg")


def told(pool: Pool, name: str, data: bytes) -> tuple[str, str, float]:
    """(name, what became of it, seconds)."""
    begun = time.monotonic()
    try:
        found = pool.call("read", data, name, seconds=_LONGEST)
        assert isinstance(found, Reading)
        if name.endswith(_KINDS_OF_MAIL):
            pool.call("unpack", data, name, seconds=_LONGEST)
        kind = "read"
    except UnforeseenFault as fault:
        kind = f"FAULT {fault.message} {fault.trace}"
    except Unreadable as reason:
        kind = reason.kind if reason.message and reason.mend else f"WRONG: no words, {reason.kind}"
    except DeskError as reason:
        kind = f"WRONG {type(reason).__name__} {reason.message}"
    return name, kind, time.monotonic() - begun


def test_each_is_read_or_has_a_reason(tmp_path: Path) -> None:
    settings = load_settings(Home(tmp_path / "home").prepare(), _LIMITS)
    files = list(corpus())
    assert len(files) >= 300
    assert len({name for name, _ in files}) == len(files)
    with worker_pool(settings) as pool, ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda file: told(pool, *file), files))
        assert pool.call("extract", pool.call("read", b"We denied it.", "a.txt", seconds=60).body,
                         seconds=60)  # fmt: skip
    odd = {name: kind for name, kind, _ in results if kind.startswith(("FAULT", "WRONG"))}
    assert odd == {}
    slow = {name: seconds for name, _, seconds in results if seconds > _LONGEST}
    assert slow == {}
    counts = Counter(kind for _, kind, _ in results)
    assert counts["read"] > 20
    assert counts["damaged"] > 20
    print(dict(counts))
