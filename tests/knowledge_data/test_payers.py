"""Payers: found by every way their names are printed, and not where a word only looks like one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.names import squash
from knowledge.payers import payers
from models.errors import KnowledgeError
from models.vocabulary import PlanType

LEXICON = payers()
STATES = (
    "ALAKAZARCACOCTDEDCFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENV"
    "NHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWYPR"
)


def found(text: str) -> list[tuple[str, str]]:
    return [(m.of.id, text[m.start : m.end]) for m in LEXICON.find(text)]


@pytest.mark.parametrize(
    ("printed", "payer_id"),
    [
        ("Blue Cross and Blue Shield of Texas", "bcbs_texas"),
        ("BlueCross BlueShield of Texas", "bcbs_texas"),
        ("BLUE CROSS® AND BLUE SHIELD® OF TEXAS", "bcbs_texas"),
        ("Blue Cross & Blue Shield of Rhode Island", "bcbs_rhode_island"),
        ("BCBSTX", "bcbs_texas"),
        ("Empire BlueCross BlueShield", "anthem_new_york"),
        ("Blue Shield of California", "blue_shield_california"),
        ("Anthem Blue Cross", "anthem_california"),
        ("United Healthcare", "unitedhealthcare"),
        ("UHC", "unitedhealthcare"),
        ("Connecticut General Life Insurance Company", "cigna"),
        ("CIGNA", "cigna"),
        ("Medi-Cal", "medicaid_ca"),
        ("MassHealth", "medicaid_ma"),
        ("BadgerCare Plus", "medicaid_wi"),
        ("Optum Rx", "optumrx"),
        ("CVS/caremark", "caremark"),
        ("EviCore", "evicore"),
        ("Novitas Solutions, Inc.", "novitas"),
    ],
)
def test_printed_names_lead_to_their_payer(printed: str, payer_id: str) -> None:
    payer = LEXICON.named(printed)
    assert payer is not None
    assert payer.id == payer_id


def test_the_longest_name_wins_in_running_text() -> None:
    text = "Your plan is Anthem Blue Cross and Blue Shield of Ohio, with CVS Caremark."
    assert found(text) == [
        ("anthem_ohio", "Anthem Blue Cross and Blue Shield of Ohio"),
        ("caremark", "CVS Caremark"),
    ]


def test_a_company_ending_belongs_to_the_name() -> None:
    assert found("by Aetna Life Insurance Company. You") == [
        ("aetna", "Aetna Life Insurance Company")
    ]


def test_ordinary_words_are_no_payers() -> None:
    assert found("a prime example of hip pain; the elixir and medicare, at the horizon") == []


def test_initials_count_only_in_capitals() -> None:
    assert found("the hap of it") == []
    assert found("HAP denied it") == [("hap", "HAP")]


def test_short_or_ordinary_names_are_marked_weak() -> None:
    assert [m.alias.weak for m in LEXICON.find("HIP")] == [True]
    assert [m.alias.weak for m in LEXICON.find("HIP Health Plan of New York")] == [False]


def test_the_printed_brand_decides_the_family() -> None:
    assert LEXICON["anthem_ohio"].family == "Blue Cross Blue Shield"
    assert LEXICON["anthem_ohio"].parent == "Elevance Health"
    assert LEXICON["wellpoint"].family == "Elevance"


def test_a_brand_that_sells_one_kind_of_plan_tells_it() -> None:
    assert LEXICON["silverscript"].plan_type is PlanType.MEDICARE_PART_D
    assert LEXICON["humana_military"].plan_type is PlanType.TRICARE
    assert LEXICON["aetna"].plan_type is None


def test_reviewers_and_portals_are_not_payers() -> None:
    assert LEXICON["evicore"].is_administrator
    assert not LEXICON["evicore"].is_payer
    assert not LEXICON["covermymeds"].is_administrator
    assert all("iro" in LEXICON[name].roles for name in ("maximus", "c2c"))


def test_every_state_has_a_blue_plan_and_a_medicaid_programme() -> None:
    states = set(re.findall("..", STATES))
    blue = {s for p in LEXICON.all if p.family == "Blue Cross Blue Shield" for s in p.states}
    medicaid = {s for p in LEXICON.all if p.kind == "medicaid_programme" for s in p.states}
    assert states - blue == set()
    assert states - medicaid == set()


def test_there_are_enough_of_them() -> None:
    assert len(LEXICON) >= 150
    assert len(LEXICON.names()) >= 400


def test_squash_keeps_what_tells_names_apart() -> None:
    assert squash("The Blue Cross & Blue Shield, Inc.") == "bluecrossblueshield"
    assert squash("Capital BlueCross") != squash("Capital Blue Cross of Ohio")


def test_users_entries_are_merged_over_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        """
[defaults]
source = "our contract list"
as_of = 2026-01-02
confidence = "A"

[[payers]]
id = "bcbs_texas"
aliases = ["Lone Star Blue"]

[[payers]]
id = "county_plan"
name = "Harris County Employee Plan"
family = "Harris County"
kind = "tpa"
roles = ["payer"]
""",
        encoding="utf-8",
    )
    lexicon = payers(tmp_path)
    texas = lexicon.named("Lone Star Blue")
    assert texas is not None
    assert texas.id == "bcbs_texas"
    assert "BCBSTX" in texas.aliases
    assert lexicon["county_plan"].provenance.source == "our contract list"


def test_a_malformed_entry_is_named_with_its_mend(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('[[payers]]\nid = "x"\nname = 3\n', encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"bad\.toml: payers x: name is 3\. It must be a text"):
        payers(tmp_path)


def test_medical_is_not_medi_cal() -> None:
    assert found("Medical necessity and MEDICAL records") == []
    assert LEXICON.named("Medical") is None
    assert found("covered by Medi-Cal or MEDI-CAL") == [
        ("medicaid_ca", "Medi-Cal"),
        ("medicaid_ca", "MEDI-CAL"),
    ]
