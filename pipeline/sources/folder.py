"""A drop folder, also on a network share: polled, and a file is taken once it has been still."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from models.errors import NoAccess
from pipeline.sources.base import Listed, Seen, SourceDown, SourceRefused
from pipeline.sources.paths import PACKETS_MARK
from pipeline.store.blobs import no_access, open_received, sync_folder

DONE = "done"
_AT_ONCE = 200
_SETTLED = 3600.0
"""Seconds after which a file that nothing wrote to is not watched before it is taken."""
_PASSING_SUFFIXES = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Endings of files that a transfer renames once they are whole."""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    size: int
    mtime_ns: int


class Folder:
    """`done`: files that are stored are moved to `done/` in the folder, else they stay. `still`:
    for how many seconds a file's size and time must not have changed."""

    def __init__(self, path: Path, done: bool = True, still: float = 5.0) -> None:
        self._root = path
        self._done = done
        self._still = still

    def new(self, seen: Seen, since: date | None = None) -> Iterator[Sequence[Listed]]:
        files = self._unseen(seen, since)
        young = [file for file in files if not _long_still(file)]
        if young:
            time.sleep(self._still)
        young_then = {file.path: file for file in young}
        found: list[Listed] = []
        for file in files:
            if file.path in young_then and _look(file.path) != file:
                continue  # still growing, or gone: the next run looks again
            found.append(Listed(self._key(file), file.path.name, file.size))
        for at in range(0, len(found), _AT_ONCE):
            yield found[at : at + _AT_ONCE]

    def fetch(self, key: str, place: Path, most_bytes: int) -> None:
        path, size, mtime_ns = self._of(key)
        now = _look(path)
        if now is None or (now.size, now.mtime_ns) != (size, mtime_ns):
            raise NoAccess(
                "The file is no longer there as it was seen", "Put it back; it is then seen anew."
            )
        with open_received(path) as file, place.open("xb") as out:
            try:
                shutil.copyfileobj(file, out, 1 << 20)
            except OSError as broken:
                raise no_access(broken) from broken

    def acknowledge(self, key: str) -> None:
        if not self._done:
            return
        path, size, mtime_ns = self._of(key)
        now = _look(path)
        if now is None or (now.size, now.mtime_ns) != (size, mtime_ns):
            return  # moved before, or another file has its name now
        target = self._root / DONE / path.relative_to(self._root)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(_free(target))
            sync_folder(target.parent)
        except OSError as broken:
            raise SourceRefused(
                f"Files in {self._root} cannot be moved to {DONE}/ ({broken.strerror})",
                "Give this user write permission there, or add the folder with --leave.",
            ) from broken

    def close(self) -> None:
        pass

    def _unseen(self, seen: Seen, since: date | None) -> list[_File]:
        files = self._files()
        if since is not None:
            start = datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp()
            return [file for file in files if file.mtime_ns / 1e9 >= start]
        left = []
        for at in range(0, len(files), _AT_ONCE):
            some = {self._key(file): file for file in files[at : at + _AT_ONCE]}
            known = seen.known(list(some))
            left += [file for key, file in some.items() if key not in known]
        return left

    def _files(self) -> list[_File]:
        """Plain files at any depth, in the order of their paths; no links, no special files."""
        found: list[_File] = []
        left = [self._root]
        while left:
            folder = left.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as broken:
                if folder == self._root:
                    raise _folder_fault(folder, broken) from broken
                continue
            if any(entry.name == PACKETS_MARK for entry in entries):
                continue
            for entry in entries:
                if entry.name.startswith((".", "~$")):
                    continue
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        if not (folder == self._root and entry.name == DONE):
                            left.append(Path(entry))
                    elif not entry.name.lower().endswith(_PASSING_SUFFIXES):
                        file = _look(Path(entry))
                        found += [file] if file else []
        return sorted(found, key=lambda file: str(file.path))

    def _key(self, file: _File) -> str:
        name = str(file.path.relative_to(self._root))
        text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return f"{text}|{file.size}|{file.mtime_ns}"

    def _of(self, key: str) -> tuple[Path, int, int]:
        name, size, mtime_ns = key.rsplit("|", 2)
        path = self._root / name
        if not path.exists() and "\\x" in name:  # a name that is no text
            raw = name.encode("utf-8").decode("unicode_escape").encode("latin-1")
            path = self._root / os.fsdecode(raw)
        return path, int(size), int(mtime_ns)


def _look(path: Path) -> _File | None:
    """A plain file as it is now; None for anything else."""
    try:
        about = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(about.st_mode):
        return None
    return _File(path, about.st_size, about.st_mtime_ns)


def _long_still(file: _File) -> bool:
    return time.time() - file.mtime_ns / 1e9 - _SETTLED > 0


def _free(target: Path) -> Path:
    """`target`, or a name like it that nothing has."""
    number, free = 1, target
    while os.path.lexists(free):
        number += 1
        free = target.with_name(f"{target.stem} ({number}){target.suffix}")
    return free


def _folder_fault(folder: Path, broken: OSError) -> SourceDown | SourceRefused:
    if isinstance(broken, PermissionError):
        return SourceRefused(
            f"The folder {folder} may not be read by this user", "Mend its permissions."
        )
    return SourceDown(
        f"The folder {folder} is not there ({broken.strerror})",
        "See that it exists and that its share is mounted; its letters wait.",
    )
