"""`python -m benchmarks.inbox_intake`: a folder's intake (stored, told apart, queued, moved to
done/), letters a second, and whether a letter takes as long among many as among few."""

from __future__ import annotations

import argparse

from benchmarks.common import publish, verdict, workplace
from benchmarks.inbox_runs import call, table, timed, write_digital

RATIO = 1.2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_intake", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    sizes = parser.parse_args().sizes
    rows, each, work_each = [], [], []
    with workplace() as work:
        for size in [10, *sizes]:
            home, folder = work / f"home-{size}", work / f"in-{size}"
            write_digital(folder, size)
            call(home, "inbox", "add", "folder", folder, "--name", "fax")
            seconds, computed = timed(home, "inbox", "run", "fax", "--collect-only")
            if size == 10:
                base, base_computed = seconds, computed  # start-up of program and workers
                continue
            per = (seconds - base) / (size - 10)
            work_per = (computed - base_computed) / (size - 10)
            each.append(per)
            work_each.append(work_per)
            rows.append((f"{size:,}", f"{seconds:.1f}", f"{per * 1000:.1f}", f"{1 / per:.0f}",
                         f"{work_per * 1000:.1f}"))  # fmt: skip
    ratio, work_ratio = max(each) / min(each), max(work_each) / min(work_each)
    publish(
        "inbox_intake",
        "A folder's intake",
        [
            "PDFs with text, no two the same, in one folder; `inbox run --collect-only`. A "
            f"letter's time is without the start-up, {base:.1f} s with 10 letters.",
            "",
            *table(
                ("letters", "seconds", "ms a letter", "letters a second", "processor ms a letter"),
                rows,
            ),
            "",
            f"Slowest against fastest: {ratio:.2f} by clock, {work_ratio:.2f} by processor time, "
            f"which a busy machine changes less. Target {RATIO}: {verdict(ratio, RATIO)}.",
        ],
        f"{1 / max(each):.0f} to {1 / min(each):.0f} letters a second, ratio {ratio:.2f} "
        f"(processor {work_ratio:.2f})",
    )


if __name__ == "__main__":
    main()
