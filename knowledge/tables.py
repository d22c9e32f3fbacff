"""Knowledge files (TOML) read into typed rows, the users' own entries merged over ours.

A file holds arrays of tables (`[[payers]]`, `[[drugs]]`, ...) and may hold one `[defaults]`
table, whose keys (`source`, `as_of`, `confidence`) every entry of that file inherits unless it
has its own. Every entry has an `id` that is unique in its array.

Users' entries lie in `knowledge/*.toml` of the program's home (DENIALDESK_HOME). An entry with a
new id is added; one with an id of ours replaces the keys that it names, except those listed as
growing (a payer's `aliases`), which are added to ours.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import tomli

from models.errors import KnowledgeError

DATA = Path(__file__).parent / "data"
DEFAULTS = "defaults"
PROVENANCE = ("source", "as_of", "confidence")
CONFIDENCES = ("A", "B", "C")
"""A: read in the primary text. B: seen in more than one secondary source. C: general knowledge."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an entry comes from, when it was true, and how sure that is (see CONFIDENCES)."""

    source: str
    as_of: date
    confidence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a knowledge file. The getters raise KnowledgeError with file and entry named."""

    raw: Mapping[str, Any]
    where: str
    file: Path = field(compare=False)

    @property
    def id(self) -> str:
        return self.text("id")

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required unless a default is given."""
        value = self.raw.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "a text")
        return value

    def maybe(self, key: str) -> str | None:
        """A text, or None where the entry has none."""
        return self.text(key) if key in self.raw else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; () where the entry has none."""
        value = self.raw.get(key, ())
        if isinstance(value, str) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number; required unless a default is given."""
        value = self.raw.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a whole number")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.raw.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def day(self, key: str) -> date:
        """A date, written as a TOML date (2026-11-22) or the same in quotes."""
        value = self.raw.get(key)
        if type(value) is date:
            return value
        try:
            return date.fromisoformat(value or "")
        except (TypeError, ValueError):
            raise self.wrong(key, "a date like 2026-11-22") from None

    def rows(self, key: str) -> tuple[Row, ...]:
        """A list of tables inside the entry; () where it has none."""
        value = self.raw.get(key, ())
        if not isinstance(value, list | tuple) or not all(isinstance(v, dict) for v in value):
            raise self.wrong(key, "a list of tables")
        return tuple(
            Row(item, f"{self.where}, {key} {n}", self.file) for n, item in enumerate(value, 1)
        )

    def table(self, key: str) -> Mapping[str, Any]:
        """A table inside the entry; empty where it has none."""
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return value

    def provenance(self) -> Provenance:
        return Provenance(self.text("source"), self.day("as_of"), self.text("confidence"))

    def unknown_keys(self, known: Collection[str]) -> tuple[str, ...]:
        """Keys that no reader looks at: most often a slip of the pen."""
        return tuple(sorted(set(self.raw) - set(known) - set(PROVENANCE)))

    def wrong(self, key: str, wanted: str) -> KnowledgeError:
        """The error to raise where a value of this entry is not what it must be."""
        value = self.raw.get(key)
        said = "is missing" if value is None else f"is {value!r:.60}"
        return KnowledgeError(f"{self.where}: {key} {said}", f"It must be {wanted}")


@cache
def read_toml(path: Path) -> Mapping[str, Any]:
    """The parsed file. Raises KnowledgeError that names the file and what to mend."""
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KnowledgeError(
            f"{path.name}: cannot be read ({error.strerror})", "Check the file's permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path.name}: is not UTF-8 text", "Save it as UTF-8") from error
    except tomli.TOMLDecodeError as error:
        raise KnowledgeError(f"{path.name}: not valid TOML: {error}", "Mend that line") from error


def user_folders() -> tuple[Path, ...]:
    """Where users keep their own entries: `knowledge` in DENIALDESK_HOME (else in the platform's
    place for a program's data), if it exists."""
    home = os.environ.get("DENIALDESK_HOME")
    if home:
        folder = Path(home).expanduser() / "knowledge"
    else:
        from platformdirs import user_data_path

        folder = user_data_path("denialdesk", appauthor=False) / "knowledge"
    return (folder,) if folder.is_dir() else ()


def our_files(pattern: str) -> tuple[Path, ...]:
    """Our data files by name pattern, in the order of their names."""
    return tuple(sorted(DATA.glob(pattern)))


def file_rows(path: Path, array: str) -> Iterator[Row]:
    """The entries of one array of one file, in file order, defaults filled in."""
    content = read_toml(path)
    found, common = content.get(array, []), content.get(DEFAULTS, {})
    if not isinstance(found, list) or not all(isinstance(raw, dict) for raw in found):
        raise KnowledgeError(f"{path.name}: {array} is no list", f"Write each entry as [[{array}]]")
    if not isinstance(common, dict):
        raise KnowledgeError(f"{path.name}: {DEFAULTS} is no table", f"Write it as [{DEFAULTS}]")
    defaults = {k: v for k, v in common.items() if k in PROVENANCE}
    for n, raw in enumerate(found, 1):
        where = f"{path.name}: {array} {raw.get('id', f'number {n}')}"
        yield Row({**defaults, **raw}, where, path)


def entries(
    array: str,
    pattern: str,
    folders: Collection[Path] | None = None,
    growing: Collection[str] = (),
) -> dict[str, Row]:
    """Every entry of `array` by id: our files named like `pattern`, the users' merged over.

    `folders` are the users' (None: `user_folders()`), each searched for `*.toml`. `growing`
    names the list keys that a user's entry adds to instead of replacing.
    """
    merged: dict[str, Row] = {}
    for path in our_files(pattern):
        for row in file_rows(path, array):
            if row.id in merged:
                raise KnowledgeError(
                    f"{row.where}: the id stands twice", f"See {merged[row.id].file.name}"
                )
            merged[row.id] = row
    for folder in user_folders() if folders is None else folders:
        for path in sorted(folder.glob("*.toml")):
            for row in file_rows(path, array):
                merged[row.id] = _over(merged.get(row.id), row, growing)
    return merged


def _over(ours: Row | None, theirs: Row, growing: Collection[str]) -> Row:
    """A user's entry over ours. What it says of itself (source, date) goes with it."""
    if ours is None:
        return theirs
    merged = {**ours.raw, **theirs.raw}
    for key in growing:
        ours_first = (*ours.raw.get(key, ()), *theirs.raw.get(key, ()))
        merged[key] = list(dict.fromkeys(ours_first))
    return Row(merged, theirs.where, theirs.file)
