"""Backup and restore: one zip of the database and of the blobs, consistent while all runs.

The database goes first: a blob is stored before the row that names it and deleted after it, so
that every row of the copy finds its blob. SQLite is copied by its own backup call; PostgreSQL's
tables are copied in one transaction that sees a single moment.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, TableClause, create_engine, func, insert, select, text
from sqlalchemy.engine import URL, make_url

from models.errors import DeskError, StoreError, UsageError
from pipeline.batch import open_blobs, use_key
from pipeline.home import Settings
from pipeline.logs import log
from pipeline.operations.sealed_backup import SealedWriter, is_sealed, opened
from pipeline.store import keys
from pipeline.store.blobs import BlobChanged, BlobGone, BlobStore, disk_fault, sync_folder
from pipeline.store.database import HEAD, Database, open_database
from pipeline.store.listing import WORDS
from pipeline.store.named import blobs_named
from pipeline.store.schema import DocumentRow
from pipeline.store.schema import Table as Base

_FORMAT = 1
_ABOUT, _SQLITE, _ROWS = "about.json", "database.sqlite", "database.jsonl"
_AT_ONCE = 500


class DamagedBackup(DeskError):
    """A backup that cannot be restored from."""

    kind = "backup"


def backup(settings: Settings, database: Database, target: Path) -> dict[str, int]:
    """Write a backup to `target`, which appears whole or not at all. Returns what it holds."""
    incoming = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        fd = os.open(incoming, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with (
            os.fdopen(fd, "w+b") as out,
            tempfile.TemporaryDirectory(dir=settings.home.tmp) as scratch,
        ):
            ring = keys.ring()
            sealed = SealedWriter(out, ring) if ring else None
            with zipfile.ZipFile(
                sealed or out, "w", zipfile.ZIP_DEFLATED, compresslevel=1
            ) as archive:
                counts = _write(settings, database, archive, Path(scratch))
            if sealed:
                sealed.finish()
            out.flush()
            os.fsync(out.fileno())
        incoming.replace(target)
        sync_folder(target.parent)
    except OSError as broken:
        raise disk_fault(broken, f"The backup {target}") from broken
    finally:
        incoming.unlink(missing_ok=True)
    return counts


def _write(
    settings: Settings, database: Database, archive: zipfile.ZipFile, scratch: Path
) -> dict[str, int]:
    if database.engine.dialect.name == "sqlite":
        copy = scratch / "copy"
        _copy_sqlite(str(make_url(settings.database_url).database), copy)
        archive.write(copy, _SQLITE)
        keys = _keys_of_copy(copy)
    else:
        rows = scratch / "rows"
        keys = _dump(database, rows)
        archive.write(rows, _ROWS)
    blobs, missing = open_blobs(settings), 0
    for sha256 in sorted(keys):
        try:
            data = blobs.read(sha256)
        except BlobGone:
            missing += 1  # deleted by a purge since the database was copied
            continue
        except BlobChanged:
            missing += 1  # a damaged file is no reason to go without a backup of the others
            log("damaged blob left out of the backup", document=sha256)
            continue
        archive.writestr(f"blobs/{sha256}", data, zipfile.ZIP_STORED)  # scans do not shrink
    about = {"format": _FORMAT, "tables": HEAD, "blobs": len(keys) - missing, "missing": missing}
    archive.writestr(_ABOUT, json.dumps(about))
    return {"blobs": len(keys) - missing, "missing": missing}


def _copy_sqlite(source: str, copy: Path) -> None:
    with sqlite3.connect(source, timeout=60) as read, sqlite3.connect(copy) as write:
        read.backup(write)
    read.close()
    write.close()


def _keys_of_copy(copy: Path) -> set[str]:
    engine = create_engine(URL.create("sqlite", database=str(copy)))
    try:
        with engine.connect() as connection:
            return blobs_named(connection)
    finally:
        engine.dispose()


def _tables() -> dict[str, TableClause]:
    """All tables by name, each after those that it refers to. What cases are found by is no model
    of ours: on SQLite a search index, which its own copy holds, on PostgreSQL a table."""
    return {table.name: table for table in Base.metadata.sorted_tables} | {WORDS.name: WORDS}


def _dump(database: Database, target: Path) -> set[str]:
    """Every row of every table as a line of JSON, as of one moment; returns the blobs named."""
    with database.engine.connect() as plain, target.open("w") as out:
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            for name, table in _tables().items():
                rows = connection.execution_options(stream_results=True).execute(select(table))
                for row in rows:
                    line = {"table": name, "row": [_plain(value) for value in row]}
                    out.write(json.dumps(line) + "\n")
            return blobs_named(connection)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value if not isinstance(value, dict) else {"json": value}


def _back(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if kind == "bytes":
        return base64.b64decode(held)
    if kind == "time":
        return datetime.fromisoformat(held)
    return date.fromisoformat(held) if kind == "date" else held


def restore(settings: Settings, source: Path) -> dict[str, int]:
    """Restore a backup into an empty installation: each blob checked against its hash, the
    database last. Raises UsageError where there is something already, DamagedBackup."""
    settings.home.prepare()
    use_key(settings)
    with _archive(settings, source) as archive:
        about = _about(archive, source)
        _check_empty(settings)
        blobs = open_blobs(settings)
        count = sum(_restore_blob(archive, name, blobs) for name in archive.namelist())
        if count != about["blobs"]:
            raise DamagedBackup("The backup lacks some of its blobs", "Name another one.")
        if _SQLITE in archive.namelist():
            _restore_sqlite(settings, archive)
        else:
            _restore_rows(settings, archive)
    database = open_database(settings.database_url)
    with database.reading() as session:
        documents = session.execute(select(func.count()).select_from(DocumentRow)).scalar_one()
    database.close()
    return {"blobs": count, "documents": documents}


@contextmanager
def _archive(settings: Settings, source: Path) -> Iterator[zipfile.ZipFile]:
    """The backup, in the clear. Raises NoKey, DamagedBackup."""
    with ExitStack() as stack:
        try:
            held: Any = source
            if is_sealed(source):
                ring = keys.ring()
                if ring is None:
                    raise keys.NoKey(
                        "The backup is sealed, and no key is given",
                        "Name it: DENIALDESK_KEY=file:/path.",
                    )
                held = stack.enter_context(opened(source, ring, settings.home.tmp))
            archive = stack.enter_context(zipfile.ZipFile(held))
        except (OSError, zipfile.BadZipFile, ValueError) as broken:
            raise DamagedBackup(
                f"{source} is no backup that can be read, or it is damaged", "Name another one."
            ) from broken
        yield archive


def _about(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(archive.read(_ABOUT))
    except (KeyError, ValueError, zipfile.BadZipFile) as broken:
        raise DamagedBackup(f"{source} is no backup of Denial Desk", "Name another.") from broken
    if about.get("format") != _FORMAT:
        raise DamagedBackup("The backup was made by a newer version", "Install that version.")
    return about


def _check_empty(settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        taken = Path(str(url.database)).exists()
    else:
        database = open_database(settings.database_url)
        with database.reading() as session:
            taken = any(
                session.execute(select(table).limit(1)).first() for table in _tables().values()
            )
        database.close()
    if taken:
        raise UsageError(
            "There is a database already; a restore never overwrites one",
            "Name an empty home with --home DIR, or move the old one away.",
        )


def _restore_blob(archive: zipfile.ZipFile, name: str, blobs: BlobStore) -> bool:
    if not name.startswith("blobs/"):
        return False
    sha256 = name.removeprefix("blobs/")
    if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
        raise DamagedBackup("The backup holds a blob with an odd name", "Name another one.")
    try:
        data = archive.read(name)
    except zipfile.BadZipFile as broken:
        raise DamagedBackup("A blob of the backup is damaged", "Name another backup.") from broken
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedBackup("A blob of the backup is damaged", "Name another backup.")
    blobs.put_bytes(data)
    return True


def _restore_sqlite(settings: Settings, archive: zipfile.ZipFile) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise UsageError(
            "The backup is of SQLite and DENIALDESK_DATABASE_URL names PostgreSQL",
            "Restore it into SQLite.",
        )
    final = Path(str(url.database))
    incoming = final.with_name(f".{final.name}.restoring")
    with archive.open(_SQLITE) as read, incoming.open("wb") as write:
        shutil.copyfileobj(read, write, 1 << 20)
        write.flush()
        os.fsync(write.fileno())
    incoming.replace(final)
    sync_folder(final.parent)


def _restore_rows(settings: Settings, archive: zipfile.ZipFile) -> None:
    database = open_database(settings.database_url)
    tables = _tables()
    try:
        with database.engine.begin() as connection:
            for name, rows in _batches(archive):
                table = tables[name]
                columns = [column.name for column in table.columns]
                connection.execute(
                    insert(table), [dict(zip(columns, row, strict=True)) for row in rows]
                )
            for table in Base.metadata.sorted_tables:
                _reset_sequence(connection, table)
    except (KeyError, ValueError) as broken:
        raise StoreError(
            "The backup's tables are not this version's", "Install the version that made it."
        ) from broken
    finally:
        database.close()


def _batches(archive: zipfile.ZipFile) -> Iterator[tuple[str, list[list[Any]]]]:
    name = ""
    rows: list[list[Any]] = []
    with archive.open(_ROWS) as lines:
        for line in lines:
            held = json.loads(line)
            if rows and (held["table"] != name or len(rows) >= _AT_ONCE):
                yield name, rows
                rows = []
            name = held["table"]
            rows.append([_back(value) for value in held["row"]])
    if rows:
        yield name, rows


def _reset_sequence(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those restored."""
    (key, *more) = table.primary_key.columns
    if more or connection.dialect.name != "postgresql" or key.type.python_type is not int:
        return
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), "
            f"COALESCE(MAX({key.name}), 0) + 1, false) FROM {table.name}"
        )
    )
