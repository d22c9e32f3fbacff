from __future__ import annotations

import pytest
from letters_laid import analysed

from extractors.names import read_person
from extractors.patients import find_patient
from extractors.providers import find_provider


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dr. Ada B. Finch, MD (Cardiology)", "Ada B. Finch"),
        ("POE, ANN M", "POE, ANN M"),
        ("Ann O'Rourke", "Ann O'Rourke"),
        ("ANN O'ROURKE, DOB 1/2/1971", "ANN O'ROURKE"),
        ("van der Berg, Lucas", "van der Berg, Lucas"),
        ("Zoë Núñez-Hart PharmD", "Zoë Núñez-Hart"),
        ("John Poe Jr., age 5", "John Poe Jr"),
        ("Dover Medical Group", None),
        ("Member Services", None),
        ("Dover, DE 19901", None),
        ("the patient", None),
        ("Ann", None),
        ("Zoë Nguyễn Thị Hương", "Zoë Nguyễn Thị Hương"),
        ("Ivana Ćirić-Đurović", "Ivana Ćirić-Đurović"),
    ],
)
def test_names(text: str, name: str | None) -> None:
    span = read_person(text)
    assert (text[span[0] : span[1]] if span else None) == name


def best(text: str, key: str) -> str | None:
    analysis = analysed(text)
    found = [c for c in (*find_patient(analysis), *find_provider(analysis)) if c.key == key]
    top = max(found, key=lambda c: c.score, default=None)
    return str(top.value) if top is not None and top.score >= 0.5 else None


@pytest.mark.parametrize(
    "text",
    [
        "Member Name: Ann Poe\n\nDear Member,",
        "Dear Ann Poe,\nWe reviewed your request.",
        "Ann Poe\n12 Elm Street\nDover, DE 19901\n\nDear Ms. Poe:\nWe reviewed your request.",
        "RE: Ann Poe, DOB 1/2/1971\n\nDear Dr. Finch,",
        "Patient: Ann Poe | Member ID: QX441022",
    ],
)
def test_the_patient(text: str) -> None:
    assert best(text, "patient_name") == "Ann Poe"


@pytest.mark.parametrize(
    "text",
    [
        "Prescriber: Ada Finch, MD",
        "Provider: Dover Heart Center, Dr. Ada Finch, DO, NPI 1234567893",
        "The drug was prescribed by your doctor, Dr. Ada Finch, for pain.",
        "Ada Finch NP asked us to cover the drug.",
        "We received a request from Ada Finch, M.D., on 1/2/2026.",
        "Dear Dr. Ada Finch:\nWe reviewed your request.",
    ],
)
def test_the_prescriber(text: str) -> None:
    assert best(text, "provider_name") == "Ada Finch"


@pytest.mark.parametrize(
    "text",
    [
        "Reviewing Medical Director: Dr. Otto Kahn, MD",
        "This decision was made by Dr. Otto Kahn, a plan reviewer.",
        "Sincerely,\n\nDr. Otto Kahn, MD\nMedical Director",
    ],
)
def test_the_reviewer_is_nobody_s_prescriber(text: str) -> None:
    assert best(text, "provider_name") is None
    assert best(text, "patient_name") is None


@pytest.mark.parametrize(
    "text", ["Dear Member,", "Patient: [redacted]", "Name: ______", "Dear <NAME>:"]
)
def test_blanks_name_nobody(text: str) -> None:
    assert best(text, "patient_name") is None


OPENING = "FAIRMONT HEALTH\nP.O. Box 12, Dover, DE 19901\n\nMarch 7, 2026\n\n"


@pytest.mark.parametrize(
    ("told", "patient", "provider"),
    [
        ("Member:   Orla Finch\nPatient:  Zoe Finch (daughter)\nAttending: Mara Quill, M.D.\n\n"
         "Dear Ms. Finch:\n\nThe record was read by Hugo Vance, M.D., internal medicine.",
         "Zoe Finch", "Mara Quill"),
        ("Regarding: Zoe Finch (dependent)\n\nDear Orla Finch:\n\nWe denied the request from her "
         "psychologist, Dr. Mara Quill.", "Zoe Finch", "Mara Quill"),
        ("Beneficiary   SSG (Ret.) Zoe Finch\nOrdering      Mara Quill, PT, CLT\n\nDenied.",
         "Zoe Finch", "Mara Quill"),
        ("Mara Quill, WHNP\nHarbor Women's Care\nDover, DE 19901\n\nRE  Member   Zoe Finch\n\n"
         "Ms. Quill,\n\nWe could not approve the drug you prescribed.", "Zoe Finch", "Mara Quill"),
        ("Patient: Zoe Finch\n| Who asked | Harbor Speech, LLC (Mara Quill, MS CCC-SLP) |\n"
         "| Day we got it | 03/01/2026 |\n", "Zoe Finch", "Mara Quill"),
        ("In the matter of: Zoe Finch        Case No. 26-0417\n\nDECISION\n\nThe appellant's "
         "doctor, Mara Quill, MD, prescribed Trikafta.", "Zoe Finch", "Mara Quill"),
        ("Zoe Finch\nc/o Hugo Finch, guardian\n9 Elm Street\nDover, DE 19901\n\nDear Mr. Finch:\n\n"
         "The request by Dr. Mara Quill for Zoe was denied.", "Zoe Finch", "Mara Quill"),
        ("Member: Finch, Zoe\nRequested by: Harbor Pain Clinic, attn. Mara Quill, PA-C\n\nDenied.",
         "Finch, Zoe", "Mara Quill"),
        ("Dear Zoe Finch,\n\nYour nurse practitioner, Mara Quill, sent us a request.\n\n"
         "Get help: Delaware SHIP 302-555-0104", "Zoe Finch", "Mara Quill"),
    ],
)  # fmt: skip
def test_who_is_treated_and_who_asks(told: str, patient: str, provider: str) -> None:
    text = OPENING + told
    assert (best(text, "patient_name"), best(text, "provider_name")) == (patient, provider)


def test_a_mail_by_the_patient_tells_a_doctor_by_family_name() -> None:
    text = (
        "From: Zoe Finch <z@f.example>\nTo: help@c.example\nSubject: refused\n\nHi,\nMy skin "
        "doctor, Dr. Quill, wants me on Dupixent. My insurance said no, and I have been on creams "
        "for years. My appeal is due soon.\nZoe"
    )
    assert best(text, "patient_name") == "Zoe Finch"
    found = {str(c.value) for c in find_provider(analysed(text)) if c.score > 0.45}
    assert found == {"Dr. Quill"}
