"""Opening the database: SQLite in write-ahead mode unless the URL says PostgreSQL, migrated to
this version's tables first, however many commands start at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from models.errors import SetupError, StoreError
from pipeline.claims import lock_file
from pipeline.store import audit_tables as _audit_tables  # noqa: F401  # and so is this one
from pipeline.store import inbox_tables as _inbox_tables  # noqa: F401  # known wherever it is open
from pipeline.store import review_tables as _review_tables  # noqa: F401  # the same

HEAD = "0012"
"""The migration that this version's tables need; a test holds it to the migrations' own head."""

_READS = "denialdesk_reads"
"""Execution option of connections that will only read."""
_BUSY_SECONDS = 60
_CACHE_KB = 16_000
"""What SQLite keeps of its file in each connection: the queue's whole table of 50,000 cases."""
_ADVISORY_LOCK = 0x44454E49  # any number, the same for every start: PostgreSQL's migration lock


class Database:
    """An open database. `session()` is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._readers = sessionmaker(
            engine.execution_options(**{_READS: True, "postgresql_readonly": True}),
            expire_on_commit=False,
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back when anything is raised.

        Raises StoreError, in plain words, where the database cannot be used.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except DBAPIError as broken:
            raise _explained(broken) from broken

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads: it waits for no writer and holds up none. Raises as
        `session` does."""
        try:
            with self._readers.begin() as session:
                yield session
        except DBAPIError as broken:
            raise _explained(broken) from broken

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open and migrate. Raises SetupError or StoreError, saying what to do."""
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, **_options(parsed))
    except (ArgumentError, ImportError, SQLAlchemyError) as broken:
        raise SetupError(
            "DENIALDESK_DATABASE_URL is not a database address that can be used",
            "Write it like postgresql://user@host/denialdesk, or leave it out for SQLite.",
        ) from broken
    if parsed.get_backend_name() == "sqlite":
        _tune_sqlite(engine)
    try:
        _migrate(engine, parsed)
    except (DBAPIError, sqlite3.Error) as broken:
        raise _explained(broken) from broken
    except OSError as broken:  # the lock file beside an SQLite database
        raise StoreError(
            "The folder of the database cannot be written",
            "Check that it exists and that you may write there, or name another with --home.",
        ) from broken
    return Database(engine)


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _BUSY_SECONDS, "check_same_thread": False}}
    return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON", f"cache_size=-{_CACHE_KB}"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # A transaction that reads first and writes later cannot wait for another writer: it
        # fails at once with "database is locked". Taking the write lock first waits its turn.
        reads = connection.get_execution_options().get(_READS)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _migrate(engine: Engine, url: URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        with lock_file(Path(url.database + ".migrating")):
            _write_ahead(engine)
            with engine.connect() as connection:
                _upgrade(connection)
                connection.commit()
        return
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    with engine.connect() as connection:
        if url.get_backend_name() == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        _upgrade(connection)
        connection.commit()


def _write_ahead(engine: Engine) -> None:
    """Turn SQLite's write-ahead mode on; the file keeps it. SQLite does not wait for others when
    it changes the mode but fails at once, so this needs the lock that every start takes."""
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection  # a pragma, before any transaction
        raw.execute("PRAGMA journal_mode=WAL").close()


def _version(connection: Connection) -> str | None:
    if not engine_has(connection, "alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def engine_has(connection: Connection, table: str) -> bool:
    """Whether the database has a table of this name."""
    return connection.dialect.has_table(connection, table)


def _upgrade(connection: Connection) -> None:
    found = _version(connection)
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as broken:
        raise StoreError(
            f"The database was made by another version of Denial Desk (tables {found})",
            "Install the version that made it, or a newer one.",
        ) from broken


_CAUSES = (
    ("disk is full", "The disk is full", "Free some space and run the same command again."),
    ("no space left", "The disk is full", "Free some space and run the same command again."),
    (
        "disk i/o error",
        "The database's disk cannot be written: it is full, or it fails",
        "Free some space or see to the disk, and run the same command again.",
    ),
    ("locked", "The database is busy with another command", "Wait for it and run again."),
    ("readonly", "The database cannot be written", "Mend the permissions of the home directory."),
    ("unable to open", "The database cannot be opened", "Mend the home directory's permissions."),
    ("malformed", "The database file is damaged", "Restore it from a backup."),
    ("not a database", "The database file is damaged", "Restore it from a backup."),
    ("connection", "The database cannot be reached", "See that it runs and that its URL is right."),
)


def _explained(broken: DBAPIError | sqlite3.Error) -> StoreError:
    """The fault in our words: a driver's own text may hold the values of a row."""
    cause = broken.orig if isinstance(broken, DBAPIError) else broken
    said = str(cause).lower()
    for cue, message, mend in _CAUSES:
        if cue in said:
            return StoreError(message, mend)
    said = type(cause).__name__
    return StoreError(f"The database refused ({said})", "See the log; `denialdesk doctor` checks.")
