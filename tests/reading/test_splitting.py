"""Which pages of a file make a letter, and what each page is for."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest
from made_pages import typeset

from extractors.reading import Limits, read_document
from extractors.splitting import split_letters
from models.document import Document, Page, PageRole

PLANS = ("Larkspur Mutual Health", "Blue Heron Insurance", "Cascade Care Plan", "Tern Benefits")
PEOPLE = ("Oren Castellan", "Mira Vostrikova", "Ada Lindqvist", "Tomas Okoye")


def first(at: int, more: str = "") -> str:
    """A letter's first page."""
    plan, person = PLANS[at % 4], PEOPLE[at % 4]
    return (
        f"{plan}\nPO Box 44{at}0\nTacoma, WA 98401\n\nSeptember {at + 2}, 2026\n\n{person}\n"
        f"12 Quarry Road\n\nMember ID: LMH-22{at}7-88\nClaim number: 55-12{at}4\n\n"
        f"Dear {person}:\n\n"
        "We reviewed the request that your provider sent us. We cannot approve coverage of this\n"
        "drug because the quantity asked for is more than your plan allows.\n" + more
    )


SECOND = (
    "You may also send us more records. The reviewer was a physician who is board certified in\n"
    "neurology. A copy of the policy is available at no charge.\n\nSincerely,\n\nJane Roe, PharmD\n"
)
RIGHTS = (
    "YOUR APPEAL RIGHTS\nHow to file an appeal\nYou have the right to appeal this decision. Ask "
    "for a standard appeal or an expedited appeal.\nIf you disagree with the internal appeal "
    "you can ask for an external review by an\nindependent review "
    "organization.\nYou may appoint someone "
    "your representative.\nContact the Employee Benefits Security Administration or your state "
    "department of insurance.\n"
)
TONGUES = (
    "ATENCIÓN: si habla español, tiene a su disposición servicios gratuitos de asistencia.\n"
    "CHÚ Ý: Nếu bạn nói Tiếng Việt, có các dịch vụ hỗ trợ ngôn ngữ miễn phí.\n"
    "ATTENTION : Si vous parlez français, des services sont proposés gratuitement.\n"
    "ACHTUNG: Wenn Sie Deutsch sprechen, stehen Ihnen kostenlos Dienste zur Verfügung.\n"
    "ВНИМАНИЕ: Если вы говорите на русском языке.\n注意：如果您使用中文\n주의: 한국어\n"
)
CIVIL = (
    "Notice of Nondiscrimination\nLarkspur complies with applicable Federal civil rights laws and "
    "does not discriminate on the basis\nof race, color or sex. Call our Civil Rights Coordinator "
    "for auxiliary aids and qualified interpreters.\nYou can file with the Office for Civil "
    "Rights.\n"
)
COVER = (
    "FAX COVER SHEET\nTo: Quarry Clinic\nFrom: Larkspur\nPages: 4\nDate: 09/14/2026\n"
    "CONFIDENTIALITY NOTICE: intended only for the use of the individual named above.\n"
)
PLAIN_FIRST = (
    "Harbor Benefit Health\n\n3 Orchard Way\nTacoma, WA 98401\n\nDate: 10/02/2026\n\n"
    "The quantity asked for is more than the policy allows, and so it will not be paid for.\n"
)
ENCLOSURE = (
    "Enclosure: Appeal request form\nMember name: ______________________\nMember ID: ____________\n"
    "Date: ______________\nReason for appeal: ______________\nSignature: ____________\n"
)


def document(*pages: str) -> Document:
    """Pages of text; an empty one is a blank page."""
    read = [read_document(page.encode(), "x.txt") for page in pages if page]
    laid = iter(read)
    blank = replace(read[0].pages[0], lines=(), role=PageRole.BLANK)
    made = []
    for number, page in enumerate(pages, 1):
        whole = next(laid).pages[0] if page else blank
        made.append(replace(whole, number=number))
    return replace(read[0], pages=tuple(made))


def split(*pages: str) -> list[list[int]]:
    return [[page.number for page in letter] for letter in split_letters(document(*pages))]


