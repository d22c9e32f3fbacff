"""`make chaos`: every operation, and then every command line, killed at seeded random points, run
again, and looked at.

For an operation a child is forked, so that a kill costs a tenth of a second; a command line is the
whole program, which takes seconds. Prints a table; exit code 1 where anything was lost, doubled or
broken.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / each) for each in ("pipeline", "inboxes", "review"))]

from command_lines import COMMANDS, PLACE, CommandLine, start, to_its_end  # noqa: E402
from operations import OPERATIONS, Operation, build, faults, integrity, settings_of  # noqa: E402
from serving import killed_by_parts  # noqa: E402

from pipeline.batch import open_store  # noqa: E402


@dataclass
class Told:
    """What became of one operation."""

    kills: int = 0
    outran: int = 0
    faults: list[str] = field(default_factory=list)

    def count(self, word: str) -> int:
        return sum(fault.startswith(word) for fault in self.faults)


def forked(act: Callable[[], str | None], out: Path) -> int:
    """Start `act` in a child, whose answer goes to `out`; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        out.write_text(act() or "[]")
        code = 0
    except BaseException:
        out.write_text(json.dumps([f"fault: {traceback.format_exc(limit=-3)}"]))
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(act: Callable[[], str | None], scratch: Path) -> list[str]:
    """Run in a child to its end; returns the faults that it told."""
    out = scratch / "told.json"
    ended(forked(act, out))
    told: list[str] = json.loads(out.read_text())
    return told


def at_once(folder: Path) -> str:
    """What holds right after the kill, before anything is mended."""
    settings = settings_of(folder)
    if not settings.home.database_file.exists():
        return "[]"
    with open_store(settings) as database:
        return faults(integrity(settings, database))


def kill_one(operation: Operation, template: Path, work: Path, moment: float, told: Told) -> None:
    """Kill it once, `moment` seconds after its start, and see that all is well."""
    folder = work / "one"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder, symlinks=True)
    pid = forked(lambda: operation.act(folder), work / "killed.json")
    time.sleep(moment)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    if ended(pid) != -signal.SIGKILL:
        told.outran += 1
    else:
        told.kills += 1
    if operation.name != "restore":  # a home that is being restored is whole only at the end
        told.faults += run(lambda: at_once(folder), work)
    told.faults += run(lambda: operation.act(folder), work)
    told.faults += run(lambda: faults(operation.after(folder)), work)


def chaos(operation: Operation, sealed: bool, kills: int, seed: int, work: Path) -> Told:
    template = work / f"{operation.name}-{sealed}".replace(" ", "-")
    told = Told()

    def made() -> None:
        build(template, sealed, operation.done, operation.real)
        operation.before(template)

    told.faults += run(made, work)
    trial = work / "trial"
    shutil.copytree(template, trial)
    begun = time.monotonic()
    told.faults += run(lambda: operation.act(trial), work)
    lasts = time.monotonic() - begun
    shutil.rmtree(trial)
    chance = random.Random(f"{seed} {operation.name} {sealed}")
    for _ in range(kills * 2):
        if told.kills >= kills or len(told.faults) > 20:
            break
        kill_one(operation, template, work, chance.uniform(0.002, lasts), told)
    shutil.rmtree(template)
    return told


def kill_line(line: CommandLine, folder: Path, moment: float, told: Told) -> None:
    """The same for a command line."""
    running = start(line, folder)
    time.sleep(moment)
    running.kill()
    if running.wait() == -signal.SIGKILL:
        told.kills += 1
    else:
        told.outran += 1
    if line.checked_at_once:
        told.faults += run(lambda: at_once(folder), folder.parent)
    told.faults += to_its_end(line, folder)
    told.faults += run(lambda: faults(line.after(folder)), folder.parent)


def chaos_of_line(line: CommandLine, sealed: bool, kills: int, seed: int, work: Path) -> Told:
    template, folder, told = work / "template", work / PLACE, Told()

    def made() -> None:
        build(template, sealed, line.done)
        line.before(template)

    def afresh() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder, symlinks=True)

    told.faults += run(made, work)
    afresh()
    begun = time.monotonic()
    told.faults += to_its_end(line, folder)
    lasts = time.monotonic() - begun
    chance = random.Random(f"{seed} {line.name} {sealed}")
    for _ in range(kills * 2):
        if told.kills >= kills or len(told.faults) > 20:
            break
        afresh()
        kill_line(line, folder, chance.uniform(0.05, lasts), told)
    return told


def chaos_of_serve(kills: int, seed: int, work: Path) -> Told:
    told = Told(kills)
    told.faults += run(lambda: faults(killed_by_parts(work / PLACE, kills, seed)), work)
    return told


def rows(given: argparse.Namespace) -> Iterator[tuple[str, bool, Callable[[Path], Told]]]:
    """Each row of the table: its name, whether sealed, and what makes it."""
    for operation in OPERATIONS:
        for sealed in operation.sealed:
            yield operation.name, sealed, partial(chaos, operation, sealed, given.kills, given.seed)
    for line in COMMANDS:
        for sealed in line.sealed:
            act = partial(chaos_of_line, line, sealed, given.command_kills, given.seed)
            yield f"`denialdesk {line.name}`", sealed, act
    act = partial(chaos_of_serve, given.command_kills, given.seed)
    yield "`denialdesk serve`, its parts", False, act


def main() -> None:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="for each operation")
    parser.add_argument("--command-kills", type=int, default=10, help="for each command line")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    given = parser.parse_args()
    total = Told()
    print("| operation | at rest | kills | ended before | lost | doubled | other faults |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for name, sealed, act in rows(given):
        if given.only not in name:
            continue
        with tempfile.TemporaryDirectory(prefix="denialdesk-chaos-") as work:
            told = act(Path(work))
        lost, doubled = told.count("lost"), told.count("doubled")
        rest = len(told.faults) - lost - doubled
        print(f"| {name} | {'sealed' if sealed else 'plain'} | {told.kills} "
              f"| {told.outran} | {lost} | {doubled} | {rest} |", flush=True)  # fmt: skip
        for fault in dict.fromkeys(told.faults):
            print(f"    {fault}", file=sys.stderr, flush=True)
        total.kills += told.kills
        total.faults += told.faults
    print(f"| all | | {total.kills} | | {total.count('lost')} | {total.count('doubled')} | |")
    sys.exit(1 if total.faults else 0)


if __name__ == "__main__":
    main()
