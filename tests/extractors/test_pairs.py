from __future__ import annotations

import pytest
from letters_laid import analysed


def value_of(text: str, key: str) -> list[str]:
    return [pair.value for pair in analysed(text).pairs_of(key)]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("Member ID: QX-4410-22", "member_id", "QX-4410-22"),
        ("Subscriber ID No.: 884120093", "member_id", "884120093"),
        ("MEMBER ID#  QX441022", "member_id", "QX441022"),
        ("Identification No. ZZK00412", "member_id", "ZZK00412"),
        ("Case Number ....... AB-77120", "reference_number", "AB-77120"),
        ("Ref. No.: TR-2210-9", "reference_number", "TR-2210-9"),
        ("Claim Control No: 20260911-77", "claim_number", "20260911-77"),
        ("- **Claim Number:** CLQ-5521", "claim_number", "CLQ-5521"),
        ("Patient's Name:      Ann Poe", "patient_name", "Ann Poe"),
        ("DATE(S) OF SERVICE: 03/02/2026", "date_of_service", "03/02/2026"),
        ("Date of Service (requested): 03/02/2026", "requested_service_date", "03/02/2026"),
    ],
)
def test_a_value_on_the_label_s_line(text: str, key: str, value: str) -> None:
    assert value_of(text, key) == [value]


def test_several_pairs_on_one_line() -> None:
    text = "Member ID: QX441022    Group #: G-771   Claim #: 55120-8"
    assert value_of(text, "member_id") == ["QX441022"]
    assert value_of(text, "group_number") == ["G-771"]
    assert value_of(text, "claim_number") == ["55120-8"]


def test_pairs_with_no_gap_between_them() -> None:
    text = (
        "RE: Name: Ann Poe; Member ID No.: QX441022; Group No.: G-771; Claim No.:\n"
        "CL-8811; DOS: 1/2/26"
    )
    assert value_of(text, "member_id") == ["QX441022"]
    assert value_of(text, "group_number") == ["G-771"]
    assert value_of(text, "claim_number") == ["CL-8811"]


def test_a_label_broken_over_two_lines() -> None:
    text = "RE: Group: G-771; Decision: DENIED; Reference\nNumber: 7731205"
    assert value_of(text, "reference_number") == ["7731205"]


@pytest.mark.parametrize(
    "text",
    [
        "Enrollee's name:  Member ID number:\nWe have denied coverage of the drug below",
        "Member ID:\n\nDear Member,",
        "Date: Member ID: Claim Number:",
    ],
)
def test_a_label_without_a_value_gives_none(text: str) -> None:
    analysis = analysed(text)
    assert not analysis.pairs_of("member_id", "patient_name", "claim_number", "plain_date")


def test_values_under_their_labels() -> None:
    text = (
        "Member ID         Notice Date        Case Number\n"
        "QX-4410-22        05/04/2026         AB77120"
    )
    assert "QX-4410-22" in value_of(text, "member_id")
    assert "05/04/2026" in value_of(text, "letter_date")
    assert "AB77120" in value_of(text, "reference_number")


def test_columns_of_a_table_far_below_the_header() -> None:
    text = (
        "Service Date     Procedure Code     Billed       Allowed\n"
        "\n"
        "Name: ANN POE\n"
        "02/11/2026       J9999              $410.00      $0.00\n"
        "02/18/2026       96413              $212.00      $0.00\n"
    )
    assert value_of(text, "hcpcs") == ["J9999", "96413"]
    assert value_of(text, "date_of_service")[:2] == ["02/11/2026", "02/18/2026"]


@pytest.mark.parametrize("label", ["Mernber lD", "Menber ID Nurnber", "Subscrlber ID"])
def test_damaged_labels_are_recognised_but_marked(label: str) -> None:
    pairs = analysed(f"{label}: QX441022").pairs_of("member_id")
    assert [(p.value, p.exact) for p in pairs] == [("QX441022", False)]


def test_prose_before_a_colon_is_no_label() -> None:
    text = "You may do one of the following things about this decision: write to us."
    assert analysed(text).pairs == ()


def test_the_beginning_of_a_number_is_no_label() -> None:
    text = "Group #: GRP-22841\nReference: PA-2026-0098"
    assert value_of(text, "group_number") == ["GRP-22841"]
    assert value_of(text, "reference_number") == ["PA-2026-0098"]


def test_a_value_goes_on_in_lines_set_under_it() -> None:
    text = (
        "Service:   Continuous glucose monitor with\n           twelve sensors\nStatus:    Denied"
    )
    assert value_of(text, "service") == ["Continuous glucose monitor with twelve sensors"]


def test_words_that_had_no_room_in_their_cell_go_on_below() -> None:
    text = (
        "Patient: Ida Wren       Member ID: QX1-\n"
        "Provider: Hollow Creek\n"
        "Allergy Clinic\n"
        "Charge: $90.00          Group: 55"
    )
    assert value_of(text, "provider_name") == ["Hollow Creek Allergy Clinic"]


def test_words_that_had_room_left_end_with_their_line() -> None:
    text = (
        "Provider: Dr. Ida Wren\n"
        "Hollow Creek is a part of the network of this plan, and its bills are paid to it direct."
    )
    assert value_of(text, "provider_name") == ["Dr. Ida Wren"]


def test_a_number_parted_at_its_hyphen_is_whole() -> None:
    text = (
        "Dear Ida Wren,\n\nWe denied this request. Reference number: PA-26-\n0098-7. It was late."
    )
    assert value_of(text, "reference_number") == ["PA-26-0098-7."]
    text = "Member: Ida Wren          Reference: PA-26-\n                          0098-7"
    assert value_of(text, "reference_number") == ["PA-26-0098-7"]


def test_a_hyphen_over_another_column_joins_nothing() -> None:
    text = "Member: Ida Wren          Reference: PA-26-\n0098 Elm Street"
    assert value_of(text, "reference_number") == ["PA-26-"]
