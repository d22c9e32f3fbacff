"""Numbers and days of claims and members in sentences, cells and blocks."""

from __future__ import annotations

import pytest
from letters_laid import analysed

from extractors.choosing import weigh
from extractors.extraction import find_candidates

STATEMENT = """Claims statement                 Statement date   05/19/2026

{first}
10/28/2026   99203   OFFICE VISIT      220.00    141.00   111.00
{second}
11/24/2026   17311   MOHS STAGE 1    1,480.00      0.00     0.00
"""


def read(text: str, key: str) -> object:
    analysis = analysed(text)
    return weigh(analysis.view, find_candidates(analysis))[key].value


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("I am on your plan. My ID is still the same, JQU118M40927.", "member_id", "JQU118M40927"),
        ("Our son's card number is QZX 4417 20 889, thank you.", "member_id",
         "QZX 4417 20 889"),
        ("The letter has a reference, UM84117730.", "reference_number", "UM84117730"),
        ("Nolan Thist, JQG311M90427. PA-190-447-2218, came 07/14/2026", "reference_number",
         "PA-190-447-2218"),
        ("Our policy PA-190447 says so.", "reference_number", None),
        ("ID no. 117740288\nAUTH-F4418820\n", "reference_number", "AUTH-F4418820"),
        ("Request #: EOC 118044177-B", "reference_number", "EOC 118044177-B"),
        ("We gave it the number SR-4418820.", "reference_number", "SR-4418820"),
        ("Please quote 2026-04-7718 when you call.", "reference_number", "2026-04-7718"),
        ("EPA #: 44078192", "reference_number", "44078192"),
        ("Spoke to them, call ref 4418-CR-11\nInlyta (case P-26-118820, sent by us)",
         "reference_number", "P-26-118820"),
        ("Your child's plan ID: 0016624907", "member_id", "0016624907"),
        ("Health card    YRP 884M 20917", "member_id", "YRP 884M 20917"),
        ("Member number:  7HX2409 16-00", "member_id", "7HX2409 16-00"),
        ("Medicaid billing no. ..... 910288437765", "member_id", "910288437765"),
        ("Denied under Ohio Administrative\nCode 5160-9-03.", "member_id", None),
        ("ZGP804417726 - group 088417", "member_id", "ZGP804417726"),
        ("Member      STAVSEN, PETRA   SC 04418876-01", "member_id", "SC 04418876-01"),
        ("Your member number is 951 330 872. Write it down.", "member_id", "951 330 872"),
        ("Your wife has cover through her (ID\nG 3081 5527), as before.", "member_id",
         "G 3081 5527"),
        ("ID on your card:    LTH 220 914 663", "member_id", "LTH 220 914 663"),
        ("Member number:  B7Q 338 0914 A", "member_id", "B7Q 338 0914 A"),
        ("Sponsor SSN/DBN ..... ***-**-4471 / 10077 31482-01", "member_id", "10077 31482-01"),
        ("Claim number .... 6 038 T 44120 00 00", "claim_number", "6 038 T 44120 00 00"),
        ("CARDHOLDER   700331846          PT  DOE, DEVONTE", "member_id", "700331846"),
        ("Member R. Szyman (YWP807715540)", "member_id", "YWP807715540"),
        ("Group: Acme Widgets (77120-03)", "group_number", "77120-03"),
        ("Group name/number: Firelands Credit Union / 772019", "group_number", "772019"),
        ("Group    Ozark Timber Products #771244", "group_number", "771244"),
        ("You are covered under group policy GP-44187 of the City.", "group_number", "GP-44187"),
        ("Member ID / Group: W2341 0098 / 88120", "group_number", "88120"),
        ("Member ID / Group: W2341 0098 / 88120", "member_id", "W2341 0098"),
        ("RxBIN 610591 PCN ADV RxGroup MODACOMM", "group_number", "MODACOMM"),
        ("Bill: MS-25-7719044", "claim_number", "MS-25-7719044"),
    ],
)  # fmt: skip
def test_numbers(text: str, key: str, value: str | None) -> None:
    assert read(text, key) == value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The claim from Dr. Lavinia Sokolov for visits and infusions on 10/06/2025 was denied.",
         "2025-10-06"),
        ("I am answering the claim of Air Rescue LLC for taking you from Enterprise to Portland on"
         " 24 August 2026, a flight of 238 miles.", "2026-08-24"),
        ("Test: exome\nDate collected ........ 9/30/2025\n", "2025-09-30"),
        ("Our denial letter about the scan is dated April 20, 2026.", "None"),
        ("Your scan is positive. The request came on April 20, 2026.", "None"),
        ("An approval of this drug is on file. It was given on June 2, 2026. This claim is denied.",
         "None"),
        ("The claim is denied. A nicotine test of 7/9/26 was positive.", "None"),
        ("DOS 04/02/26-04/05/26 claim 551", "2026-04-02"),
        ("CLAIMS PROCESSED\n100441893WA  06022026 06022026 96413  1   312.00   141.22   141.22\n",
         "2026-06-02"),
    ],
)  # fmt: skip
def test_days_of_service(text: str, day: str) -> None:
    assert str(read(text, "date_of_service")) == day


def test_of_two_claims_the_refused_one_is_meant() -> None:
    above = STATEMENT.format(first="CLAIM 8826-04418", second="CLAIM 8826-04977")
    assert read(above, "claim_number") == "8826-04977"
    assert str(read(above, "date_of_service")) == "2026-11-24"


def test_the_total_below_names_the_claim() -> None:
    below = STATEMENT.format(first="", second="Total for Claim #15-26184-771      220.00") + (
        "Total for Claim #15-26205-104      1,480.00\n"
    )
    assert read(below, "claim_number") == "15-26205-104"
