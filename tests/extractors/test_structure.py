"""What is told by place and shape, in letters of our own: lone names, labels by their words, lines
of claims, boxes, part approvals, recited criteria, levels."""

from __future__ import annotations

import pytest

from extractors.extraction import extract_fields
from extractors.meaning.guess import verdict_chances
from extractors.names import read_person
from extractors.nlp.labels import roles_by_words
from extractors.reading import Limits, read_document
from models.serial import fields_out

HEAD = "Larkspur Mutual Health Plan\n\nMay 4, 2026\n\n"
DENIED = "\n\nYour request for Humira 40 mg is denied because it is not medically necessary.\n"


def _fields(text: str) -> dict[str, object]:
    document = read_document(text.encode(), "letter.txt", Limits(workers=1))
    found = fields_out(extract_fields(document.pages))
    return {key: field["value"] for key, field in found.items()}


@pytest.mark.parametrize(
    ("block", "key", "name"),
    [
        ("Tobin Arkwright\nStudent ID LK-0099312\n\nDear Student," + DENIED,
         "patient_name", "Tobin Arkwright"),
        ("Brother Emil Sandoz\nLodge no. 441\n\nDear Brother Sandoz," + DENIED,
         "patient_name", "Emil Sandoz"),
        ("Dr. Orsolya Penn\nNephrology\n\nDoctor," + DENIED, "provider_name", "Orsolya Penn"),
        ("Hi Jolanta,\n" + DENIED, "patient_name", "Jolanta"),
        ("Lakeview Rehab Partners has asked us for 20 visits." + DENIED,
         "provider_name", "Lakeview Rehab Partners"),
        ("Claim 7719-2204\nStonegate Surgical Center, March 2, 2026" + DENIED,
         "provider_name", "Stonegate Surgical Center"),
    ],
)  # fmt: skip
def test_names_that_stand_alone(block: str, key: str, name: str) -> None:
    assert _fields(HEAD + block)[key] == name


def test_a_city_or_a_drug_is_nobody() -> None:
    fields = _fields("PORTAL SLIP\nRX 5512097  SHINGRIX INJ  ID 774A01882\nREJECT 70\n")
    assert fields["patient_name"] is None
    assert _fields(HEAD + "Cedar Falls, IA 50613" + DENIED)["patient_name"] is None


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("ANA RUIZ ASKED FOR LEQEMBI", "ANA RUIZ"),
        ("Luis Aragon Dear Hannah", "Luis Aragon"),
        ("Sgt (Ret.) Iris Vale", "Iris Vale"),
    ],
)
def test_a_name_ends_where_other_words_begin(printed: str, name: str) -> None:
    span = read_person(printed)
    assert span is not None
    assert printed[span[0] : span[1]] == name


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Who asked", "provider_name"),
        ("Your child", "patient_name"),
        ("Library card number", "member_id"),
        ("When we got it", "request_date"),
        ("Health problem", "diagnosis_codes"),
        ("How much", "quantity"),
    ],
)
def test_labels_told_by_their_words(label: str, role: str) -> None:
    assert role in roles_by_words(label)


def test_a_label_of_another_thing_is_not_taken() -> None:
    assert "patient_name" not in roles_by_words("Member services phone")
    assert "letter_date" not in roles_by_words("Date of birth")


STATEMENT = """Explanation of benefits
Claim: 88120447

Date         Code     Description        Billed     Allowed    Paid
02/03/2026   99213    office visit       140.00     90.00      90.00
02/03/2026   J0897    denosumab 60 mg  1,900.00      0.00       0.00

You have 180 days to ask for a review.
"""


def test_lines_of_a_claim() -> None:
    fields = _fields(STATEMENT)
    assert fields["document_kind"] == "partial_denial"
    assert fields["date_of_service"] == "2026-02-03"
    assert fields["letter_date"] is None


BOXES = """FAX REPLY
Patient: Odile Fenn     Plan ID: 5512 0099 31
Drug: Dupixent

  [ ]  APPROVED
  [X]  DENIED
  [ ]  MORE INFORMATION NEEDED

Reason:
  [ ]  Over the quantity limit
  [X]  Two preferred products must be tried first
  [ ]  Experimental
"""


def test_only_ticked_boxes_speak() -> None:
    fields = _fields(BOXES)
    assert fields["document_kind"] == "denial"
    assert fields["denial_category"] == "step_therapy"
    assert fields["denial_categories"] == ["step_therapy"]


def test_boxes_within_a_line_speak_for_themselves() -> None:
    text = HEAD + (
        "We cannot approve this request.\n\nReason\n"
        "[ ] Preferred product must be tried [X] More than the plan's limit per fill [ ] Other\n"
    )
    assert _fields(text)["denial_categories"] == ["quantity_limit"]


def test_the_number_of_an_appeal_opens_no_part_on_appeals() -> None:
    text = (
        "Appeal #: 26-APL-009417\n\n"
        + HEAD
        + ("We will not cover this scan. It is not yet proven to help those who have it.\n")
    )
    assert _fields(text)["denial_category"] == "experimental"


def test_part_approved_and_part_refused() -> None:
    text = HEAD + "Dear Odile,\n\nWe approved 6 visits. We did not approve the other 10 visits.\n"
    assert _fields(text)["document_kind"] == "partial_denial"


