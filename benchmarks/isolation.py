"""`python -m benchmarks.isolation`: what it costs that workers are confined.

Two workers read the same scanned pages in turn, one confined and one not, so that a busy machine
slows both alike; which of them goes first alternates.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.common import publish_cost, workplace, write_letters
from pipeline.batch import PRELOAD, worker_orders
from pipeline.home import Home, load_settings
from pipeline.isolation.pool import Pool

TARGET = 1.05


@contextmanager
def _pool(work: Path, confined: bool) -> Iterator[Pool]:
    scratch = work / f"scratch-{confined}"
    scratch.mkdir()
    settings = load_settings(Home(work / "home").prepare(), {"DENIALDESK_WORKERS": "1"})
    orders = replace(worker_orders(settings, scratch), confined=confined)
    with Pool(1, orders, PRELOAD) as pool:
        yield pool


def _seconds(pool: Pool, letter: Path) -> float:
    begun = time.perf_counter()
    pool.call("read", letter.read_bytes(), letter.name, seconds=600)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--letters", type=int, default=20)
    count = parser.parse_args().letters
    with workplace() as work:
        scans = work / "scans"
        write_letters(scans, count, seed=47, damages=("scan",))
        letters = sorted(scans.glob("*.pdf"))
        with _pool(work, True) as held, _pool(work, False) as free:
            _seconds(held, letters[0]), _seconds(free, letters[0])
            pairs = []
            for at, letter in enumerate(letters):
                pools = (held, free) if at % 2 else (free, held)
                took = {pool: _seconds(pool, letter) for pool in pools}
                pairs.append((took[held], took[free]))
    said = "scanned letters, each read by a confined worker and by one that is not, in turn."
    publish_cost("isolation", "Cost of confinement", said, pairs, TARGET)


if __name__ == "__main__":
    main()
