"""Evidence for reasons is weighed alike for every reason."""

import pytest

from extractors.meaning import find_all
from extractors.meaning.evidence import FEATURES, WEIGHTS, evidence
from extractors.meaning.guess import NO_REASON, chances, chances_together
from extractors.meaning.passages import passages
from extractors.meaning.reasons import find_reasons, letter_evidence
from extractors.meaning.weighing import weights
from models.vocabulary import DenialCategory
from tests.meaning.views import analysed

BY = weights(WEIGHTS, FEATURES)
LETTER = """
Granite Health Plan
May 4, 2026
Dear Ms. Tarrow:
We reviewed the request for a lumbar fusion. Your plan has no record of the X-ray of 2024.
Reason
There are no controlled studies of this implant, and whether it helps patients is not yet known.
"""


def test_every_reason_and_every_kind_of_evidence_has_a_weight() -> None:
    assert set(BY.names) == {category.value for category in DenialCategory}
    assert len(BY.features) == len(FEATURES)


def test_chances_are_shares_of_one() -> None:
    told = letter_evidence(passages(analysed(LETTER)), False, True)
    shares = BY.shares(evidence(told, BY.names))
    assert abs(sum(shares.values()) - 1.0) < 1e-6
    assert max(shares, key=lambda name: shares[name]) == "experimental"


def test_a_blank_form_is_not_heard() -> None:
    told = letter_evidence(passages(analysed(LETTER)), False, False)
    rows = evidence(told, BY.names)
    heard = [FEATURES.index(name) for name in FEATURES if name.startswith(("heard", "whole"))]
    assert not rows[:, heard].any()


def test_what_only_the_model_hears_stands_alone() -> None:
    reasons = find_reasons(passages(analysed(LETTER)), drug_denied=False)
    assert [reason.category for reason in reasons] == ["experimental"]


def test_sentences_together_are_weighed_as_one() -> None:
    alone = chances("the plan covers one visit a week.")
    both = chances_together(("the plan covers one visit a week.", "you asked for three."))
    assert abs(sum(both.values()) - 1.0) < 1e-6
    assert both["quantity_limit"] + both[NO_REASON] > 0.5
    assert both != alone


@pytest.mark.parametrize(
    "text",
    [
        "Good day.",
        "RECEIVED",
        "Minutes of the chess club\nMarch 3, 2026\n\nThe hall was painted. Dues were discussed.",
        "CORNER BAKERY\nRolls 2.30\nTOTAL 6.40\nPAID CASH\nThank you",
    ],
)
def test_what_only_the_model_hears_decides_nothing(text: str) -> None:
    kinds = [c for c in find_all(analysed(text)) if c.key == "document_kind"]
    assert [str(kind.value) for kind in kinds] == ["other"]
