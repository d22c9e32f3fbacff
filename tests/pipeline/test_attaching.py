"""Letters cut anew and further pages of a case: what persons said stays, whatever is read anew."""

from __future__ import annotations

from datetime import date

import pytest
from review_bench import LETTER, TODAY, ReviewBench

from models.clinical import CaseAnswers, ClinicalFacts
from models.errors import Unreadable, UsageError
from pipeline.attaching import Further, attach
from pipeline.home import Home, load_settings
from pipeline.page_images import PageImages
from pipeline.reviewing import Change, StaleVersion
from pipeline.splitting import cut_again, groups_in, groups_out
from pipeline.store.attached import attached_to
from pipeline.store.entries import Entries
from pipeline.store.reviews import Status

TWO = LETTER + "\f" + LETTER.replace("Ilse Bramwell", "Orla Quist").replace("Ocrevus", "Xolair")
MORE = """Meadowlark Health Plan
Page 2

Group number: GRP-771-02
Reference number: REF5500123
"""


def add(bench: ReviewBench, case: str, text: str = MORE, version: int | None = None) -> None:
    path = bench.folder / "more.txt"
    path.write_text(text)
    settings = load_settings(Home(bench.folder / "home"), {"DENIALDESK_TODAY": TODAY.isoformat()})
    seen = bench.review.case(case).version if version is None else version
    attach(settings, bench.tools, bench.review, case, Further(path, "more.txt", seen, "ada"))


def test_a_cut_keeps_the_answer_to_the_question_and_the_day_of_receipt(bench: ReviewBench) -> None:
    first, *_ = bench.process(TWO)
    answers = CaseAnswers("fehb", date(2026, 9, 18))
    Entries(bench.database).save(first, ClinicalFacts(answers=answers))
    bench.review.decide_again(first, "ada")
    before = bench.review.case(first).body
    assert before["law"]["regime"] == "fehb"
    cut_again(bench.tools, bench.review, first, "1-2", "ada")
    after = bench.review.case(first).body
    assert after["pages"] == [1, 2]
    assert after["law"]["regime"] == "fehb"
    assert [c["opens"] for c in after["deadlines"]] == [c["opens"] for c in before["deadlines"]]


def test_letters_that_keep_their_pages_are_left_alone(bench: ReviewBench) -> None:
    cases = bench.process(TWO)
    assert len(cases) == 2
    versions = [bench.review.case(case).version for case in cases]
    cut_again(bench.tools, bench.review, cases[0], "1, 2", "ada")
    assert [bench.review.case(case).version for case in cases] == versions


def test_groups_of_pages_are_written_as_they_are_read() -> None:
    groups = [[1, 2, 6], [3, 4, 5], [7]]
    assert groups_out(groups) == "1-2 + 6, 3-5, 7"
    assert groups_in(groups_out(groups), 7) == groups
    for said in ("1-2", "1-2, 2-3", "1 +, 2-3", "x"):
        with pytest.raises(UsageError):
            groups_in(said, 3)


def test_further_pages_become_part_of_the_case(bench: ReviewBench) -> None:
    first, second = bench.process(TWO)
    bench.review.set_fields(first, None, {"member_id": Change("KEPT1")}, "ada")
    beside = bench.review.case(second).version
    add(bench, first)
    case = bench.review.case(first)
    assert case.body["pages"] == [1, 3]
    fields = case.body["fields"]
    assert fields["member_id"]["value"] == "KEPT1"
    assert fields["group_number"]["value"] == "GRP-771-02"
    assert fields["group_number"]["evidence"][0]["page"] == 3
    assert bench.review.case(second).version == beside
    assert bench.review.history(first)[0].what == "attached"
    images = PageImages(bench.database, bench.tools.blobs, bench.tools.pool)
    assert images.get(case.sha256, 3)[8:12] == b"WEBP"
    with bench.database.reading() as session:
        (row,) = attached_to(session, case.sha256)
    assert bench.tools.blobs.path(row.blob).read_text() == MORE
    cut_again(bench.tools, bench.review, first, "1, 2 + 3", "ada")
    assert bench.review.case(second).body["pages"] == [2, 3]


def test_pages_that_cannot_be_taken_change_nothing(bench: ReviewBench) -> None:
    (case,) = bench.process(LETTER)
    version = bench.review.case(case).version
    with pytest.raises(StaleVersion):
        add(bench, case, version=version - 1)
    with pytest.raises(UsageError, match="part of this document"):
        add(bench, case, LETTER)
    with pytest.raises(Unreadable):
        add(bench, case, "%PDF-1.7\nnothing of a PDF")
    assert bench.review.case(case).version == version
    add(bench, case)
    with pytest.raises(UsageError, match="part of this document"):
        add(bench, case)


def test_an_approved_case_is_open_again_once_it_has_more_pages(bench: ReviewBench) -> None:
    (case,) = bench.process(LETTER)
    bench.review.accept(case, None, bench.review.case(case).open, "ada")
    bench.review.approve(case, None, "ada")
    add(bench, case)
    assert bench.review.case(case).status is Status.IN_REVIEW
    bench.review.approve(case, None, "ada")
    bench.review.sent(case, None, "fax", TODAY, "ada")
    with pytest.raises(UsageError, match="went out"):
        add(bench, case, MORE + "more")
