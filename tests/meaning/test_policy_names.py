"""Names of policies are read by their grammar: owner, kind, head noun, number, title."""

from __future__ import annotations

import pytest

from extractors.meaning.policy_appositions import named_beside
from extractors.meaning.policy_names import names_in


def best(sentence: str) -> str | None:
    named = max(names_in(sentence), key=lambda n: n.weight, default=None)
    return named.value.strip(" .,") if named is not None else None


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("It rests on Tilden Clinical Policy Bulletin (CPB) 0881.",
         "Tilden Clinical Policy Bulletin (CPB) 0881"),
        ("Under Orchard of Maine Medical Policy 7.03.118, gene therapy is not covered.",
         "Orchard of Maine Medical Policy 7.03.118"),
        ("We followed Brook Clinical Guideline 077 for Shoulder MRI (2025).",
         "Brook Clinical Guideline 077 for Shoulder MRI (2025)"),
        ("We applied the Tilden policy \"Sleep Agents Criteria, RX.2025.9\" here.",
         "Sleep Agents Criteria, RX.2025.9"),
        ("Tilden Medical Drug Policy \"Infused Iron - Adults\" asks for two trials.",
         "Tilden Medical Drug Policy \"Infused Iron - Adults\""),
        ("Under CP.PHAR.902 a trial of six weeks is asked for.", "CP.PHAR.902"),
        ("Coverage under MP 4.118 needs an x-ray.", "MP 4.118"),
        ("We used MCG 27th edition, A-0456 for this stay.", "MCG 27th edition, A-0456"),
        ("We used InterQual 2024, Spine Surgery, Lumbar.", "InterQual 2024, Spine Surgery, Lumbar"),
        ("It does not meet the Dakota Medicaid Uniform PDL criteria.",
         "Dakota Medicaid Uniform PDL criteria"),
        ("See Coverage guideline Sleep Studies (effective 1/1/2026).",
         "Coverage guideline Sleep Studies"),
        ("The rule we used: Tilden Drug Benefit Manual, Chapter 4, section 20.1; table 7.",
         "Tilden Drug Benefit Manual, Chapter 4, section 20.1"),
        ("Please see page 9 of your certificate of coverage.",
         "page 9 of your certificate of coverage"),
        ("MEDICAL POLICY K-220 CALLS IT INVESTIGATIONAL.", "MEDICAL POLICY K-220"),
        ("WAC 284-43-0500 was used.", "WAC 284-43-0500"),
        ("Non-Preferred Drug Guideline, N-207.", "Non-Preferred Drug Guideline, N-207"),
        ("LCD L39999 allows 40 units.", "LCD L39999"),
    ],
)  # fmt: skip
def test_a_policy_by_its_name(sentence: str, name: str) -> None:
    assert best(sentence) == name


@pytest.mark.parametrize(
    "sentence",
    [
        "It was denied under our policy.",
        "The criteria were not met.",
        "Your policy ID 441-220 ended on May 1, 2026.",
        "Your policy number 55512 has lapsed.",
        "Write to Tilden Specialty Guideline Management.",
        "Retail Pharmacy Program",
        "Call for a copy of the brochure pages.",
        "Use the Application to Appeal a Claims Determination.",
        "Our plan covers 60 tablets per 30 days under its guidelines, 12 per week.",
    ],
)
def test_what_only_speaks_of_rules_is_none(sentence: str) -> None:
    assert best(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("For that reason our clinical review criteria (Laser Vein Therapy, revised May 2025) do "
         "not allow it.", "Laser Vein Therapy"),
        ("It goes beyond the limit in our guideline, Enzyme Agents for Gaucher Disease "
         "(ABC-CC-0199), and is denied.", "Enzyme Agents for Gaucher Disease (ABC-CC-0199)"),
        ("Coverage criteria in IP0999 (Eculizumab) call for a vaccine.", "IP0999 (Eculizumab)"),
        ("That's from our guideline AB014, Spinal Stimulation.", "AB014, Spinal Stimulation"),
        ("There is no reason in the Eculizumab drug coverage rule to pay for more.",
         "Eculizumab drug coverage rule"),
        ("Section 1860D-2(e)(4) of the Social Security Act.",
         "Section 1860D-2(e)(4) of the Social Security Act"),
        ("You must be able to take three hours a day (42 CFR 412.999(a)).", "42 CFR 412.999(a)"),
        ("You may ask for a review (Appeals Department, third floor).", None),
    ],
)  # fmt: skip
def test_names_behind_the_word_for_them(sentence: str, name: str | None) -> None:
    found = max(named_beside(sentence), key=lambda n: n.weight, default=None)
    assert (found.value if found else None) == name


def test_a_number_in_small_letters_has_its_title_in_brackets() -> None:
    named = max(
        names_in("Medication policy dru999 (Eculizumab) ends there."), key=lambda n: n.weight
    )
    assert named.value == "Medication policy dru999 (Eculizumab)"
