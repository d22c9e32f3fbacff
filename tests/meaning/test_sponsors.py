"""Whose plan it is where an administrator writes, services by a sentence, counts without a form."""

from __future__ import annotations

import pytest
from views import analysed

from extractors.choosing import weigh
from extractors.extraction import find_candidates

PBM = """Express Scripts
Coverage Review Department

September 22, 2026

{row}

{said}
The request for Otezla 30 mg, {count} was denied. The patient has not tried adalimumab.
You may appeal within 180 days: Express Scripts, PO Box 66588, St. Louis, MO 63166.
"""


def told(key: str, text: str) -> object:
    analysis = analysed(text)
    return weigh(analysis.view, find_candidates(analysis))[key].value


def pbm(row: str = "", said: str = "", count: str = "60 tablets") -> str:
    return PBM.format(row=row, said=said, count=count)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Plan sponsor: Halloway Tool and Die", ""),
        ("Group: 88120 / Halloway Tool and Die", ""),
        ("", "This plan is sponsored by Halloway Tool and Die, which pays the claims."),
        ("", "Halloway Tool and Die self-insures this plan."),
        ("", "We manage the drug benefit for members of Halloway Tool and Die."),
    ],
)
def test_the_sponsor_of_a_plan_that_others_run(row: str, said: str) -> None:
    text = pbm(row, said)
    assert told("payer", text) == "Halloway Tool and Die"
    assert told("administrator", text) == "Express Scripts"


def test_an_insurer_goes_before_the_sponsor() -> None:
    text = pbm("Plan sponsor: Halloway Tool and Die", "We act on behalf of Aetna.")
    assert told("payer", text) == "Aetna"


def test_a_person_is_no_sponsor() -> None:
    assert told("payer", pbm("Plan Participant: Rosalind Tavernier")) is None


@pytest.mark.parametrize(
    ("count", "quantity"),
    [
        ("28 for 28 days", "28 for 28 days"),
        ("#60/30", "60/30"),
        ("60 tabletas por 30 días", "60 tabletas por 30 días"),
        ("if urgent in 72 hours,", None),
    ],
)
def test_counts(count: str, quantity: str | None) -> None:
    assert told("quantity", pbm(count=count)) == quantity


@pytest.mark.parametrize(
    ("said", "service"),
    [
        ("We denied: 10 hours a week of personal care attendant services, asked for on May 2.",
         "personal care attendant services"),
        ("Harbor Plan was right to deny private duty nursing at 56 hours per week.",
         "private duty nursing"),
        ("We uphold our denial of chiropractic manipulation beyond 12 visits.",
         "chiropractic manipulation"),
        ("The request submitted by Dr. Amos Pike on May 4 for outpatient applied behavior "
         "analysis, 25 hours per week (CPT 97153), is denied.",
         "outpatient applied behavior analysis"),
        ("Procedure: 73721 - MRI lower extremity joint", "73721 - MRI lower extremity joint"),
    ],
)  # fmt: skip
def test_a_service_told_in_a_sentence(said: str, service: str) -> None:
    text = f"HARBOR HEALTH PLAN\n\nMay 9, 2026\n\nDear Ms. Quill:\n\n{said}\n"
    assert told("service", text) == service


def test_a_value_ends_where_the_next_label_begins() -> None:
    rows = (
        ("Item", "| Entry"),
        ("Drug", "| Austedo XR 24 mg"),
        ("Ordered by", "| Dr. Amos Pike"),
        ("Determination", "| Not approved"),
        ("Options", "| tetrabenazine, Ingrezza"),
    )
    text = "\n".join(f"{label:<26}{value}" for label, value in rows)
    assert told("drug", text) == "Austedo XR"


def test_the_npi_of_a_pharmacy_is_not_the_prescribers() -> None:
    text = (
        "Store: Wolverine Drug   NPI 1730184451\n\nDrug: Vraylar 3 mg\n\n"
        "Prescriber: C. Pike   NPI 1518920079\n\nDenied: prior authorization is required.\n"
    )
    assert told("npi", text) == "1518920079"
