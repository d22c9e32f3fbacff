"""Reads and extracts labelled documents, in processes of their own, and judges what was found."""

from __future__ import annotations

import multiprocessing
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from models.errors import DeskError
from models.fields import FIELD_SPECS
from pipeline.evaluate.compare import Judged, judge
from pipeline.evaluate.labels import Label, Labelled

if TYPE_CHECKING:
    from models.document import Document, Page
    from models.fields import Fields
    from pipeline.evaluate.shots import Shot

WORKERS = 2
Reader = Callable[[bytes, str], "tuple[Document, float]"]
"""A file's bytes and name to its document, and the seconds that reading took."""


def read_now(data: bytes, name: str) -> tuple[Document, float]:
    """Reads a file as any other. Raises DeskError."""
    from extractors.reading import Limits, read_document

    started = time.perf_counter()
    document = read_document(data, name, Limits(workers=1))
    return document, time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class Result:
    """One document measured. Seconds are wall time; `error` says why it could not be read;
    `routes` are those of its letters, each with the first reason for it, without figures;
    `second_looks` counts the pages of which something was read twice.
    `pictures` are of the fields that are not right, by letter (from 0) and key, where asked for.
    """

    file: str
    damage: str
    judged: tuple[tuple[Judged, ...], ...]
    letters_expected: int
    letters_found: int
    pages: int
    read_seconds: float
    extract_seconds: float
    error: str | None = None
    routes: tuple[tuple[str, str], ...] = ()
    second_looks: int = 0
    pictures: Mapping[tuple[int, str], tuple[Shot, ...]] = field(default_factory=dict)

    @property
    def all_judged(self) -> Iterator[Judged]:
        for letter in self.judged:
            yield from letter


def measure_all(
    found: Iterable[Labelled],
    workers: int = WORKERS,
    pictures: bool = False,
    reader: Reader = read_now,
) -> Iterator[Result]:
    """Every document's result, in order, as they come; perhaps with pictures of the misses."""
    documents = list(found)
    one = partial(measure, pictures=pictures, reader=reader)
    if workers <= 1 or len(documents) == 1:
        yield from map(one, documents)
        return
    os.environ["OMP_THREAD_LIMIT"] = "1"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(one, documents)


def measure(item: Labelled, pictures: bool = False, reader: Reader = read_now) -> Result:
    """One document, read and extracted as any other, then compared with its labels."""
    from extractors.extraction import extract_fields
    from extractors.splitting import split_letters
    from models.serial import fields_out

    started = time.perf_counter()
    data = item.path.read_bytes()
    try:
        document, read = reader(data, item.path.name)
    except DeskError as error:
        return _unread(item, str(error), time.perf_counter() - started)
    started = time.perf_counter()
    parts = split_letters(document)
    extracted_fields = [extract_fields(pages) for pages in parts]
    extracted = time.perf_counter() - started
    found = [fields_out(fields) for fields in extracted_fields]
    judged = judge_letters(item.letters, found)
    return Result(
        file=item.path.name,
        damage=item.damage,
        judged=judged,
        letters_expected=len(item.letters),
        letters_found=len(found),
        pages=len(document.pages),
        read_seconds=read,
        extract_seconds=extracted,
        routes=tuple(map(_route, parts, extracted_fields)),
        second_looks=document.second_looks,
        pictures=_pictures(data, document, parts, judged, found) if pictures else {},
    )


_FIGURES = re.compile(r" \(\d.*|\d+ ")


def _route(pages: tuple[Page, ...], fields: Fields) -> tuple[str, str]:
    """The route of a letter as if it came today, and the first reason for it, without figures."""
    from pipeline.deciding import decide

    route = decide(pages, fields, datetime.now(UTC).date()).route
    return route.name.value, _FIGURES.sub("", (*route.reasons, route.rule)[0])


def _pictures(
    data: bytes,
    document: Document,
    parts: Sequence[tuple[Page, ...]],
    judged: Sequence[Sequence[Judged]],
    found: Sequence[Mapping[str, Any]],
) -> dict[tuple[int, str], tuple[Shot, ...]]:
    """Of every field that is not right, in the letters that were found."""
    from pipeline.evaluate.shots import shots

    return {
        (n, one.key): shots(data, document, pages, one, fields)
        for n, (pages, fields, letter) in enumerate(zip(parts, found, judged, strict=False))
        for one in letter
        if not one.outcome.ok
    }


def _unread(item: Labelled, error: str, seconds: float) -> Result:
    judged = judge_letters(item.letters, [])
    return Result(item.path.name, item.damage, judged, len(item.letters), 0, 0, seconds, 0.0, error)


def judge_letters(
    labels: Iterable[Label], found: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Judged, ...], ...]:
    """Each labelled letter against the letter found in its place; a letter that was not found
    has missed everything. `found` holds fields as `models.serial.fields_out` prints them."""
    nothing: Mapping[str, Any] = {}
    return tuple(
        judge_letter(label, found[n] if n < len(found) else nothing)
        for n, label in enumerate(labels)
    )


def judge_letter(label: Label, fields: Mapping[str, Any]) -> tuple[Judged, ...]:
    """Every labelled field of one letter.

    `accept` for a key without a label names a field where a labelled value may stand instead: a
    claim number that the label calls a reference number, say.
    """
    elsewhere = [key for key in label.accept if key in FIELD_SPECS and key not in label.values]
    out: list[Judged] = []
    for key in label.keys:
        accept = label.accept.get(key, ())
        judged = judge(key, label.values[key], *_found(fields, key), accept)
        for other in elsewhere:
            if not judged.outcome.ok and label.values[key] in label.accept[other]:
                again = judge(key, label.values[key], *_found(fields, other), accept)
                judged = again if again.outcome.ok else judged
        out.append(judged)
    return tuple(out)


def _found(fields: Mapping[str, Any], key: str) -> tuple[Any, float]:
    """The value found for a field and its confidence."""
    field = fields.get(key, {})
    return field.get("value"), float(field.get("confidence", 0.0))
