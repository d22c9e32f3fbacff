"""The audit: who looked at, changed, exported or took along what, when, and from where.

Each line carries the hash of the line before it, so that a change or a gap anywhere shows. That an
end was cut off shows too, as long as the anchor is there: a small file in the home that names the
last line. Who can write both the database and the home could make a whole new chain; against that
helps a head (`audit verify` prints it) kept elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.errors import StoreError, UsageError
from pipeline.store.audit_tables import AuditRow
from pipeline.store.database import Database

FIRST = "0" * 64
"""What the first line has for the hash of the line before."""
_LOCK = 0x41554449
"""PostgreSQL's lock of whoever adds a line; SQLite lets one write at a time as it is."""
_AT_ONCE = 1000
_CODE = re.compile(r"[A-Za-z0-9_.:/{}@+-]{0,128}( [A-Za-z0-9_.:/{}@+-]{1,128})?")
"""What a detail may be besides a number: a code or an id, not words of a letter."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Detail = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened. `who` is a user's name, `origin` an address or a machine."""

    who: str
    origin: str
    action: str
    case: str | None = None
    document: str | None = None
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The last line: its number, 0 where there is none, and its hash."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that is not as it was written, at line `number`."""

    number: int
    what: str


def parse_head(given: str) -> Head:
    """A head as it is printed. Raises UsageError."""
    number, _, digest = given.strip().partition(":")
    if not number.isdigit() or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise UsageError("--head is no head", "Give it as `audit verify` printed it.")
    return Head(int(number), digest)


def append(session: Session, entry: Entry) -> Head:
    """Add a line in a transaction of the caller's, to be committed soon: others wait for it."""
    for value in entry.detail.values():
        if not isinstance(value, int) and not _CODE.fullmatch(value):
            raise ValueError("a detail of the audit is an id, a code or a number")
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    last = _last(session)
    row = AuditRow(
        number=last.number + 1,
        at=datetime.now(UTC).isoformat(timespec="microseconds"),
        who=_CONTROL.sub("", entry.who)[:200],
        origin=_CONTROL.sub("", entry.origin)[:200],
        action=entry.action,
        case_id=entry.case,
        document=entry.document,
        detail=dict(entry.detail),
        previous=last.hash,
    )
    row.hash = _hash_of(row)
    session.add(row)
    session.flush()
    return Head(row.number, row.hash)


def _last(session: Session) -> Head:
    found = session.execute(
        select(AuditRow.number, AuditRow.hash).order_by(AuditRow.number.desc()).limit(1)
    ).first()
    return Head(found.number, found.hash) if found else Head(0, FIRST)


def _hash_of(row: AuditRow) -> str:
    said = [
        row.number, row.at, row.who, row.origin, row.action, row.case_id, row.document,
        row.detail, row.previous,
    ]  # fmt: skip
    plain = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


class Audit:
    """The audit of one store; `anchor` is the file that names its last line."""

    def __init__(self, database: Database, anchor: Path) -> None:
        self.database = database
        self._anchor = anchor

    def note(self, entry: Entry) -> Head:
        """Add a line. What it tells of may happen only once this has returned: raises StoreError
        where the line cannot be kept."""
        with self.database.session() as session:
            head = append(session, entry)
        self._keep(head)
        return head

    def head(self) -> Head:
        with self.database.reading() as session:
            return _last(session)

    def entries(self, case: str | None = None) -> Iterator[AuditRow]:
        """All lines, or those of one case, in their order."""
        last = 0
        while True:
            wanted = select(AuditRow).where(AuditRow.number > last)
            if case is not None:
                wanted = wanted.where(AuditRow.case_id == case)
            with self.database.reading() as session:
                rows = session.scalars(wanted.order_by(AuditRow.number).limit(_AT_ONCE)).all()
            if not rows:
                return
            yield from rows
            last = rows[-1].number

    def verify(self, kept: Head | None = None) -> list[Broken]:
        """What is not as it was written; `kept` is a head that was kept elsewhere."""
        broken: list[Broken] = []
        known = [head for head in (kept, self.anchor()) if head]
        number, previous = 0, FIRST
        for row in self.entries():
            if row.number != number + 1:
                gone = row.number - number - 1
                broken.append(Broken(number + 1, f"{gone} missing before line {row.number}"))
            elif row.previous != previous:
                broken.append(Broken(row.number, "it does not follow from the line before"))
            if _hash_of(row) != row.hash:
                broken.append(Broken(row.number, "it was changed"))
            if any(head.number == row.number and head.hash != row.hash for head in known):
                broken.append(Broken(row.number, "it is not the line that was anchored"))
            number, previous = row.number, row.hash
        most = max((head.number for head in known), default=0)
        if most > number:
            broken.append(Broken(number + 1, f"the end is cut off: there were {most} lines"))
        return broken

    def anchor(self) -> Head | None:
        """The last line as the home knows it; None where it knows none."""
        try:
            return parse_head(self._anchor.read_text("ascii"))
        except (OSError, UsageError, UnicodeDecodeError):
            return None

    def count(self) -> int:
        with self.database.reading() as session:
            return session.execute(select(func.count()).select_from(AuditRow)).scalar_one()

    def _keep(self, head: Head) -> None:
        """Name the line in the anchor, unless a later one is named there."""
        try:
            fd = os.open(self._anchor, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                held = os.read(fd, 200).decode("ascii", "replace").partition(":")[0]
                if not held.isdigit() or int(held) < head.number:
                    os.pwrite(fd, f"{head}\n".encode(), 0)
            finally:
                os.close(fd)
        except OSError as broken:
            raise StoreError(
                f"The audit's anchor {self._anchor} cannot be written ({broken.strerror})",
                "Free some space or mend its permissions; nothing is done without an audit.",
            ) from broken
