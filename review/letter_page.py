"""The letter screen: the draft beside the denial, its blanks as one form, and what became of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse

from letters.form import case_form
from models.clinical_form import facts_in
from models.errors import DeskError, UsageError
from models.serial import case_in
from pipeline.entering import check_answers
from pipeline.reviewing import OUTCOMES, StaleVersion
from pipeline.store.cases import StoredCase
from pipeline.store.entries import Entries
from pipeline.store.named import keep_named
from pipeline.store.people import Role
from review.access import Desk, Who
from review.case_work import write_packet
from review.downloads import as_download
from review.entries_form import facts_from_form
from review.services import Services
from review.shown import render
from review.upload import take_copy

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
HOW = ("fax", "mail", "portal", "email", "hand")
_SECONDS = 60.0
Text = Annotated[str, Form(max_length=4000)]


def _file(desk: Services, stored: StoredCase, name: str) -> Path:
    """A file of a case's packet. Raises UsageError where the packet has none of that name."""
    known = {Path(each).name: desk.packets.out / each for each in stored.packet or ()}
    if name not in known or not known[name].is_file():
        raise UsageError("There is no such file in the packet", "Write the letter again.")
    return known[name]


@router.get("/cases/{case_id}/letter")
def letter(request: Request, desk: Desk, who: Who, case_id: str) -> Response:
    return screen(request, desk, who, case_id)


def screen(
    request: Request, desk: Services, who: Any, case_id: str, error: DeskError | None = None
) -> Response:
    case, stored = desk.review.case(case_id), desk.cases.one(case_id)
    if desk.packets.is_missing(stored):
        write_packet(desk, case_id)
        stored = desk.cases.one(case_id)
    names = sorted(Path(each).name for each in stored.packet or ())
    papers = [name for name in ("letter", "records_request", "fax_cover", "checklist")
              if f"{name}.pdf" in names]  # fmt: skip
    written: Json = {}
    if "case.json" in names:
        written = json.loads(_file(desk, stored, "case.json").read_text("utf-8"))
    entered = Entries(desk.database).of(case_id)
    facts = entered.facts.on_paper_of(desk.settings.clinic)
    form = case_form(case_in(case.body), case_id, desk.settings.day(), facts)
    return render(
        request, "letter.html", status=400 if error else 200,
        case=case, names=names, papers=papers,
        pages={name: len(_pictures(desk, stored, name)) for name in papers[:2]},
        written={paper["kind"]: paper for paper in written.get("papers", ())},
        form=form, facts_version=entered.version, error=error, how=HOW, outcomes=OUTCOMES,
        today=desk.settings.day(),
        sendings=desk.review.sendings(case_id), results=desk.review.results(case_id),
        may_change=who.role.rank >= Role.REVIEWER.rank,
    )  # fmt: skip


_drawn: dict[tuple[str, int], list[bytes]] = {}


def _pictures(desk: Services, stored: StoredCase, paper: str) -> list[bytes]:
    """The pages of a paper as pictures, drawn once for each writing."""
    path = _file(desk, stored, f"{paper}.pdf")
    key = (str(path), path.stat().st_mtime_ns)
    if key not in _drawn:
        made: list[bytes] = desk.pool.call("preview", path.read_bytes(), seconds=_SECONDS)
        while len(_drawn) > 60:
            _drawn.pop(next(iter(_drawn)))
        _drawn[key] = made
    return _drawn[key]


@router.get("/cases/{case_id}/letter/{paper}/{number}")
def letter_page(desk: Desk, case_id: str, paper: str, number: int) -> Response:
    pictures = _pictures(desk, desk.cases.one(case_id), paper)
    if not 1 <= number <= len(pictures):
        raise UsageError("There is no such page", "")
    return Response(pictures[number - 1], media_type="image/webp")


@router.get("/cases/{case_id}/files/{name}")
def packet_file(desk: Desk, case_id: str, name: str) -> Response:
    path = _file(desk, desk.cases.one(case_id), name)
    return FileResponse(
        path, filename=f"{case_id}-{name}", content_disposition_type="attachment",
        media_type="application/octet-stream",
    )  # fmt: skip


