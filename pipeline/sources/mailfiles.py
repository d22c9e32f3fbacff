"""Mail files: .eml and .msg files, mbox files and Maildirs, by themselves or in a folder.

An mbox is never changed: other programs append to it. A Maildir's new mails are moved from `new`
to `cur` and flagged seen, as mail programs do.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from models.errors import NoAccess, TooLarge
from pipeline.sources.base import Listed, Seen, SourceDown, SourceRefused
from pipeline.sources.folder import Folder
from pipeline.store.blobs import no_access, open_received

_AT_ONCE = 200
_FROM = re.compile(rb"^From \S+.* \d{4}\s*$")
"""The line between two mails of an mbox, with its year at the end."""


def open_mail_files(path: Path, done: bool, still: float) -> Folder | Mbox | Maildir:
    """The source for what lies at `path`. Raises SourceDown where nothing does."""
    if (path / "cur").is_dir() and (path / "new").is_dir():
        return Maildir(path)
    if path.is_dir():
        return Folder(path, done, still)
    if path.is_file():
        return Mbox(path, still)
    raise SourceDown(f"There is no mail file or folder {path}", "See that it is spelled right.")


class Maildir:
    """A Maildir. A mail's key is its unique name, which moving and flagging do not change."""

    def __init__(self, path: Path) -> None:
        self._root = path

    def new(self, seen: Seen, since: date | None = None) -> Iterator[Sequence[Listed]]:
        files = {path.name.partition(":")[0]: path for path in self._mails(since)}
        keys = sorted(files)
        for at in range(0, len(keys), _AT_ONCE):
            some = keys[at : at + _AT_ONCE]
            known = set() if since else seen.known(some)
            found = []
            for key in some:
                try:
                    size = files[key].stat().st_size
                except OSError:
                    continue  # moved this moment by a mail program
                if key not in known:
                    found.append(Listed(key, "mail", size))
            yield found

    def fetch(self, key: str, place: Path, most_bytes: int) -> None:
        path = self._find(key)
        if path is None:
            raise NoAccess("The mail is no longer in the Maildir", "Put it back.")
        with open_received(path) as file:
            place.write_bytes(file.read())

    def acknowledge(self, key: str) -> None:
        path = self._find(key)
        if path is None or path.parent.name != "new":
            return
        try:
            path.replace(self._root / "cur" / f"{key}:2,S")
        except OSError as broken:
            raise SourceRefused(
                f"The Maildir {self._root} cannot be written ({broken.strerror})",
                "Give this user write permission there.",
            ) from broken

    def close(self) -> None:
        pass

    def _mails(self, since: date | None) -> list[Path]:
        found = []
        for name in ("new", "cur"):
            try:
                entries = list(os.scandir(self._root / name))
            except OSError as broken:
                raise SourceDown(
                    f"The Maildir {self._root} cannot be read ({broken.strerror})",
                    "See that it is there and that this user may read it.",
                ) from broken
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                    found.append(Path(entry))
        if since is None:
            return found
        start = datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp()
        return [path for path in found if path.stat().st_mtime >= start]

    def _find(self, key: str) -> Path | None:
        for name in ("new", "cur"):
            folder = self._root / name
            for path in (folder / key, *folder.glob(f"{_literal(key)}:*")):
                if path.is_file():
                    return path
        return None


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


class Mbox:
    """An mbox, or a single mail file. A mail's key is the hash of its bytes: its place changes
    when another program takes mails out."""

    def __init__(self, path: Path, still: float = 5.0) -> None:
        self._path = path
        self._still = still
        self._places: dict[str, tuple[int, int]] = {}

    def new(self, seen: Seen, since: date | None = None) -> Iterator[Sequence[Listed]]:
        self._places = {}
        found: list[Listed] = []
        if self._grows():
            return  # the mail at its end may be half there: the next run looks again
        for start, size, digest in self._mails():
            if digest not in self._places:
                found.append(Listed(digest, self._path.name, size))
            self._places[digest] = (start, size)
        for at in range(0, len(found), _AT_ONCE):
            some = found[at : at + _AT_ONCE]
            known = set() if since else seen.known([listed.key for listed in some])
            yield [listed for listed in some if listed.key not in known]

    def fetch(self, key: str, place: Path, most_bytes: int) -> None:
        if key not in self._places:
            self._places = {digest: (start, size) for start, size, digest in self._mails()}
        if key not in self._places:
            raise NoAccess("The mail is no longer in the mail file", "Put it back.")
        start, size = self._places[key]
        if size > most_bytes:
            raise TooLarge(
                f"The mail is over {most_bytes >> 20} MB", "Raise DENIALDESK_FILE_MB, or split it."
            )
        with open_received(self._path) as file:
            file.seek(start)
            data = b""
            while len(data) < size and (chunk := file.read(size - len(data))):
                data += chunk
        if hashlib.sha256(data).hexdigest() != key:
            raise NoAccess("The mail file changed while it was read", "It is read again.")
        place.write_bytes(data)

    def acknowledge(self, key: str) -> None:
        pass

    def close(self) -> None:
        pass

    def _grows(self) -> bool:
        try:
            before = self._path.stat()
            if time.time() - before.st_mtime > self._still * 12 and before.st_mtime < time.time():
                return False
            time.sleep(self._still)
            after = self._path.stat()
        except OSError as broken:
            raise SourceDown(
                f"The mail file {self._path} is not there ({broken.strerror})",
                "See that it exists and that its share is mounted.",
            ) from broken
        return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)

    def _mails(self) -> Iterator[tuple[int, int, str]]:
        """Start, size and hash of each mail. Lines are compared, nothing is interpreted."""
        try:
            file = self._path.open("rb")
        except OSError as broken:
            raise SourceDown(
                f"The mail file {self._path} cannot be opened ({broken.strerror})",
                "See that it is there and that this user may read it.",
            ) from broken
        with file:
            try:
                yield from _split(file)
            except OSError as broken:
                raise no_access(broken) from broken


def _split(lines: Iterator[bytes]) -> Iterator[tuple[int, int, str]]:
    at = start = 0
    digest = hashlib.sha256()
    blank, separated, size = True, False, 0
    for line in lines:
        if blank and line.startswith(b"From ") and (at == 0 or separated) and _FROM.match(line):
            if size:
                yield start, size, digest.hexdigest()
            separated, digest, size = True, hashlib.sha256(), 0
            start = at + len(line)
        else:
            digest.update(line)
            size += len(line)
        at += len(line)
        blank = not line.strip()
    if size:
        yield start, size, digest.hexdigest()
