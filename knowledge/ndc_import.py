"""The FDA's NDC directory (product.txt and package.txt, tab separated, or the zip of both) made
into one small SQLite file for look-up."""

from __future__ import annotations

import csv
import io
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from knowledge.ndc import ndc11, product_key
from models.errors import UsageError

PRODUCT_COLUMNS = ("PRODUCTNDC", "PROPRIETARYNAME", "NONPROPRIETARYNAME", "LABELERNAME")
PACKAGE_COLUMNS = ("NDCPACKAGECODE", "PACKAGEDESCRIPTION")
MOST_BYTES = 2_000_000_000
"""A member of a zip that unpacks to more is no NDC directory (it has about 100 MB)."""
_MEND = "Download the NDC directory (text version) from the FDA and name product.txt or the zip"
_SCHEMA = """
CREATE TABLE products (product TEXT PRIMARY KEY, brand TEXT, generic TEXT, labeler TEXT,
                       form TEXT, strength TEXT) WITHOUT ROWID;
CREATE TABLE packages (ndc TEXT PRIMARY KEY, said TEXT) WITHOUT ROWID;
"""
Row = Mapping[str, str | None]


def import_directory(source: Path, target: Path) -> tuple[int, int]:
    """Reads the directory at `source` and writes `target` whole or not at all. Returns the
    numbers of products and of packages. `source` is the zip, product.txt, or package.txt; the
    other file is taken from beside it. Raises UsageError where it is no such directory."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".ndc-", dir=target.parent)
    os.close(handle)
    draft = Path(name)
    try:
        counts = _write(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return counts


def _write(source: Path, draft: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(draft)) as held, held:
        held.executescript(_SCHEMA)
        with _opened(source, "product") as lines:
            held.executemany(
                "INSERT OR REPLACE INTO products VALUES (?, ?, ?, ?, ?, ?)",
                _products(_rows(lines, PRODUCT_COLUMNS, source)),
            )
        with _opened(source, "package") as lines:
            held.executemany(
                "INSERT OR REPLACE INTO packages VALUES (?, ?)",
                _packages(_rows(lines, PACKAGE_COLUMNS, source)),
            )
        products, packages = (
            held.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("products", "packages")
        )
        if not products:
            raise UsageError(f"{source.name} holds no product with an NDC", _MEND)
    return products, packages


def _products(rows: Iterable[Row]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        key = product_key(row["PRODUCTNDC"] or "")
        if key is not None:
            brand = " ".join(filter(None, (_said(row, "PROPRIETARYNAME"),
                                           _said(row, "PROPRIETARYNAMESUFFIX"))))  # fmt: skip
            strength = _said(row, "ACTIVE_NUMERATOR_STRENGTH")
            unit = _said(row, "ACTIVE_INGRED_UNIT")
            yield (
                key,
                brand,
                _said(row, "NONPROPRIETARYNAME"),
                _said(row, "LABELERNAME"),
                _said(row, "DOSAGEFORMNAME"),
                f"{strength} {unit}".strip(),
            )


def _packages(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        code = ndc11(row["NDCPACKAGECODE"] or "")
        if code is not None:
            yield code, _said(row, "PACKAGEDESCRIPTION")


def _said(row: Row, key: str) -> str:
    return " ".join((row.get(key) or "").split())


def _rows(lines: IO[str], wanted: tuple[str, ...], source: Path) -> Iterator[Row]:
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        header = [name.strip().upper() for name in reader.fieldnames or ()]
        lacking = [name for name in wanted if name not in header]
        if lacking:
            raise UsageError(f"{source.name} has no column {lacking[0]}", _MEND)
        reader.fieldnames = header
        yield from reader
    except csv.Error as error:
        raise UsageError(f"{source.name} is not tab-separated text ({error})", _MEND) from None


@contextmanager
def _opened(source: Path, part: str) -> Iterator[IO[str]]:
    """The text of product.txt or package.txt: in the zip, or beside the file named."""
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as packed, packed.open(_member(packed, part)) as raw:
                yield _text(raw)
        else:
            with _beside(source, part).open("rb") as raw:
                yield _text(raw)
    except (zipfile.BadZipFile, EOFError) as error:
        raise UsageError(f"{source.name} is a damaged zip ({error})", _MEND) from None
    except OSError as error:
        raise UsageError(f"{source.name} cannot be read ({error.strerror})", _MEND) from None


def _member(packed: zipfile.ZipFile, part: str) -> zipfile.ZipInfo:
    for member in packed.infolist():
        if Path(member.filename).name.lower() == f"{part}.txt" and member.file_size <= MOST_BYTES:
            return member
    raise UsageError(f"The zip holds no {part}.txt", _MEND)


def _beside(source: Path, part: str) -> Path:
    folder = source if source.is_dir() else source.parent
    found = next((p for p in sorted(folder.iterdir()) if p.name.lower() == f"{part}.txt"), None)
    if found is None:
        raise UsageError(f"{part}.txt is not beside {source.name}", _MEND)
    return found


def _text(raw: IO[bytes]) -> IO[str]:
    # The FDA's files are in the old Windows code page; names have accents and trade marks.
    return io.TextIOWrapper(raw, encoding="cp1252", errors="replace", newline="")
