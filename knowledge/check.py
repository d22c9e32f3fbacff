"""The knowledge base checked: ours and the users' own entries, every finding in words.

`check()` is what `denialdesk knowledge check` and a test run. A finding names file and entry,
what is wrong, and how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from knowledge import categories, codes, drugs, payers, tables
from knowledge.names import squash
from knowledge.tables import Row
from models.errors import KnowledgeError
from models.vocabulary import DenialCategory

STATES = frozenset(
    re.findall(
        "..",
        "ALAKAZARCACOCTDEDCFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENV"
        "NHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWYPRVIGUMPAS",
    )
)
_ID = re.compile(r"[a-z0-9][a-z0-9_.]*")
_CODE_ID = re.compile(r"(CARC|RARC|NCPDP) [0-9A-Z]{1,5}")
_HCPCS = re.compile(r"[A-Z]\d{4}|\d{5}")
_PLACE = re.compile(r"\{[a-z_0-9.]+(\|[^{}|]+)?(\|\d)?\}")
_DOSE = re.compile(r"\bmg/kg\b|\d\s?(?:mg|mcg)\s(?:daily|weekly|monthly|every|once|twice)\b")
_TEXTS = ("arguments", "why", "appealable", "thesis", "first", "pace", "quantity", "necessity")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend, in words."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.mend}"


@dataclass(frozen=True, slots=True)
class Table:
    """One array of entries: our files, the keys that readers look at, and its reader."""

    array: str
    pattern: str
    keys: frozenset[str]
    read: Callable[[Row], object]


TABLES = (
    Table("payers", "payers*.toml", payers.KEYS, payers.read_payer),
    Table("drugs", "drugs*.toml", drugs.DRUG_KEYS, drugs.read_drug),
    Table("classes", "drug_classes.toml", drugs.CLASS_KEYS, drugs.read_class),
    Table("particulars", "particulars*.toml", drugs.PARTICULARS_KEYS, drugs.read_particulars),
    Table("categories", "categories.toml", categories.KEYS, categories.read_category),
    Table("finer_reasons", "categories.toml", categories.REASON_KEYS, categories.read_reason),
    Table("codes", "codes.toml", codes.KEYS, codes.read_code),
)


def check(folders: Collection[Path] | None = None, today: date | None = None) -> list[Finding]:
    """Everything wrong with our entries and those in `folders` (None: the user's own), file by
    file. With `today`, dates after it are findings too."""
    where = tables.user_folders() if folders is None else tuple(folders)
    found = list(_files(where))
    if found:
        return found
    for table in TABLES:
        found += _entries(table, where, today)
    if found:
        return found
    for relation in (_names, _drug_links, _particulars, _categories, _payer_values, _wordings):
        found += relation(where)
    return found


def _files(folders: Collection[Path]) -> Iterator[Finding]:
    """Files that cannot be read, and users' arrays that no reader looks at."""
    known = _our_arrays()
    for path in tables.our_files("*.toml"):
        try:
            tables.read_toml(path)
        except KnowledgeError as error:
            yield Finding(path.name, error.message, error.mend)
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        try:
            content = tables.read_toml(path)
        except KnowledgeError as error:
            yield Finding(path.name, error.message, error.mend)
            continue
        for array in sorted(set(content) - known - {tables.DEFAULTS}):
            yield Finding(
                path.name,
                f"[[{array}]] is no table of the knowledge base",
                f"Use one of: {', '.join(sorted(known))}",
            )


def _our_arrays() -> frozenset[str]:
    arrays: set[str] = set()
    for path in tables.our_files("*.toml"):
        try:
            arrays.update(k for k, v in tables.read_toml(path).items() if isinstance(v, list))
        except KnowledgeError:
            continue  # reported by _files
    return frozenset(arrays)


def _entries(table: Table, folders: Collection[Path], today: date | None) -> Iterator[Finding]:
    """Each entry by itself: its id, keys, source and values."""
    ours: dict[str, Row] = {}
    theirs: dict[str, Row] = {}
    for path in tables.our_files(table.pattern):
        yield from _of_file(table, path, ours, today, merged=False)
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        yield from _of_file(table, path, theirs, today, merged=True, under=ours)


def _of_file(
    table: Table,
    path: Path,
    seen: dict[str, Row],
    today: date | None,
    *,
    merged: bool,
    under: dict[str, Row] | None = None,
) -> Iterator[Finding]:
    try:
        rows = list(tables.file_rows(path, table.array))
    except KnowledgeError as error:
        yield Finding(path.name, error.message, error.mend)
        return
    for row in rows:
        try:
            name = row.id
        except KnowledgeError as error:
            yield Finding(row.where, "has no id", error.mend)
            continue
        if name in seen:
            yield Finding(row.where, f"the id stands twice, see {seen[name].file.name}", "Rename")
        seen[name] = row
        base = (under or {}).get(name)
        whole = Row({**base.raw, **row.raw}, row.where, row.file) if merged and base else row
        yield from _one(table, whole, today)


def _one(table: Table, row: Row, today: date | None) -> Iterator[Finding]:
    form = _CODE_ID if table.array == "codes" else _ID
    if not form.fullmatch(row.id):
        yield Finding(row.where, "the id has an odd form", f"Write it like {form.pattern}")
    for key in row.unknown_keys(table.keys):
        yield Finding(row.where, f"{key} is read by nobody", "Check its spelling")
    try:
        provenance = row.provenance()
        table.read(row)
    except KnowledgeError as error:
        yield Finding(row.where, error.message.removeprefix(f"{row.where}: "), error.mend)
        return
    if not provenance.source.strip():
        yield Finding(row.where, "source is empty", "Say where it comes from")
    if provenance.confidence not in tables.CONFIDENCES:
        yield Finding(row.where, f"confidence is {provenance.confidence!r}", "Use A, B or C")
    if today is not None and provenance.as_of > today:
        yield Finding(row.where, f"as_of {provenance.as_of} lies ahead", "Give the day of reading")


def _merged(array: str, folders: Collection[Path]) -> Iterable[Row]:
    table = next(table for table in TABLES if table.array == array)
    return tables.entries(array, table.pattern, folders).values()


def _names(folders: Collection[Path]) -> Iterator[Finding]:
    """Names that point to two payers, or brands that point to two drugs."""
    owners: dict[str, Row] = {}
    for row in _merged("payers", folders):
        weak = {squash(text) for text in row.texts("weak")}
        strong = {squash(text): text for text in (row.text("name"), *row.texts("aliases"))}
        for text in row.texts("aliases"):
            if squash(text) in weak:
                yield Finding(row.where, f"{text!r} is both alias and weak", "Keep one")
        for key, text in strong.items():
            if len(key) < 2:
                yield Finding(row.where, f"the name {text!r} is too short", "Leave it out")
            other = owners.setdefault(key, row)
            if other.id != row.id:
                yield Finding(row.where, f"{text!r} also names {other.id}", "Keep it in one entry")
    brands: dict[str, Row] = {}
    for row in _merged("drugs", folders):
        for text in row.texts("brands"):
            other = brands.setdefault(squash(text), row)
            if other.id != row.id:
                yield Finding(row.where, f"the brand {text!r} also names {other.id}", "Keep one")


def _payer_values(folders: Collection[Path]) -> Iterator[Finding]:
    for row in _merged("payers", folders):
        yield from _outside(row, "roles", row.texts("roles"), payers.ROLES)
        yield from _outside(row, "kind", (row.text("kind"),), payers.KINDS)
        yield from _outside(row, "states", row.texts("states"), STATES)
        if not row.texts("roles"):
            yield Finding(row.where, "roles is empty", f"Use one of: {', '.join(payers.ROLES)}")
        if "payer" in row.texts("roles") and "family" not in row:
            yield Finding(row.where, "a payer without family", "Name the brand it belongs to")


def _drug_links(folders: Collection[Path]) -> Iterator[Finding]:
    classes = {row.id for row in _merged("classes", folders)}
    for row in _merged("drugs", folders):
        wanted = (row.text("class"), *row.texts("further_classes"))
        yield from _outside(row, "class", wanted, classes, listed=False)
        yield from _outside(row, "benefit", (row.text("benefit"),), drugs.BENEFITS)
        for code in row.texts("hcpcs"):
            if not _HCPCS.fullmatch(code):
                yield Finding(row.where, f"{code!r} is no HCPCS or CPT code", "Correct it")
        for key in ("brands", "routes", "indications"):
            if not row.texts(key):
                yield Finding(row.where, f"{key} is empty", "Fill it in")
    for row in _merged("classes", folders):
        for key in ("printed", "societies", "criteria"):
            if not row.raw.get(key):
                yield Finding(row.where, f"{key} is empty", "Fill it in")


def _particulars(folders: Collection[Path]) -> Iterator[Finding]:
    subjects = {row.id for array in ("drugs", "classes") for row in _merged(array, folders)}
    seen: dict[tuple[str, str], str] = {}
    for row in _merged("particulars", folders):
        yield from _outside(row, "subject", (row.text("subject"),), subjects, listed=False)
        pair = (row.text("subject"), row.text("category"))
        if seen.setdefault(pair, row.id) != row.id:
            yield Finding(row.where, f"{seen[pair]} says the same pair", "Merge the two")


def _categories(folders: Collection[Path]) -> Iterator[Finding]:
    known = {row.id for row in _merged("categories", folders)}
    for missing in sorted({str(c) for c in DenialCategory} - known):
        yield Finding("categories.toml", f"no entry for {missing}", "Write one")
    for array in ("categories", "finer_reasons"):
        for row in _merged(array, folders):
            yield from _outside(row, "fix", (row.text("fix"),), categories.FIXES)


def _wordings(folders: Collection[Path]) -> Iterator[Finding]:
    """Places in sentences well formed; no doses in what is said of a drug."""
    for array in ("particulars", "categories", "classes"):
        for row in _merged(array, folders):
            for text in _said(row):
                if set("{}") & set(_PLACE.sub("", text)):
                    yield Finding(
                        row.where, f"a place is ill formed in {text!r:.70}", "{key|label}"
                    )
                if _DOSE.search(text):
                    yield Finding(
                        row.where, f"a dose stands in {text!r:.70}", 'Say "see the label"'
                    )


def _said(row: Row) -> Iterator[str]:
    for key in _TEXTS:
        value: Any = row.raw.get(key, ())
        yield from (value,) if isinstance(value, str) else value


def _outside(
    row: Row, key: str, values: Iterable[str], allowed: Collection[str], *, listed: bool = True
) -> Iterator[Finding]:
    for value in values:
        if value not in allowed:
            choices = f": {', '.join(sorted(allowed))}" if listed and len(allowed) < 30 else ""
            yield Finding(row.where, f"{key} {value!r} is not known", f"Use a known one{choices}")
