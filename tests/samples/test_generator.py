"""The letter grammar: same seed same letters, labels that the page bears out, no real person."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from PIL import Image

from benchmarks.generator.damage import DAMAGES, damaged
from benchmarks.generator.dice import Dice, check_digit_npi, table
from benchmarks.generator.letter import Letter, make_letter
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType
from pipeline.evaluate.compare import plain_id, plain_text

MANY = 150
PHONE = re.compile(r"\(?\b([2-9]\d\d)[).\- ]{1,2}(\d{3})[.\-](\d{4})\b")
PUBLIC_NUMBERS = {"800-633-4227", "877-486-2048", "800-368-1019"}
_KEYS = """payer administrator drug service hcpcs ndc strength quantity diagnosis_codes
member_id group_number claim_number reference_number rx_number npi appeal_fax appeal_phone
policy_cited patient_name"""
PRINTED = _KEYS.split()


@pytest.fixture(scope="module")
def letters() -> list[Letter]:
    return [make_letter(f"test/{n}") for n in range(MANY)]


def test_the_same_seed_gives_the_same_letter(letters: list[Letter]) -> None:
    again = make_letter("test/3")
    assert again.text() == letters[3].text()
    assert again.label == letters[3].label
    assert again.pdf() == letters[3].pdf()
    assert letters[3].text() != letters[4].text()


def test_every_labelled_value_is_printed(letters: list[Letter]) -> None:
    for letter in letters:
        words = plain_text(letter.text())
        squeezed = plain_id(letter.text())
        for key in PRINTED:
            value = letter.label[key]
            for item in value if isinstance(value, list) else [value]:
                if item is None:
                    continue
                forms = [item, *letter.label["accept"].get(key, [])]
                assert any(
                    plain_text(str(form)) in words or plain_id(str(form)) in squeezed
                    for form in forms
                ), (key, item)


def test_ids_not_labelled_are_not_printed(letters: list[Letter]) -> None:
    for letter in letters:
        squeezed = plain_id(letter.text())
        for key in ("member_id", "claim_number", "ndc", "rx_number"):
            if letter.label[key] is None:
                assert plain_id(letter.scene.ids[key]) not in squeezed


def test_labels_speak_the_contracts_words(letters: list[Letter]) -> None:
    for letter in letters:
        label = letter.label
        assert label["document_kind"] in set(DocumentKind)
        assert label["level"] in {None, *Level}
        assert label["plan_type"] in set(PlanType)
        assert set(label["denial_categories"]) <= set(DenialCategory)
        denies = DocumentKind(label["document_kind"]).denies
        assert denies == bool(label["denial_categories"])
        if label["denial_categories"]:
            assert label["denial_category"] == label["denial_categories"][0]


def test_necessity_is_never_primary_beside_a_specific_reason(letters: list[Letter]) -> None:
    for letter in letters:
        reasons = letter.label["denial_categories"]
        assert len(reasons) < 2 or reasons[0] != "medical_necessity"


def test_the_grammar_covers_every_reason_and_plan() -> None:
    seen = [make_letter(f"cover/{n}").label for n in range(400)]
    assert {r for label in seen for r in label["denial_categories"]} == set(DenialCategory)
    assert {label["plan_type"] for label in seen} >= set(PlanType) - {PlanType.UNKNOWN}
    assert {label["document_kind"] for label in seen} == set(DocumentKind)
    assert {label["level"] for label in seen} == {None, *Level}


def test_every_phone_number_belongs_to_no_one(letters: list[Letter]) -> None:
    for letter in letters:
        for area, office, line in PHONE.findall(letter.text()):
            number = f"{area}-{office}-{line}"
            assert number in PUBLIC_NUMBERS or (office, line[:2]) == ("555", "01"), number


def test_npis_carry_their_check_digit() -> None:
    assert check_digit_npi("123456789") == "1234567893"  # the standard's own example


def test_held_out_wordings_are_never_trained_on() -> None:
    for reason in table("reasons").values():
        for kind in ("named", "implied"):
            train = set(Dice("x", "train").allowed(reason[kind]))
            held_out = set(Dice("x", "held_out").allowed(reason[kind]))
            if len(reason[kind]) > 3:
                assert train
                assert held_out
                assert not train & held_out


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_seeded_and_of_the_right_kind(kind: str, letters: list[Letter]) -> None:
    pdf = min(letters, key=lambda letter: len(letter.text())).pdf()
    suffix, data = damaged(pdf, kind, "s", date(2026, 1, 5))
    assert damaged(pdf, kind, "s", date(2026, 1, 5)) == (suffix, data)
    assert data != damaged(pdf, kind, "t", date(2026, 1, 5))[1] or kind == "image"
    if suffix == ".tif":
        with Image.open(io.BytesIO(data)) as fax:
            assert fax.mode == "1"
            assert fax.info["compression"] == "group4"
            assert fax.info["dpi"][1] == (98 if kind == "fax_standard" else 196)
    elif suffix == ".pdf":
        assert data.startswith(b"%PDF")
