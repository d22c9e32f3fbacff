"""Whether the queue has changed: looked up once for all open pages together."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select

from pipeline.store.database import Database
from pipeline.store.review_tables import ReviewRow

EVERY = 1.5
"""Seconds between two looks."""


class News:
    """When a case last changed, at most `EVERY` seconds old."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._looked = float("-inf")
        self._stamp: datetime | None = None

    async def stamp(self, database: Database) -> datetime | None:
        """Differs from an earlier one where some case has changed since."""
        async with self._lock:
            if time.monotonic() - self._looked >= EVERY:
                self._stamp = await run_in_threadpool(_last_change, database)
                self._looked = time.monotonic()
        return self._stamp


def _last_change(database: Database) -> datetime | None:
    newest = select(ReviewRow.changed_at).order_by(ReviewRow.changed_at.desc()).limit(1)
    with database.reading() as session:
        return session.scalars(newest).first()