def test_what_is_only_supposed_is_no_verdict() -> None:
    text = HEAD + (
        "Please send the chart notes by May 20. If nothing comes, we decide on what we have and "
        "the request may be denied.\n"
    )
    assert _fields(text)["document_kind"] == "information_request"


def test_a_mailing_that_decides_nothing() -> None:
    text = HEAD + (
        "Changes to your 2027 drug list\n\nJanuvia   Tier 3   Not covered\n\n"
        "This letter is not a decision about any request you made.\n"
    )
    fields = _fields(text)
    assert fields["document_kind"] == "other"
    assert fields["denial_category"] is None
    assert fields["drug"] is None


CRITERIA = """
Dear Odile Fenn,

Taltz is denied. It can be covered when all of the following criteria are met:
(1) The member is 6 years of age or older;
(2) The dose does not exceed 80 mg every 4 weeks;
(3) Two preferred products were tried and failed.
Items 1 and 2 are met. Item 3 is not met.
"""


def test_of_recited_criteria_the_unmet_one_counts() -> None:
    fields = _fields(HEAD + CRITERIA)
    assert fields["denial_category"] == "step_therapy"
    assert fields["denial_categories"] == ["step_therapy"]


def test_a_want_of_studies_about_a_dose_is_a_limit() -> None:
    text = HEAD + (
        "Dear Odile Fenn,\n\nTaltz every 2 weeks is not approved. The plan limit is one pen every "
        "4 weeks. Published studies do not show that the shorter interval works better.\n"
    )
    assert _fields(text)["denial_category"] == "quantity_limit"


def test_an_appeal_that_may_come_is_no_appeal_decided() -> None:
    text = HEAD + DENIED + "\nAsk for a hearing within 120 days of the appeal decision.\n"
    assert _fields(text)["level"] == "initial"


def test_an_outside_reviewer_heads_its_letter() -> None:
    text = "Corvid Review LLC\nIndependent Review Organization\n\nMay 4, 2026\n" + (
        "\nThe plan's denial of Taltz is upheld.\n"
    )
    assert _fields(text)["level"] == "external_review"


@pytest.mark.parametrize(
    ("line", "drug"),
    [
        ("Re: Lyrica CR 165 mg", "Lyrica CR"),
        ("On May 1 you asked us (our number 7712-09) for Synthroid (levothyroxine) 88 mcg.",
         "Synthroid"),
        ("1. Ozempic 1 mg ..... APPROVED\n2. Taltz 80 mg ..... DENIED", "Taltz"),
    ],
)  # fmt: skip
def test_the_denied_drug_is_the_one_introduced(line: str, drug: str) -> None:
    text = HEAD + f"Dear Odile Fenn,\n\n{line}\n\nWe cannot cover it.\n"
    assert _fields(text)["drug"] == drug


def test_the_verdict_model_hears_plain_words() -> None:
    said = verdict_chances("we are sorry that we could not pay for the chair")
    assert max(said, key=lambda kind: said[kind]) == "denial"
    asked = verdict_chances("please send us the last two lab results by june 4")
    assert max(asked, key=lambda kind: asked[kind]) == "information_request"


@pytest.mark.parametrize(
    ("text", "kind", "level"),
    [
        ("We got your appeal too late. We must dismiss your appeal.\n", "denial",
         "internal_appeal"),
        ("Your home aide hours will be reduced on June 20.\n", "denial", "initial"),
        ("RESULT OF YOUR FIRST-LEVEL APPEAL\n\nThe denial stands.\n", "denial", "internal_appeal"),
        ("We looked at your appeal and changed our decision. Taltz is now approved.\n", "approval",
         "internal_appeal"),
        ("Your claim is on hold. We have asked the clinic for the itemized bill.\n",
         "information_request", "initial"),
        ("Days 1 to 3 are now approved. Our denial of days 4 to 6 is upheld.\n", "partial_denial",
         "internal_appeal"),
        ("Type: IMR\nDetermination: Overturned Decision of Health Plan\n", "approval",
         "external_review"),
    ],
)  # fmt: skip
def test_what_is_decided_and_at_which_level(text: str, kind: str, level: str) -> None:
    fields = _fields(HEAD + text)
    assert (fields["document_kind"], fields["level"]) == (kind, level)


def test_a_status_tells_where_no_sentence_does() -> None:
    text = "Authorization detail\n\nStatus:  DENIED\nAuth no.:  77-1204\nMember:  Odile Fenn\n"
    assert _fields(text)["document_kind"] == "denial"


def test_a_blank_of_a_system_gives_no_reason() -> None:
    text = (
        "%LETTERHEAD%\n\n%LTR_DATE%\n\nDear %MBR_NAME%:\n\nWe will not cover %DRUG_LABEL%.\n"
        "You have to use %STEP_DRUGS% first. The amount is above our limit of %QL_AMT%.\n"
    )
    fields = _fields(text)
    assert (fields["denial_category"], fields["drug"]) == (None, None)


def test_a_reason_needs_no_auxiliary_verb() -> None:
    text = (
        HEAD + "We will not be paying.\n\nThe surgery needed our OK first and nobody called us.\n"
    )
    assert _fields(text)["denial_category"] == "prior_authorization"
