"""`denialdesk process`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from models.errors import UsageError
from pipeline import errors
from pipeline.commands.common import home_option, settings


@click.command(
    epilog="Example: denialdesk process scans/ fax-0912.tif --out packets/",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--out", metavar="DIR", help="Where packets go (default: packets in the home).")
@home_option
def process(paths: tuple[str, ...], out: str | None) -> None:
    """Read denial letters and write an appeal packet for each case.

    PATH is a file or a folder, which is searched to the bottom. The same letter twice makes one
    case. A run that was stopped, however, goes on where it was when it is called again.

    Exit code: 0 all done, 3 some files are quarantined (each with its reason), 2 the call is
    wrong, 1 the program itself failed.
    """
    from pipeline.sources import find_files

    chosen = settings()
    place = Path(out).expanduser().absolute() if out else chosen.packet_folder
    if place.exists() and not place.is_dir():
        raise UsageError(f"--out {out} is a file", "Name a folder.")
    found = find_files(paths, apart=(place, chosen.home.root))
    if not found.files:
        for folder in found.unreadable:
            click.echo(f"{folder} may not be looked into by this user.", err=True)
        raise UsageError(
            "There is nothing to read in what was named",
            "Name letters, or folders with letters: PDF, TIFF, PNG, JPEG, HEIC, DOCX, TXT, EML.",
        )
    chosen.home.prepare()

    from pipeline.batch import Batch, BatchRun
    from pipeline.logs import open_log
    from pipeline.progress import Watch, shown
    from pipeline.summary import print_summary

    open_log(chosen.home.logs)
    started = time.monotonic()
    batch = BatchRun(chosen)
    watch = Watch(found.files)
    ended: list[Batch | BaseException] = []

    def work() -> None:
        try:
            ended.append(batch.run(found.files, place, watch))
        except BaseException as broken:
            ended.append(broken)

    # Prefect and the signals of this terminal do not mix: it gets a thread, they get us.
    thread = threading.Thread(target=work, name="batch", daemon=True)
    interrupted = _on_signals()
    with shown(watch):
        thread.start()
        while thread.is_alive() and not interrupted.is_set():
            thread.join(0.1)
        if interrupted.is_set():
            batch.stop()
            thread.join(10)
    if interrupted.is_set():
        print("Stopped. What is done is kept: run the same command to go on.", file=sys.stderr)
        _leave(errors.INTERRUPTED)

    def report() -> int:
        result = ended[0]
        if isinstance(result, BaseException):
            raise result
        print_summary(result, found, time.monotonic() - started)
        failed = any(outcome.error for outcome in result.outcomes) or found.unreadable
        return errors.QUARANTINED if failed else errors.OK

    _leave(errors.run(report))


def _on_signals() -> threading.Event:
    """An event that Ctrl-C, a closed terminal or a request to end sets."""
    interrupted = threading.Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, note)
    return interrupted


def _leave(code: int) -> NoReturn:
    """End here and now: Prefect's threads would still tell a server that is gone of their last
    events. All of ours is on the disk and ended."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)
