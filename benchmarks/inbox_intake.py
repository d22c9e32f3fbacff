"""`python -m benchmarks.inbox_intake`: a folder's intake (stored, told apart, queued, moved to
done/), letters a second, and whether a letter takes as long among many as among few."""

from __future__ import annotations

import argparse
import shutil
import statistics
from pathlib import Path

from benchmarks.common import publish, verdict, workplace
from benchmarks.inbox_runs import call, table, write_digital

RATIO = 1.2
_AT_LEAST = 1000
"""Letters by which a size is measured at least: among 100, one slow write of the disk shows."""


def seconds_each(home: Path) -> float:
    """Seconds for one letter, by the moments that the store noted: from the first letter listed to
    the last one, and from the first one moved to the last one. Start-up is in neither."""
    from sqlalchemy import func, select

    from pipeline.store.database import open_database
    from pipeline.store.inbox_tables import MessageRow

    database = open_database(f"sqlite:///{home / 'denialdesk.db'}")
    seen, moved = MessageRow.first_seen, MessageRow.acknowledged_at
    wanted = select(
        func.count(), func.min(seen), func.max(seen), func.min(moved), func.max(moved)
    ).where(moved.is_not(None))
    with database.reading() as session:
        count, seen_first, seen_last, first, last = session.execute(wanted).one()
    database.close()
    took: float = ((seen_last - seen_first) + (last - first)).total_seconds() / (count - 1)
    return took


def measured(work: Path, size: int) -> float:
    """Seconds for one letter of a folder of `size`, the median of some runs."""
    each = []
    for turn in range(max(1, _AT_LEAST // size)):
        home, folder = work / f"home-{size}-{turn}", work / "in"
        write_digital(folder, size)
        call(home, "inbox", "add", "folder", folder, "--name", "fax")
        call(home, "inbox", "run", "fax", "--collect-only")
        each.append(seconds_each(home))
        shutil.rmtree(folder)
        shutil.rmtree(home)
    return statistics.median(each)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_intake", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    sizes = parser.parse_args().sizes
    with workplace() as work:
        each = [measured(work, size) for size in sizes]
    ratio = max(each) / min(each)
    publish(
        "inbox_intake",
        "A folder's intake",
        [
            "PDFs with text, no two the same, in one folder; `inbox run --collect-only`. A "
            "letter's time is by the moments that the store noted, without the program's start; of "
            f"small folders as many as hold {_AT_LEAST:,} letters, their median.",
            "",
            *table(
                ("letters", "ms a letter", "letters a second"),
                [
                    (f"{size:,}", f"{per * 1000:.1f}", f"{1 / per:.0f}")
                    for size, per in zip(sizes, each, strict=True)
                ],
            ),
            "",
            f"Slowest against fastest: {ratio:.2f}. Target {RATIO}: {verdict(ratio, RATIO)}.",
        ],
        f"{1 / max(each):.0f} to {1 / min(each):.0f} letters a second, ratio {ratio:.2f}",
    )


if __name__ == "__main__":
    main()
