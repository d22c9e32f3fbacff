"""Letters in plain words: numbers without labels, wards, names greeted by the given name."""

from __future__ import annotations

import pytest

from extractors.extraction import extract_fields
from extractors.reading import Limits, read_document
from models.serial import fields_out


def _fields(text: str) -> dict[str, object]:
    document = read_document(text.encode(), "letter.txt", Limits(workers=1))
    found = fields_out(extract_fields(document.pages))
    return {key: field["value"] for key, field in found.items()}


PLAIN = """Cascade Benefit Health Plan
March 4, 2026

To the parent or guardian of:
Milo Tarrant
Plan ID KTR558120943

Our number for this decision: CB-7719-2042

We could not say yes to Humira 40 mg for your child. Before your plan pays for this
medicine, your record must show that two preferred products have been tried.

You can appeal. You only have 60 days from the day you get this letter. After our appeal
you may ask the state for a fair hearing within 120 days of the appeal decision. Ask for a
quick answer if waiting could harm your child.
"""


def test_letter_in_plain_words() -> None:
    fields = _fields(PLAIN)
    assert fields["document_kind"] == "denial"
    assert fields["denial_category"] == "step_therapy"
    assert fields["patient_name"] == "Milo Tarrant"
    assert fields["member_id"] == "KTR558120943"
    assert fields["reference_number"] == "CB-7719-2042"
    assert fields["letter_date"] == "2026-03-04"
    assert fields["appeal_window"] == {"value": 60, "unit": "days"}
    assert fields["expedited_offered"] is True


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("We write about Orla Finch (KTR558120943) and her request.", "member_id", "KTR558120943"),
        ("A request came for Orla Finch; it was logged as 30071-0912.", "reference_number",
         "30071-0912"),
        ("Appeal AP-30-99127", "reference_number", "AP-30-99127"),
        ("| Case | 3301-88920 |", "reference_number", "3301-88920"),
        ("Número de caso: 99120077", "reference_number", "99120077"),
    ],
)  # fmt: skip
def test_numbers_without_a_common_label(line: str, key: str, value: str) -> None:
    assert _fields(f"Cascade Health\n\n{line}\n\nYour request is denied.\n")[key] == value


@pytest.mark.parametrize(
    "line",
    [
        "See guideline number 88120-2231 for the rule.",
        "The product was Zanotab (00093-7214-06).",
        "Call us about your plan at 800-555-0142.",
        "Your member services code is 64483.",
    ],
)
def test_other_numbers_name_no_member(line: str) -> None:
    assert _fields(f"Cascade Health\n\n{line}\n\nYour request is denied.\n")["member_id"] is None


def test_time_beside_the_name_of_a_step() -> None:
    told = (
        "Cascade Health\n\nYour request is denied.\n\nGrievance: 180 days. Fast appeal: 72 hours."
    )
    assert _fields(told)["appeal_window"] == {"value": 180, "unit": "days"}
    decides = "Cascade Health\n\nYour request is denied.\n\nStandard appeal: 30 days."
    assert _fields(decides)["appeal_window"] is None


def test_salutation_by_the_given_name() -> None:
    text = "Cascade Health\n\nMarch 4, 2026\nOrla Finch\n\nDear Orla,\n\nYour request is denied.\n"
    assert _fields(text)["patient_name"] == "Orla Finch"


def test_service_named_in_a_sentence() -> None:
    text = "Cascade Health\n\nDr. Ann Poe asked for 12 visits of speech therapy (92507). Denied.\n"
    assert _fields(text)["service"] == "speech therapy"
