"""The states of documents and of what lies in inboxes, and the moves between them: the tables
that decide them."""

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


WORKABLE = (State.RECEIVED, State.READ, State.EXTRACTED, State.ROUTED)
"""States in which a worker has something to do."""
ENDS = (State.WRITTEN, State.QUARANTINED)


class MessageState(StrEnum):
    """How far a message of an inbox has come."""

    FOUND = "found"
    """It was seen there; nothing of it is stored yet, or a fault of the moment put it off."""
    STORED = "stored"
    """It and everything in it is stored: the inbox may be told."""
    IGNORED = "ignored"
    """A rule leaves it out; the rule is stored with it."""
    FAILED = "failed"
    """It, or something in it, could not be stored; the reason stands with it. It stays untouched
    in its inbox."""


MESSAGE_MOVES: Mapping[MessageState, frozenset[MessageState]] = MappingProxyType(
    {
        MessageState.FOUND: frozenset(
            {MessageState.STORED, MessageState.IGNORED, MessageState.FAILED}
        ),
        MessageState.STORED: frozenset(),
        # `denialdesk inbox retry` has them looked at again.
        MessageState.IGNORED: frozenset({MessageState.FOUND}),
        MessageState.FAILED: frozenset({MessageState.FOUND}),
    }
)


class RunState(StrEnum):
    """How far a run of an inbox has come."""

    COLLECTING = "collecting"
    """It looks through the inbox and stores what is new."""
    WORKING = "working"
    """All is stored; workers bring its letters to their end."""
    DONE = "done"
    """Each of its letters is at its end; the report is stored."""
    FAILED = "failed"
    """The inbox could not be used; the reason stands with the run."""
    SKIPPED = "skipped"
    """Another run of the same inbox was under way."""


RUN_MOVES: Mapping[RunState, frozenset[RunState]] = MappingProxyType(
    {
        RunState.COLLECTING: frozenset({RunState.WORKING, RunState.FAILED, RunState.SKIPPED}),
        RunState.WORKING: frozenset({RunState.DONE}),
        RunState.DONE: frozenset(),
        RunState.FAILED: frozenset(),
        RunState.SKIPPED: frozenset(),
    }
)
