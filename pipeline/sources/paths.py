"""Which files a call names: files as they are, folders with all that may be a letter in them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import UsageError

LETTER_SUFFIXES = frozenset(
    {".pdf", ".tif", ".tiff", ".fax", ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp"}
    | {".webp", ".heic", ".heif", ".hif", ".avif", ".jp2", ".j2k", ".docx", ".docm", ".rtf"}
    | {".html", ".htm", ".txt", ".text", ".eml"}
)
"""Endings of files that a folder's letters may have. A file named outright may have any."""

PACKETS_MARK = ".denialdesk-packets"
"""Marks a folder that packets were written into: what is in it is ours, not received."""

_MAGIC = (b"%PDF-", b"II*\x00", b"MM\x00*", b"\x89PNG", b"\xff\xd8\xff")


@dataclass(frozen=True, slots=True)
class Found:
    """`files` in a steady order; `skipped` counts by ending what else lay in the folders;
    `unreadable` are folders that may not be looked into."""

    files: tuple[Path, ...]
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: tuple[Path, ...] = ()


def find_files(paths: Sequence[str | Path], apart: Iterable[Path] = ()) -> Found:
    """The files that `paths` name. Folders are searched to the bottom, but for hidden files,
    folders of packets, those in `apart`, and links that lead back.

    Raises UsageError for a path that does not exist.
    """
    files: dict[Path, None] = {}
    walk = _Walk({_real(path) for path in apart})
    for given in paths:
        path = Path(given)
        if path.is_dir():
            walk.folder(path)
            files.update(dict.fromkeys(walk.files))
            walk.files.clear()
        elif os.path.lexists(path):
            files[path] = None
        else:
            raise UsageError(f"There is no file or folder {path}", "See that it is spelled right.")
    return Found(tuple(files), walk.skipped, tuple(walk.unreadable))


class _Walk:
    """One search; remembers the folders it has been in."""

    def __init__(self, apart: set[Path]) -> None:
        self.apart = apart
        self.seen: set[tuple[int, int]] = set()
        self.files: list[Path] = []
        self.skipped: Counter[str] = Counter()
        self.unreadable: list[Path] = []

    def folder(self, top: Path) -> None:
        left = [top]
        while left:
            folder = left.pop()
            try:
                if self._been(folder) or _real(folder) in self.apart:
                    continue
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                self.unreadable.append(folder)
                continue
            if any(entry.name == PACKETS_MARK for entry in entries):
                continue
            shown = [entry for entry in entries if not entry.name.startswith(".")]
            self.files += [Path(e) for e in shown if e.is_file() and self._is_letter(e)]
            left += [Path(e) for e in reversed(shown) if e.is_dir()]

    def _been(self, folder: Path) -> bool:
        stat = folder.stat()
        here = (stat.st_dev, stat.st_ino)
        if here in self.seen:
            return True
        self.seen.add(here)
        return False

    def _is_letter(self, entry: os.DirEntry[str]) -> bool:
        suffix = Path(entry.name).suffix.lower()
        if suffix in LETTER_SUFFIXES or (not suffix and _begins_like_one(Path(entry))):
            return True
        self.skipped[suffix or "no ending"] += 1
        return False


def _begins_like_one(path: Path) -> bool:
    """Whether a file without an ending (fax servers write such) starts like a scan or a PDF."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(8).startswith(_MAGIC)
    except OSError:
        return False


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
