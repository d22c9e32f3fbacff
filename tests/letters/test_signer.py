"""Who signs, what is late, and whose request it is: points that a lawyer would strike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from letters.compose.matter import Matter
from letters.compose.routes import route_letter
from letters.packet import compose
from models.clinical import ClinicalFacts, Prescriber
from models.letter import Letter, Signature
from models.vocabulary import RouteName
from tests.letters.letter_cases import TODAY, case

LONG_AGO = date(2025, 9, 2)


def letter(
    route: RouteName = RouteName.APPEAL, entries: ClinicalFacts | None = None, **values: object
) -> Letter:
    return route_letter(Matter(case(route, **values), "c1", TODAY, entries or ClinicalFacts()))  # type: ignore[arg-type]


def said(one: Letter) -> str:
    return "\n".join(statement.text for statement in one.statements())


def signed_by(one: Letter) -> list[str]:
    found = next(block for block in one.blocks if isinstance(block, Signature))
    return [line.text for line in found.lines]


class TestSigner:
    def test_the_prescriber_of_the_notice_stands_under_the_signature(self) -> None:
        assert signed_by(letter(npi="1234567893"))[0] == "Amara Oduya-Lindqvist, MD"
        assert signed_by(letter(npi="1234567893"))[2] == "NPI 1234567893"

    def test_a_degree_that_the_notice_does_not_give_is_a_blank(self) -> None:
        assert signed_by(letter(provider_name="Fritz Lindqvist"))[0] == "Fritz Lindqvist, [degree]"

    def test_a_person_s_entry_comes_first(self) -> None:
        entered = ClinicalFacts(prescriber=Prescriber(name="Wren Abbott", credentials="DO"))
        assert signed_by(letter(entries=entered))[0] == "Wren Abbott, DO"

    @pytest.mark.parametrize(
        "practice",
        [
            "SOMERSET HILLS ALLERGY & IMMUNOLOGY LLC",
            "Example Clinic",
            "Sunrise Nursing",
            "Lindqvist",
        ],
    )
    def test_a_practice_signs_nothing(self, practice: str) -> None:
        assert signed_by(letter(provider_name=practice))[0].startswith("[name and degree")


class TestWhatIsLate:
    def test_an_exception_request_is_late_only_as_an_appeal(self) -> None:
        words = said(letter(RouteName.EXCEPTION_REQUEST, plan_type="medicare_part_d",
                            regime="part_d", letter_date=LONG_AGO,
                            denial_category="step_therapy",
                            denial_categories=("step_therapy",)))  # fmt: skip
        assert "handled as an appeal and held to be late as one" in words
        assert "time to appeal is kept" not in words

    def test_a_billing_request_keeps_no_time_that_is_over(self) -> None:
        late = letter(RouteName.BILLING_CORRECTION, letter_date=LONG_AGO,
                      denial_category="duplicate", denial_categories=("duplicate",))  # fmt: skip
        assert "timely appeal" not in said(late)
        assert "treat this letter as an appeal" in said(late)
        assert "timely appeal" in said(letter(RouteName.BILLING_CORRECTION))

    def test_a_shorter_time_that_has_run_out_is_met_before_the_plan_names_it(self) -> None:
        clock = case().deadlines[0]
        disputed = replace(clock, conflict="the notice gives less", safe_due=date(2026, 11, 1))
        held = replace(case(regime="erisa_insured"), deadlines=(disputed,))
        words = said(route_letter(Matter(held, "c1", TODAY)))
        assert "a shorter time that the notice gives is not relied on" in words
        assert "accept it for good cause" in words

    def test_opm_is_not_told_of_the_carrier_s_time_limit(self) -> None:
        words = said(letter(RouteName.EXTERNAL_REVIEW, level="internal_appeal", plan_type="fehb",
                            regime="fehb", letter_date=LONG_AGO))  # fmt: skip
        assert "accept it for good cause" in words
        assert "carrier's time limit" not in words


def test_to_keep_benefits_is_the_enrollee_s_own_request_and_asked_in_time_only() -> None:
    medicaid = {"plan_type": "medicaid", "regime": "medicaid_mco"}
    in_time = said(letter(letter_date=TODAY, **medicaid))
    assert "on the enrollee's own request, which is enclosed" in in_time
    assert "enrollee's own signed request" in in_time
    assert "enrollee's own" not in said(letter(letter_date=LONG_AGO, **medicaid))


def test_a_later_reviewer_gets_the_earlier_papers() -> None:
    assert "appeal against it" not in said(letter())
    upheld = letter(RouteName.EXTERNAL_REVIEW, level="internal_appeal", plan_type="fehb",
                    regime="fehb")  # fmt: skip
    assert "The first denial, the appeal against it" in said(upheld)


def test_papers_of_other_coverage_are_not_enclosed() -> None:
    excluded = {"denial_category": "benefit_exclusion",
                "denial_categories": ("benefit_exclusion",)}  # fmt: skip
    federal = said(letter(plan_type="fehb", regime="fehb", **excluded))
    assert "State mandate" not in federal
    assert "benefits office" not in federal
    insured = said(letter(plan_type="commercial", regime="erisa_insured", **excluded))
    assert "State mandate" in insured
    assert "benefits office" not in insured


def test_original_medicare_takes_no_replacement_claim() -> None:
    billing = {"denial_category": "coding_billing", "denial_categories": ("coding_billing",)}
    medicare = said(letter(RouteName.BILLING_CORRECTION, plan_type="original_medicare",
                           regime="original_medicare", **billing))  # fmt: skip
    assert "frequency code" not in medicare
    assert "(42 CFR 405.980)" in medicare
    assert "frequency code 7" in said(letter(RouteName.BILLING_CORRECTION, **billing))


def test_a_service_in_small_letters_begins_its_sentence_with_a_capital() -> None:
    words = said(letter(drug=None, drug_generic=None, hcpcs=None, service="wound vacuum pump",
                        denial_category="experimental",
                        denial_categories=("experimental",)))  # fmt: skip
    assert "Wound vacuum pump is prescribed" in words
    assert "coverage of wound vacuum pump" in words


def test_no_letter_says_that_the_notice_states_no_criteria() -> None:
    """What was not found may stand there in words that were not understood."""
    for paper in compose(Matter(case(), "c1", TODAY)):
        assert "states no criteria" not in said(paper)


def test_what_stands_under_write_is_the_address() -> None:
    box = "Enrollee Services, 202-555-0119 or 1-800-555-0107 (TTY 202-555-0111), Fax: 202-555-0140, Write: Example Plan, Attention: Member Appeals, 200 Stevens Drive, Philadelphia, PA 19113"  # noqa: E501
    lines = [line.text for line in letter(appeal_address=box, appeal_fax=None).addressee]
    assert lines[1:] == [
        "Example Plan",
        "Attention: Member Appeals",
        "200 Stevens Drive",
        "Philadelphia, PA 19113",
    ]


def test_what_goes_to_opm_is_faxed_to_opm_and_the_file_is_asked_of_the_carrier() -> None:
    opm = "Office of Personnel Management, 1900 E Street NW, Washington, DC 20415"
    held = case(RouteName.EXTERNAL_REVIEW, level="internal_appeal", plan_type="fehb",
                regime="fehb", appeal_address=opm, appeal_fax=None)  # fmt: skip
    papers = {paper.kind: said(paper) for paper in compose(Matter(held, "c1", TODAY))}
    assert "Office of Personnel Management" in papers["fax_cover"]
    assert "Blue Cross" not in papers["fax_cover"]
    assert "1900 E Street" not in papers["records_request"]
    assert "see the notice" in papers["records_request"]


def test_a_request_to_an_authority_is_not_forwarded_and_a_billing_one_cites_no_medicine() -> None:
    office = "Office of Administrative Hearings, PO Box 1, Albany, NY 12201"
    medicaid = {"plan_type": "medicaid", "regime": "medicaid_mco"}
    hearing = {"level": "internal_appeal", "appeal_address": office, **medicaid}
    words = said(letter(RouteName.EXTERNAL_REVIEW, **hearing))
    assert "forward this one" not in words
    assert "accepted medical evidence" in words
    billing = {"denial_category": "eligibility", "denial_categories": ("eligibility",)}
    assert "medical evidence" not in said(letter(RouteName.EXTERNAL_REVIEW, **hearing, **billing))


def test_an_urgent_exception_is_expedited_as_a_first_decision() -> None:
    words = said(letter(RouteName.EXCEPTION_REQUEST, urgent=True, plan_type="medicare_part_d",
                        regime="part_d", denial_category="step_therapy",
                        denial_categories=("step_therapy",)))  # fmt: skip
    assert "must expedite the coverage determination" in words
    assert "(42 CFR 423.570)" in words
    assert "redetermination where" not in words


def test_an_urgent_request_to_an_outside_reviewer_cites_that_reviewer_s_time() -> None:
    words = said(letter(RouteName.EXTERNAL_REVIEW, urgent=True, level="internal_appeal",
                        plan_type="medicare_part_d", regime="part_d"))  # fmt: skip
    assert "within 72 hours (42 CFR 423.600(d))" in words
    assert "redetermination where" not in words

    judge = said(letter(RouteName.EXTERNAL_REVIEW, urgent=True, level="external_review",
                        plan_type="medicare_part_d", regime="part_d"))  # fmt: skip
    assert "Please expedite this review" in judge
    assert "423.600" not in judge


def test_a_scrap_that_tells_nothing_is_no_reason() -> None:
    words = said(letter(reason="The first notice"))
    assert "The first notice" not in words
    assert "[in its own words, with its page]" in words
    assert "“Not covered”" in said(letter(reason="Not covered"))


def test_opm_s_address_without_its_name_is_not_the_carrier_s() -> None:
    street = "Federal Employee Insurance Operations, 1900 E Street NW, Washington, DC 20415"
    held = case(
        RouteName.EXTERNAL_REVIEW,
        level="internal_appeal",
        plan_type="fehb",
        regime="fehb",
        appeal_fax=None,
        appeal_address=f"Healthcare and Insurance, {street}",
    )
    papers = {paper.kind: paper for paper in compose(Matter(held, "c1", TODAY))}
    lines = [line.text for line in papers["letter"].addressee]
    assert lines[0] == "U.S. Office of Personnel Management"
    assert not any(line.startswith("through") for line in lines)
    assert "1900 E Street" not in said(papers["records_request"])
