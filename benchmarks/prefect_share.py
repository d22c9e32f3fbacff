"""`python -m benchmarks.prefect_share`: a batch by `denialdesk process`, which runs as a Prefect
flow, against the same letters by the same steps without Prefect (`inbox run`)."""

from __future__ import annotations

import argparse

from benchmarks.common import check, process, publish, verdict, workplace
from benchmarks.inbox_runs import call, table, write_digital

TARGET = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prefect_share", description=__doc__)
    parser.add_argument("--letters", type=int, default=200)
    count = parser.parse_args().letters
    with workplace() as work:
        write_digital(work / "letters", count)
        write_digital(work / "in", count)
        check(process(work / "letters", work))  # fills the machine's file cache
        flow = check(process(work / "letters", work)).seconds
        call(work / "home", "inbox", "add", "folder", work / "in", "--name", "fax")
        plain = call(work / "home", "inbox", "run", "fax")
    share = max(flow - plain, 0) / flow
    publish(
        "prefect_share",
        "Prefect's share",
        [
            f"{count} PDFs with text, wall time from call to exit. The share is of the whole run, "
            "Prefect's start included.",
            "",
            *table(("", "seconds"), [("`process`, a Prefect flow", f"{flow:.1f}"),
                                     ("the same steps without Prefect", f"{plain:.1f}"),
                                     ("share", f"{share:.0%}")]),
            "",
            f"Target {TARGET:.0%}: {verdict(share, TARGET)}.",
        ],
        f"share {share:.1%} of {flow:.1f} s for {count} letters",
    )  # fmt: skip


if __name__ == "__main__":
    main()
