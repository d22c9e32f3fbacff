"""The calls that run in worker processes. Values cross as bytes and plain JSON values: a worker
can open no file but those of the program and its own scratch ones.

Heavy imports stand inside the functions: the parent imports this module too, for its names.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from models.clinical_form import facts_in
from models.document import Document
from models.serial import case_in, case_out, dump, fields_in, fields_out, load
from pipeline.isolation.slots import slots

Json = dict[str, Any]
Notify = Callable[[int, int], None]

_LEVEL = 3
"""zlib's level for readings: a third of the default's time for a tenth more size."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as read; `body` is what `extract` and `route` read back."""

    body: bytes
    pages: int
    media_type: str
    warnings: tuple[str, ...]
    second_looks: int = 0


@dataclass(slots=True)
class _Here:
    """What this worker process was told in `prepare`."""

    settings: Json
    notify: Notify


_here = _Here({}, lambda _done, _total: None)


_SPECIMEN = b"""Example Health Plan
Date: January 5, 2026
Re: Notice of adverse benefit determination
Member: Sam Specimen   Member ID: XYZ123456789   Claim number: 12345678
Provider: Dr. Ann Example   NPI: 1234567893
Dear Sam Specimen,
We denied your request for Ocrevus (ocrelizumab) 300 mg, HCPCS J2350, for multiple sclerosis
(ICD-10 G35) because it is not medically necessary under our medical policy. You must try another
drug first. You have the right to appeal within 180 days of receiving this letter. Your plan is
subject to ERISA. Mail your appeal to: Appeals, PO Box 100, Springfield, IL 62701.
Fax: 555-010-0100. You may ask for an expedited appeal.
"""
"""An invented letter with something of everything, so that each table is read in once."""


def warm() -> None:
    """Import and read in all that calls need, so that a letter, and each fork, finds it there.

    Whatever starts threads is only imported, not run: a fork takes no threads along.
    """
    # pytesseract imports pandas where it can, for an output that we do not use: a second and
    # 60 MB that workers do without.
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]
    _without_command_line_of_spacy()
    import cv2

    cv2.setNumThreads(1)  # the worker processes are the parallelism
    import typst  # noqa: F401

    import extractors.reading.images
    import extractors.reading.ocr
    import extractors.reading.pdf  # noqa: F401
    from extractors.extraction import extract_fields
    from extractors.reading import read_document
    from extractors.splitting import split_letters
    from letters.compose.matter import Matter
    from letters.packet import compose
    from letters.render.docx import render_docx
    from pipeline.deciding import decide

    today = date(2026, 1, 9)
    for pages in split_letters(read_document(_SPECIMEN, "specimen.txt")):
        case = decide(pages, extract_fields(pages), today)
        for paper in compose(Matter(case_in(case_out(case)), "0" * 12, today)):
            render_docx(paper)


def _without_command_line_of_spacy() -> None:
    """spaCy imports its command line for one function, `info`, that nobody calls here: half of the
    time that its import takes, and the libraries of its downloads."""
    if "spacy" not in sys.modules:
        command_line, info = ModuleType("spacy.cli"), ModuleType("spacy.cli.info")
        vars(info)["info"] = None
        sys.modules.update({"spacy.cli": command_line, "spacy.cli.info": info})


def prepare(settings: Json, notify: Notify) -> None:
    """Called once in each worker, before its first call. `settings`: `limits` for the reader,
    `slots`, a folder, and `cores`, how many Tesseracts may run at once in all workers."""
    _here.settings, _here.notify = settings, notify
    os.environ["OMP_THREAD_LIMIT"] = "1"
    os.nice(settings.get("nice", 0))
    from extractors.reading import tesseract
    from extractors.reading.tesseract_stream import Streams

    tesseract.gate = slots(Path(settings["slots"]), settings["cores"])
    tesseract.streams = Streams()


def read(data: bytes, name: str) -> Reading:
    """Read a file's bytes, which came under `name`. Raises the kinds of Unreadable."""
    document = _read(data, name)
    return Reading(
        zlib.compress(dump(document), _LEVEL),
        len(document.pages),
        document.media_type,
        document.warnings,
        document.second_looks,
    )


def extract(body: bytes) -> list[Json]:
    """The letters of a reading, each with the pages it has, its fields and its fingerprint."""
    from extractors.extraction import extract_fields
    from extractors.fingerprint import fingerprint, out
    from extractors.splitting import split_letters

    found = []
    for pages in split_letters(_document(body)):
        fields = fields_out(extract_fields(pages))
        found.append(
            {
                "pages": [page.number for page in pages],
                "fields": fields,
                "fingerprint": out(fingerprint(pages, fields)),
            }
        )
    return found


