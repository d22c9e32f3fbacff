"""Further pages for a case: another file whose pages become part of the case's letter.

The pages are read like any file's, numbered on after the document's own, and the letter is read and
decided anew with them; what persons said of it stays. The file itself is kept as it came.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.document import Document
from models.errors import UsageError
from models.serial import dump, load
from pipeline.batch import GRACE
from pipeline.desk import Tools
from pipeline.home import Settings
from pipeline.isolation.jobs import Reading
from pipeline.reviewing import ReviewDesk, StaleVersion
from pipeline.splitting import recut
from pipeline.store.attached import attached_to
from pipeline.store.documents import storable
from pipeline.store.named import keep_named
from pipeline.store.review_tables import AttachedRow
from pipeline.store.reviews import Status
from pipeline.store.schema import DocumentRow, ReadingRow


@dataclass(frozen=True, slots=True)
class Further:
    """A file whose pages a person adds to a case of the `version` that they saw."""

    path: Path
    name: str
    version: int
    who: str


def attach(
    settings: Settings, tools: Tools, desk: ReviewDesk, case_id: str, further: Further
) -> None:
    """Make the pages of a file part of a case. The file stays where it is.

    Raises StaleVersion, UsageError where the case's letter went out or has these pages already, and
    the kinds of Unreadable where the file cannot be read: nothing has changed then.
    """
    case = desk.case(case_id)
    if case.version != further.version:
        raise StaleVersion("Someone changed this case meanwhile", "Load it again and compare.")
    if case.status in (Status.SENT, Status.CLOSED):
        raise UsageError("The letter of this case went out already", "Reopen the case first.")
    stored = tools.blobs.put(further.path, settings.file_mb << 20)
    blob = stored.sha256
    with desk.database.reading() as session:
        held = {case.sha256, *(row.blob for row in attached_to(session, case.sha256))}
        known = session.get(ReadingRow, blob)
    if blob in held:
        raise UsageError("These pages are part of this document already", "")
    if known is not None:
        body = known.body
    else:
        read: Reading = tools.pool.call(
            "read", tools.blobs.read(blob), further.name,
            seconds=settings.file_seconds + GRACE,
        )  # fmt: skip
        body = read.body
    document, more = desk.document(case.sha256), load(Document, zlib.decompress(body))
    joined = _joined(document, more)
    first = len(document.pages) + 1
    mine = [*case.body["pages"], *range(first, first + len(more.pages))]
    others = [c.body["pages"] for c in tools.cases.of(case.sha256) if c.id != case_id]
    reading = zlib.compress(dump(joined), 3)

    def keep(session: Session) -> None:
        before = session.get_one(ReadingRow, case.sha256, with_for_update=True)
        counted = session.scalar(select(func.count()).where(AttachedRow.sha256 == case.sha256))
        if counted != len(held) - 1:
            raise StaleVersion("Someone changed this case meanwhile", "Load it again and compare.")
        before.body = reading
        session.get_one(DocumentRow, case.sha256).pages = len(joined.pages)
        session.add(
            AttachedRow(sha256=case.sha256, blob=blob, who=further.who,
                        source=storable(Path(further.name)), first_page=first,
                        pages=len(more.pages), reading=body)
        )  # fmt: skip

    recut(tools, desk, case.sha256, reading, [mine, *others], (further.who, "attached"), keep)
    keep_named(
        desk.database, tools.blobs, stored,
        lambda: tools.blobs.put(further.path, settings.file_mb << 20, anew=True),
    )  # fmt: skip


def _joined(document: Document, more: Document) -> Document:
    """A document with the pages of another after its own."""
    after = len(document.pages)
    part = max((page.part for page in document.pages), default=0) + 1
    pages = tuple(
        replace(page, number=after + at, part=part + page.part)
        for at, page in enumerate(more.pages, 1)
    )
    return replace(
        document,
        pages=(*document.pages, *pages),
        warnings=(*document.warnings, *(w for w in more.warnings if w not in document.warnings)),
    )
