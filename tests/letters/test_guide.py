"""Appeal guides for all combinations, and the particulars of the named ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from letters.compose.guide import guide
from letters.guide import subject, write_guide
from letters.render.markdown import render_markdown
from models.errors import UsageError
from models.vocabulary import DenialCategory, PlanType
from pipeline.commands.guide import guide as command

NAMED = (
    ("BCBS", "Tecartus", "quantity_limit", ("Q2053", "one infusion", "billing", "expedited")),
    ("BCBS", "Tecartus", "medical_necessity",
     ("cyclin D1", "flow cytometry", "ECOG", "echocardiogram", "June 2025", "hematologist")),
    ("BCBS", "pediatric targeted therapy", "medical_necessity",
     ("pediatric", "molecular", "Children's Oncology Group")),
    ("Cigna", "Ocrevus", "quantity_limit", ("J2350", "six", "infusion", "units")),
    ("BCBS", "17-OHP", "medical_necessity", ("compounded",)),
    ("BCBS", "17-OHP", "quantity_limit", ("compounded",)),
    ("BCBS", "Prolastin-C", "medical_necessity", ("genotype", "FEV1")),
    ("BCBS", "Prolastin-C", "quantity_limit", ("weight",)),
    ("BCBS", "lisdexamfetamine", "quantity_limit", ("titration",)),
    ("BCBS", "lisdexamfetamine", "medical_necessity", ("stimulant",)),
    ("BCBS", "Ocrevus", "medical_necessity", ("MRI", "hepatitis")),
)  # fmt: skip


@pytest.mark.parametrize(("payer", "drug", "category", "wanted"), NAMED)
def test_named_guides_tell_the_particulars_of_their_drug(
    payer: str, drug: str, category: str, wanted: tuple[str, ...]
) -> None:
    text = write_guide(payer, drug, category, "md").decode().casefold()
    for words in wanted:
        assert words.casefold() in text
    for heading in ("what the law gives", "periods", "what to gather", "first", "then"):
        assert f"\n## {heading}\n" in text
    assert "in short" in text


def test_bcbs_and_cigna_are_written_out() -> None:
    assert (
        "Blue Cross Blue Shield" in write_guide("BCBS", "Tecartus", "quantity limit", "md").decode()
    )


@pytest.mark.parametrize("category", DenialCategory)
def test_every_reason_has_a_guide_even_for_unknown_names(category: DenialCategory) -> None:
    text = render_markdown(guide(subject("Sample Mutual", "Unheardofmab", category.value)))
    assert "Sample Mutual" in text
    assert "Unheardofmab" in text
    assert "180 days" in text
    assert "72 hours" in text
    assert "4 months" in text


def test_a_payer_of_one_plan_type_shows_only_its_own_periods() -> None:
    text = write_guide("TRICARE", "Ocrevus", "step_therapy", "md").decode()
    assert "90 days" in text
    assert "If the coverage is" not in text


def test_html_is_one_page_that_loads_nothing() -> None:
    page = write_guide("BCBS", "Tecartus", "quantity_limit", "html").decode()
    assert page.startswith("<!doctype html>")
    assert '<html lang="en">' in page
    assert "http" not in page
    assert "<script" not in page
    assert "@media print" in page


def test_names_cannot_act_as_markup() -> None:
    page = write_guide("<script>x</script>", "*a* | b", "other", "html").decode()
    assert "<script" not in page
    text = write_guide("*P*", "a | b", "other", "md").decode()
    assert "\\*P\\*" in text
    assert "a \\| b" in text


def test_an_unknown_reason_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="quantity_limit"):
        write_guide("BCBS", "Tecartus", "too expensive", "md")


def test_the_command_writes_the_file_in_the_format_of_its_name(tmp_path: Path) -> None:
    out = tmp_path / "guide.pdf"
    call = ["--payer", "BCBS", "--drug", "Tecartus", "--category", "quantity_limit"]
    told = CliRunner().invoke(command, [*call, "--out", str(out)], standalone_mode=False)
    assert told.exception is None
    assert out.read_bytes().startswith(b"%PDF")
    screen = CliRunner().invoke(command, call, standalone_mode=False)
    assert screen.output.startswith("# Tecartus (brexucabtagene autoleucel) denied by")


def test_a_quantity_guide_maps_papers_and_not_clinical_criteria() -> None:
    text = write_guide("BCBS", "Tecartus", "quantity_limit", "md").decode()
    assert "| What the label gives | What was ordered | What was billed |" in text
    assert "| A single infusion as the whole course | Label, section on dosage" in text
    assert "performance status" not in text


def test_a_licensee_s_guide_tells_how_the_brand_handles_appeals() -> None:
    brand = write_guide("BCBS", "Tecartus", "quantity_limit", "md").decode()
    licensee = write_guide("Blue Cross and Blue Shield of Texas", "Tecartus",
                           "quantity_limit", "md").decode()  # fmt: skip
    for text in (brand, licensee):
        assert "is a federation" in text
    assert "## How it goes with" not in write_guide("Nobody Mutual", "Tecartus",
                                                    "other", "md").decode()  # fmt: skip


def test_periods_are_told_in_words_and_related_guides_by_title() -> None:
    text = write_guide("Cigna", "Ocrevus", "quantity_limit", "md").decode()
    assert "180 days from receipt of the notice" in text
    assert "receipt +" not in text
    assert "date +" not in text
    related = text.partition("## Related guides")[2]
    assert "- Ocrevus (ocrelizumab) denied by Cigna: not medically necessary" in related
    assert related.count("\n- ") == 6


@pytest.mark.parametrize("plan", PlanType)
def test_every_plan_type_and_reason_has_its_guide(plan: PlanType) -> None:
    for category in DenialCategory:
        text = render_markdown(guide(subject("Sample Mutual", "Ocrevus", category.value, plan)))
        assert "## Periods" in text


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("TNF", "TNF inhibitors denied"),
        ("GLP-1", "GLP-1 receptor agonists for diabetes denied"),
        ("hepatitis c", "Hepatitis C antivirals denied"),
        ("compounded 17-OHP", "Compounded 17-OHP (hydroxyprogesterone caproate) denied"),
        ("lisdexamfetamine", "Vyvanse (lisdexamfetamine) denied"),
        ("Unheardofmab", "Unheardofmab denied"),
    ],
)
def test_a_drug_or_class_is_found_by_the_names_people_use(typed: str, title: str) -> None:
    said = write_guide("Aetna", typed, "step_therapy", "md").decode()
    assert said.startswith(f"# {title}")
    assert ("Class: " in said) is (typed != "Unheardofmab")


def test_a_guide_says_once_what_to_do_when_time_matters() -> None:
    said = write_guide("BCBS", "Tecartus", "medical_necessity", "md").decode()
    pace = said.split("## When time matters")[1].split("##")[0]
    assert "physician's own words" in pace
    assert "Where the physician states" not in pace
