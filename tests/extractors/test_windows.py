from __future__ import annotations

import pytest
from letters_laid import analysed

from extractors.choosing import readings
from extractors.durations import number_of
from extractors.next_step import find_appeal_window
from models.fields import Window


def window(text: str, level: str = "initial") -> Window | None:
    found = list(find_appeal_window(analysed(f"Dear Member,\n\n{text}"), level))
    ranked = readings("appeal_window", found)
    return ranked[0].value if ranked and ranked[0].score >= 0.5 else None  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("You may appeal within 180 days of this notice.", 180, "days"),
        ("You have sixty (60) calendar days to file an appeal.", 60, "days"),
        ("An appeal must be filed within one hundred eighty days of receipt.", 180, "days"),
        ("Ask us to reconsider our decision within six months of this letter.", 6, "months"),
        ("You may appeal this determination within 65 calendar days.", 65, "days"),
        ("You have 18O days to appeal.", 180, "days"),
        ("There is a 60-day deadline for appeals.", 60, "days"),
        ("You may file an appeal within 60 days, and we will decide within 30 days.", 60, "days"),
        ("Appeal window: 90 days", 90, "days"),
        ("To appeal, send a letter and records within 45 days of the date above.", 45, "days"),
        ("Usted tiene 60 días para apelar.", 60, "days"),
        ("Puede apelar dentro de ciento ochenta días de esta carta.", 180, "days"),
        ("Fairmont needs to get your appeal within sixty-five days of the date above.", 65, "days"),
        ("An appeal is a letter. It has to be with us within six months.", 6, "months"),
        ("An appeal may be made. The time limit is two years from this notice.", 24, "months"),
        (
            "If we got it wrong, appeal. Your letter should reach us no more than one hundred and "
            "eighty (180) days after you get this one.",
            180,
            "days",
        ),
        (
            "You may ask us to reconsider for one year from the date of this statement.",
            12,
            "months",
        ),
        (
            "Appeals go to Fairmont. Ann Poe, or anyone she names, has 180 days after she gets her "
            "copy of this letter.",
            180,
            "days",
        ),
        (
            "HOW LONG DO I HAVE?\nYou've got 180 days, counted from the day this letter came.",
            180,
            "days",
        ),
        ("Appeal rights: 180 days from receipt, in writing.", 180, "days"),
        ("Appeal (member, or you with a signed form): 180 days from receipt.", 180, "days"),
        ("APPEAL WINDOW (DAYS) ..: 180", 180, "days"),
        (
            "You may appeal.\n* Who: you or your doctor.\n* When: in the 180 days that follow the "
            "day this notice reaches you.",
            180,
            "days",
        ),
        ("Ask us for an appeal by May 5, 2026 (60 days from this letter).", 60, "days"),
    ],
)
def test_times_to_appeal(text: str, value: int, unit: str) -> None:
    assert window(text) == Window(value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "We will decide your appeal within 30 days.",
        "Your appeal will be completed within 30 days of receipt.",
        "Your doctor may ask for a peer-to-peer discussion within 14 days.",
        "Send a corrected claim within 90 days of this notice.",
        "The plan pays for a 30-day supply after therapy for 90 days.",
        "To keep your benefits during the appeal you must ask within 10 days.",
        "We may extend the appeal by up to 14 days.",
        "You may appeal. You may also ask for an external review within 4 months of the final "
        "decision.",
        "Notes from the last 90 days were not sent with the appeal.",
        "Decisions on appeals are made in 15 days at the first level and 30 days at the second.",
        "Le mandaremos una carta en 5 días para decirle que recibimos su apelación.",
    ],
)
def test_other_times(text: str) -> None:
    assert window(text) is None


def test_after_an_upheld_appeal_the_next_step_counts() -> None:
    text = (
        "You appealed within 180 days of our notice. You may now ask for an independent external "
        "review within four months."
    )
    assert window(text, "internal_appeal") == Window(4, "months")


def test_of_two_steps_an_initial_denial_gives_the_first() -> None:
    text = (
        "You may file an appeal within 60 days. If we uphold our decision you may ask for a State "
        "Fair Hearing within 120 days."
    )
    assert window(text) == Window(60, "days")
    assert window(text, "internal_appeal") == Window(120, "days")


@pytest.mark.parametrize(
    ("words", "number"),
    [("60", 60), ("6O", 60), ("ninety", 90), ("one hundred and twenty", 120), ("forty-five", 45)],
)
def test_numbers(words: str, number: int) -> None:
    assert number_of(words) == number


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("You may appeal. It must be signed and postmarked within 90 days of this notice.", 90),
        ("To appeal, write to Unit 4, 12 W. Elm St., Dover, DE 19901, within 75 days of this.", 75),
        ("Appeal: within 50 days of this notice, by you. Afterwards a State Fair Hearing may be"
         " asked for within 120 days of our decision.", 50),
        ("You may appeal. You have 60 days from this notice. You may keep it while you appeal if"
         " you ask within 10 days.", 60),
        ("Send the records within 45 days and we look again without an appeal. You have 180 days"
         " to appeal.", 180),
    ],
)  # fmt: skip
def test_the_time_of_this_step_among_others(text: str, days: int) -> None:
    assert window(text) == Window(days, "days")


def test_no_time_of_a_request_to_come() -> None:
    text = "If a request is turned down in the future, the letter tells how to appeal in 180 days."
    assert window(text) is None
