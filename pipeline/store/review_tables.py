"""The tables of the review desk: what persons say of a case, and who they are.

None of them hangs on a row of `cases`: when a document is processed again its cases are made
anew under the same ids, and what persons said must outlive that.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.store.schema import AnyJson, Table, UtcTime, now
from pipeline.store.sealed import SealedBytes, SealedJson, SealedText


class ReviewRow(Table):
    """A case as the queue shows it, and how far its review is. Slim on purpose: lists of 50,000
    cases read this table and never the cases' bodies."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_place", "place"),
        Index("ix_reviews_status", "status", "place"),
        Index("ix_reviews_received", "received_at", "case_id"),
        Index("ix_reviews_sha256", "sha256"),
        Index("ix_reviews_changed", "changed_at"),
        Index("ix_reviews_same_as", "same_as"),
    )

    case_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(32))
    """Sorts by urgency, then deadline, then id: the order of the queue."""
    urgent: Mapped[bool]
    due: Mapped[date | None] = mapped_column(Date)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    payer: Mapped[str | None] = mapped_column(Text)
    drug: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(String(32))
    plan_type: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str | None] = mapped_column(String(32))
    route: Mapped[str] = mapped_column(String(32))
    patient: Mapped[str | None] = mapped_column(SealedText("reviews.patient"))
    confidence: Mapped[float | None]
    doubtful: Mapped[int] = mapped_column(default=0)
    """Key fields that a person must still look at."""
    same_as: Mapped[str | None] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(16), default="open")
    assignee: Mapped[str | None] = mapped_column(String(64))
    locked_by: Mapped[str | None] = mapped_column(String(64))
    locked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    route_set: Mapped[dict[str, Any] | None] = mapped_column(AnyJson)
    """A route that a person chose: `route`, `reason`, `who`, `at`."""
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now, onupdate=now)


class CorrectionRow(Table):
    """One word of a person on one field; the last one for a key holds. `action` is `set`,
    `accepted` (the value as it stood is right) or `reverted` (the machine's holds again)."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_case", "case_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(16))
    value: Mapped[Any | None] = mapped_column(SealedJson("corrections.value"))
    before: Mapped[Any | None] = mapped_column(SealedJson("corrections.before"))
    evidence: Mapped[list[Any]] = mapped_column(SealedJson("corrections.evidence"), default=list)
    who: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class MachineRow(Table):
    """What the machine read in a case of which a person has said something."""

    __tablename__ = "machine_fields"

    case_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    fields: Mapped[dict[str, Any]] = mapped_column(SealedJson("machine_fields.fields"))


class EventRow(Table):
    """One line of a case's history. `detail` may hold words of the letter: it is never logged."""

    __tablename__ = "case_events"
    __table_args__ = (Index("ix_case_events_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    who: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(24))
    detail: Mapped[dict[str, Any]] = mapped_column(SealedJson("case_events.detail"), default=dict)


class NoteRow(Table):
    """A remark on a case; `mentions` are the names called with @."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    who: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(SealedText("notes.text"))
    mentions: Mapped[list[str]] = mapped_column(AnyJson, default=list)


class SendingRow(Table):
    """A letter that went out: how, when, and the proof of it (a blob)."""

    __tablename__ = "sendings"
    __table_args__ = (Index("ix_sendings_case", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    who: Mapped[str] = mapped_column(String(64))
    how: Mapped[str] = mapped_column(String(24))
    sent_on: Mapped[date] = mapped_column(Date)
    proof: Mapped[str | None] = mapped_column(String(64))
    proof_name: Mapped[str | None] = mapped_column(SealedText("sendings.proof_name"))
    plan_due: Mapped[date | None] = mapped_column(Date)
    """By when the plan must have decided, where its clock is known."""


class ResultRow(Table):
    """What became of an appeal: overturned, upheld or partly."""

    __tablename__ = "results"
    __table_args__ = (Index("ix_results_case", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    who: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    decided_on: Mapped[date] = mapped_column(Date)
    level: Mapped[str | None] = mapped_column(String(24))
    payer: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(String(32))


class SplitRow(Table):
    """How a person cut a document into letters: a list of lists of page numbers."""

    __tablename__ = "splits"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    groups: Mapped[list[Any]] = mapped_column(AnyJson)
    who: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class AttachedRow(Table):
    """A file whose pages a person added to a case: they are the pages `first_page` and on of the
    document `sha256`. `reading` is the file's own, with its own page numbers."""

    __tablename__ = "attached_pages"
    __table_args__ = (Index("ix_attached_pages_sha256", "sha256", "first_page"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    blob: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(SealedText("attached_pages.source"))
    """The name it came under; may name a patient, so never logged."""
    first_page: Mapped[int]
    pages: Mapped[int]
    reading: Mapped[bytes] = mapped_column(SealedBytes("attached_pages.reading"))
    who: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class UserRow(Table):
    """A person who may sign in. `password` is an argon2 hash; one who signs in through a provider
    has none that fits."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong passwords in a row."""
    locked_until: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    totp: Mapped[str | None] = mapped_column(SealedText("users.totp"))
    """The secret of the second factor, base32; empty while there is none."""
    totp_next: Mapped[str | None] = mapped_column(SealedText("users.totp_next"))
    """One that is being set up: no code of it was given yet."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """The time step of the last code that was taken: neither it nor an earlier one is again."""
    subject: Mapped[str | None] = mapped_column(Text, unique=True, index=True)
    """Who they are at the provider of single sign-on: issuer and subject."""


class RecoveryRow(Table):
    """A code that stands in once for a lost second factor, told by its hash."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(String(64), index=True)
    hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SignInRow(Table):
    """A sign-in under way, told by the hash of its cookie: `kind` is `code` (the password was
    right, the second factor is still to come) or `sso` (a provider was asked)."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    detail: Mapped[dict[str, Any]] = mapped_column(AnyJson)
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class SessionRow(Table):
    """A browser that signed in, told by the hash of its cookie."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(String(64), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class TokenRow(Table):
    """A token for the API, told by its hash; the token itself is shown once and not kept."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(String(64), index=True)
    label: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ViewRow(Table):
    """A view of the queue that someone saved: its filters, as they stand in the URL. Both may name
    a patient."""

    __tablename__ = "saved_views"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(SealedText("saved_views.name"))
    query: Mapped[str] = mapped_column(SealedText("saved_views.query"))


class PageImageRow(Table):
    """A page drawn for the screen, kept so that it is drawn once."""

    __tablename__ = "page_images"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    image: Mapped[bytes] = mapped_column(SealedBytes("page_images.image"))
    small: Mapped[bytes] = mapped_column(SealedBytes("page_images.small"))
