"""The tables of the audit, one line for each view, change, export and download, and of holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.store.schema import AnyJson, Table, UtcTime, now
from pipeline.store.sealed import SealedText


class AuditRow(Table):
    """One line. Lines are only ever added: triggers of the database refuse anything else.

    `hash` is over all other columns, among them `previous`, the hash of the line before.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_case", "case_id", "number"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3, ... without a gap."""
    at: Mapped[str] = mapped_column(String(32))
    """UTC as text, which both databases give back as it was written."""
    who: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[str | None] = mapped_column(String(12))
    document: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(AnyJson)
    """Ids, counts and codes: nothing of a letter."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class HoldRow(Table):
    """A case that must not be deleted. `sha256` is its document, which stays whole."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_sha256", "sha256"),)

    case_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    who: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    reason: Mapped[str] = mapped_column(SealedText("holds.reason"))


class DoomedRow(Table):
    """A file whose letter is deleted, until it is removed."""

    __tablename__ = "doomed"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


class DoomedPacketRow(Table):
    """The folder of a deleted letter's packet, until it is removed. `sha256` is the letter."""

    __tablename__ = "doomed_packets"

    place: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
