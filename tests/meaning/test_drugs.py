"""Which of a letter's drugs was denied, and how it is shown."""

from __future__ import annotations

import pytest
from views import analysed

from extractors.meaning.drugs import find_drug
from extractors.meaning.passages import passages


def denied(text: str) -> str | None:
    analysis = analysed(text)
    found = [c for c in find_drug(analysis, passages(analysis)).candidates if c.key == "drug"]
    return str(max(found, key=lambda c: c.score).value) if found else None


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("Drug you asked for: VICTOZA 18 mg/3 mL pen\n\nOur claims show that you fill Mounjaro.",
         "VICTOZA"),
        ("## Requested Medication\n- Name: Stelara (ustekinumab)\n- Dose: 90 mg/mL\n", "Stelara"),
        ("We have denied coverage of the following drug:\n\n      Austedo XR 24 mg tablet\n\n"
         "Why?\nWe cover tetrabenazine 12.5 mg and, with approval, Ingrezza capsules.\n",
         "Austedo XR"),
        ("DENIAL NOTICE: YOUR MEDICARE PART D DRUG REQUEST\n\nDear Mr. Voss,\nWe did not approve\n"
         "Orencia.\n", "Orencia"),
        ("Item: E0652, pneumatic compressor, segmental\n\nWe denied this item.", None),
        ("My doctor wants to put me on Entyvio. They said I have to try infliximab first.",
         "Entyvio"),
        ("They turned down Tepezza again.\nNotes: drug is teprotumumab-trbw, J3241.", "Tepezza"),
        ("Part   What was asked                     Decision\n"
         "1      Octagam, 70 grams every 4 weeks    APPROVED\n"
         "2      Nursing visit, first 2 hours       DENIED\n\n"
         "You asked for infusion of Octagam at home.\n", None),
    ],
)  # fmt: skip
def test_the_denied_drug(text: str, drug: str | None) -> None:
    assert denied(text) == drug
