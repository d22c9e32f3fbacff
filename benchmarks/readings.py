"""Readings kept between measurements, so that a change of extraction is measured without reading.

A reading is kept under a hash of the file's bytes and of the code that read it: when the code of
reading changes, everything is read anew. The seconds that it took are kept with it.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache, partial
from pathlib import Path

from benchmarks.common import ROOT
from models.document import Document
from models.serial import dump, load
from pipeline.evaluate.run import Reader, read_now

_CODE = ("extractors/reading/*.py", "models/document.py", "models/geometry.py")


@cache
def code_digest() -> str:
    """A hash of the code that reads."""
    told = hashlib.sha256()
    for pattern in _CODE:
        for path in sorted(ROOT.glob(pattern)):
            told.update(path.read_bytes())
    return told.hexdigest()


def kept_reading(
    data: bytes, name: str, folder: Path, way: str = "", read: Reader | None = None
) -> tuple[Document, float]:
    """The document and the seconds that reading it took, out of `folder` or read now. `way` tells
    readings apart that were made with a part of the reader switched off, or by another `read`.
    Raises DeskError."""
    told = hashlib.sha256(data + f"{Path(name).suffix} {way} {code_digest()}".encode())
    kept, times = folder / f"{told.hexdigest()}.json", folder / f"{told.hexdigest()}.seconds"
    if kept.exists() and times.exists():
        return load(Document, kept.read_bytes()), float(json.loads(times.read_text()))
    document, seconds = (read or read_now)(data, name)
    _write(times, json.dumps(seconds).encode())
    _write(kept, dump(document))
    return document, seconds


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


def reader(folder: Path | None, way: str = "") -> Reader:
    """A reader that keeps what it reads in `folder`; without one it keeps nothing."""
    if folder is None:
        return read_now
    folder.mkdir(parents=True, exist_ok=True)
    return partial(kept_reading, folder=folder, way=way)
