"""A storage URL that fsspec knows (s3://, sftp://, az://, file://): an optional extra.

Install `denialdesk[url]` and the file system's own package (s3fs, paramiko, adlfs).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from models.errors import NoAccess, SetupError, TooLarge
from pipeline.outgoing import NotReached, check_addresses
from pipeline.sources.base import Listed, Seen, SourceDown, SourceRefused

_AT_ONCE = 200


class Url:
    """`done`: files that are stored are moved below this prefix; empty leaves them. `options` go
    to the file system (an endpoint, a user name); `secret`, if any, under the name `secret_as`."""

    def __init__(
        self,
        url: str,
        done: str = "",
        options: dict[str, Any] | None = None,
        secret: str = "",
        secret_as: str = "",
    ) -> None:
        self._url = url
        self._done = done.strip("/")
        self._options = dict(options or {})
        if secret:
            self._options[secret_as or "password"] = secret
        self._system: Any = None
        self._root = ""

    def new(self, seen: Seen, since: date | None = None) -> Iterator[Sequence[Listed]]:
        files = self._files(since)
        for at in range(0, len(files), _AT_ONCE):
            some = files[at : at + _AT_ONCE]
            known = set() if since else seen.known([listed.key for listed in some])
            yield [listed for listed in some if listed.key not in known]

    def fetch(self, key: str, place: Path, most_bytes: int) -> None:
        path = self._path_of(key)
        try:
            with self._opened().open(path, "rb") as file, place.open("xb") as out:
                size = 0
                while chunk := file.read(1 << 20):
                    size += len(chunk)
                    if size > most_bytes:
                        raise TooLarge(
                            f"The file is over {most_bytes >> 20} MB", "Raise DENIALDESK_FILE_MB."
                        )
                    out.write(chunk)
        except FileNotFoundError as gone:
            raise NoAccess("The file is no longer there", "Put it back.") from gone
        except Exception as broken:
            raise self._fault(broken) from broken

    def acknowledge(self, key: str) -> None:
        if not self._done:
            return
        path = self._path_of(key)
        target = f"{self._root}/{self._done}/{path[len(self._root) :].lstrip('/')}"
        try:
            system = self._opened()
            if system.exists(path):
                system.makedirs(str(PurePosixPath(target).parent), exist_ok=True)
                system.mv(path, target)
        except Exception as broken:
            raise self._fault(broken) from broken

    def close(self) -> None:
        self._system = None

    def _path_of(self, key: str) -> str:
        return f"{self._root}/{key.rsplit('|', 1)[0]}" if self._opened() is not None else ""

    def _files(self, since: date | None) -> list[Listed]:
        try:
            system = self._opened()
            system.invalidate_cache()
            found = system.find(self._root, detail=True)
        except Exception as broken:
            raise self._fault(broken) from broken
        listed = []
        for path, about in sorted(found.items()):
            name = path[len(self._root) :].lstrip("/")
            if self._done and name.startswith(f"{self._done}/"):
                continue
            if PurePosixPath(name).name.startswith(".") or (since and _is_before(about, since)):
                continue
            size = about.get("size")
            listed.append(Listed(f"{name}|{_mark(about)}", PurePosixPath(name).name, size))
        return listed

    def _opened(self) -> Any:
        if self._system is None:
            try:
                import fsspec
            except ImportError as lacking:
                raise SetupError(
                    "Storage URLs need the package fsspec", "Run: pip install 'denialdesk[url]'"
                ) from lacking
            check_addresses(self._url, *_values(self._options))
            try:
                self._system, root = fsspec.core.url_to_fs(self._url, **self._options)
            except ImportError as lacking:
                raise SetupError(
                    "This kind of storage URL needs a package that is not here",
                    f"fsspec says: {lacking}",
                ) from lacking
            except Exception as broken:
                raise self._fault(broken) from broken
            self._root = str(root).rstrip("/")
        return self._system

    def _fault(self, broken: BaseException) -> Exception:
        if isinstance(broken, SetupError | NoAccess | TooLarge | NotReached):
            return broken
        if isinstance(broken, PermissionError):
            return SourceRefused(
                "The storage refuses access", "See that key and secret are right and may list."
            )
        return SourceDown(
            f"The storage cannot be used ({type(broken).__name__})",
            "See that its address is right and that it can be reached; it is tried again.",
        )


def _values(options: dict[str, Any]) -> Iterator[Any]:
    """The values of options, and of options in options."""
    for value in options.values():
        yield from _values(value) if isinstance(value, dict) else (value,)


def _mark(about: dict[str, Any]) -> str:
    """What changes when a file is written anew, as far as its storage tells."""
    told = [about.get(name) for name in ("ETag", "etag", "md5", "mtime", "LastModified", "size")]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _is_before(about: dict[str, Any], day: date) -> bool:
    when = about.get("mtime") or about.get("LastModified")
    if isinstance(when, int | float):
        when = datetime.fromtimestamp(when, UTC)
    return isinstance(when, datetime) and when.date() < day
