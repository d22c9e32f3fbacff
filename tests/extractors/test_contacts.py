from __future__ import annotations

import pytest
from letters_laid import analysed

from extractors.addressees import addressee_start
from extractors.appeal_addresses import find_appeal_address
from extractors.contacts import find_appeal_numbers

LETTER = """
FAIRMONT HEALTH PLAN
P.O. Box 12, Dover, DE 19901
Phone 302-555-0101

Dear Member,

If you have questions call Member Services at 1-800-555-0102 (TTY 711).
Your doctor may call 302-555-0103 for a peer-to-peer discussion.

HOW TO APPEAL

Mail your appeal to: Fairmont Health Plan, Attn: Appeals Unit, P.O. Box 88,
Newark, DE 19711. You may fax your appeal to 302-555-0104 or start one by
phone at 302-555-0105.

EXTERNAL REVIEW

After our decision you may write to the Department of Insurance, P.O. Box 9,
Dover, DE 19904, phone 302-555-0106.
"""


def best(key: str, text: str = LETTER, later: bool = False) -> str | None:
    analysis = analysed(text)
    found = (*find_appeal_numbers(analysis, later), *find_appeal_address(analysis, later))
    top = max((c for c in found if c.key == key), key=lambda c: c.score, default=None)
    return str(top.value) if top is not None and top.score >= 0.55 else None


def test_appeals_go_to_the_appeals_unit() -> None:
    assert best("appeal_fax") == "302-555-0104"
    assert best("appeal_phone") == "302-555-0105"
    assert best("appeal_address") == (
        "Fairmont Health Plan, Attn: Appeals Unit, P.O. Box 88, Newark, DE 19711"
    )


def test_general_numbers_are_not_for_appeals() -> None:
    text = LETTER.split("HOW TO APPEAL")[0]
    assert best("appeal_phone", text) is None
    assert best("appeal_address", text) is None


def test_an_address_block_under_a_lead() -> None:
    text = (
        "Your appeal rights\n\nSend your appeal to:\n\nFairmont Appeals\nP.O. Box 88\n"
        "Newark, DE 19711-0088\n\nFax: 302-555-0104"
    )
    assert best("appeal_address", text) == "Fairmont Appeals, P.O. Box 88, Newark, DE 19711-0088"
    assert best("appeal_fax", text) == "302-555-0104"


def test_rows_after_a_sentence_are_of_its_step() -> None:
    text = (
        "Dear Ann,\n\nWe turned down the request. You must ask for an appeal within 60 days.\n\n"
        "    By phone:  302-555-0131\n    By fax:    302-555-0132\n"
        "    By mail:   Harrow Health Plan\n               Attention: Member Appeals\n"
        "               40 Mill Street\n               Dover, DE 19901\n\n"
        "If we still say no, ask for an administrative hearing. Fax 302-555-0133.\n"
    )
    assert best("appeal_phone", text) == "302-555-0131"
    assert best("appeal_fax", text) == "302-555-0132"
    assert best("appeal_address", text) == (
        "Harrow Health Plan, Attention: Member Appeals, 40 Mill Street, Dover, DE 19901"
    )


def test_a_civil_rights_office_takes_no_appeals() -> None:
    text = (
        "Your appeal rights\n\nFax your appeal to 302-555-0141.\n\n"
        "Discrimination is against the law. Complaints: Manager, Appeals and Grievances,\n"
        "9 Elm Street, Dover, DE 19901; fax 302-555-0149.\n"
    )
    assert best("appeal_fax", text) == "302-555-0141"
    assert best("appeal_address", text) is None


@pytest.mark.parametrize(
    ("prose", "addressee"),
    [
        ("You may appeal: write to Harrow Blue\nCross, Appeals,", "Harrow Blue Cross, Appeals"),
        ("Send your appeal to us. Harrow Plan, Attn: Appeals,", "Harrow Plan, Attn: Appeals"),
        ("Appeal within 60 days. Mail: Harrow Plan, Inc., Appeals,", "Harrow Plan, Inc., Appeals"),
        ("Appeals go by fax 302-555-0141 or to Claim Review,", "Claim Review"),
        ("Send the appeal to", ""),
    ],
)  # fmt: skip
def test_the_addressee_is_read_back_to_its_beginning(prose: str, addressee: str) -> None:
    analysis = analysed(f"Dear Ann,\n\n{prose} P.O. Box 77, Dover, DE 19901.\n")
    box = analysis.text.index("P.O.")
    start = addressee_start(analysis, box)
    assert " ".join(analysis.text[start:box].split()).rstrip(" ,") == addressee


