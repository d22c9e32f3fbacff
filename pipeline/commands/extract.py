"""`denialdesk extract`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import click

from models.errors import DeskError, EmptyFile, TooLarge, UsageError
from pipeline import errors
from pipeline.commands.common import home_option, settings

Json = dict[str, Any]


@click.command(epilog="Example: denialdesk extract letter.pdf --json > letter.json")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "style", flag_value="json", default="json", help="JSON (the default).")
@click.option("--jsonl", "style", flag_value="jsonl", help="One line of JSON a file.")
@home_option
def extract(paths: tuple[str, ...], style: str) -> int:
    """Read letters and print what they say: fields, deadlines, law and route, with the place of
    each on the page.

    Nothing is stored and nothing else is printed on standard output. One file gives an object,
    several (or a folder) an array; --jsonl gives an object a line.

    Exit code: 0 all read, 3 some could not be read (the JSON says why), 2 the call is wrong.
    """
    from pipeline.sources import find_files

    found = find_files(paths)
    if not found.files:
        raise UsageError("There is nothing to read in what was named", "Name letters or folders.")
    failed = bool(found.unreadable)
    alone = len(found.files) == 1 and not Path(paths[0]).is_dir() and style == "json"
    results = _extract_all(found.files)
    if style == "jsonl" or alone:
        for result in results:
            failed |= "error" in result["document"]
            _print(result, indent=None if style == "jsonl" else 2)
    else:
        every = list(results)
        failed |= any("error" in result["document"] for result in every)
        _print(every, indent=2)
    for folder in found.unreadable:
        click.echo(f"denialdesk: {folder} may not be looked into by this user.", err=True)
    return errors.QUARANTINED if failed else errors.OK


def _print(value: object, indent: int | None) -> None:
    out = json.dumps(value, ensure_ascii=False, indent=indent)
    sys.stdout.buffer.write(out.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def _extract_all(files: Sequence[Path]) -> Iterator[Json]:
    """Each file's JSON, in the order given, as soon as it and those before it are ready."""
    from pipeline.batch import worker_pool

    chosen = settings()
    size = min(chosen.worker_count, len(files))
    # Outside of the home: nothing is stored there by this command, not even the home itself.
    tmp = Path(tempfile.gettempdir())
    with worker_pool(chosen, size, tmp) as pool, ThreadPoolExecutor(size + 1) as threads:
        try:
            yield from threads.map(lambda path: _extract(pool, path, chosen), files)
        except BaseException:
            pool.stop()
            threads.shutdown(cancel_futures=True)
            raise


def _extract(pool: Any, path: Path, chosen: Any) -> Json:
    from pipeline.batch import GRACE
    from pipeline.store.documents import storable

    name = storable(Path(path.name))
    try:
        data = _content(path, chosen.file_mb)
        result: Json = pool.call(
            "whole", data, name, chosen.day(), seconds=chosen.file_seconds + GRACE
        )
    except DeskError as reason:
        if reason.exit_code == errors.FAILED and reason.kind != "setup":
            raise
        about = {"kind": reason.kind, "message": errors.sentence(reason.message, reason.mend)}
        return {"document": {"source": name, "error": about}, "cases": []}
    return result


def _content(path: Path, most_mb: int) -> bytes:
    """A file's bytes. Raises Unreadable."""
    from pipeline.store.blobs import no_access, open_received

    with open_received(path) as file:
        try:
            data = b"".join(iter(lambda: file.read(1 << 20), b"")) if _fits(file, most_mb) else None
        except OSError as broken:
            raise no_access(broken) from broken
    if data is None:
        raise TooLarge(f"The file is over {most_mb} MB", "Split it, or raise DENIALDESK_FILE_MB.")
    if not data:
        raise EmptyFile("The file is empty", "Scan or save it again.")
    return data


def _fits(file: BinaryIO, most_mb: int) -> bool:
    size = file.seek(0, 2)
    file.seek(0)
    return size <= most_mb << 20
