"""Sign-ins under way: what the server must remember between two requests of somebody who is not
signed in yet. The browser holds nothing but a random cookie."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from pipeline.store.database import Database
from pipeline.store.people import digest_of
from pipeline.store.review_tables import SignInRow
from pipeline.store.schema import now

LASTS = timedelta(minutes=10)


class SignIns:
    """The sign-ins under way of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, kind: str, **detail: Any) -> str:
        """Remember something; returns the cookie that names it."""
        cookie = secrets.token_urlsafe(32)
        with self.database.session() as session:
            session.execute(delete(SignInRow).where(SignInRow.created_at < now() - LASTS))
            session.add(SignInRow(id=digest_of(cookie), kind=kind, detail=detail))
        return cookie

    def of(self, cookie: str | None, kind: str) -> dict[str, Any] | None:
        """What a cookie names, None where it is unknown or too old."""
        with self.database.reading() as session:
            row = session.get(SignInRow, digest_of(cookie or ""))
        if row is None or row.kind != kind or row.created_at < now() - LASTS:
            return None
        return row.detail

    def take(self, cookie: str | None, kind: str) -> dict[str, Any] | None:
        """The same, once: it is forgotten with the call."""
        found = self.of(cookie, kind)
        with self.database.session() as session:
            gone = session.execute(delete(SignInRow).where(SignInRow.id == digest_of(cookie or "")))
        return found if getattr(gone, "rowcount", 0) == 1 else None
