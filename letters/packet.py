"""A case's packet: one folder of papers, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from letters.check import checked, citations_in
from letters.compose.matter import Matter
from letters.compose.peer import has_peer_request, peer_request
from letters.compose.routes import COMPOSERS, route_letter
from letters.compose.sheets import checklist, fax_cover, records_request
from models.case import DenialCase
from models.clinical import ClinicalFacts
from models.clinical_form import facts_out
from models.errors import UsageError
from models.letter import Letter
from models.serial import case_out, plain

Json = dict[str, Any]
EDITABLE = ("letter", "records_request", "peer_to_peer")
"""Papers that come as DOCX too."""
OURS = frozenset(
    {
        *(f"{paper}.pdf" for paper in (*EDITABLE, "fax_cover", "checklist")),
        *(f"{paper}.docx" for paper in EDITABLE),
        "guide.html",
        "case.json",
    }
)
"""Every file that a packet may hold."""


def compose(matter: Matter) -> tuple[Letter, ...]:
    """The papers of a matter, each checked: letter, records request, where a physician of the plan
    decides the request for a talk, fax cover, checklist; the checklist alone where the
    route writes no letter. Raises UnsourcedStatement."""
    papers: tuple[Letter, ...] = ()
    if matter.case.route.name in COMPOSERS:
        letter = route_letter(matter)
        more = (peer_request(matter),) if has_peer_request(matter) else ()
        papers = (letter, records_request(matter), *more, fax_cover(matter, letter))
    return tuple(checked(paper, matter) for paper in (*papers, checklist(matter, papers)))


def write_packet(
    case: DenialCase,
    case_id: str,
    out: Path,
    today: date,
    entries: ClinicalFacts | None = None,
) -> tuple[Path, ...]:
    """Writes the packet into `out/case_id` and returns its files, sorted by name.

    The folder appears complete: it is written beside its place, flushed to the disk and renamed.
    Writing again with the same arguments gives the same bytes. Raises UsageError for a case id
    that is no plain name, SetupError where typesetting fails, OSError where the disk does.
    """
    _refuse_odd_names(case_id)
    matter = Matter(case, case_id, today, entries or ClinicalFacts())
    files = packet_files(matter)
    out.mkdir(parents=True, exist_ok=True)
    place = out / case_id
    draft = Path(tempfile.mkdtemp(prefix=f".{case_id}-", dir=out))
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
        # Flushed after all are written: the first flush then carries most of the others along.
        for name in files:
            _flush(draft / name)
        _flush(draft)
        draft.chmod(0o755)
        _put_in_place(draft, place)
        _flush(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return tuple(sorted(place / name for name in files))


def packet_files(matter: Matter) -> Mapping[str, bytes]:
    """The packet's files by name."""
    # Rendering is imported here: a caller that only composes needs neither typst nor python-docx.
    from letters.guide import guide_html
    from letters.render.docx import render_docx
    from letters.render.pdf import render_pdf

    papers = compose(matter)
    files: dict[str, bytes] = {}
    for paper in papers:
        files[f"{paper.kind}.pdf"] = render_pdf(paper)
        if paper.kind in EDITABLE:
            files[f"{paper.kind}.docx"] = render_docx(paper)
    if matter.case.route.name in COMPOSERS:
        files["guide.html"] = guide_html(matter).encode()
    files["case.json"] = _case_json(matter, papers)
    return files


def _case_json(matter: Matter, papers: tuple[Letter, ...]) -> bytes:
    """The case as the contract prints it, with every statement of every paper and its source."""
    content = {
        "case": matter.case_id,
        "written": matter.today.isoformat(),
        **case_out(matter.case),
        "entries": facts_out(matter.entries),
        "papers": [_paper_out(paper) for paper in papers],
    }
    return to_json(content, indent=1) + b"\n"


def _paper_out(paper: Letter) -> Json:
    statements = [
        {"text": statement.text, "source": plain(statement.source)}
        for statement in paper.statements()
    ]
    cited = (c for statement in paper.statements() for c in citations_in(statement.text))
    return {
        "kind": paper.kind,
        "title": paper.title,
        "statements": statements,
        "blanks": [{"key": blank.key, "label": blank.label} for blank in paper.blanks()],
        "citations": sorted(dict.fromkeys(cited)),
    }


def _refuse_odd_names(case_id: str) -> None:
    if not case_id or case_id.startswith(".") or set(case_id) & set("/\\:\0"):
        raise UsageError("A case id is no plain folder name", "Use letters, digits and dashes")


def _flush(path: Path) -> None:
    """A file's or folder's content is on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_in_place(draft: Path, place: Path) -> None:
    """Renames the finished folder to its place. Where a packet stands there already, its papers
    are replaced one by one, each at once, and those that no longer belong are taken away; what a
    person put beside them (a signed copy) stays."""
    if not place.exists():
        draft.rename(place)
        return
    fresh = {path.name for path in draft.iterdir()}
    for name in sorted(fresh):
        (draft / name).replace(place / name)
    for name in OURS - fresh:
        (place / name).unlink(missing_ok=True)
    _flush(place)
