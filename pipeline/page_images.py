"""Pages as pictures: drawn once, in a worker process, and kept in the database."""

from __future__ import annotations

import threading
from collections import defaultdict

from models.errors import UsageError
from pipeline.isolation.pool import Pool
from pipeline.store.attached import attached_to
from pipeline.store.blobs import BlobStore
from pipeline.store.database import Database
from pipeline.store.review_tables import PageImageRow
from pipeline.store.schema import DocumentRow, ReadingRow

_SECONDS = 60.0


class PageImages:
    """The page pictures of one store."""

    def __init__(self, database: Database, blobs: BlobStore, pool: Pool) -> None:
        self.database, self._blobs, self._pool = database, blobs, pool
        self._drawing: defaultdict[tuple[str, int], threading.Lock] = defaultdict(threading.Lock)

    def get(self, sha256: str, page: int, small: bool = False) -> bytes:
        """A page as WebP. Raises UsageError where there is no such page, and the kinds of
        Unreadable where it cannot be drawn."""
        kept = self._kept(sha256, page, small)
        if kept is not None:
            return kept
        with self._drawing[sha256, page]:
            kept = self._kept(sha256, page, small)
            if kept is None:
                self._draw(sha256, page)
                kept = self._kept(sha256, page, small)
        assert kept is not None
        return kept

    def _kept(self, sha256: str, page: int, small: bool) -> bytes | None:
        with self.database.reading() as session:
            row = session.get(PageImageRow, (sha256, page))
            return None if row is None else row.small if small else row.image

    def _draw(self, sha256: str, page: int) -> None:
        blob, name, body, number = self._file_of(sha256, page)
        image, small = self._pool.call(
            "show", self._blobs.read(blob), name, body, number, seconds=_SECONDS
        )
        with self.database.session() as session:
            session.merge(PageImageRow(sha256=sha256, page=page, image=image, small=small))

    def _file_of(self, sha256: str, page: int) -> tuple[str, str, bytes, int]:
        """The file that a page of a document came in, its name and reading, and the page's number
        there: further pages were added from files of their own."""
        with self.database.reading() as session:
            document, reading = session.get(DocumentRow, sha256), session.get(ReadingRow, sha256)
            if document is None or reading is None or not 1 <= page <= (document.pages or 0):
                raise UsageError("There is no such page", "")
            for row in attached_to(session, sha256):
                if row.first_page <= page < row.first_page + row.pages:
                    return row.blob, row.source, row.reading, page - row.first_page + 1
            return sha256, document.source, reading.body, page
