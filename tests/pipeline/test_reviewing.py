"""Persons' words on cases: what holds, what is decided again, and who may not overwrite whom."""

from __future__ import annotations

from datetime import date

import pytest
from review_bench import LETTER, TODAY, ReviewBench
from sqlalchemy import update

from models.errors import UsageError
from pipeline.field_values import WrongValue, checked
from pipeline.reviewing import Change, KeyFieldsOpen, NoSuchCase, StaleVersion
from pipeline.store.corrections import Action, Corrections
from pipeline.store.listing import Filters, Listing
from pipeline.store.reviews import Status
from pipeline.store.schema import DocumentRow
from pipeline.store.states import State


def test_a_persons_value_stands_over_the_machines_and_all_is_decided_again(
    bench: ReviewBench,
) -> None:
    (case,) = bench.process(LETTER)
    desk = bench.review
    before = desk.case(case)
    assert before.body["fields"]["letter_date"]["value"] == "2026-09-14"
    due = {c["key"]: c["due"] for c in before.body["deadlines"]}
    after = desk.set_fields(case, before.version, {"letter_date": Change("2026-08-03")}, "ann")
    field = after.body["fields"]["letter_date"]
    assert (field["value"], field["set_by"], field["confidence"]) == ("2026-08-03", "ann", 1.0)
    assert field["alternatives"][0]["value"] == "2026-09-14"
    assert after.machine["letter_date"]["value"] == "2026-09-14"
    assert after.version == before.version + 1
    assert {c["key"]: c["due"] for c in after.body["deadlines"]} != due
    (word,) = Corrections(bench.database).all()
    assert (word.key, word.machine, word.value, word.who) == (
        "letter_date", "2026-09-14", "2026-08-03", "ann",
    )  # fmt: skip
    assert word.action is Action.SET
    assert [e.what for e in desk.history(case)] == ["status", "set"]


def test_nobody_overwrites_what_they_have_not_seen(bench: ReviewBench) -> None:
    (case,) = bench.process(LETTER)
    seen = bench.review.case(case).version
    bench.review.set_fields(case, seen, {"payer": Change("Meadowlark")}, "ann")
    with pytest.raises(StaleVersion):
        bench.review.set_fields(case, seen, {"payer": Change("Other")}, "bob")
    assert bench.review.case(case).body["fields"]["payer"]["value"] == "Meadowlark"
    with pytest.raises(NoSuchCase):
        bench.review.case("000000000000")


def test_undo_goes_back_word_by_word_to_the_machines(bench: ReviewBench) -> None:
    (case,) = bench.process(LETTER)
    desk = bench.review
    read = desk.case(case).body["fields"]["member_id"]
    for value in ("A111", "B222"):
        desk.set_fields(case, None, {"member_id": Change(value)}, "ann")
    assert desk.undo(case, None, "member_id", "ann").body["fields"]["member_id"]["value"] == "A111"
    assert desk.undo(case, None, "member_id", "ann").body["fields"]["member_id"] == read
    with pytest.raises(UsageError, match="nothing to undo"):
        desk.undo(case, None, "member_id", "ann")


def test_what_persons_said_survives_processing_again(bench: ReviewBench) -> None:
    (case,) = bench.process(LETTER)
    desk = bench.review
    desk.set_fields(case, None, {"drug": Change("Kesimpta")}, "ann")
    desk.choose_route(case, None, "billing_correction", "the claim had a wrong code", "ann")
    seen = desk.case(case)
    with bench.database.session() as session:
        session.execute(update(DocumentRow).values(state=State.READ))
    assert bench.process(LETTER) == [case]
    again = desk.case(case)
    assert again.body["fields"]["drug"]["value"] == "Kesimpta"
    assert again.body["fields"]["drug"]["set_by"] == "ann"
    assert again.machine["drug"]["value"] == "Ocrevus"
    assert again.body["route"]["route"] == "billing_correction"
    assert again.body["deadlines"] == seen.body["deadlines"]
    assert again.version > seen.version


def test_approval_waits_for_open_key_fields_and_makes_the_rest_a_persons_word(
    bench: ReviewBench,
) -> None:
    (case,) = bench.process(LETTER)
    desk = bench.review
    with bench.database.session() as session:  # a value that the reader was unsure of
        from pipeline.store.schema import CaseRow

        row = session.get_one(CaseRow, case)
        fields = {**row.body["fields"]}
        fields["letter_date"] = {**fields["letter_date"], "confidence": 0.41}
        row.body = {**row.body, "fields": fields}
    with pytest.raises(KeyFieldsOpen) as refused:
        desk.approve(case, None, "ann")
    assert "letter_date" in refused.value.keys
    desk.accept(case, None, refused.value.keys, "ann")
    approved = desk.approve(case, None, "ann")
    assert approved.status is Status.APPROVED
    assert approved.body["fields"]["payer"]["set_by"] == "ann"
    assert approved.body["route"]["route"] == "appeal"
    changed = desk.set_fields(case, None, {"payer": Change("Another plan")}, "ann")
    assert changed.status is Status.IN_REVIEW  # an approval is of what was seen


