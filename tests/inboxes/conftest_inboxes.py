"""A store in a folder, and inboxes that are run over it."""

from __future__ import annotations

from pathlib import Path

from pipeline.collecting import Means, collect
from pipeline.isolation.pool import Pool
from pipeline.store.blobs import BlobStore
from pipeline.store.database import Database
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.inboxes import Inbox, Inboxes, Message


class Bench:
    """A store, and inboxes that are run over it."""

    def __init__(self, folder: Path, database: Database, pool: Pool) -> None:
        self.folder = folder
        self.database = database
        self.inboxes = Inboxes(database)
        self.runs = InboxRuns(database)
        self.blobs = BlobStore(folder / "blobs")
        self.blobs.root.mkdir()
        self.pool = pool
        self.pool_calls = 0
        (folder / "tmp").mkdir()

    def means(self, owner: str = "here/owner-1", most_bytes: int = 60 << 20) -> Means:
        def asked() -> Pool:
            self.pool_calls += 1
            return self.pool

        return Means(
            self.inboxes, self.runs, self.blobs, asked, self.folder / "tmp", most_bytes, owner
        )

    def add(self, kind: str, **settings: object) -> Inbox:
        return self.inboxes.add(f"{kind}-{len(self.inboxes.all())}", kind, settings, None)

    def run(self, inbox: Inbox, **more: object) -> dict[str, int]:
        """What a run counted."""
        run = collect(self.means(), inbox, "by_hand", **more)  # type: ignore[arg-type]
        return self.runs.one(run).counts

    def messages(self, inbox: Inbox) -> list[Message]:
        return list(reversed(self.inboxes.messages(inbox.id, limit=10_000)))

    def states(self, inbox: Inbox) -> list[str]:
        return [message.state.value for message in self.messages(inbox)]

    def pieces(self, inbox: Inbox) -> list[tuple[str, str, str | None]]:
        """(name, state, rule or kind of error) of every piece."""
        return [
            (piece.name, piece.state, piece.rule or piece.error_kind)
            for message in self.messages(inbox)
            for piece in message.pieces
        ]
