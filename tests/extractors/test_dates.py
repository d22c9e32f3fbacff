from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters_laid import analysed

from extractors.choosing import readings
from extractors.date_fields import find_date_fields, roled_dates
from extractors.dates import find_dates

SEVENTH = date(2026, 3, 7)


@pytest.mark.parametrize(
    "printed",
    [
        "March 7, 2026", "MARCH 7, 2026", "Mar. 7, 2026", "March 7th, 2026", "7 March 2026",
        "07-MAR-2026", "03/07/2026", "3/7/26", "03-07-2026", "2026-03-07", "2026/03/07",
        "March 7,2026", "Mar7,2026", "7 de marzo de 2026", "O3/07/2O26", "03/O7/2026",
        "March 7 - 9, 2026", "Marcb 7, 2026",
    ],
)  # fmt: skip
def test_usual_formats(printed: str) -> None:
    assert [m.value for m in find_dates(f"on {printed} we")] == [SEVENTH]


@pytest.mark.parametrize(
    "text",
    ["PA-2026-0307-88412", "1-800-555-0142", "123-45-6789", "version 4.2016", "CPT 99213, 2024",
     "13/45/2026", "Feb 31, 2026", "12/31", "I0O/l0O"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert find_dates(text) == ()


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_every_day_is_read_back_in_every_format(day: date) -> None:
    for form in ("%B %d, %Y", "%b %d, %Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y", "%m/%d/%y"):
        printed = day.strftime(form)
        expected = day
        if form == "%m/%d/%y" and day.year < 2000:
            expected = day if day.year >= 1950 else day.replace(year=day.year + 100)
        assert [m.value for m in find_dates(printed)] == [expected]


def roles(text: str) -> dict[str, str]:
    return {r.mention.value.isoformat(): r.role for r in roled_dates(analysed(text))}


def test_roles_by_words_around() -> None:
    text = (
        "Dear Member,\n\nWe received your request on 2/1/2026. Your policy is effective 1/1/2026.\n"
        "The scan was performed on 1/20/2026. You were born on 5/5/1980. Your appeal must be\n"
        "received no later than 8/1/2026. Our earlier decision was dated 12/15/2025."
    )
    assert roles(text) == {
        "2026-02-01": "request_date",
        "2026-01-01": "other_date",
        "2026-01-20": "date_of_service",
        "1980-05-05": "birth_date",
        "2026-08-01": "appeal_deadline",
        "2025-12-15": "other_date",
    }


def best(text: str, key: str) -> date | None:
    found = [c for c in find_date_fields(analysed(text)) if c.key == key]
    ranked = readings(key, found)
    return ranked[0].value if ranked and ranked[0].score >= 0.3 else None  # type: ignore[return-value]


def test_the_date_line_under_a_letterhead_is_the_notice_s() -> None:
    text = (
        "FAIRMONT HEALTH\nP.O. Box 12\nDover, DE 19901\nMarch 7, 2026\n\n"
        "Ann Poe\n12 Elm Street\nDover, DE 19901\n\n"
        "Date of Birth: 04/02/1971\nDate of Service: 02/03/2026\n\n"
        "Dear Ann Poe,\nWe processed your claim."
    )
    assert best(text, "letter_date") == SEVENTH
    assert best(text, "date_of_service") == date(2026, 2, 3)


def test_a_fax_machine_s_line_is_not_the_notice_s_date() -> None:
    text = "03/09/2026 14:22 FROM: FAIRMONT  TO: 3025550144  P. 1/3\n\nNotice Date: 03/07/2026"
    assert best(text, "letter_date") == SEVENTH
    alone = "03/09/2026 14:22 FROM: FAIRMONT  TO: 3025550144  P. 1/3\n\nDear Member,\nHello."
    assert best(alone, "letter_date") is None


def test_a_service_that_is_only_asked_for_has_no_date_of_service() -> None:
    assert best("Dates of service: requested for 05/19/2026", "date_of_service") is None
    assert best("Requested start date: 03/28/2026", "date_of_service") is None


def test_the_first_day_of_a_range_and_of_many_lines() -> None:
    assert best("Service Dates: January 3-5, 2026", "date_of_service") == date(2026, 1, 3)
    assert best("DOS: 2/9/2026\nDOS: 2/2/2026", "date_of_service") == date(2026, 2, 2)


def test_a_decision_s_own_clock_is_no_deadline() -> None:
    text = "Your appeal is being looked at. You will get our answer by March 19, 2026."
    assert best(text, "appeal_deadline") is None
    text = "If you disagree, we must have your appeal by March 19, 2026."
    assert best(text, "appeal_deadline") == SEVENTH + timedelta(days=12)


@pytest.mark.parametrize("blank", ["Date: [Date]", "Date:", "DATE", "Date of Notice: ____"])
def test_a_blank_form_has_no_date(blank: str) -> None:
    assert best(f"{blank}\n\nDear Member,\nWe have denied this.", "letter_date") is None


NOTICE = "FAIRMONT HEALTH\n\nMarch 7, 2026\n\nDear Ann Poe:\n\nWe have denied this drug.\n\n"


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("On March 2 your doctor asked us to pay for it.", date(2026, 3, 2)),
        ("Your surgeon's office faxed us a request on Feb. 27.", date(2026, 2, 27)),
        ("Dr. Quill sent the prior authorization form on 27 February.", date(2026, 2, 27)),
        ("We got the request for this drug on 3/2.", date(2026, 3, 2)),
        ("You told us on 3/2/26 that you do not agree.", date(2026, 3, 2)),
        ("March 2    The request was received\nMarch 4    We called", date(2026, 3, 2)),
        ("Your request reached us on December 30.", date(2025, 12, 30)),
        ("On March 2, 2026 at 4:40 p.m. your prescriber asked us for it.", date(2026, 3, 2)),
        ("On March 2, 2026, Fairmont got from your prescriber a request for it.", date(2026, 3, 2)),
        ("On March 4 we asked your doctor for records.", None),
        ("You had an infusion on March 2 and felt better.", None),
        ("You joined the plan on March 1 after a request by your employer.", None),
        ("A dose of 1/2 tablet on May 3 is what the label allows.", None),
    ],
)  # fmt: skip
def test_the_day_a_request_came_is_told_in_prose(told: str, day: date | None) -> None:
    assert best(NOTICE + told, "request_date") == day


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("Ask for your appeal by Tuesday, May 5, 2026.", date(2026, 5, 5)),
        ("We must have your appeal by:\n\n              May 5, 2026\n", date(2026, 5, 5)),
        ("Appeals received after May 5, 2026 will not be looked at.", date(2026, 5, 5)),
        ("You can appeal until May 5, 2026.", date(2026, 5, 5)),
        ("The time to appeal runs out on May 5, 2026.", date(2026, 5, 5)),
        ("To keep your services during the appeal, ask by March 17, 2026.", None),
        ("Please send the records by March 20, 2026 so that we can decide your appeal.", None),
    ],
)
def test_last_days_to_appeal(told: str, day: date | None) -> None:
    assert best(NOTICE + told, "appeal_deadline") == day


@pytest.mark.parametrize(
    "text",
    [
        "ORDER\n\nIssued and entered\nthis 7th day of March, 2026\nby the Director",
        "DATE OF THIS DECISION ...... March 7, 2026",
        "STATE OF OHIO\n\nEntered: March 7, 2026\n\nThe denial is upheld.",
        "FAIRMONT\n\n7 March 2026\n\nDear Ann,\nDenied.",
        "From: Ann Poe <a@b.example>\nTo: help@c.example\nDate: Mon, 9 Mar 2026 10:01\n"
        "Subject: denied\n\nHi,\nI got a letter from Fairmont dated March 7 that says no.",
    ],
)
def test_the_notice_s_date_in_orders_and_mails(text: str) -> None:
    assert best(text, "letter_date") == SEVENTH


def test_a_form_answered_by_fax_has_the_day_it_was_sent() -> None:
    text = "03/07/2026 14:22 FROM: FAIRMONT  TO: 3025550144  P. 1/1\n\n[X] Denied\nDrug: Xolair"
    assert best(text, "letter_date") == SEVENTH
