"""Whose plan it is and of what kind, where it is told in a corner of the letter."""

from __future__ import annotations

import pytest
from views import analysed

from extractors.choosing import weigh
from extractors.extraction import find_candidates

SAID = """

May 4, 2026

Dear Ms. Okafor:

We reviewed the request for Otezla 30 mg and it is denied. The notes do not show that the criteria
are met. You may appeal within 180 days.

{said}
"""


def told(key: str, text: str) -> object:
    analysis = analysed(text)
    return weigh(analysis.view, find_candidates(analysis))[key].value


@pytest.mark.parametrize(
    ("head", "said", "payer"),
    [
        ("SmithRx\nClinical Team\nfor the Halvorsen Marine Supply Health Plan", "",
         "Halvorsen Marine Supply Health Plan"),
        ("Express Scripts\n\nBenefit sponsor: Calumet Pipefitters Health Plan", "",
         "Calumet Pipefitters Health Plan"),
        ("UMR\n\nPlan: Ridgeline Timber Co. Employee Health Plan (self-insured)", "",
         "Ridgeline Timber Co. Employee Health Plan"),
        ("UMR\nP.O. Box 30541", "Benefits under the Plains Grain Cooperative Employee Health Plan"
         " are paid\nby it.", "Plains Grain Cooperative Employee Health Plan"),
        ("University Student Health Insurance Program", "Underwritten by Wellfleet Insurance"
         " Company, Fort Wayne.", "Wellfleet Insurance Company"),
        ("Text: Sierra Vista Community Health Plan\nClaims Department", "",
         "Sierra Vista Community Health Plan"),
        ("PAYER NAME ............: Cigna Healthcare", "", "Cigna Healthcare"),
        ("**From:** Sentara Health Plans, Pharmacy Department", "", "Sentara Health Plans"),
        ("Blue Shield Rx Plus (PDP)\nMedicare Appeals", "", "Blue Shield Rx Plus (PDP)"),
        ("UnitedHealthcare Community Plan of Tennessee", "",
         "UnitedHealthcare Community Plan of Tennessee"),
        ("PREMERA BLUE CROSS, Defendant", "", "PREMERA BLUE CROSS"),
        ("Office of the Healthcare Advocate", "ConnectiCare had approved it for a year.",
         "ConnectiCare"),
        ("TEXAS CHlLDREN'S HEALTH PLAN", "", "Texas Children's Health Plan"),
        ("NORIDIAN HEALTHCARE SOLUTIONS          MEDICARE\nREMITTANCE ADVICE", "", "Medicare"),
    ],
)  # fmt: skip
def test_whose_plan(head: str, said: str, payer: str) -> None:
    assert str(told("payer", head + SAID.format(said=said))).lower() == payer.lower()


@pytest.mark.parametrize(
    ("head", "said", "plan"),
    [
        ("SmithRx", "Halvorsen Marine, which pays for the plan itself, offers a second appeal.",
         "self_funded"),
        ("UMR", "Benefits are paid from the general assets of the company.", "self_funded"),
        ("City of Laredo Employee Benefits\nc/o Entrust, Inc., Third Party Administrator", "",
         "self_funded"),
        ("Devoted Health", "Devoted Health is an HMO and PPO plan with a Medicare contract.",
         "medicare_advantage"),
        ("CGS Administrators, LLC\nDME MAC Jurisdiction C", "The next step is C2C Innovative"
         " Solutions.", "original_medicare"),
        ("UPMC FOR YOU\nUPMC Health Plan Medical Assistance", "You have Medicare Part D with"
         " another plan.\nHave the pharmacy bill your Part D card.", "medicaid"),
        ("Prime Therapeutics\non behalf of Blue Cross Blue Shield of Arizona", "Complaints may go"
         " to the Arizona Department of Insurance.", "commercial"),
    ],
)  # fmt: skip
def test_the_kind_of_plan(head: str, said: str, plan: str) -> None:
    assert told("plan_type", head + SAID.format(said=said)) == plan


def test_an_insurer_named_in_passing_administers_nothing() -> None:
    text = "Excellus BlueCross BlueShield" + SAID.format(said="Before that I was with Aetna.")
    assert told("administrator", text) is None
    owner = "Regence BlueShield of Idaho     Independent licensee of the BCBSA" + SAID
    assert told("administrator", owner) is None