def test_numbers_parted_at_their_hyphen_over_a_line_s_end() -> None:
    text = LETTER.replace("302-555-0104 or", "302-555-\n0104 or").replace(
        "DE 19711.", "DE 19711-\n2210."
    )
    assert best("appeal_fax", text) == "302-555-0104"
    assert str(best("appeal_address", text)).endswith("Newark, DE 19711-2210")


def test_an_address_in_the_prose_of_a_short_letter_is_no_sender_s() -> None:
    text = """
    FAIRMONT HEALTH PLAN

    May 4, 2026

    We will not pay for this. Appeal within 180 days to P.O. Box 88, Newark, DE 19711.
    """
    assert best("appeal_address", text) == "P.O. Box 88, Newark, DE 19711"


OPENING = (
    "FAIRMONT HEALTH\nP.O. Box 12, Dover, DE 19901\n\nMarch 7, 2026\n\nDear Ann Poe:\n\n"
    "We have denied coverage of this drug.\n\n"
)


@pytest.mark.parametrize(
    ("told", "phone", "fax", "address"),
    [
        ("You may appeal. Questions on your bill go to 302-555-0109. To appeal, ring us on "
         "302-555-0105 or fax 302-555-0104.", "302-555-0105", "302-555-0104", None),
        ("You can file a grievance with our Appeals Department (302-555-0105). If you are not "
         "happy with the outcome, the Department of Insurance takes complaints at 302-555-0106.",
         "302-555-0105", None, None),
        ("Mail your appeal to the address at the top of this page. Free help: Legal Aid "
         "302-555-0108.", None, None, "FAIRMONT HEALTH, P.O. Box 12, Dover, DE 19901"),
        ("To appeal, have your doctor fax the notes to 302-555-0104. New prior authorization "
         "requests: fax 302-555-0107.", None, "302-555-0104", None),
        ("You can appeal in 180 days. Help line of the State Ombudsman: 302-555-0108. Report "
         "fraud: 302-555-0110. Need an interpreter? 302-555-0111.", None, None, None),
        ("Appeal within 180 days, P.O. Box 88, Newark, DE 19711. For an IRO review after our "
         "final answer write to Bureau of Insurance, P.O. Box 9, Dover, DE 19904.",
         None, None, "P.O. Box 88, Newark, DE 19711"),
        ("You may appeal in 60 days.\n\n  For a standard appeal mail   Harrow Appeals\n"
         "                               P.O. Box 88\n"
         "                               Newark, DE 19711\n"
         "                               Fax 302-555-0104\n"
         "  For a fast appeal phone      302-555-0105\n",
         "302-555-0105", "302-555-0104", "Harrow Appeals, P.O. Box 88, Newark, DE 19711"),
        ("We are still waiting for the notes. Appeal rights would then be sent to you. An urgent "
         "need can be called in at 302-555-0105.", None, None, None),
        ("(c) 2026 Fairmont, Inc. 9 Elm Street, Dover, DE 19901 prints this notice of appeal.",
         None, None, None),
    ],
)  # fmt: skip
def test_the_purpose_named_last_leads_a_number(
    told: str, phone: str | None, fax: str | None, address: str | None
) -> None:
    text = OPENING + told
    found = [best(key, text) for key in ("appeal_phone", "appeal_fax", "appeal_address")]
    assert found == [phone, fax, address]


def test_where_a_hearing_is_next_its_office_is_wanted() -> None:
    text = (
        f"{OPENING}You have 90 days from this notice to ask for a State Fair Hearing.\n\n"
        "Office of Hearings\nP.O. Box 7, Dover, DE 19904\nFax 302-555-0106\n\n"
        "Questions: 302-555-0101."
    )
    assert best("appeal_fax", text, later=True) == "302-555-0106"
    assert best("appeal_address", text, later=True) == (
        "Office of Hearings, P.O. Box 7, Dover, DE 19904"
    )
