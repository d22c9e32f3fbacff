from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from letters_laid import analysed

from extractors.nlp.analysis import Analysis

LETTER = """
NOTICE OF DENIAL

Date of Notice: May 4, 2026
Member ID: QX-4410-22

Dear Ms. Quill,

We reviewed the request from Dr. Ada Finch for your medicine and cannot
approve it. See policy No. 44-B.

Your appeal rights
You have 180 days to appeal. We will answer
within 30 days.

Sincerely,
Lena Ortiz, M.D.
Medical Director
"""


def sentences(analysis: Analysis) -> list[str]:
    return [analysis.text[s.start : s.end].replace("\n", " ") for s in analysis.sentences]


def test_wrapped_lines_are_one_sentence_and_abbreviations_do_not_end_one() -> None:
    found = sentences(analysed(LETTER))
    assert (
        "We reviewed the request from Dr. Ada Finch for your medicine and cannot approve it."
        in found
    )
    assert "See policy No. 44-B." in found
    assert "We will answer within 30 days." in found


def test_label_rows_are_not_joined() -> None:
    analysis = analysed(LETTER)
    rows = [analysis.text[s.start : s.end] for s in analysis.sentences if s.is_row]
    assert rows == ["Date of Notice: May 4, 2026", "Member ID: QX-4410-22"]


def test_sections_follow_headings_salutation_and_closing() -> None:
    analysis = analysed(LETTER)
    text = analysis.text
    assert analysis.section_at(text.index("Member ID")).kind in {"head", "determination"}
    assert analysis.section_at(text.index("We reviewed")).kind == "body"
    assert analysis.section_at(text.index("You have 180")).kind == "appeal"
    assert analysis.section_at(text.index("Lena")).kind == "signature"


def test_a_damaged_heading_is_still_a_heading() -> None:
    analysis = analysed("Dear Member,\n\nREAS0N FOR DENlAL\nThe limit was passed.")
    assert analysis.section_at(analysis.text.index("The limit")).kind == "reason"


def test_bullets_stand_alone() -> None:
    found = sentences(analysed("Send us:\n- a letter from your doctor\n- your records"))
    assert "- a letter from your doctor" in found
    assert "- your records" in found


def test_cells_of_one_line_are_parted_at_wide_gaps_only() -> None:
    analysis = analysed("Member: Ann Poe          Plan: Gold PPO\nThis is a line of prose.")
    cells = [analysis.text[s.start : s.end] for s in analysis.segments]
    assert cells == ["Member: Ann Poe", "Plan: Gold PPO", "This is a line of prose."]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\f"), max_size=300))
def test_any_text_is_analysed_and_spans_stay_inside_it(text: str) -> None:
    analysis = analysed(text)
    for span in (*analysis.sentences, *analysis.segments):
        assert 0 <= span.start < span.end <= len(analysis.text)
    for pair in analysis.pairs:
        assert analysis.text[pair.value_start : pair.value_end] == pair.value
    if analysis.text:
        assert analysis.sections[0].start == 0
        assert analysis.sections[-1].end == len(analysis.text)
