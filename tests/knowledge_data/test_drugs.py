"""Drugs and classes: found by brand, ingredient, code and class name; what denials of the named
combinations need is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.drugs import (
    Particulars,
    all_particulars,
    drug_classes,
    drugs,
    particulars,
)
from models.vocabulary import DenialCategory

DRUGS = drugs()
CLASSES = drug_classes()
QUANTITY = DenialCategory.QUANTITY_LIMIT
NECESSITY = DenialCategory.MEDICAL_NECESSITY


@pytest.mark.parametrize(
    ("printed", "generic"),
    [
        ("Tecartus", "brexucabtagene autoleucel"),
        ("TECARTUS", "brexucabtagene autoleucel"),
        ("Ocrevus", "ocrelizumab"),
        ("Vyvanse", "lisdexamfetamine"),
        ("lisdexamfetamine dimesylate", "lisdexamfetamine"),
        ("Prolastin-C", "alpha-1 proteinase inhibitor"),
        ("Wegovy", "semaglutide"),
        ("Ozempic", "semaglutide"),
        ("Trikafta", "elexacaftor/tezacaftor/ivacaftor"),
        ("17-OHP", "hydroxyprogesterone caproate"),
        ("adalimumab-adbm", "adalimumab"),
        ("Gammagard", "immune globulin"),
    ],
)
def test_a_printed_name_leads_to_the_ingredient(printed: str, generic: str) -> None:
    drug = DRUGS.named(printed)
    assert drug is not None
    assert drug.generic == generic


def test_codes_lead_to_their_drugs() -> None:
    assert [drug.id for drug in DRUGS.by_hcpcs(" j2350 ")] == ["ocrevus"]
    assert DRUGS.by_hcpcs("J3490") == ()


def test_names_are_found_in_running_text() -> None:
    text = "coverage of Ocrevus (ocrelizumab) and of lisdexamfetamine 30 mg"
    found = [(m.of.id, text[m.start : m.end]) for m in DRUGS.find(text)]
    assert found == [
        ("ocrevus", "Ocrevus"),
        ("ocrevus", "ocrelizumab"),
        ("lisdexamfetamine", "lisdexamfetamine"),
    ]


@pytest.mark.parametrize(
    ("printed", "class_id"),
    [
        ("pediatric targeted therapy", "pediatric_targeted_therapy"),
        ("Alpha-1 Augmentation Therapy", "alpha1"),
        ("CAR T-cell therapy", "car_t"),
        ("compounded 17-OHP", "compounded_17ohp"),
        ("GLP-1 receptor agonist", "glp1"),
        ("PCSK9 inhibitor", "pcsk9"),
        ("CFTR modulator", "cftr"),
        ("amphetamine prodrug", "amphetamine_prodrug"),
        ("IL-23 inhibitor", "il23"),
    ],
)
def test_classes_are_known_by_the_names_that_letters_print(printed: str, class_id: str) -> None:
    known = CLASSES.named(printed)
    assert known is not None
    assert known.id == class_id


def test_there_are_enough_of_them() -> None:
    assert len(DRUGS) >= 120
    assert len({drug.class_id for drug in DRUGS.all}) >= 40


def all_words(entry: Particulars) -> str:
    parts = (entry.thesis, *entry.why, *entry.appealable, *entry.arguments, entry.first, entry.pace)
    needs = (f"{need.asks} {need.shown_by}" for need in entry.gather)
    return " ".join((*parts, *needs, *entry.columns, entry.reviewer))


@pytest.mark.parametrize(
    ("printed", "category", "told"),
    [
        (
            "Tecartus",
            QUANTITY,
            ["single intravenous infusion", "Q2053", "expedited", "authorization"],
        ),
        ("Tecartus", NECESSITY, ["cyclin D1", "t(11;14)", "ECOG", "June 2025", "Echocardiogram"]),
        ("Ocrevus", QUANTITY, ["six months", "per 1 mg", "vials", "infusion center"]),
        ("Ocrevus", NECESSITY, ["primary progressive", "Hepatitis B", "MRI"]),
        ("Prolastin-C", QUANTITY, ["10 mg", "weight", "potency"]),
        ("Prolastin-C", NECESSITY, ["AAT", "genotype", "FEV1"]),
        ("lisdexamfetamine", QUANTITY, ["titration", "days' supply"]),
        ("lisdexamfetamine", NECESSITY, ["formulary stimulants", "age 6", "August 2023"]),
        ("17-OHP", QUANTITY, ["April 2023", "gestational week"]),
        ("17-OHP", NECESSITY, ["withdrew", "not FDA-approved", "vaginal progesterone"]),
        ("Ojemda", NECESSITY, ["pediatric subspecialty", "molecular", "guideline"]),
    ],
)
def test_the_named_combinations_tell_their_particulars(
    printed: str, category: DenialCategory, told: list[str]
) -> None:
    entry = particulars(category, DRUGS.named(printed))
    assert entry is not None
    words = all_words(entry)
    assert [phrase for phrase in told if phrase.lower() not in words.lower()] == []


def test_a_class_without_a_drug_has_its_particulars() -> None:
    entry = particulars(NECESSITY, None, "pediatric_targeted_therapy")
    assert entry is not None
    assert entry.subject == "pediatric_targeted_therapy"


def test_an_adults_drug_is_not_argued_as_a_childs() -> None:
    tafinlar = DRUGS.named("Tafinlar")
    assert particulars(NECESSITY, tafinlar) is None
    entry = particulars(NECESSITY, tafinlar, "pediatric_targeted_therapy")
    assert entry is not None
    assert entry.subject == "pediatric_targeted_therapy"
    assert tafinlar in DRUGS.of_class("pediatric_targeted_therapy")


def test_a_drugs_own_particulars_go_before_its_class() -> None:
    yescarta = particulars(QUANTITY, DRUGS.named("Yescarta"))
    tecartus = particulars(QUANTITY, DRUGS.named("Tecartus"))
    assert yescarta is not None
    assert tecartus is not None
    assert (yescarta.subject, tecartus.subject) == ("car_t", "tecartus")


def test_no_car_t_entry_claims_that_a_rems_is_required() -> None:
    for drug in DRUGS.of_class("car_t"):
        for sentence in re.split(r"(?<=\.) ", drug.note):
            if "REMS" in sentence:
                assert re.search(r"ended|without|none can be", sentence), sentence


def test_what_only_the_chart_knows_is_a_blank() -> None:
    for entry in all_particulars():
        assert any("|" in text for text in entry.arguments), entry.id


def test_users_drugs_are_merged_over_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[defaults]\nsource = "formulary of 2026"\nas_of = 2026-10-01\nconfidence = "A"\n'
        '[[drugs]]\nid = "ocrevus"\nbrands = ["Ocrevus SC"]\n',
        encoding="utf-8",
    )
    drug = drugs(tmp_path).named("Ocrevus SC")
    assert drug is not None
    assert drug.brands == ("Ocrevus", "Ocrevus SC")
    assert drug.hcpcs == ("J2350",)
