"""Codes of procedures: beside labels, in lines of claims and lists, behind the item's name."""

from __future__ import annotations

import pytest
from letters_laid import analysed

from extractors.extraction import find_candidates
from extractors.line_verdicts import line_verdicts
from extractors.procedures import find_hcpcs


def codes(text: str) -> set[str]:
    return {str(c.supports) for c in find_hcpcs(analysed(text)) if c.score >= 0.55}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CPT Code: 72148", {"72148"}),
        ("Service Codes: 99213, 85025", {"99213", "85025"}),
        ("HCPCS: J0135-JZ", {"J0135"}),
        ("We denied J9271 for your cancer.", {"J9271"}),
        ("MRI of the knee (CPT\n73721) was denied.", {"73721"}),
        ("CPT 0481T was denied.", {"0481T"}),
        ("12345 Elm Street\nDover, DE 19901", set()),
        ("Medical Policy No. J1234 applies.", set()),
        ("The right code to bill instead is CPT 27448.", set()),
        ("Total billed $28647 for 10023 units", set()),
    ],
)
def test_procedure_codes(text: str, expected: set[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Service: Lumbar spine MRI without contrast, 72148", {"72148"}),
        ("Service: 93306 Echocardiogram, complete", {"93306"}),
        ("Requested: Botox (onabotulinumtoxinA), J0585 x 155 units", {"J0585"}),
        ("Re: Total knee arthroplasty - 27447 - Dr. Smith", {"27447"}),
        ("Test ........ Trio exome sequencing (81415, 81416 x 2), GeneDx", {"81415", "81416"}),
        ("We will not cover:\n\n   Nerve conduction study (95911), both arms\n", {"95911"}),
        ("Procedure(s): 58571, 58662-51", {"58571", "58662"}),
        ("HCPC: E0748 / Osteogenesis stimulator, non-invasive", {"E0748"}),
        ("Member ABC / Request 118 rec'd 5/1/26 / 0340U x 4, C18.4", {"0340U"}),
        ("two dental implants with abutments (D6010, D6057), at a cost of $9,640.00",
         {"D6010", "D6057"}),
        ("the emergency room visit (99284 with\nfacility charge)", {"99284"}),
        ("See claim\n26198 0331 0017, paid to the dentist.", set()),
        ("Wilmington, Delaware 19801\nDear Ms. Park:\nWe are in suite 20201.", set()),
        ("Your zip code is 60601. Call box 44012.", set()),
        ("The plan wants bevacizumab (J9035) ahead of Eylea HD. J0177 was asked for.", {"J0177"}),
    ],
)  # fmt: skip
def test_codes_behind_the_item(text: str, expected: set[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "1. Home physical therapy (97110, 97112), 12 visits   APPROVED\n"
            "2. Home health aide (S9122), 40 hours   DENIED\n",
            {"S9122"},
        ),
        (
            "Procedure        Decision\n70553 MRI        Denied\n99213 Visit      Approved\n",
            {"70553"},
        ),
        (
            "Claim lines\n06/02/2026  99214  25   212.00   123.90    0.00\n"
            "06/02/2026  20553       180.00     0.00  180.00\n",
            {"20553"},
        ),
        ("We approved the office visit (99213). We denied the injection (64493).", {"64493"}),
        (
            "We denied the day program (CPT 90853). The intake (90791) had been paid and is no\n"
            "longer in dispute.",
            {"90853"},
        ),
        (
            "                    Visits     Visits not\nService      Code   asked      approved\n"
            "Speech       92507  24         12\nSwallowing   92526  8          0\n",
            {"92507"},
        ),
    ],
)
def test_codes_of_what_was_refused(text: str, expected: set[str]) -> None:
    assert codes(text) == expected


def test_remark_codes_behind_the_sums_are_no_procedures() -> None:
    assert codes("CLAIMS\n09/01/2026   T4527  214.80   0.00   01147\n") == {"T4527"}


def test_an_item_of_two_lines_is_refused_by_its_last() -> None:
    text = (
        "(A) leuprolide 22.5 mg, J9217 ............ APPROVED\n"
        "(B) Pluvicto 200 mCi, A9607, every 6 weeks,\n    6 doses ....... NOT APPROVED\n"
    )
    verdicts = line_verdicts(analysed(text))
    assert [v.refused for v in verdicts] == [False, True]
    assert verdicts[1].holds(text.index("A9607"))


def test_the_code_of_another_drug_is_not_the_denied_one() -> None:
    text = (
        "Drug: Remicade\n\nDear Ms. Okoro,\nWe denied Remicade (J1745). Entyvio (J3380) has not\n"
        "been used yet by you.\n"
    )
    found = [c for c in find_candidates(analysed(text)) if c.key == "hcpcs" and c.score >= 0.55]
    assert {c.supports for c in found} == {"J1745"}


def test_a_policy_number_is_no_code() -> None:
    assert not list(find_hcpcs(analysed('We used the policy "Blockers, C9812-A" here.\n')))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CPT 97110 was paid in full but 97112 was denied.", {"97112"}),
        ("CPT 97110 was paid in full; CPT 97112 was denied.", {"97112"}),
    ],
)
def test_a_clause_speaks_for_its_own_codes(text: str, expected: set[str]) -> None:
    assert codes(text) == expected
