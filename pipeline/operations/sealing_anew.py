"""Sealing what is stored with the current key: plain rows and blobs, and those under older keys.

Row by row and blob by blob, in small transactions: it may be killed at any moment and run again,
and letters are worked on meanwhile. What is done is told by what is stored, not noted anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import (
    Column,
    LargeBinary,
    Table,
    literal,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.orm import Session

from models.errors import Damaged, NoAccess
from pipeline.batch import open_blobs
from pipeline.home import Settings
from pipeline.logs import log
from pipeline.store import keys
from pipeline.store.database import Database
from pipeline.store.listing import put_words_again
from pipeline.store.schema import CaseRow
from pipeline.store.schema import Table as Base
from pipeline.store.sealed import NEVER, SealedBytes, SealedJson, SealedText, key_of

_AT_ONCE = 100
PLAIN = "plain"
_SEALED = (SealedText, SealedJson, SealedBytes)
Tell = Callable[[str, int], None]


def sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Each table that has sealed columns, with them."""
    for table in Base.metadata.sorted_tables:
        found = [c for c in table.columns if isinstance(c.type, _SEALED)]
        if found:
            yield table, found


def _raw(column: Column[Any]) -> Any:
    """A column as the database has it."""
    return type_coerce(column, LargeBinary if isinstance(column.type, SealedBytes) else PlainText)


def status(settings: Settings, database: Database) -> tuple[Counter[str], Counter[str]]:
    """How many values, and how many blobs, are sealed with each key, `plain` with none."""
    values: Counter[str] = Counter()
    with database.reading() as session:
        for _, columns in sealed_columns():
            wanted = select(*(_raw(column) for column in columns))
            for row in session.execute(wanted.execution_options(yield_per=_AT_ONCE)):
                values.update(key_of(v) or PLAIN for v in row if v is not None and v != NEVER)
    store = open_blobs(settings)
    blobs = Counter(store.key_of(sha256) or PLAIN for sha256 in store.place.all())
    return values, blobs


def seal_anew(settings: Settings, database: Database, tell: Tell) -> tuple[int, int]:
    """Seal everything with the current key; returns how many rows and blobs it changed."""
    ring = keys.ring()
    assert ring is not None
    rows = 0
    for table, columns in sealed_columns():
        rows += _seal_table(database, table, columns, ring.current.id, tell)
    _hash_words(database, tell)
    blobs = _seal_blobs(settings, tell)
    return rows, blobs


def _seal_table(
    database: Database, table: Table, columns: list[Column[Any]], current: str, tell: Tell
) -> int:
    key = list(table.primary_key.columns)
    changed, last = 0, None
    while True:
        with database.session() as session:
            rows = _next_rows(session, key, columns, last)
            for row in rows:
                identity, raw = row[: len(key)], row[len(key) : len(key) + len(columns)]
                if all(v is None or v == NEVER or key_of(v) == current for v in raw):
                    continue
                same = [c == v for c, v in zip(key, identity, strict=True)]
                held = session.execute(select(*columns).where(*same)).one()
                values: dict[str, Any] = dict(zip((c.name for c in columns), held, strict=True))
                # The times of rows stay: nothing in them has changed.
                values |= {c.name: c for c in table.columns if c.onupdate is not None}
                session.execute(update(table).where(*same).values(values))
                changed += 1
        if not rows:
            return changed
        last = rows[-1][: len(key)]
        tell(table.name, changed)


def _next_rows(
    session: Session, key: list[Column[Any]], columns: list[Column[Any]], last: Any
) -> list[Any]:
    """The next rows by their key, locked until they are written: others wait that long."""
    wanted = select(*key, *(_raw(column) for column in columns)).order_by(*key).limit(_AT_ONCE)
    if last is not None:
        wanted = wanted.where(tuple_(*key) > tuple_(*(literal(v) for v in last)))
    return list(session.execute(wanted.with_for_update()).all())


def _hash_words(database: Database, tell: Tell) -> None:
    """What cases are found by, under the current key."""
    last, done = "", 0
    while True:
        with database.session() as session:
            wanted = select(CaseRow).where(CaseRow.id > last, CaseRow.route.is_not(None))
            cases = session.scalars(wanted.order_by(CaseRow.id).limit(_AT_ONCE)).all()
            for case in cases:
                put_words_again(session, case)
        if not cases:
            return
        last, done = cases[-1].id, done + len(cases)
        tell("search words", done)


def _seal_blobs(settings: Settings, tell: Tell) -> int:
    store = open_blobs(settings)
    changed = 0
    for sha256 in sorted(store.place.all()):
        try:
            if not store.seal_anew(sha256):
                continue
        except FileNotFoundError:
            continue  # purged meanwhile
        except (Damaged, NoAccess, ValueError):
            log("damaged blob left as it is", document=sha256)
            continue
        changed += 1
        tell("files", changed)
    return changed
