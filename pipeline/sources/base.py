"""The one interface of all inboxes: list what is new, fetch it, acknowledge it.

A source moves bytes and never looks into them: what they hold is told apart in worker processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Protocol

from models.errors import DeskError, SetupError


class SourceDown(SetupError):
    """An inbox cannot be used now: the network, the share or the server does not answer. Tried
    again with back-off; the other inboxes go on."""

    kind = "source_down"
    passing = True


class SourceRefused(SetupError):
    """An inbox refuses us until someone mends it: a password, a certificate, a folder's name."""

    kind: ClassVar[str] = "source_refused"


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that lies in an inbox. `key` is its place there, the same at each look; `name` a
    file name or subject. `rule` leaves it out unfetched, as does `error`."""

    key: str
    name: str
    size: int | None = None
    rule: str = ""
    error: DeskError | None = None


class Seen(Protocol):
    """What is known of an inbox already."""

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that were seen before."""

    def last(self, prefix: str) -> str | None:
        """The greatest key seen that begins with `prefix`."""


class Pieces(Protocol):
    """Calls of worker processes that sources need."""

    def envelopes(self, headers: Sequence[bytes]) -> list[tuple[str, str]]:
        """Sender and subject of each header block."""


class Source(Protocol):
    """An inbox, opened. Raises SourceDown and SourceRefused wherever it is reached for."""

    def new(self, seen: Seen, since: date | None = None) -> Iterator[Sequence[Listed]]:
        """What was not seen yet, some at a time, in the order in which keys grow; with `since`,
        all that came from that day on, seen or not."""

    def fetch(self, key: str, place: Path, most_bytes: int) -> None:
        """Write the bytes to the new file `place`. Raises Unreadable where they cannot be had."""

    def acknowledge(self, key: str) -> None:
        """Mark it in the inbox as done. May be asked for again, also once it is gone."""

    def close(self) -> None:
        """Let go of connections."""


RULES = {
    "sender": "its sender is not on the list",
    "subject": "its subject does not fit the filter",
    "before_start": "it came before the day the inbox begins with",
}
"""Rules that leave a message out unfetched: key to words."""