def test_one_person_a_case_at_a_time(bench: ReviewBench) -> None:
    (case,) = bench.process(LETTER)
    desk = bench.review
    assert desk.hold(case, "ann") == "ann"
    assert desk.hold(case, "bob") == "ann"
    assert desk.hold(case, "bob", take_over=True) == "bob"
    desk.let_go(case, "bob")
    assert desk.case(case).holder is None
    assert [e.what for e in desk.history(case)] == ["taken over"]


def test_from_sent_to_the_next_level(bench: ReviewBench) -> None:
    (case,) = bench.process(LETTER)
    desk = bench.review
    desk.accept(case, None, desk.case(case).open, "ann")
    with pytest.raises(UsageError, match="approved"):
        desk.sent(case, None, "fax", TODAY, "ann")
    desk.approve(case, None, "ann")
    desk.sent(case, None, "fax", TODAY, "ann", proof=("ab" * 32, "receipt.pdf"))
    (sending,) = desk.sendings(case)
    assert (sending.how, sending.proof_name) == ("fax", "receipt.pdf")
    level_two = desk.outcome(case, None, "upheld", date(2026, 10, 19), "ann", next_level=True)
    assert level_two.status is Status.IN_REVIEW
    assert level_two.body["fields"]["level"]["value"] == "internal_appeal"
    assert level_two.body["route"]["route"] in ("external_review", "appeal", "human_review")
    assert [r.outcome for r in desk.results(case)] == ["upheld"]


def test_the_queue_finds_filters_and_pages(bench: ReviewBench) -> None:
    letters = [
        LETTER.replace("Bramwell", f"Bramwell{chr(97 + n)}")
        .replace("7700412259", f"77{n:08d}")
        .replace("September 14", f"September {1 + n}")
        for n in range(7)
    ]  # fmt: skip
    cases = bench.process(*letters)
    listing = Listing(bench.database)
    seen: list[str] = []
    after = ""
    while page := listing.page(Filters(), TODAY, after=after, size=3):
        seen += [row.case_id for row in page]
        after = page[-1].cursor
    assert sorted(seen) == sorted(cases)
    dues = [listing.page(Filters(), TODAY, size=50)[n].due for n in range(7)]
    assert dues == sorted(d for d in dues if d)
    assert len(listing.page(Filters(q="7700000003"), TODAY)) == 1
    assert listing.count(Filters(q="ocrevus meadow"), TODAY) == 7
    assert listing.count(Filters(q='"; DROP'), TODAY) == 0
    bench.review.assign(cases[:2], "ann", "bob")
    assert listing.count(Filters(assignee="ann"), TODAY) == 2
    assert listing.count(Filters(assignee="-"), TODAY) == 5
    bench.review.set_status(cases[0], None, Status.CLOSED, "ann")
    assert listing.count(Filters(), TODAY) == 6
    assert listing.next_after(seen[0], Filters(), TODAY) == seen[1]
    bench.review.set_fields(cases[3], None, {"patient_name": Change("Zoe Quist")}, "ann")
    assert [r.case_id for r in listing.page(Filters(q="quist"), TODAY)] == [cases[3]]


@pytest.mark.parametrize(
    ("key", "given", "made"),
    [
        ("letter_date", "2026-09-14", "2026-09-14"),
        ("appeal_window", "180 days", {"value": 180, "unit": "days"}),
        ("appeal_window", "6 Months", {"value": 6, "unit": "months"}),
        ("hcpcs", "j2350, 96413", ["J2350", "96413"]),
        ("diagnosis_codes", "g35 C83.3", ["G35", "C83.3"]),
        ("payer", "  A  Plan ", "A Plan"),
        ("payer", "", None),
        ("hcpcs", "", []),
        ("npi", "1234567893", "1234567893"),
    ],
)
def test_values_are_made_as_the_contract_prints_them(key: str, given: str, made: object) -> None:
    assert checked(key, given) == made


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("letter_date", "14.9.2026"), ("letter_date", 5), ("appeal_window", "soon"),
        ("plan_type", "private"), ("hcpcs", "OCREVUS"), ("diagnosis_codes", "multiple"),
        ("npi", "12"), ("payer", "x" * 3000), ("expedited_offered", "maybe"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_told_in_words(key: str, given: object) -> None:
    with pytest.raises(WrongValue):
        checked(key, given)