def route(
    body: bytes, found: Sequence[Json], today: date, entries: Sequence[Json | None] = ()
) -> list[Json]:
    """The letters decided: each as the contract's entry of `cases`. `entries` are what persons
    entered for them, letter by letter."""
    from pipeline.deciding import decide_with

    by_number = {page.number: page for page in _document(body).pages}
    entered = [*entries, *([None] * len(found))]
    return [
        case_out(
            decide_with(
                tuple(by_number[number] for number in letter["pages"]),
                fields_in(letter["fields"]),
                today,
                facts_in(said or {}),
            )
        )
        for letter, said in zip(found, entered, strict=False)
    ]


def write(body: Json, case_id: str, today: date, entries: Json | None = None) -> dict[str, bytes]:
    """A case's packet: the files' names and contents. `entries` are what a person entered for the
    case."""
    from letters.compose.matter import Matter
    from letters.packet import packet_files

    return dict(packet_files(Matter(case_in(body), case_id, today, facts_in(entries or {}))))


def show(data: bytes, name: str, body: bytes, number: int) -> tuple[bytes, bytes]:
    """Page `number` of a document that was read as `body`, as pictures: to read from, and small."""
    from extractors.reading.limits import Limits
    from extractors.reading.shown import page_pictures

    page = next(page for page in _document(body).pages if page.number == number)
    return page_pictures(data, name, page, Limits(**_here.settings["limits"]))


def preview(data: bytes) -> list[bytes]:
    """The first pages of a letter of ours, as pictures."""
    from extractors.reading.shown import pdf_pictures

    return pdf_pictures(data)


def split(body: bytes, groups: Sequence[Sequence[int]]) -> list[Json]:
    """The letters of a reading as a person cut it: a list of page numbers each."""
    from extractors.extraction import extract_fields
    from extractors.fingerprint import fingerprint, out

    by_number = {page.number: page for page in _document(body).pages}
    found = []
    for group in groups:
        pages = tuple(by_number[number] for number in group)
        fields = fields_out(extract_fields(pages))
        mark = out(fingerprint(pages, fields))
        found.append({"pages": list(group), "fields": fields, "fingerprint": mark})
    return found


def whole(data: bytes, name: str, today: date) -> Json:
    """One file all the way to the contract's JSON, for `denialdesk extract`."""
    from extractors.extraction import extract_fields
    from extractors.splitting import split_letters
    from pipeline.deciding import decide

    document = _read(data, name)
    cases = [
        case_out(decide(pages, extract_fields(pages), today)) for pages in split_letters(document)
    ]
    about = {
        "source": name,
        "sha256": document.sha256,
        "pages": len(document.pages),
        "second_looks": document.second_looks,
        "warnings": list(document.warnings),
    }
    return {"document": about, "cases": cases}


def unpack(data: bytes, name: str) -> list[Json]:
    """What a received file holds, each letter in it as bytes.

    A piece is `{"name", "data", "rule", "error"}`: `data` the letter's, empty where it is the
    received file itself; `rule` (key and words) leaves it out, `error` (kind, message, mend) says
    why it cannot be used.
    """
    from extractors.reading.unpack import rules, unpack

    pieces: list[Json] = []
    for piece in unpack(data, name, _limits()):
        own = not piece.rule and not piece.error and piece.data is not data
        odd = piece.error
        pieces.append(
            {
                "name": piece.name,
                "data": piece.data if own else b"",
                "rule": [piece.rule, rules()[piece.rule]] if piece.rule else None,
                "error": [odd.kind, odd.message, odd.mend] if odd else None,
            }
        )
    return pieces


def envelopes(headers: Sequence[bytes]) -> list[tuple[str, str]]:
    """Sender's address and subject of each of some mails' header blocks."""
    from extractors.reading.mail import envelope

    return [envelope(header) for header in headers]


def _read(data: bytes, name: str) -> Document:
    from extractors.reading import read_document

    limits = _limits()
    return read_document(data, name, limits, _here.notify)


def _limits() -> Any:
    from extractors.reading import Limits

    return Limits(**_here.settings.get("limits", {}))


def _document(body: bytes) -> Document:
    return load(Document, zlib.decompress(body))
