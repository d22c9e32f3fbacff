"""The tables, as typed SQLAlchemy models. Migrations in `migrations/` build them.

    runs --< items >-- documents --< cases
                       |       |
                   readings  entries (one a case)

`documents.state` is moved only by compare and set (`documents.move`), so that any number of
commands may work on one store.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from pipeline.store.sealed import SealedBytes, SealedJson, SealedText

AnyJson = JSON(none_as_null=True)
"""Not JSONB on PostgreSQL: that would put the keys of a case into an order of its own."""


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets time zones, so it is given back there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


class Table(DeclarativeBase):
    """Base of all tables."""


class DocumentRow(Table):
    """A file as received, told by the SHA-256 of its bytes."""

    __tablename__ = "documents"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(SealedText("documents.source"))
    """The name it first came under; may name a patient, so never logged."""
    size: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    """How often the step at hand has met a passing fault."""
    media_type: Mapped[str | None] = mapped_column(String(100))
    pages: Mapped[int | None]
    second_looks: Mapped[int | None]
    """Pages of which something was read twice, because it read badly."""
    warnings: Mapped[list[str]] = mapped_column(AnyJson, default=list)
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_mend: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now, onupdate=now)
    queued_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    """Since when it waits for workers to bring it to its end; empty for what `denialdesk process`
    works on by itself."""
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    """The worker that has it in hand, until `lease_until` or longer if the worker says so."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    retry_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Not to be tried again before this moment."""
    takeovers: Mapped[int] = mapped_column(default=0)
    """How often a worker died with it in hand."""


class ReadingRow(Table):
    """A document's pages and words: `models.document.Document` as zlib-compressed JSON."""

    __tablename__ = "readings"

    sha256: Mapped[str] = mapped_column(
        ForeignKey("documents.sha256", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes] = mapped_column(SealedBytes("readings.body"))


class CaseRow(Table):
    """One letter of a document. `body` is the contract's entry of `cases`; the columns beside
    it repeat what lists are filtered and sorted by."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("sha256", "ordinal"),
        Index("ix_cases_due", "due"),
        Index("ix_cases_created", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("documents.sha256", ondelete="CASCADE"))
    ordinal: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    body: Mapped[dict[str, Any]] = mapped_column(SealedJson("cases.body"))
    route: Mapped[str | None] = mapped_column(String(32), index=True)
    urgent: Mapped[bool] = mapped_column(default=False)
    payer: Mapped[str | None] = mapped_column(Text)
    drug: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(String(32))
    due: Mapped[date | None] = mapped_column(Date)
    """The next day by which the member must act."""
    packet: Mapped[list[str] | None] = mapped_column(AnyJson)
    """File names of its packet once written; empty where its route writes none."""
    sketch: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The fingerprint's MinHash as unsigned 32-bit numbers, little end first."""
    marks: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("cases.marks"))
    """The rest of `extractors.fingerprint.Fingerprint`."""
    same_as: Mapped[str | None] = mapped_column(String(12))
    """The case of which this letter is probably another copy; never more than a note."""
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now, onupdate=now)


class EntryRow(Table):
    """What a person entered for a case (`models.clinical.ClinicalFacts`). It hangs on the document
    and not on the case's row, which is made afresh where a document is read again."""

    __tablename__ = "entries"

    case_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(
        ForeignKey("documents.sha256", ondelete="CASCADE"), index=True
    )
    version: Mapped[int] = mapped_column(default=1)
    body: Mapped[dict[str, Any]] = mapped_column(SealedJson("entries.body"))
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now, onupdate=now)


class RunRow(Table):
    """One batch: a call of `denialdesk process`."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    out: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ItemRow(Table):
    """One file of a batch. A file that gave no bytes has no document, but a reason."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("run_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    position: Mapped[int]
    path: Mapped[str] = mapped_column(SealedText("items.path"))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"), index=True)
    known_as: Mapped[str | None] = mapped_column(SealedText("items.known_as"))
    """For a duplicate: the name under which the same bytes were received before."""
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_mend: Mapped[str | None] = mapped_column(Text)
