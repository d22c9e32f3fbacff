"""Facts come from the letter's own pages: covers, notices and taglines have others of their own."""

from __future__ import annotations

import pytest

from extractors.extraction import extract_fields
from extractors.reading import read_document
from models.document import PageRole

LETTER = """Larkspur Mutual Health
PO Box 4410, Tacoma, WA 98401
September 14, 2026
Dear Oren Castellan:
We reviewed the request that your provider sent us. We cannot approve coverage of Ocrevus because
it is not medically necessary.
Sincerely,
Jane Roe
"""
COVER = """FAX COVER SHEET
To: Dr. Haverkamp
From: Utilization Management
Fax: 555-010-2211
Pages: 3
Date: 01/02/2024
Case number: 99-887766
CONFIDENTIALITY NOTICE: This fax is intended only for the individual named above. If you have
received this fax in error, notify the sender.
"""
NOTICE = """Larkspur Mutual Health complies with applicable Federal civil rights laws and does not
discriminate on the basis of race, color, national origin, age, disability, or sex.
You can file a grievance with: Civil Rights Coordinator, PO Box 990, Tacoma, WA 98409,
fax 800-555-0188. Member ID: ZZZ123456789
You can also file with the Office for Civil Rights at https://ocrportal.hhs.gov. January 5, 2024
"""


@pytest.mark.parametrize(
    ("pages", "role"),
    [((COVER, LETTER), PageRole.COVER), ((LETTER, NOTICE), PageRole.NONDISCRIMINATION)],
)
def test_facts_stand_on_the_letters_own_pages(pages: tuple[str, str], role: PageRole) -> None:
    read = read_document("\f".join(pages).encode(), "letter.txt").pages
    assert role in {page.role for page in read}
    fields = extract_fields(read)
    own = next(page.number for page in read if page.role is PageRole.BODY)
    assert {e.page for _, field in fields.items() for e in field.evidence} == {own}
    assert str(dict(fields.items())["letter_date"].value) == "2026-09-14"


def test_cover_alone_is_all_there_is() -> None:
    fields = dict(extract_fields(read_document(COVER.encode(), "cover.txt").pages).items())
    assert fields["reference_number"].value == "99-887766"
