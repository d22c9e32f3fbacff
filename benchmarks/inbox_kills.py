"""`python -m benchmarks.inbox_kills`: `inbox run` killed with SIGKILL at 50 seeded random moments
in a batch of 40 letters, then run to its end: every letter once, packets as of a calm run."""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from benchmarks.common import PROGRAM, publish, workplace
from benchmarks.inbox_runs import call, table, write_digital

DAY = "2026-09-14"


def packets(home: Path) -> dict[str, str]:
    """Packets by path and content; what names the moment of writing (DOCX, PDF) by path alone."""
    return {
        str(path.relative_to(home / "packets")): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.suffix in (".json", ".html")
        else ""
        for path in sorted((home / "packets").rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--letters", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    os.environ["DENIALDESK_TODAY"] = DAY
    killed, runs = 0, 0
    with workplace() as work:
        write_digital(work / "letters", chosen.letters, kinds=chosen.letters)
        for name in ("killed", "calm"):
            shutil.copytree(work / "letters", work / name / "in", copy_function=shutil.copy2)
            call(work / name, "inbox", "add", "folder", work / name / "in", "--name", "fax")
        environment = {**os.environ, "DENIALDESK_HOME": str(work / "killed")}
        while killed < chosen.kills:
            runs += 1
            process = subprocess.Popen(
                [str(PROGRAM), "inbox", "run", "fax"], env=environment,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                process.wait(dice.uniform(0.5, 6.0))
                if not list((work / "killed" / "in").glob("*.pdf")) and runs > 3 * chosen.kills:
                    break  # all is done: killing what has nothing to do shows nothing
                time.sleep(0)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
        for name in ("killed", "calm"):
            call(work / name, "inbox", "run", "fax")
        one, other = packets(work / "killed"), packets(work / "calm")
        left = len(list((work / "killed" / "in").glob("*.pdf")))
    same = one == other and left == 0
    publish(
        "inbox_kills",
        "Killed at random moments",
        [
            f"`inbox run` on {chosen.letters} letters, SIGKILL at seeded random moments of 0.5 to "
            f"6 s (seed {chosen.seed}), then once to its end.",
            "",
            *table(("", ""), [("kills", killed), ("files of packets", len(one)),
                              ("letters left in the folder", left),
                              ("packets as of a calm run", "yes" if same else "NO")]),
        ],
        f"{killed} kills, {chosen.letters} letters, packets as of a calm run: {same}",
    )  # fmt: skip
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
