from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters_laid import analysed

from extractors.identifiers import find_identifiers, find_ndc, find_npi, npi_is_valid, read_id
from extractors.nlp.shapes import parted_id


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("QX-4410-22", "QX-4410-22"),
        ("W8841 2009 01", "W8841 2009 01"),
        ("884120093 (subscriber)", "884120093"),
        ("AB-1, AB-2", "AB-1"),
        ("[ID number]", None),
        ("________", None),
        ("N/A", None),
        ("03/12/2026", None),
        ("(302) 555-0144", None),
        ("$410.00", None),
        ("pending", None),
        ("CO-50", None),
    ],
)
def test_numbers_as_printed(text: str, value: str | None) -> None:
    assert read_id(text) == value


def found(text: str) -> dict[str, str]:
    best: dict[str, tuple[float, str]] = {}
    for c in find_identifiers(analysed(text)):
        best[c.key] = max(best.get(c.key, (0.0, "")), (c.score, str(c.value)))
    return {key: value for key, (_, value) in best.items()}


def test_each_number_in_its_role() -> None:
    text = (
        "Member ID: QX441022\nGroup Number: 00771\nClaim #: CL-88-1120\n"
        "Authorization #: A-551-20\nRx #: 7120044\nTax ID: 51-0099120\nPatient Account No: P-77112"
    )
    assert found(text) == {
        "member_id": "QX441022",
        "group_number": "00771",
        "claim_number": "CL-88-1120",
        "reference_number": "A-551-20",
        "rx_number": "7120044",
    }


def test_a_medicare_number_is_put_right_only_where_its_format_proves_it() -> None:
    assert found("Medicare Number: 1EG4-TES-MK73")["member_id"] == "1EG4-TE5-MK73"
    assert found("Member ID: IO0S-88")["member_id"] == "IO0S-88"


def test_a_state_and_its_zip_are_no_prior_authorization() -> None:
    assert "reference_number" not in found("12 Elm Street\nErie, PA 16501")


@given(st.from_regex(r"[12]\d{8}", fullmatch=True))
def test_one_check_digit_in_ten_is_right(nine: str) -> None:
    assert sum(npi_is_valid(nine + digit) for digit in "0123456789") == 1


def npis(text: str) -> list[tuple[str, bool]]:
    return [(str(c.value), c.score > 0.8) for c in find_npi(analysed(text))]


def test_npi_is_checked_and_repaired_by_its_check_digit() -> None:
    assert npis("NPI: 1234567893")[0] == ("1234567893", True)
    assert npis("NPI: 1234567890")[0] == ("1234567890", False)
    assert ("1234567893", True) in npis("NPI: l234567893") or npis("NPI: l234567893")[0][0] == (
        "1234567893"
    )
    assert npis("NPI: l234567890") == []


def test_ndc() -> None:
    values = [c.value for c in find_ndc(analysed("NDC: 00999-0123-45\nPhone 302-555-0144"))]
    assert values == ["00999-0123-45"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("QRM 118 204 556 01", "QRM 118 204 556 01"),
        ("TQ 7204400112", "TQ 7204400112"),
        ("7 2204 1187", "7 2204 1187"),
        ("M004400201 02", "M004400201 02"),
        ("LNT 26-0311-204", "LNT 26-0311-204"),
        ("0042218 / Tannery Supply, Inc.", "0042218"),
        ("30041200 (Prairie Title Co. of the West)", "30041200"),
        ("44120077 30 tablets", "44120077"),
    ],
)
def test_numbers_whose_groups_a_blank_parts(text: str, number: str) -> None:
    assert read_id(text) == number


def test_phone_numbers_and_days_are_no_parted_ids() -> None:
    assert parted_id("800 555 0124") == 0
    assert parted_id("12345678 04/05/2026") == 0


def test_a_group_may_be_told_in_letters() -> None:
    analysis = analysed("Ada Roe\nRxGrp HARBRX\nMember ID: 7731004-01\n")
    found = [c.value for c in find_identifiers(analysis) if c.key == "group_number"]
    assert found == ["HARBRX"]


def test_labels_are_put_together_and_said_twice() -> None:
    analysis = analysed(
        "Precert request      TC-ONC-1104\nCase / Caso: 88-20417\nEnrollee card number: 7731004\n"
    )
    found = {(c.key, c.value) for c in find_identifiers(analysis)}
    assert ("reference_number", "TC-ONC-1104") in found
    assert ("reference_number", "88-20417") in found
    assert ("member_id", "7731004") in found
