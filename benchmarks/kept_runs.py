"""Runs of readers, kept in a file as they are made, so that a measurement can go on later.

What Tesseract and OCRmyPDF read of a page hangs on the page and on their version alone: it is kept
under these, and is there again whatever is changed in this project's own reader.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.conditions import Damaged
from benchmarks.readers import Run


def pages_digest(made: Damaged) -> str:
    """A name for damaged pages that only the same bytes have."""
    digest = hashlib.sha256(made.data)
    for _, data in made.pictures:
        digest.update(data)
    return digest.hexdigest()[:24]


def code_digest(root: Path, folders: Sequence[str], names: Sequence[str] = ()) -> str:
    """A name for code: the Python files of folders, and single files."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    for name in names:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()[:16]


class KeptRuns:
    """A file of one JSON line a run; of two for the same pages and reader the later counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[tuple[str, str], Run] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            told = json.loads(line)
            run = {**told["run"], "texts": tuple(told["run"]["texts"])}
            self._found[told["reader"], told["pages"]] = Run(**run)

    def get(self, reader: str, pages: str) -> Run | None:
        """The run of a reader, named with its version, on pages of a digest."""
        return self._found.get((reader, pages))

    def add(self, reader: str, pages: str, run: Run) -> None:
        self._found[reader, pages] = run
        line = json.dumps({"reader": reader, "pages": pages, "run": asdict(run)}) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab", buffering=0) as out:  # whole, whoever else writes
            out.write(line.encode())
