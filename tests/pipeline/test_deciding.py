"""Pages and fields in, a whole case out: law, clocks and route together."""

from __future__ import annotations

import json
from datetime import date

import pytest

from models.document import Line, Page, PageRole, PageSource, Word
from models.fields import Field, Fields, FieldValue, Window
from models.geometry import Box
from models.serial import case_in, case_out
from models.vocabulary import RouteName
from pipeline.deciding import decide, unreadable_pages

TODAY = date(2026, 11, 22)


def page(
    text: str,
    number: int = 1,
    source: PageSource = PageSource.TEXT,
    quality: float = 1.0,
    role: PageRole = PageRole.BODY,
) -> Page:
    lines = tuple(
        Line(
            tuple(
                Word(word, Box(60.0 + 40 * x, 60.0 + 14 * y, 95.0 + 40 * x, 72.0 + 14 * y))
                for x, word in enumerate(line.split())
            ),
            y,
        )
        for y, line in enumerate(text.splitlines())
        if line.split()
    )
    return Page(number, 612, 792, lines, source, quality, role)


def fields(**values: FieldValue) -> Fields:
    usual: dict[str, FieldValue] = {
        "document_kind": "denial",
        "level": "initial",
        "payer": "Example Health Plan",
        "plan_type": "commercial",
        "drug": "Examplumab",
        "denial_category": "step_therapy",
        "letter_date": date(2026, 11, 2),
        "appeal_window": Window(180, "days"),
    }
    return Fields({key: Field(value, 0.95) for key, value in {**usual, **values}.items()})


def test_a_self_funded_denial() -> None:
    letter = page("Notice of denial\nYour plan is self-funded by your employer.", number=4)
    case = decide((letter,), fields(), TODAY)
    assert case.pages == (4,)
    assert case.law.regime == "erisa_self_funded"
    assert any("“self-funded by your employer” (page 4)" in reason for reason in case.law.reasons)
    assert case.deadlines[0].key == "erisa_l1"
    assert case.deadlines[0].due == date(2027, 5, 1)
    assert case.route.name is RouteName.APPEAL
    printed = json.loads(json.dumps(case_out(case)))
    assert printed["deadlines"][0]["due"] == "2027-05-01"
    assert printed["route"]["route"] == "appeal"


def test_boilerplate_pages_prove_nothing() -> None:
    taglines = page("This plan is self-funded.", 2, role=PageRole.TAGLINES)
    case = decide((page("Denied."), taglines), fields(), TODAY)
    assert case.law.regime is None
    assert case.law.question
    assert case.pages == (1, 2)


def test_part_d_step_therapy_is_an_exception_request() -> None:
    case = decide((page("Denied."),), fields(plan_type="medicare_part_d"), TODAY)
    assert case.law.regime == "part_d"
    assert case.route.name is RouteName.EXCEPTION_REQUEST
    assert case.deadlines[0].key == "d_l1"


def test_an_approval_has_no_clock() -> None:
    case = decide(
        (page("Approved."),), fields(document_kind="approval", denial_category=None), TODAY
    )
    assert case.deadlines == ()
    assert case.route.name is RouteName.NONE


def test_urgent_words_shorten_the_plan_s_clock() -> None:
    letter = page("Request type: Urgent")
    case = decide((letter,), fields(plan_type="medicare_part_d"), TODAY)
    clock = next(clock for clock in case.deadlines if clock.key == "plan_d_appeal")
    assert case.route.urgent
    assert "72 hours" in clock.arithmetic


def test_known_receipt() -> None:
    case = decide((page("Denied."),), fields(), TODAY, received=date(2026, 11, 6))
    assert case.deadlines[0].opens == date(2026, 11, 6)


@pytest.mark.parametrize(("quality", "source", "bad"), [
    (0.3, PageSource.OCR, True),
    (0.3, PageSource.TEXT, False),
    (0.8, PageSource.OCR, False),
])  # fmt: skip
def test_unreadable_pages(quality: float, source: PageSource, bad: bool) -> None:
    words = " ".join(["smudge"] * 10)
    letter = page(f"{words}\n{words}", 7, source, quality)
    assert unreadable_pages((letter,)) == ((7,) if bad else ())
    case = decide((letter,), fields(), TODAY)
    assert (case.route.name is RouteName.HUMAN_REVIEW) is bad


def test_a_letter_that_contradicts_its_plan_type_goes_to_a_person() -> None:
    letter = page("Notice of Denial of Medicare Prescription Drug Coverage")
    case = decide((letter,), fields(), TODAY)
    assert case.route.name is RouteName.HUMAN_REVIEW
    assert any("Medicare Prescription Drug Coverage" in reason for reason in case.route.reasons)


def test_a_letter_without_anything() -> None:
    case = decide((page(""),), Fields(), TODAY)
    assert case.route.name is RouteName.HUMAN_REVIEW
    assert case.deadlines == ()


def test_the_same_letter_gives_the_same_case() -> None:
    letter = (page("Your Marketplace plan denied it."),)
    assert decide(letter, fields(), TODAY) == decide(letter, fields(), TODAY)


WHOLE = "We denied the drug.\nYour plan is self-funded by your employer.\nSincerely,\nThe plan"


def test_a_whole_notice_is_audited_under_its_law() -> None:
    case = decide((page(WHOLE),), fields(), TODAY)
    found = {defect.element: defect for defect in case.notice_defects}
    assert found["notice_civil_action"].citation == "29 CFR 2560.503-1(g)(1)(iv)"
    assert "notice_external_review" in found
    # What the fields show to be there is never told to be absent.
    assert not found.keys() & {"notice_specific_reason", "notice_review_procedure"}
    again = case_in(json.loads(json.dumps(case_out(case))))
    assert again.notice_defects == case.notice_defects


@pytest.mark.parametrize(
    ("pages", "values"),
    [
        ((page("We denied the drug.\nSincerely,"),), {}),  # law undecided
        ((page(WHOLE + "\nPage 1 of 2"),), {}),
        ((page(WHOLE, source=PageSource.OCR, quality=0.7),), {}),
        ((page(WHOLE),), {"level": "internal_appeal"}),
        ((page(WHOLE),), {"document_kind": "approval"}),
        ((page(WHOLE + "\nSee the enclosed notice of appeal rights."),), {}),
    ],
)
def test_nothing_is_held_against_a_notice_that_is_not_surely_whole(
    pages: tuple[Page, ...], values: dict[str, FieldValue]
) -> None:
    assert decide(pages, fields(**values), TODAY).notice_defects == ()


def test_a_case_stored_before_the_audit_is_read() -> None:
    body = case_out(decide((page(WHOLE),), fields(), TODAY))
    del body["notice_audit"]
    assert case_in(body).notice_defects == ()
