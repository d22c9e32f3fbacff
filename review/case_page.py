"""The case screen: the page as received on one side, what was read and decided on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from models.document import Document, Page
from models.errors import DeskError, UsageError
from models.fields import FIELD_SPECS, FieldKind, FieldSpec
from models.vocabulary import RouteName
from pipeline.field_values import CHOICES, checked
from pipeline.reviewing import Seen
from pipeline.splitting import groups_out
from pipeline.store.attached import attached_to
from pipeline.store.people import Role
from pipeline.store.reviews import is_sure
from review.access import Desk, Who
from review.code_texts import codes_on, hcpcs_meaning
from review.downloads import as_download
from review.queue_page import filters_of, next_case, query_of
from review.services import Services
from review.shown import ending_of, error_text, html, language_of, render, spelled

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
_MOST_ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as a row of the case screen. `state` is `open`, `unsure`, `machine`, `person`
    or `empty`."""

    spec: FieldSpec
    field: Json
    state: str
    before: list[Any]
    choices: tuple[str, ...]

    @property
    def text(self) -> str:
        return spelled(self.field["value"])

    @property
    def meaning(self) -> str:
        """What the codes in it mean."""
        codes = self.field["value"] or () if self.spec.key == "hcpcs" else ()
        told = [f"{code}: {said}" for code in codes if (said := hcpcs_meaning(code))]
        return "; ".join(told)

    @property
    def alternatives(self) -> list[Json]:
        return [
            other
            for other in self.field.get("alternatives", ())
            if other["value"] not in (None, [])
        ][:_MOST_ALTERNATIVES]


def rows_of(case: Seen) -> list[Shown]:
    """The fields in the order a person reads them: key fields, then others that have a value,
    then empty ones."""
    rows = []
    for key, spec in FIELD_SPECS.items():
        field = case.body["fields"][key]
        if field.get("set_by"):
            state = "person"
        elif key in case.open:
            state = "open"
        elif field["value"] in (None, []):
            state = "empty"
        else:
            state = "machine" if is_sure(key, field) else "unsure"
        choices = CHOICES.get(key, ()) if spec.kind is FieldKind.CHOICE else ()
        rows.append(Shown(spec, field, state, list(case.words.get(key, ())), choices))

    def weight(row: Shown) -> int:
        if row.spec.is_key:
            return 0 if row.state != "empty" else 1
        return 3 if row.state == "empty" else 2

    return sorted(rows, key=weight)


def work_html(request: Request, desk: Services, case: Seen, who: Any) -> str:
    """The working side of the screen, which is renewed after every change."""
    siblings = desk.cases.of(case.sha256)
    with desk.database.reading() as session:
        further = attached_to(session, case.sha256)
    return html(
        request, "work.html",
        case=case,
        rows=rows_of(case),
        today=desk.settings.day(),
        routes=list(RouteName),
        siblings=siblings,
        groups=groups_out([other.body["pages"] for other in siblings]),
        further=further,
        hold=desk.holds.of(case.id),
        alike=desk.listing.alike(case.id, case.same_as),
        notes=desk.review.notes(case.id),
        history=desk.review.history(case.id),
        sendings=desk.review.sendings(case.id),
        results=desk.review.results(case.id),
        users=[user.name for user in desk.people.all() if user.active],
        may_change=who.role.rank >= Role.REVIEWER.rank,
        may_release=who.role is Role.ADMINISTRATOR,
    )  # fmt: skip


@router.get("/cases/{case_id}")
def case_screen(request: Request, desk: Desk, who: Who, case_id: str) -> Response:
    case = desk.review.case(case_id)
    holder = case.holder
    if who.role.rank >= Role.REVIEWER.rank:
        holder = desk.review.hold(case_id, who.name)
    document = desk.review.document(case.sha256)
    pages = [page for page in document.pages if page.number in case.body["pages"]]
    return render(
        request, "case.html",
        case=case,
        work=work_html(request, desk, case, who),
        pages=pages,
        codes=codes_on(pages),
        holder=holder if holder != who.name else None,
        query=query_of(filters_of(request)),
    )  # fmt: skip


@router.get("/cases/{case_id}/work")
def work(request: Request, desk: Desk, who: Who, case_id: str) -> Response:
    return Response(
        work_html(request, desk, desk.review.case(case_id), who), media_type="text/html"
    )


@router.get("/cases/{case_id}/next")
def following(request: Request, desk: Desk, case_id: str) -> Response:
    filters = filters_of(request)
    found = next_case(desk, case_id, filters)
    query = query_of(filters)
    place = f"/cases/{found}" if found else "/queue"
    return RedirectResponse(f"{place}?{query}" if query else place, 303)


@router.get("/pages/{case_id}/{number}")
def page_image(desk: Desk, case_id: str, number: int, small: bool = False) -> Response:
    """A page as a picture. Browsers may not keep it: their cache outlives a session."""
    case = desk.review.case(case_id)
    return Response(desk.images.get(case.sha256, number, small), media_type="image/webp")


@router.get("/words/{case_id}/{number}")
def page_words(desk: Desk, case_id: str, number: int) -> Json:
    """The words of a page with their places on the page as shown."""
    page = _page(desk.review.document(desk.review.case(case_id).sha256), number)
    width, height = shown_size(page)
    lines = [
        [[word.text, *page.as_shown(word.box).as_list()] for word in line.words]
        for line in page.lines
    ]
    codes = [[found.meaning, *box] for found in codes_on([page]) for box in found.boxes]
    return {"width": width, "height": height, "lines": lines, "codes": codes}


def shown_size(page: Page) -> tuple[float, float]:
    """The size of a page as it is shown: upright, as received."""
    if page.straightened is not None:
        return page.straightened.width, page.straightened.height
    return page.width, page.height


def _page(document: Document, number: int) -> Page:
    for page in document.pages:
        if page.number == number:
            return page
    raise UsageError("There is no such page", "")


@router.get("/cases/{case_id}/original")
def original(desk: Desk, case_id: str) -> Response:
    """The file as received, only ever as a download."""
    case = desk.review.case(case_id)
    ending = ending_of(desk.cases.one(case_id).source)
    return as_download(desk.tools.blobs.read(case.sha256), f"{case_id}{ending}")


@router.get("/check")
def check(request: Request, key: str, value: str = "") -> Json:
    """Whether a value fits its field, while it is typed."""
    try:
        return {"ok": True, "value": spelled(checked(key, value))}
    except DeskError as wrong:
        return {"ok": False, "message": error_text(language_of(request), wrong.message)}
