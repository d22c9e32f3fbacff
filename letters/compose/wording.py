"""The stored wording of letters: sentences with places for values, in `letters/data/*.toml`.

A leaf is one of
- a text: a request, heading or greeting, which asserts nothing;
- a table with the text under the key that says who stands behind it: `form` (as above),
  `signer` (the signing physician's own word), `fact` (what the denial's fields say), `computed`;
  and, if wanted, `when` / `unless`: flags of the matter that must all, or may not, hold;
- a list of leaves.

Places are `{drug}` (a part given by the code, else a field, else a person's entry) or
`{diagnosis|diagnosis with its ICD-10-CM code}`: with a label, a marked blank where nothing is
known. `{key|label|3}` leaves room of three lines.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.errors import KnowledgeError
from models.letter import SourceKind

DATA = Path(__file__).parent.parent / "data"
FILES = ("letters.toml", "reasons.toml", "sheets.toml", "guides.toml")
PLACE = re.compile(r"\{([a-z_0-9.]+)(?:\|([^}|]+))?(?:\|(\d))?\}")
KINDS: Mapping[str, SourceKind] = {
    "form": SourceKind.FORM,
    "signer": SourceKind.PERSON,
    "fact": SourceKind.DENIAL,
    "computed": SourceKind.COMPUTED,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One stored sentence; `id` is its path in the files (`route.appeal.opening.0`), `source`
    the kind of entry that it belongs to."""

    id: str
    text: str
    kind: SourceKind
    when: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    source: str = "wording"

    @property
    def ref(self) -> str:
        return f"{self.source}:{self.id}"

    def fits(self, flags: frozenset[str]) -> bool:
        return self.when <= flags and not self.unless & flags


def sentence(key: str) -> Sentence:
    """The sentence with that path. Raises KnowledgeError where there is none."""
    found = _all().get(key)
    if found is None:
        raise KnowledgeError(f"letters: no wording {key!r}", "Add it to letters/data")
    return found


def sentences(key: str) -> tuple[Sentence, ...]:
    """The sentences of the list at that path (or the one at it); () where there is none."""
    single = _all().get(key)
    return (single,) if single is not None else _lists().get(key, ())


def has(key: str) -> bool:
    """Whether a sentence or a list stands at that path."""
    return key in _all() or key in _lists()


def text(key: str) -> str:
    """The bare words at that path, for headings and labels."""
    return sentence(key).text


def all_sentences() -> Mapping[str, Sentence]:
    """Every sentence by its path."""
    return _all()


@cache
def _all() -> Mapping[str, Sentence]:
    found: dict[str, Sentence] = {}
    for name in FILES:
        path = DATA / name
        if path.exists():
            for one in _walk("", tomllib.loads(path.read_text(encoding="utf-8"))):
                if one.id in found:
                    raise KnowledgeError(f"{name}: {one.id} stands twice", "Rename one of them")
                found[one.id] = one
    return found


@cache
def _lists() -> Mapping[str, tuple[Sentence, ...]]:
    groups: dict[str, list[Sentence]] = {}
    for key, one in _all().items():
        head, _, last = key.rpartition(".")
        if last.isdigit():
            groups.setdefault(head, []).append(one)
    return {head: tuple(ones) for head, ones in groups.items()}


def _walk(path: str, node: Any) -> Iterator[Sentence]:
    if isinstance(node, str):
        yield Sentence(path, node, SourceKind.FORM)
    elif isinstance(node, list):
        for n, item in enumerate(node):
            yield from _walk(f"{path}.{n}", item)
    elif isinstance(node, dict):
        kind = next((k for k in KINDS if isinstance(node.get(k), str)), None)
        if kind is not None:
            yield Sentence(
                path,
                node[kind],
                KINDS[kind],
                frozenset(node.get("when", ())),
                frozenset(node.get("unless", ())),
            )
            return
        for key, item in node.items():
            yield from _walk(f"{path}.{key}".lstrip("."), item)
    else:
        raise KnowledgeError(f"letters: {path} is no wording", "Write a text, a table or a list")
