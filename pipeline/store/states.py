"""The states of a document and the moves between them: the one table that decides them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """How far a document has come."""

    RECEIVED = "received"
    """Its bytes and its row are stored; nothing else has happened."""
    READ = "read"
    """Its pages and words are stored."""
    EXTRACTED = "extracted"
    """Its letters are told apart and their fields are stored."""
    ROUTED = "routed"
    """Each letter has its law, its clocks and its route."""
    WRITTEN = "written"
    """Each letter that gets a packet has one."""
    QUARANTINED = "quarantined"
    """It could not be worked on; the reason is stored with it."""


MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.RECEIVED: frozenset({State.READ, State.QUARANTINED}),
        State.READ: frozenset({State.EXTRACTED, State.QUARANTINED}),
        State.EXTRACTED: frozenset({State.ROUTED, State.QUARANTINED}),
        State.ROUTED: frozenset({State.WRITTEN, State.QUARANTINED}),
        State.WRITTEN: frozenset(),
        # Tried afresh when it is handed in again: what was missing may have been mended.
        State.QUARANTINED: frozenset({State.RECEIVED}),
    }
)
