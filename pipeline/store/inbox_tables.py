"""The tables of inboxes, as typed SQLAlchemy models.

    sources --< messages --< pieces >-- documents
       |            |
       +--< inbox_runs

A message is one thing that lay in an inbox (a file, a mail); its pieces are what was in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.store.schema import AnyJson, Table, UtcTime, now
from pipeline.store.sealed import SealedText


class SourceRow(Table):
    """An inbox. `settings` name where a secret is to be found, and never hold one."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    settings: Mapped[dict[str, Any]] = mapped_column(AnyJson)
    schedule: Mapped[dict[str, Any] | None] = mapped_column(AnyJson)
    paused: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    """How many runs in a row could not use it."""
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_mend: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When a run last looked through all of it."""
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)


class InboxRunRow(Table):
    """One look through an inbox, and what became of what it brought."""

    __tablename__ = "inbox_runs"
    __table_args__ = (Index("ix_inbox_runs_source", "source_id", "started_at"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    cause: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    collected_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    counts: Mapped[dict[str, Any]] = mapped_column(AnyJson, default=dict)
    """What the collecting counted."""
    report: Mapped[dict[str, Any] | None] = mapped_column(AnyJson)
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_mend: Mapped[str | None] = mapped_column(Text)
    told: Mapped[str | None] = mapped_column(Text)
    """Why the report could not be mailed or posted; empty once it was."""


class MessageRow(Table):
    """One thing seen in an inbox. Its key is its place there, the same at each look."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("ix_messages_state", "source_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(SealedText("messages.name"))
    """Its file name or subject; may name a patient, so never logged."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str | None] = mapped_column(String(32))
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_mend: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcTime)
    run_id: Mapped[str | None] = mapped_column(
        ForeignKey("inbox_runs.id", ondelete="SET NULL"), index=True
    )
    """The run that last worked on it."""
    first_seen: Mapped[datetime] = mapped_column(UtcTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now, onupdate=now)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When its inbox was told that all of it is stored."""


class PieceRow(Table):
    """What was in a message: a letter, or what was left out and why."""

    __tablename__ = "pieces"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(SealedText("pieces.name"))
    state: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"), index=True)
    rule: Mapped[str | None] = mapped_column(String(32))
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_mend: Mapped[str | None] = mapped_column(Text)
