"""Whether this installation is well: a pure look at store, disk and queue, for /healthz."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from models.errors import DeskError
from pipeline.batch import open_blobs
from pipeline.home import Settings
from pipeline.queue import waiting
from pipeline.store.blobs import folder_trouble
from pipeline.store.database import Database
from pipeline.store.inboxes import Inboxes

_OLDEST_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Health:
    """`well` decides the HTTP status; `checks` say what was looked at, in words without data of a
    patient. An inbox that cannot be used is told and does not make the installation unwell."""

    well: bool
    checks: dict[str, str]

    @property
    def status(self) -> int:
        return 200 if self.well else 503

    def as_json(self) -> dict[str, object]:
        return {"status": "ok" if self.well else "failing", "checks": self.checks}


def health(settings: Settings, database: Database) -> Health:
    """Look at everything once."""
    checks: dict[str, str] = {}
    well = True
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
            queue = waiting(session)
        checks["database"] = "ok"
        age = (datetime.now(UTC) - queue.oldest).total_seconds() if queue.oldest else 0
        checks["queue"] = f"{queue.total} letters, the oldest for {age:.0f} s"
        if age > _OLDEST_SECONDS:
            well, checks["queue"] = False, f"{checks['queue']}: workers do not keep up"
        failing = sum(inbox.error is not None for inbox in Inboxes(database).all())
        checks["inboxes"] = "ok" if not failing else f"{failing} cannot be used"
    except DeskError as away:
        well, checks["database"] = False, away.message
    for name, trouble in (
        ("blobs", open_blobs(settings).place.trouble()),
        ("packets", folder_trouble(settings.packet_folder)),
    ):
        checks[name] = trouble or "ok"
        well = well and not trouble
    return Health(well, checks)