@pytest.mark.parametrize(
    ("pages", "letters"),
    [
        ([first(0)], [[1]]),
        ([first(0), SECOND], [[1, 2]]),
        ([first(0), SECOND, first(1), SECOND], [[1, 2], [3, 4]]),
        ([first(0), first(1), first(2)], [[1], [2], [3]]),
        ([first(0), SECOND, RIGHTS, TONGUES, CIVIL], [[1, 2, 3, 4, 5]]),
        ([first(0), RIGHTS, TONGUES, first(1), RIGHTS], [[1, 2, 3], [4, 5]]),
        ([first(0), SECOND, ENCLOSURE], [[1, 2, 3]]),
        ([COVER, first(0), SECOND], [[1, 2, 3]]),
        ([COVER, first(0), COVER, first(1)], [[1, 2], [3, 4]]),
        ([first(0), "", first(1), ""], [[1], [3]]),
        ([first(0), "", SECOND], [[1, 3]]),
        ([first(0, "Page 1 of 2"), SECOND + "Page 2 of 2", first(1, "Page 1 of 1")], [[1, 2], [3]]),
        ([SECOND + "Page 2 of 2", first(0, "Page 1 of 2")], [[2, 1]]),
        (
            [first(0, "Page 1 of 3"), RIGHTS + "Page 3 of 3", SECOND + "Page 2 of 3"],
            [[1, 3, 2]],
        ),
        # a back page scanned before its own first page goes to its letter, not to the one before
        (
            [
                first(0),
                SECOND,
                SECOND + "Page 2 of 3",
                first(1, "Page 1 of 3"),
                CIVIL + "Page 3 of 3",
            ],
            [[1, 2], [4, 3, 5]],
        ),
        ([first(0), "", CIVIL + "Page 2 of 2", first(1, "Page 1 of 2")], [[1], [4, 3]]),
        # the first page bears no number, as is common: the second is its own
        (
            [first(0), SECOND + "Page 2 of 2", first(1, "Page 1 of 2"), SECOND + "Page 2 of 2"],
            [[1, 2], [3, 4]],
        ),
        # little of a letterhead after the notices that a letter ends with
        ([first(0), CIVIL, PLAIN_FIRST, RIGHTS], [[1, 2], [3, 4]]),
    ],
)
def test_pages_make_letters(pages: list[str], letters: list[list[int]]) -> None:
    assert split(*pages) == letters


def test_letters_under_one_another_in_one_text() -> None:
    text = first(0) + "\n" + "=" * 60 + "\n" + first(1) + "\n" + "=" * 60 + "\n" + first(2)
    letters = split_letters(read_document(text.encode(), "x.txt"))
    assert len(letters) == 3
    assert [
        sum(name in page.text for page in letter)
        for letter, name in zip(letters, PEOPLE, strict=False)
    ] == [len(letter) for letter in letters]


def test_a_ruler_inside_a_letter_cuts_nothing() -> None:
    text = first(0) + "\n" + "=" * 60 + "\nREASON FOR DENIAL\n" + "-" * 60 + "\nToo many units.\n"
    assert len(split_letters(read_document(text.encode(), "x.txt"))) == 1


def test_a_title_between_rulers_is_no_letter_of_its_own() -> None:
    """Nor is a scrap below the last letter's ruler."""
    ruler = "=" * 60
    title = f"{ruler}\n  LARKSPUR MUTUAL HEALTH - NOTICE OF DENIAL\n{ruler}\n"
    for text, count in (
        (title + first(0), 1),
        (title + first(0) + "\n" + title + first(1), 2),
        (first(0) + f"\n{ruler}\nLarkspur Mutual Health  Form 12  September 9, 2026\nRE: x\n", 1),
    ):
        letters = split_letters(read_document(text.encode(), "x.txt"))
        assert len(letters) == count
        assert all("Dear" in "".join(page.text for page in letter) for letter in letters)


@pytest.mark.parametrize("printed", ["Page lof 2", "Page 10f 2", "Page 1of2", "Page 1 of 2"])
def test_page_numbers_in_small_print_read_badly(printed: str) -> None:
    assert split(first(0, printed), first(0, "Page 2 of 2")) == [[1, 2]]


def mail(body: str, *attachments: bytes) -> Document:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "letters"
    message.set_content(body)
    for at, data in enumerate(attachments):
        message.add_attachment(data, "application", "octet-stream", filename=f"{at}.bin")
    return read_document(message.as_bytes(), "x.eml", Limits(workers=1))


def test_attachments_are_letters_and_a_note_goes_with_the_first() -> None:
    letters = split_letters(mail("Please see the attached denials.", typeset(), first(1).encode()))
    assert [[page.part for page in letter] for letter in letters] == [[0, 1], [2]]


def test_a_denial_in_the_mail_itself_is_a_letter() -> None:
    assert len(split_letters(mail(first(0), first(1).encode()))) == 2


def test_no_page_is_lost_or_doubled() -> None:
    pages = [COVER, first(0), SECOND, RIGHTS, first(1), ENCLOSURE, TONGUES, first(2), SECOND]
    assert sorted(number for letter in split(*pages) for number in letter) == list(range(1, 10))


@pytest.mark.parametrize(
    ("text", "role"),
    [
        (first(0), PageRole.BODY),
        (first(0) + RIGHTS, PageRole.BODY),
        (SECOND, PageRole.BODY),
        (RIGHTS, PageRole.APPEAL_RIGHTS),
        (TONGUES, PageRole.TAGLINES),
        (CIVIL, PageRole.NONDISCRIMINATION),
        (COVER, PageRole.COVER),
        (
            "EXPLANATION OF BENEFITS  THIS IS NOT A BILL\nAmount billed  Plan discount  "
            "Amount paid  Your responsibility  Deductible  Coinsurance\n"
            + "10/01/2026  99213  $245.00  $45.00  $160.00  $40.00\n"
            * 4,
            PageRole.EOB_TABLE,
        ),
    ],
)
def test_what_a_page_is_for(text: str, role: PageRole) -> None:
    page: Page = read_document(text.encode(), "x.txt").pages[0]
    assert page.role is role
