"""Every reason, plan type and level gives a letter in which nothing is unsourced."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path

import pytest
from letter_cases import REASON, TODAY, case, route_of

from knowledge import law
from letters.check import citations_in, problems
from letters.compose.matter import Matter
from letters.compose.peer import has_peer_request
from letters.compose.routes import COMPOSERS
from letters.compose.sheets import blank_label
from letters.packet import compose
from models.clinical import (
    Clinic,
    ClinicalFacts,
    CriterionAnswer,
    Measurement,
    Prescriber,
    PriorTherapy,
)
from models.letter import Blank, Grid, Letter, Reference, SourceKind, Text
from models.vocabulary import DenialCategory, Level, PlanType, RouteName


def papers(**values: object) -> tuple[Letter, ...]:
    return compose(Matter(case(**values), "case-1", TODAY))  # type: ignore[arg-type]


def words_of(letter: Letter) -> str:
    return "\n".join(statement.text for statement in letter.statements())


@pytest.mark.parametrize("category", DenialCategory)
def test_every_reason_plan_and_level_composes_with_all_sourced(category: DenialCategory) -> None:
    for plan, level in itertools.product(PlanType, Level):
        made = case(
            route_of(category, level, plan),
            plan_type=plan.value,
            level=level.value,
            denial_category=category.value,
            denial_categories=(category.value,),
        )
        matter = Matter(made, "case-1", TODAY)
        written = compose(matter)
        kinds = [paper.kind for paper in written]
        assert [k for k in kinds if k != "peer_to_peer"] == [
            "letter", "records_request", "fax_cover", "checklist",
        ]  # fmt: skip
        assert ("peer_to_peer" in kinds) == has_peer_request(matter)
        for paper in written:
            assert list(problems(paper, matter)) == []
            for statement in paper.statements():
                assert statement.source.refs
                for cited in citations_in(statement.text):
                    assert cited in law.all_citations()


@pytest.mark.parametrize("regime", sorted(law.regimes()))
@pytest.mark.parametrize("route", COMPOSERS)
def test_every_regime_and_route_composes(regime: str, route: RouteName) -> None:
    for level in ("initial", "internal_appeal", "external_review"):
        for urgent in (False, True):
            plan = law.regime(regime).plan_types
            kind = plan[0].value if plan else "unknown"
            assert papers(route=route, regime=regime, plan_type=kind, level=level, urgent=urgent)


def test_rights_cited_are_those_of_the_plan_type() -> None:
    part_d, *_ = papers(plan_type="medicare_part_d", regime="part_d")
    assert any("42 CFR 423" in s.text for s in part_d.statements())
    assert not any("2560.503" in s.text for s in part_d.statements())
    erisa, *_ = papers(plan_type="self_funded", regime="erisa_self_funded")
    assert any("29 CFR 2560.503-1(h)" in s.text for s in erisa.statements())
    assert not any("42 CFR" in s.text for s in erisa.statements())


def test_unknown_coverage_cites_law_only_as_what_would_hold() -> None:
    letter, *_ = papers(plan_type="unknown", letter_date=None)
    cited = [s for s in letter.statements() if citations_in(s.text)]
    assert len(cited) == 1
    assert cited[0].text.startswith("If this is private coverage")


def test_the_decision_is_quoted_with_its_page_in_the_letter() -> None:
    letter, *_ = papers()
    quotes = [s for s in letter.statements() if s.text == f"“{REASON}”"]
    assert quotes
    assert quotes[0].source.kind is SourceKind.DENIAL
    assert quotes[0].source.evidence[0].page == 1


def test_pages_are_counted_within_the_letter_not_the_file() -> None:
    from dataclasses import replace

    from models.fields import Evidence
    from models.geometry import Box

    made = replace(case(), pages=(5, 6))
    there = Evidence(6, "because", Box(0, 0, 1, 1))
    assert Matter(made, "case-1", TODAY).place_of(there) == "notice, page 2"


def test_what_the_notice_does_not_say_is_a_blank_and_never_invented() -> None:
    letter, *_ = papers(patient_name=None, member_id=None, letter_date=None, appeal_address=None,
                        appeal_fax=None, diagnosis_codes=None)  # fmt: skip
    keys = {blank.key for blank in letter.blanks()}
    wanted = {"patient_name", "member_id", "letter_date", "appeal_address"}
    assert {f"field.{key}" for key in wanted} <= keys
    assert "October" not in words_of(letter)
    assert "C83" not in words_of(letter)


def test_each_of_several_reasons_is_answered() -> None:
    letter, *_ = papers(
        denial_category="step_therapy",
        denial_categories=("step_therapy", "quantity_limit", "experimental"),
        drug="Unheard-ofmab",
        drug_generic=None,
        hcpcs=None,
    )
    said = words_of(letter)
    assert "each is answered below" in said
    assert "required alternative" in said
    assert "amount, strength and schedule prescribed" in said
    assert "experimental" in said


def test_the_particulars_of_a_known_drug_replace_the_general_answer() -> None:
    letter, *_ = papers(denial_category="quantity_limit", denial_categories=("quantity_limit",))
    said = words_of(letter)
    assert "single intravenous infusion" in said
    assert "Q2053" in said
    assert "REMS" not in said or "ended" in said


def test_an_urgent_case_asks_for_expedited_review_first() -> None:
    letter, _, _, fax, checklist = papers(urgent=True, plan_type="self_funded",
                                       regime="erisa_self_funded")  # fmt: skip
    assert "seriously jeopardize" in words_of(letter)
    assert "Expedited review is requested" in words_of(fax)
    assert "delay would harm" in words_of(checklist)
    calm, *_ = papers(plan_type="self_funded", regime="erisa_self_funded")
    assert "jeopardize" not in words_of(calm)


def test_the_last_day_is_told_when_it_is_open_and_good_cause_when_it_is_past() -> None:
    letter, *_ = papers(plan_type="self_funded", regime="erisa_self_funded")
    assert "the last day under the rule is April 28, 2027" in words_of(letter)
    late, *_ = papers(plan_type="self_funded", regime="erisa_self_funded",
                      letter_date=date(2025, 1, 2))  # fmt: skip
    assert "made in time" not in words_of(late)
    assert "good cause" in words_of(late)


def test_the_exception_request_ends_with_the_prescribers_statement() -> None:
    letter, *_ = papers(
        route=RouteName.EXCEPTION_REQUEST,
        plan_type="medicare_part_d",
        regime="part_d",
        denial_category="step_therapy",
        denial_categories=("step_therapy",),
    )
    said = words_of(letter)
    assert "exception to step therapy" in said
    assert "42 CFR 423.578" in said
    assert "tried and were ineffective" in said


def test_a_billing_correction_keeps_the_appeal_alive() -> None:
    letter, *_ = papers(
        route=RouteName.BILLING_CORRECTION,
        denial_category="coding_billing",
        denial_categories=("coding_billing",),
    )
    said = words_of(letter)
    assert "gives up no right" in said
    assert "treat this letter as a timely appeal" in said
    assert "peer-to-peer" not in said


def test_external_review_goes_to_the_reviewer_of_the_regime() -> None:
    letter, *_ = papers(route=RouteName.EXTERNAL_REVIEW, level="internal_appeal",
                        plan_type="fehb", regime="fehb")  # fmt: skip
    assert letter.addressee[0].text == "U.S. Office of Personnel Management"
    self_funded, *_ = papers(route=RouteName.EXTERNAL_REVIEW, level="internal_appeal",
                             plan_type="self_funded", regime="erisa_self_funded")  # fmt: skip
    assert self_funded.addressee[0].text == "Blue Cross Blue Shield of Exampleland"


def test_items_asked_for_stand_one_to_a_row() -> None:
    letter, *_ = papers(
        route=RouteName.INFORMATION_RESPONSE,
        document_kind="information_request",
        denial_category=None,
        denial_categories=("incomplete_information",),
        reason="Please send: 1. office notes; 2. the MRI report; 3. a list of earlier drugs.",
    )
    grid = next(block for block in letter.blocks if isinstance(block, Grid))
    items = [row[0].statements[0].text for row in grid.rows]
    assert [item.split("”")[0].strip("“") for item in items] == [
        "office notes",
        "the MRI report",
        "a list of earlier drugs.",
    ]


def test_a_vendor_is_addressed_on_behalf_of_the_plan() -> None:
    letter, *_ = papers(administrator="Express Scripts")
    line = letter.addressee[0].text
    assert line == "Express Scripts, on behalf of Blue Cross Blue Shield of Exampleland"


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("Example Health Plan, Appeal Department, PO Box 9, Columbus, OH 43219", False),
        ("Example Health Plan Appeals, PO Box 9, Columbus, OH 43219", False),
        ("Express Scripts, Attn: Appeals, PO Box 9, St. Louis, MO 63166", True),
        ("Express Scripts, Example Health Plan Appeals, PO Box 9, Phoenix, AZ 85082", True),
        ("Appeals Department, PO Box 9, Columbus, OH 43219", True),
    ],
)
def test_an_address_of_the_plan_itself_is_not_put_under_a_vendors_name(
    address: str, named: bool
) -> None:
    letter, *_ = papers(
        payer="EXAMPLE HEALTH PLAN", administrator="Express Scripts", appeal_address=address
    )
    line = letter.addressee[0].text
    assert line == ("Express Scripts, on behalf of " if named else "") + "EXAMPLE HEALTH PLAN"


def test_the_fax_cover_names_neither_patient_nor_diagnosis() -> None:
    fax = next(paper for paper in papers() if paper.kind == "fax_cover")
    said = words_of(fax)
    for secret in ("Quillfeather", "XEB123456789", "Tecartus", "C83.10"):
        assert secret not in said
    assert "PA-2026-0042" in said


def test_the_checklist_lists_every_blank_and_every_clock() -> None:
    letter, *_, checklist = papers(plan_type="self_funded", regime="erisa_self_funded")
    said = words_of(checklist)
    single = [b for b in letter.blanks() if b.key.split(".")[0] not in ("criterion", "therapy")]
    assert len(single) > 5
    for blank in single:
        label = blank_label(blank)
        assert (label.partition(": ")[2] if "." in blank.key else label) in said
    assert "April 28, 2027" in said
    assert "2026-10-30 + 180 days = 2027-04-28" in said


ENTRIES = ClinicalFacts(
    entered_by="clinic",
    diagnosis="mantle cell lymphoma",
    diagnosis_code="C83.13",
    rationale="two lines have failed",
    prior_therapies=(
        PriorTherapy("R-CHOP", "January 2025", "May 2025", "partial response, relapse"),
        PriorTherapy("acalabrutinib", "June 2025", "March 2026", "progression"),
    ),
    measurements=(Measurement("ECOG", "1", "October 3, 2026", "note of that day"),),
    prescriber=Prescriber("Amara Oduya-Lindqvist, MD", "MD", "hematology", "1234567893"),
    clinic=Clinic("Sampletown Oncology", "1 Sample Way", "555-0100", "555-0101"),
    criteria=(CriterionAnswer(1, "MCL, cyclin D1 positive", "pathology, page 2", have=True),),
)


def test_a_persons_entries_fill_the_blanks() -> None:
    matter = Matter(case(), "case-1", TODAY, ENTRIES)
    letter, *_ = compose(matter)
    said = words_of(letter)
    for words in ("Sampletown Oncology", "mantle cell lymphoma", "R-CHOP", "acalabrutinib",
                  "MCL, cyclin D1 positive", "ECOG", "pathology, page 2"):  # fmt: skip
        assert words in said
    keys = {blank.key for blank in letter.blanks()}
    assert not keys & {"clinic.name", "clinic.address", "diagnosis", "prescriber.name"}
    filled = next(s for s in letter.statements() if s.text == "R-CHOP")
    assert filled.source.kind is SourceKind.PERSON


def test_one_answer_fills_every_place_with_its_key() -> None:
    entries = ClinicalFacts(other={"diagnosis_proof": "biopsy of May 3, 2026"})
    letter, *_ = compose(Matter(case(), "case-1", TODAY, entries))
    assert "biopsy of May 3, 2026" in words_of(letter)
    assert "diagnosis_proof" not in {blank.key for blank in letter.blanks()}


def test_no_criterion_is_made_of_a_bare_conclusion() -> None:
    letter, *_ = papers()
    rows = [row for block in letter.blocks if isinstance(block, Grid) for row in block.rows]
    first_cells = [row[0].statements[0].text for row in rows]
    assert not any(REASON in cell for cell in first_cells)
    assert sum(cell.endswith("(usual)") for cell in first_cells) >= 3


def test_no_blank_has_an_empty_label_and_no_place_is_left_open() -> None:
    for category in DenialCategory:
        for paper in papers(denial_category=category.value, denial_categories=(category.value,)):
            for statement in paper.statements():
                for part in statement.inlines:
                    if isinstance(part, Blank):
                        assert part.label.strip()
                        assert part.key
                    else:
                        assert isinstance(part, Text)
                        assert not re.search(r"\{[a-z_.]+[|}]", part.text)


def test_a_table_of_earlier_treatment_answers_the_places_that_ask_for_it() -> None:
    letter, *_ = compose(Matter(case(), "case-1", TODAY, ENTRIES))
    keys = {blank.key for blank in letter.blanks()}
    assert not keys & {"prior_lines", "prior_therapies", "prescriber.npi"}
    assert "NPI 1234567893" in words_of(letter)


def test_rules_of_law_stand_beside_the_argument_only_where_the_coverage_is_decided() -> None:
    decided, *_ = papers(plan_type="medicare_advantage", regime="part_c")
    assert "Internal coverage criteria are allowed only where" in words_of(decided)
    open_, *_ = papers(plan_type="medicare_advantage", regime=None)
    assert "Internal coverage criteria are allowed only where" not in words_of(open_)


def test_a_sentence_that_runs_over_lines_is_quoted_whole() -> None:
    from dataclasses import replace

    from letters.compose import quotes
    from models.fields import Evidence, Field, Fields
    from models.geometry import Box

    lines = ("The record does not show that", "two preferred drugs were tried.", "Second reason.")
    held = tuple(
        Evidence(1, text, Box(72, 100 + 12 * n, 400, 110 + 12 * n), "step_therapy")
        for n, text in enumerate(lines)
    )
    base = case(denial_category="step_therapy", denial_categories=("step_therapy",))
    made = {
        **base.fields.by_key,
        "denial_category": Field("step_therapy", 0.9, held[:2]),
        "denial_categories": Field(("step_therapy",), 0.9, held),
    }
    matter = Matter(replace(base, fields=Fields(made)), "case-1", TODAY)
    assert [passage.words for passage in quotes.reasons(matter)] == [
        "The record does not show that two preferred drugs were tried.",
        "Second reason.",
    ]


def test_what_the_notice_lacks_is_told_with_its_rule_and_only_then() -> None:
    from dataclasses import replace

    from models.case import NoticeDefect

    base = case(plan_type="self_funded", regime="erisa_self_funded")
    label, cite = "the right to bring a civil action", "29 CFR 2560.503-1(g)(1)(iv)"
    lacking = replace(base, notice_defects=(NoticeDefect("notice_civil_action", label, cite, "A"),))
    letter, *_, sheet = compose(Matter(lacking, "case-1", TODAY))
    told = f"This office did not find in the notice: {label} ({cite})."
    assert [s.source.kind for s in letter.statements() if s.text == told] == [SourceKind.COMPUTED]
    assert f"{label[0].upper()}{label[1:]} ({cite})." in words_of(sheet)
    assert "did not find" not in words_of(compose(Matter(base, "case-1", TODAY))[0])


def test_a_code_in_place_of_a_reason_is_put_into_words() -> None:
    letter, *_ = papers(denial_category="coding_billing", reason="CO-16, M119",
                        route=RouteName.BILLING_CORRECTION)  # fmt: skip
    assert "CARC 16 stands for: “" in words_of(letter)
    assert "RARC M119 stands for: “" in words_of(letter)


@pytest.mark.parametrize(
    ("read", "quoted"),
    [
        ("* The drug is not covered.", "The drug is not covered."),
        ("• Other drugs, with dates", "Other drugs, with dates"),
        (". | — The drug is not covered. |", "The drug is not covered."),
        ("3) The drug is not covered.", "The drug is not covered."),
        ("“Not covered.”", "“Not covered.”"),
        ("$40 is not covered", "$40 is not covered"),
        ("30 tablets a month are covered", "30 tablets a month are covered"),
        ("***", "***"),
    ],
)
def test_quotes_begin_with_their_first_word(read: str, quoted: str) -> None:
    from letters.compose.quotes import tidy

    assert tidy(read) == quoted


@pytest.mark.parametrize(
    ("read", "lines"),
    [
        (
            "postmarked within 90 days and sent to Sample Rx, Appeals, PO, Box 9, Ames, AZ 85082",
            ["Sample Rx", "Appeals", "PO Box 9", "Ames, AZ 85082"],
        ),
        (
            "Plan Appeals, PO Box 7 -, Ames, MA 02298",
            ["Plan Appeals", "PO Box 7", "Ames, MA 02298"],
        ),
        ("12 Main St Suite 4", ["12 Main St Suite 4"]),
    ],
)
def test_an_address_stands_in_lines_as_on_an_envelope(read: str, lines: list[str]) -> None:
    letter, *_ = papers(appeal_address=read)
    said = [statement.text for statement in letter.addressee]
    start = 2 if not any("Appeals" in line for line in lines) else 1
    assert said[start : start + len(lines)] == lines
    assert ("Appeals Department" in said) == (start == 2)


def test_values_that_are_plainly_another_field_s_are_not_printed() -> None:
    letter, *_ = papers(provider_name="Rosalind Quillfeather", policy_cited="Oncology, Kinase")
    labels = dict(next(b for b in letter.blocks if isinstance(b, Reference)).rows)
    assert "Prescriber" not in labels
    assert "It refers to" not in words_of(letter)


def test_a_quantity_denial_sets_amounts_side_by_side_in_place_of_clinical_criteria() -> None:
    letter, *_ = papers(denial_category="quantity_limit", denial_categories=("quantity_limit",))
    words = words_of(letter)
    grids = [block for block in letter.blocks if isinstance(block, Grid)]
    assert [grid.header[0] for grid in grids] == ["What the label gives"]
    assert "the measure is the label and the patient" in words
    assert "(usual)" not in words


def test_an_imported_ndc_directory_names_the_code_and_tells_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge.ndc import FILE
    from knowledge.ndc_import import import_directory

    (tmp_path / "product.txt").write_text(
        "PRODUCTNDC\tPROPRIETARYNAME\tNONPROPRIETARYNAME\tLABELERNAME\n"
        "99999-150\tOcrevus\tocrelizumab\tSample Labs\n"
    )
    (tmp_path / "package.txt").write_text("NDCPACKAGECODE\tPACKAGEDESCRIPTION\n")
    import_directory(tmp_path / "product.txt", tmp_path / "knowledge" / FILE)
    monkeypatch.setenv("DENIALDESK_HOME", str(tmp_path))
    letter, *_, sheet = papers(ndc="99999-0150-01")
    said = "Ocrevus (ocrelizumab), Sample Labs (FDA NDC directory)"
    reference = next(b for b in letter.blocks if isinstance(b, Reference))
    assert said in [statement.text for label, statement in reference.rows if label == "NDC"]
    assert "stands for Ocrevus (ocrelizumab) in the FDA's directory" in words_of(sheet)
    agreed = papers(ndc="99999-0150-01", drug="Ocrevus", drug_generic="ocrelizumab")
    assert "FDA's directory" not in words_of(agreed[-1])
    assert said in words_of(agreed[0])


def test_a_fair_hearing_goes_to_the_authority_that_the_notice_names() -> None:
    address = "State Office of Hearings, Fair Hearing Section, PO Box 9, Ames, NY 12201"
    to = {"plan_type": "medicaid", "regime": "medicaid_mco", "appeal_address": address}
    letter, *_ = papers(route=RouteName.EXTERNAL_REVIEW, level="internal_appeal", **to)
    said = [statement.text for statement in letter.addressee]
    assert said[:2] == ["State Office of Hearings", "Fair Hearing Section"]
    assert "request a State fair hearing" in words_of(letter)
