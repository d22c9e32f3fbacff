"""What a notice should have contained: told where it is absent, and never where it stands."""

from __future__ import annotations

import pytest

from knowledge.law import notice_elements, regimes
from knowledge.notice import is_whole, missing_elements
from models.vocabulary import DenialCategory

FULL = """
We denied the claim because it does not meet our clinical criteria. Reason code CO-50: the
standard used is medical policy 12. Date of service 3/2/2026, claim number 77, Dr. Ames, $400.
The diagnosis and treatment codes and their
meaning are available on request. This decision rests on section 4.2 of your plan document.
You may appeal within 180 days. After that you may ask for an external review by an independent
review organization. For help call the consumer assistance program. You may have a copy of the
guideline, free of charge. An explanation of the
clinical judgment is free of charge on request. If urgent, ask for an expedited appeal.
Please send the operative records. You may bring a civil action under section 502(a) of ERISA.
"""


@pytest.mark.parametrize("regime", list(regimes()))
@pytest.mark.parametrize("category", [None, *DenialCategory])
def test_a_full_notice_lacks_nothing(regime: str, category: DenialCategory | None) -> None:
    assert missing_elements(FULL, regime, category, urgent=True) == ()


def test_a_bare_notice_lacks_nearly_all() -> None:
    bare = "Your request is refused. Sincerely, the plan."
    lacking = missing_elements(bare, "erisa_self_funded", DenialCategory.MEDICAL_NECESSITY, True)
    ids = {element.id for element in lacking}
    every = {element.id for element in notice_elements("erisa_self_funded")}
    assert every - ids == {"notice_missing_information"}
    assert all(element.defect.endswith(".") and element.citation for element in lacking)


def test_conditions_limit_what_had_to_be_there() -> None:
    bare = "Your request is refused."
    plain = missing_elements(bare, "erisa_insured", DenialCategory.DUPLICATE)
    ids = {element.id for element in plain}
    assert not ids & {
        "notice_clinical_explanation",
        "notice_expedited",
        "notice_missing_information",
    }
    asked = missing_elements(bare, "erisa_insured", DenialCategory.INCOMPLETE_INFORMATION)
    assert "notice_missing_information" in {element.id for element in asked}


OTHERWISE = """
Your request is denied because the plan does not pay for the drug. You may have your file, the rule
that we followed, and the codes for the diagnosis and treatment with their meanings, free of charge.
After the second appeal someone outside of the plan may look at it. You may go to court.
"""


def test_other_words_for_an_element_are_no_absence() -> None:
    found = missing_elements(OTHERWISE, "erisa_self_funded", DenialCategory.NON_FORMULARY)
    absent = {element.id for element in found}
    assert not absent & {
        "notice_codes_on_request",
        "notice_external_review",
        "notice_civil_action",
        "notice_specific_reason",
    }
    assert "notice_consumer_assistance" in absent


def test_nothing_is_said_where_the_law_is_undecided() -> None:
    assert missing_elements("Refused.", None, DenialCategory.MEDICAL_NECESSITY) == ()


@pytest.mark.parametrize(
    ("pages", "whole"),
    [
        (("Denied.\nSincerely,\nThe plan",), True),
        (("Denied.\nPage 1 of 2", "You may appeal.\nPage 2 of 2"), True),
        (("Denied.\nPage 1 of 4\nSincerely,",), False),
        (("Denied. You may appeal",), False),
        (("Denied. See the enclosed notice of your appeal rights.\nSincerely,",), False),
        (("Denied. Your rights are on the back of this page.\nSincerely,",), False),
        ((), False),
    ],
)
def test_only_a_letter_that_is_surely_whole_is_audited(pages: tuple[str, ...], whole: bool) -> None:
    assert is_whole(pages) is whole
