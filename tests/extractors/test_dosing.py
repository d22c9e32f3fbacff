"""Strengths and quantities as letters, claims and mails print them."""

from __future__ import annotations

import pytest
from letters_laid import analysed

from extractors.choosing import weigh
from extractors.extraction import find_candidates


@pytest.mark.parametrize(
    ("text", "quantity", "strength"),
    [
        ("Lynparza (olaparib) 150 mg tablets, 2 tablets twice daily, 120 tablets per 30 days",
         "120 tablets per 30 days", "150 mg"),
        ("Drug: Lonsurf tablet 20 mg-8.19 mg", None, "20 mg-8.19 mg"),
        ("Drug: Biktarvy 50 mg-200 mg-25 mg\nDays / quantity: 30 / 30", "30 / 30",
         "50 mg-200 mg-25 mg"),
        ("Drug: Stelara 90 mg/mL\nFrequency: 1 syringe every 8 weeks", "1 syringe every 8 weeks",
         "90 mg/mL"),
        ("Drug: Cosentyx\nYour doctor has written it as one 300 mg pen every 14 days, which comes\n"
         "to 2 pens per 28 days.", "2 pens per 28 days", "300 mg"),
        ("Drug: Eylea HD (aflibercept) 8 mg\nJ0177 x 8 units, every 8 weeks",
         "8 units, every 8 weeks", "8 mg"),
        ("Drug: Gleevec 400 mg tablet, #30 / 30 DS, DAW 1", "30 / 30 DS", "400 mg"),
        ("Drug: Skyclarys 50 mg capsules, #90 per 30, form received", "90 per 30", "50 mg"),
        ("Drug: Eliquis 5 mg\nQuantity: thirty (30) tablets per 30 days",
         "thirty (30) tablets per 30 days", "5 mg"),
        ("Drug: Ingrezza 40 mg capsules, one a day, 30 for each 30 days", "30 for each 30 days",
         "40 mg"),
        ("CellCept 500 mg tablet  (mycophenolate mofetil)   180 for 30 days", "180 for 30 days",
         "500 mg"),
        ("RETIN-A 0.05% CREAM   45 GM   DS 30", "45 GM", "0.05%"),
        ("Drug: Stelara\nQuantity limit: 1 syringe per 84 days\nQuantity requested: 1 syringe per"
         " 56 days", "1 syringe per 56 days", None),
        ("Request: Ozempic 1 mg, qty 3 mL, 28 day supply", "3 mL", "1 mg"),
        ("The prescription was for 120 capsules for 30 days of Cymbalta 60 mg.",
         "120 capsules for 30 days", "60 mg"),
        ("Drug: Xeljanz 5 mg\nDisp: 60 tablets", "60 tablets", "5 mg"),
        ("Drug: Zepbound 2.5 mg per 0.5 mL, 4 pens for 28 days", "4 pens for 28 days",
         "2.5 mg per 0.5 mL"),
        ("Drug: Skyrizi 150 mg/mL pen, 1 pen every 8 weeks\nYou can keep filling 1 pen every 12"
         " weeks.", "1 pen every 8 weeks", "150 mg/mL"),
        ("Your request for Dupixent 300 mg/2 mL, two pens every 4 weeks, was denied.",
         "two pens every 4 weeks", "300 mg/2 mL"),
    ],
)  # fmt: skip
def test_amounts(text: str, quantity: str | None, strength: str | None) -> None:
    analysis = analysed(text)
    chosen = weigh(analysis.view, find_candidates(analysis))
    assert chosen["quantity"].value == quantity
    assert chosen["strength"].value == strength
