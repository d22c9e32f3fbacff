"""Labelled documents in a folder: NAME.json beside NAME.pdf, NAME.tif, NAME.txt ..."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import UsageError
from models.fields import FIELD_SPECS

FORMATS = (
    "pdf", "tif", "tiff", "png", "jpg", "jpeg", "heic", "heif", "webp", "docx", "eml", "txt",
)  # fmt: skip
"""Suffixes in the order in which one is preferred where a label has several documents."""


@dataclass(frozen=True, slots=True)
class Label:
    """What one letter says: contract keys to values; a key that is absent is not scored."""

    values: Mapping[str, Any]
    accept: Mapping[str, tuple[Any, ...]]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for key in FIELD_SPECS if key in self.values)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document and the letters in it. `damage` is `about.damage`, `unknown` if not told."""

    path: Path
    letters: tuple[Label, ...]
    damage: str


def find_labelled(
    folder: Path, formats: Iterable[str] = FORMATS, every: bool = False
) -> list[Labelled]:
    """The labelled documents under `folder`, by name. `every` takes each format of a label
    instead of the first. Raises UsageError where there is none, or a label is malformed."""
    wanted = tuple(formats)
    found = [item for path in sorted(folder.rglob("*.json")) for item in _pair(path, wanted, every)]
    if not found:
        raise UsageError(
            f"{folder} holds no labelled document", "Put NAME.json beside NAME.pdf (or .txt, .tif)"
        )
    return found


def _pair(path: Path, formats: tuple[str, ...], every: bool) -> Iterator[Labelled]:
    files = [path.with_suffix(f".{suffix}") for suffix in formats]
    files = [file for file in files if file.is_file()]
    if not files:
        return
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        letters = tuple(read_label(item) for item in raw.get("letters", [raw]))
        damage = str(raw.get("about", {}).get("damage", "unknown"))
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise UsageError(f"{path.name} is no label: {error}", "See section 7 of the docs") from None
    for file in files if every else files[:1]:
        yield Labelled(file, letters, damage)


def read_label(raw: Mapping[str, Any]) -> Label:
    """One letter's label from its JSON."""
    accept = {key: tuple(forms) for key, forms in raw.get("accept", {}).items()}
    values = {key: raw[key] for key in FIELD_SPECS if key in raw}
    return Label(values, accept)
