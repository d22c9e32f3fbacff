"""`python -m benchmarks.calibrate`: from scores to chances, fitted on letters made for it.

Makes development letters in every kind of damage (seeds of their own, used for nothing else),
reads and extracts them, and fits, for every field, how often a value of that score is right, how
the reader's confidence bears on it, and how often a field left empty is indeed not stated. Writes
`extractors/data/calibration.toml`. The same code gives the same table.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.calibration_fit import Row, fit_table, table_text
from benchmarks.generator.damage import damaged
from benchmarks.generator.letter import make_letter
from extractors.calibration import TABLE
from models.document import Document
from models.serial import dump, load, plain

DAMAGED_SEED, CLEAN_SEED = 60_601, 60_602
"""Of these letters only: published figures, training and tests use other seeds."""
KINDS = ("clean", "scan", "fax", "photo", "fax_standard", "copy", "faint", "turned")


@dataclass(frozen=True, slots=True)
class Job:
    """One letter to make and read: `seed/number`, its damage, and where readings are kept."""

    seed: int
    number: int
    kind: str
    cache: Path


def jobs(damaged_count: int, clean_count: int, cache: Path) -> Iterator[Job]:
    for n in range(damaged_count):
        yield Job(DAMAGED_SEED, n, KINDS[n % len(KINDS)], cache)
    for n in range(clean_count):
        yield Job(CLEAN_SEED, n, "clean", cache)


def read(job: Job) -> tuple[Job, Mapping[str, Any], Path]:
    """The letter made, damaged and read; its label; where the reading lies."""
    from extractors.reading import Limits, read_document

    seed = f"{job.seed}/{job.number}"
    letter = make_letter(seed, "train")
    suffix, data = ".pdf", letter.pdf()
    if job.kind != "clean":
        suffix, data = damaged(data, job.kind, seed, letter.scene.days["letter_date"])
    kept = job.cache / f"{hashlib.sha256(data).hexdigest()}.json"
    if not kept.exists():
        document = read_document(data, f"letter{suffix}", Limits(workers=1))
        kept.write_bytes(dump(document))
    return job, letter.label, kept


def rows(label: Mapping[str, Any], kept: Path) -> Iterator[Row]:
    """What was weighed for every labelled field, and whether its value is right."""
    from extractors.extraction import weigh_fields
    from extractors.splitting import split_letters
    from pipeline.evaluate.compare import judge
    from pipeline.evaluate.labels import read_label

    told = read_label(label)
    document = load(Document, kept.read_bytes())
    choices = weigh_fields(split_letters(document)[0])
    for key in told.keys:
        choice = choices[key]
        value = plain(choice.value)
        judged = judge(key, told.values[key], value, 0.0, told.accept.get(key, ()))
        yield Row(
            key,
            choice.found,
            choice.score,
            choice.reading,
            choice.left,
            choice.quality,
            judged.outcome.ok,
            choice.doubt,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrate", description=__doc__)
    parser.add_argument("--damaged", type=int, default=136, help="letters, in every damage in turn")
    parser.add_argument("--clean", type=int, default=80, help="more letters without damage")
    parser.add_argument("--cache", type=Path, help="a folder that keeps what was read")
    parser.add_argument("--read-only", action="store_true", help="fill the cache, fit nothing")
    parser.add_argument("--out", type=Path, default=TABLE)
    args = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with tempfile.TemporaryDirectory(prefix="calibrate-") as own:
        cache = args.cache or Path(own)
        cache.mkdir(parents=True, exist_ok=True)
        todo = list(jobs(args.damaged, args.clean, cache))
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            done = list(pool.map(read, todo, chunksize=4))
        if args.read_only:
            return
        found = [row for _, label, kept in done for row in rows(label, kept)]
    args.out.write_text(table_text(fit_table(found)), encoding="utf-8")
    print(f"{len(found)} fields of {len(done)} letters; wrote {args.out.name}")


if __name__ == "__main__":
    main()