@router.get("/cases/{case_id}/packet")
def packet(desk: Desk, case_id: str) -> Response:
    return packet_zip(desk, case_id)


def packet_zip(desk: Services, case_id: str) -> Response:
    """A case's whole packet as one file."""
    desk.review.case(case_id)
    stored = desk.cases.one(case_id)
    if desk.packets.is_missing(stored):
        write_packet(desk, case_id)
        stored = desk.cases.one(case_id)
    if not stored.packet:
        raise UsageError(
            f"Nothing is written for the route {stored.route['route'].replace('_', ' ')}",
            "Decide the case first.",
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(stored.packet):
            archive.write(desk.packets.out / name, f"{case_id}/{Path(name).name}")
    headers = {"Content-Disposition": f'attachment; filename="{case_id}.zip"'}
    return Response(out.getvalue(), media_type="application/zip", headers=headers)


@router.post("/cases/{case_id}/letter")
async def fill_in(request: Request, desk: Desk, who: Who, case_id: str) -> Response:
    """Keep what was entered and write the papers again with it."""
    given = {key: str(value) for key, value in (await request.form()).multi_items()}

    def work() -> Response:
        was = int(given.pop("facts_version", "0") or 0)
        try:
            if "plain" not in given:
                facts = facts_in(facts_from_form(given, who.name))
                check_answers(facts)
                if Entries(desk.database).save(case_id, facts, was) is None:
                    raise StaleVersion("Someone else filled this in meanwhile", "Load again.")
                desk.review.decide_again(case_id, who.name)
            write_packet(desk, case_id)
        except (UsageError, StaleVersion) as wrong:
            return screen(request, desk, who, case_id, wrong)
        return RedirectResponse(f"/cases/{case_id}/letter", 303)

    return await run_in_threadpool(work)


@router.post("/cases/{case_id}/sent")
async def sent(
    request: Request, desk: Desk, who: Who, case_id: str, how: Text, day: Annotated[date, Form()],
    proof: UploadFile | None = None,
) -> Response:  # fmt: skip
    if how not in HOW:
        raise UsageError("How was it sent?", "Choose one of the list.")
    path = None
    if proof is not None and proof.filename:
        path = desk.intake.place_for(proof.filename)
        await take_copy(proof, path, desk.settings.file_mb)

    def work() -> Response:
        try:
            note_sent(desk, case_id, how, day, who.name, path)
        except UsageError as wrong:
            return screen(request, desk, who, case_id, wrong)
        finally:
            if path is not None:
                path.unlink(missing_ok=True)
        return RedirectResponse(f"/cases/{case_id}/letter", 303)

    return await run_in_threadpool(work)


def note_sent(
    desk: Services, case_id: str, how: str, day: date, who: str, proof: Path | None
) -> None:
    """Note that a letter went out, with the proof that lies in a file."""
    if proof is None:
        desk.review.sent(case_id, None, how, day, who)
        return
    put = partial(desk.tools.blobs.put, proof, desk.settings.file_mb << 20)
    stored = put()
    desk.review.sent(case_id, None, how, day, who, (stored.sha256, proof.name))
    keep_named(desk.database, desk.tools.blobs, stored, partial(put, anew=True))


@router.get("/cases/{case_id}/proof/{sending_id}")
def proof_file(desk: Desk, case_id: str, sending_id: int) -> Response:
    for sending in desk.review.sendings(case_id):
        if sending.id == sending_id and sending.proof:
            return as_download(desk.tools.blobs.read(sending.proof), sending.proof_name or "proof")
    raise UsageError("There is no such proof", "")


@router.post("/cases/{case_id}/outcome")
def outcome(
    request: Request, desk: Desk, who: Who, case_id: str, outcome: Text,
    day: Annotated[date, Form()], further: Text = "",
) -> Response:  # fmt: skip
    try:
        desk.review.outcome(case_id, None, outcome, day, who.name, bool(further))
    except UsageError as wrong:
        return screen(request, desk, who, case_id, wrong)
    return RedirectResponse(f"/cases/{case_id}" if further else f"/cases/{case_id}/letter", 303)
