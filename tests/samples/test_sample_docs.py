"""`sample_docs/` is what the letters in benchmarks/samples make, and its labels hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.generator.dice import check_digit_npi
from benchmarks.generator.plain import to_text
from benchmarks.samples.__main__ import LETTERS, SAMPLE_DOCS, files, labels
from benchmarks.samples.files import as_file
from benchmarks.samples.markup import Sample, read_letter
from models.fields import FIELD_SPECS
from models.serial import value_in
from models.vocabulary import DenialCategory, DocumentKind, PlanType
from pipeline.evaluate.compare import plain_id
from pipeline.evaluate.labels import find_labelled

NAMES = sorted(files())
MADE_EXACTLY = (
    "partd_nurtec_step",
    "molina_dupixent_noa",
    "geha_fehb_botox",
    "bcbsmi_17ohp_necessity",
)
PHONE = re.compile(r"\b(\d{3})-(\d{3})-(\d{4})\b")
GOVERNMENT = {"800-633-4227", "800-368-1019"}


def letters_of(name: str) -> list[Sample]:
    return [read_letter(LETTERS / f"{letter}.letter") for letter in files()[name][0]]


def test_every_file_is_there_and_nothing_else() -> None:
    there = {path.name for path in SAMPLE_DOCS.iterdir() if path.suffix not in {".json", ".md"}}
    assert there == {f"{name}.{kind}" for name, (_, kind, _) in files().items()}
    assert len(there) >= 24
    assert sum(path.stat().st_size for path in SAMPLE_DOCS.iterdir()) < 8_000_000


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_those_of_the_letters(name: str) -> None:
    raw = json.loads((SAMPLE_DOCS / f"{name}.json").read_text(encoding="utf-8"))
    assert raw == labels(letters_of(name), files()[name][2])


@pytest.mark.parametrize("name", MADE_EXACTLY)
def test_the_script_makes_the_committed_bytes(name: str) -> None:
    _, kind, damage = files()[name]
    assert (
        as_file(letters_of(name), kind, damage, name)
        == (SAMPLE_DOCS / f"{name}.{kind}").read_bytes()
    )


@pytest.mark.parametrize("path", sorted(LETTERS.glob("*.letter")), ids=lambda path: path.stem)
def test_each_letter_is_sound(path: Path) -> None:
    sample = read_letter(path)
    label, text = sample.label(), to_text(sample.blocks)
    for key, value in label.items():
        if key != "accept":
            value_in(key, value)  # raises where it does not fit the field
    assert set(label) - {"accept"} == set(FIELD_SPECS)
    assert set(label["denial_categories"]) <= set(DenialCategory)
    assert DocumentKind(label["document_kind"]).denies == bool(label["denial_categories"])
    assert label["plan_type"] in set(PlanType)
    squeezed = plain_id(text)
    for key in ("member_id", "patient_name", "letter_date", "drug", "appeal_fax", "claim_number"):
        forms = sample.said.get(key, [])
        assert key == "letter_date" or not forms or plain_id(forms[0]) in squeezed
    if label["npi"]:
        assert check_digit_npi(label["npi"][:-1]) == label["npi"]
    for area, office, line in PHONE.findall(text):
        assert f"{area}-{office}-{line}" in GOVERNMENT or (office, line[:2]) == ("555", "01")


def test_the_asked_for_cases_are_there() -> None:
    cases = {
        (label["drug_generic"], label["denial_category"], label["payer_family"])
        for name in NAMES
        for label in (sample.label() for sample in letters_of(name))
    }
    blue = "Blue Cross Blue Shield"
    assert cases >= {
        ("brexucabtagene autoleucel", "quantity_limit", blue),
        ("brexucabtagene autoleucel", "medical_necessity", blue),
        ("selumetinib", "medical_necessity", blue),
        ("ocrelizumab", "quantity_limit", "Cigna"),
        ("alpha-1 proteinase inhibitor", "quantity_limit", blue),
        ("lisdexamfetamine", "quantity_limit", blue),
        ("hydroxyprogesterone caproate", "medical_necessity", blue),
    }


def test_eval_pairs_all_of_them() -> None:
    found = find_labelled(SAMPLE_DOCS)
    assert len(found) == len(NAMES)
    assert max(len(item.letters) for item in found) == 2
