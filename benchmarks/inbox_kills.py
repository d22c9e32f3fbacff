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
_MOST_SECONDS = 120.0
"""How long a run may say nothing before it is killed."""


def packets(home: Path) -> dict[str, str]:
    """Packets by path and content; what names the moment of writing (DOCX, PDF) by path alone."""
    return {
        str(path.relative_to(home / "packets")): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.suffix in (".json", ".html")
        else ""
        for path in sorted((home / "packets").rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def events(home: Path) -> int:
    """How many steps and other events the log tells."""
    log = home / "logs" / "denialdesk.log"
    return log.read_bytes().count(b"\n") if log.exists() else 0


def killed_after(home: Path, more: int, pause: float) -> bool:
    """Start `inbox run` and kill it, with all it started, once `more` further events were logged
    and `pause` seconds went by. False where it ended by itself before that."""
    before = events(home)
    running = subprocess.Popen(
        [str(PROGRAM), "inbox", "run", "fax"],
        env={**os.environ, "DENIALDESK_HOME": str(home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    ends = time.monotonic() + _MOST_SECONDS
    while events(home) < before + more and running.poll() is None:
        if time.monotonic() > ends:
            break  # it hangs, or the machine is busy: a kill all the same
        time.sleep(0.02)
    try:
        running.wait(pause)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGKILL)
        running.wait()
        return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--letters", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    os.environ["DENIALDESK_TODAY"] = DAY
    # Six events a letter: enough kills to meet all of its way.
    most = max(2, 2 * 6 * chosen.letters // chosen.kills - 2)
    with workplace() as work:
        write_digital(work / "letters", chosen.letters, kinds=chosen.letters)
        for name in ("killed", "calm"):
            shutil.copytree(work / "letters", work / name / "in", copy_function=shutil.copy2)
            call(work / name, "inbox", "add", "folder", work / name / "in", "--name", "fax")
        killed, ended = 0, 0
        while killed < chosen.kills and ended < 3:  # killing what has nothing to do shows nothing
            more, pause = dice.randrange(1, most), dice.uniform(0, 0.3)
            if killed_after(work / "killed", more, pause):
                killed += 1
            else:
                ended += 1
            print(f"{killed} kills, {events(work / 'killed')} events", flush=True)
        for name in ("killed", "calm"):
            call(work / name, "inbox", "run", "fax")
        one, other = packets(work / "killed"), packets(work / "calm")
        left = len(list((work / "killed" / "in").glob("*.pdf")))
    same = one == other and left == 0
    publish(
        "inbox_kills",
        "Killed at random moments",
        [
            f"`inbox run` on {chosen.letters} letters, SIGKILL after a seeded random number of "
            f"steps, 1 to {most - 1}, and up to 0.3 s (seed {chosen.seed}), then once to its end. "
            "Fewer kills than were asked for means that the letters came to their end before.",
            "",
            *table(("", ""), [("kills", killed), ("letters", chosen.letters),
                              ("files of packets", len(one)),
                              ("letters left in the folder", left),
                              ("packets as of a calm run", "yes" if same else "NO")]),
        ],
        f"{killed} kills, {chosen.letters} letters, packets as of a calm run: {same}",
    )  # fmt: skip
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
