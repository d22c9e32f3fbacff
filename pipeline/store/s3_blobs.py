"""Blobs in S3 or what speaks like it: `s3://bucket/prefix`. An object appears whole or not at all.

Address and keys come from the environment as for every program of AWS (AWS_ENDPOINT_URL,
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION), or from the machine's role.
Needs `pip install 'denialdesk[s3]'`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.errors import SetupError, StoreError
from pipeline.store.blobs import NotReadJustNow
from pipeline.store.sealed_blobs import HEAD


class S3Place:
    """A bucket, or a part of one. Raises SetupError where its package is lacking."""

    def __init__(self, url: str) -> None:
        try:
            from s3fs import S3FileSystem
        except ImportError as lacking:
            raise SetupError(
                "Blobs in S3 need the package s3fs", "Run: pip install 'denialdesk[s3]'"
            ) from lacking
        self._root = url.removeprefix("s3://").strip("/")
        # Objects are found by their names alone, so that lists of them would only grow old.
        self._system: Any = S3FileSystem(
            use_listings_cache=False,
            config_kwargs={
                "connect_timeout": 10, "read_timeout": 60,
                "retries": {"mode": "standard", "max_attempts": 4},
            },
        )  # fmt: skip

    def has(self, sha256: str, size: int) -> bool:
        with _explained():
            try:
                return int(self._system.info(self._name(sha256))["size"]) == size
            except FileNotFoundError:
                return False

    def keep(self, incoming: Path, sha256: str) -> None:
        with _explained():
            self._system.put_file(str(incoming), self._name(sha256))
        incoming.unlink()

    def read(self, sha256: str) -> bytes:
        try:
            data: bytes = self._system.cat_file(self._name(sha256))
        except FileNotFoundError:
            raise
        except Exception as broken:  # botocore's own kinds, and aiohttp's
            raise NotReadJustNow(
                f"The storage of letters received did not answer ({type(broken).__name__})",
                "See that it can be reached and that its keys are right; it is tried again.",
            ) from broken
        return data

    def remove(self, sha256: str) -> bool:
        with _explained():
            try:
                self._system.info(self._name(sha256))
            except FileNotFoundError:
                return False
            self._system.rm_file(self._name(sha256))
        return True

    def head(self, sha256: str) -> bytes:
        name = self._name(sha256)
        with _explained():
            found = self._system.exists(name)
            data: bytes = self._system.cat_file(name, start=0, end=HEAD) if found else b""
        if not found:
            raise FileNotFoundError
        return data

    def put_head(self, sha256: str, at: int, data: bytes) -> None:
        """An object is written whole or not at all; where the bucket keeps old versions, those
        stay until its own rules end them."""
        with _explained():
            old: bytes = self._system.cat_file(self._name(sha256))
            new = old[:at] + data + old[at + len(data) :]
            self._system.pipe_file(self._name(sha256), new)

    def all(self) -> Iterator[str]:
        with _explained():
            names = self._system.find(self._root)
        for name in names:
            last = str(name).rpartition("/")[2]
            if len(last) == 64:
                yield last

    def trouble(self) -> str:
        try:
            with _explained():
                self._system.ls(self._root.partition("/")[0], detail=False)
        except (StoreError, FileNotFoundError):
            return "the bucket is not there or cannot be reached"
        return ""

    def _name(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as broken:
        raise StoreError(
            "The bucket for letters received is not there", "Make it, or mend DENIALDESK_BLOBS_DIR."
        ) from broken
    except PermissionError as broken:
        raise StoreError(
            "The bucket for letters received refuses access",
            "See that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are right and may write there.",
        ) from broken
    except Exception as broken:  # botocore's own kinds, and aiohttp's
        raise StoreError(
            f"The storage of letters received cannot be used ({type(broken).__name__})",
            "See that it can be reached, then run again: it goes on.",
        ) from broken
