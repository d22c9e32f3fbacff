"""Wordings and damage that earlier versions read wrongly, in invented letters."""

from __future__ import annotations

from datetime import date

import pytest
from letters_laid import laid

from extractors.extraction import extract_fields
from models.fields import Window

CLINIC = """
Fairmont Community Plan
PO Box 12, Dover, DE 19901

Mailed: 9/2/26

Re: Member: Ana M. de la Cruz
    Member No.: 0044-88213-01
    Provider: Sister Mary Clinic, G. Tolliver, MD

Dear Dr. Tolliver:

On 8/28/26 we got a request from your office for Stelara 90 mg/mL, 1 syringe every 8 weeks.
We cannot approve this request.

To appeal, write within 60 calendar days of the date on this
letter to Fairmont Community Plan, Attention: Appeals, PO Box 1190,
Dover, DE 19905. You may also fax your appeal to 302-555-0110, or if waiting
could harm the member call 1-800-555-0119.
You may have copies of what we used, free of charge: write to the appeals
address or call 1-800-555-0111.
Provider line: 1-800-555-0100.
"""


def test_what_a_letter_to_a_clinic_says() -> None:
    fields = extract_fields(laid(CLINIC))
    told = {
        "letter_date": date(2026, 9, 2),
        "request_date": date(2026, 8, 28),
        "member_id": "0044-88213-01",
        "patient_name": "Ana M. de la Cruz",
        "provider_name": "G. Tolliver",
        "quantity": "1 syringe every 8 weeks",
        "appeal_window": Window(60, "days"),
        "appeal_fax": "302-555-0110",
        "appeal_phone": "1-800-555-0119",
        "appeal_address": (
            "Fairmont Community Plan, Attention: Appeals, PO Box 1190, Dover, DE 19905"
        ),
    }
    assert {key: fields[key].value for key in told} == told


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("Claimnumber AB734410", "claim_number", "AB734410"),
        (". Request Date March 8, 2025", "request_date", date(2025, 3, 8)),
        ("Tracking number; 2610044187", "reference_number", "2610044187"),
        ("Member Number = YVJ6785879130", "member_id", "YVJ6785879130"),
        ("Member ID 994 110 7731", "member_id", "994 110 7731"),
        ("Subscriber ID: XEC 152130341", "member_id", "XEC 152130341"),
        ("Member ID: 1N34 -WV0-CD71", "member_id", "1N34-WV0-CD71"),
        ("Plan reference: FAD-0026-11840", "reference_number", "FAD-0026-11840"),
        ("Diagnosis code: 125.10", "diagnosis_codes", ("I25.10",)),
        ("Diagnosis code: 999.10", "diagnosis_codes", ()),
        ("Amount billed: 125.10", "diagnosis_codes", ()),
        ("cc: Prescriber", "provider_name", None),
        ("Reviewed here. T. Montalvo, PharmD", "provider_name", None),
        ("Tanager Court, Northgate, PA 19045", "provider_name", None),
    ],
)
def test_labels_and_values_through_damage(line: str, key: str, value: object) -> None:
    assert extract_fields(laid(f"Fairmont Plan\n\n{line}\n"))[key].value == value


def test_a_remittance_table_whose_rows_hold_labels_too() -> None:
    table = """
RENDERING     SERV DATE     PROC      BILLED      ALLOWED
NAME:         POE ANN       MI:  Q
QRT-77-40218
1063482206    110125        27447     $425.00     $0.00
"""
    fields = extract_fields(laid(table))
    assert fields["date_of_service"].value == date(2025, 11, 1)
    assert fields["hcpcs"].value == ("27447",)
    assert fields["member_id"].value == "QRT-77-40218"


def test_a_hearing_comes_before_an_external_appeal_told_second() -> None:
    letter = """
Fairmont Plan
Final adverse determination

Dear Ann Poe:

Our decision on your plan appeal has not changed.

Fair hearing
You can ask the State for a fair hearing. You have 120 days from the date of this letter.
You may also ask for an external appeal with the State within 4 months.
"""
    assert extract_fields(laid(letter))["appeal_window"].value == Window(120, "days")


def test_a_misread_number_is_less_sure() -> None:
    sound = extract_fields(laid("Member ID: 7144093826\n"))["member_id"]
    faint = extract_fields(laid("Member ID: 7144093826\n", confidence=0.55))["member_id"]
    assert sound.value == faint.value
    assert faint.confidence < sound.confidence - 0.05
