"""Clocks against the rules' own examples and against an independent count, day by day."""

from __future__ import annotations

import re
from datetime import date, timedelta

import clock_oracle as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import law
from knowledge.clock_tables import decision_clocks, filing_clocks
from knowledge.clocks import ClockFacts, deadlines
from knowledge.counting import federal_holidays
from models.case import Deadline
from models.fields import Window
from models.vocabulary import DenialCategory, Level, PlanType

P, L = PlanType, Level
NOTICE = date(2026, 9, 14)
DATES = st.dates(date(1990, 1, 1), date(2099, 12, 31))


def clocks(plan: PlanType, level: Level | None = L.INITIAL, **facts: object) -> dict[str, Deadline]:
    found = deadlines(ClockFacts(plan, level, **facts))  # type: ignore[arg-type]  # test sugar
    return {clock.key: clock for clock in found}


# The examples of 45 CFR 147.136(d)(2)(i) and of the calendar: missing day, weekend, holiday.
@pytest.mark.parametrize(
    ("receipt", "due"),
    [
        ("2026-10-30", "2027-03-01"),
        ("2026-10-31", "2027-03-01"),
        ("2026-10-28", "2027-03-01"),
        ("2026-07-22", "2026-11-23"),
        ("2026-08-25", "2026-12-28"),
        ("2026-09-01", "2027-01-04"),
        ("2026-07-26", "2026-11-27"),
        ("2026-05-31", "2026-10-01"),
        ("2026-07-31", "2026-12-01"),
        ("2024-10-31", "2025-03-03"),
    ],
)
def test_four_months(receipt: str, due: str) -> None:
    clock = clocks(P.SELF_FUNDED, L.INTERNAL_APPEAL, received=date.fromisoformat(receipt))
    assert str(clock["ext_fed"].due) == due
    assert oracle.four_months(date.fromisoformat(receipt)) == clock["ext_fed"].due


FIXED = [
    # key, plan type, level, days that the rule gives, days of presumed receipt
    ("erisa_l1", P.SELF_FUNDED, L.INITIAL, 180, 0),
    ("aca_grp_l1", P.COMMERCIAL, L.INITIAL, 180, 0),
    ("aca_ind_l1", P.COMMERCIAL, L.INITIAL, 180, 0),
    ("mac_l1", P.ORIGINAL_MEDICARE, L.INITIAL, 120, 5),
    ("mac_l2", P.ORIGINAL_MEDICARE, L.INTERNAL_APPEAL, 180, 5),
    ("med_alj", P.ORIGINAL_MEDICARE, L.EXTERNAL_REVIEW, 60, 5),
    ("ma_l1", P.MEDICARE_ADVANTAGE, L.INITIAL, 60, 5),
    ("med_alj", P.MEDICARE_ADVANTAGE, L.EXTERNAL_REVIEW, 60, 5),
    ("d_l1", P.MEDICARE_PART_D, L.INITIAL, 60, 5),
    ("d_ire", P.MEDICARE_PART_D, L.INTERNAL_APPEAL, 60, 5),
    ("med_alj", P.MEDICARE_PART_D, L.EXTERNAL_REVIEW, 60, 5),
    ("mcd_l1", P.MEDICAID, L.INITIAL, 60, 0),
    ("mcd_cont", P.MEDICAID, L.INITIAL, 10, 0),
    ("mcd_sfh", P.MEDICAID, L.INTERNAL_APPEAL, 90, 0),
    ("mcd_sfh_cont", P.MEDICAID, L.INTERNAL_APPEAL, 10, 0),
    ("fehb_opm", P.FEHB, L.INTERNAL_APPEAL, 90, 0),
    ("tri_l1", P.TRICARE, L.INITIAL, 90, 0),
    ("tri_mn2", P.TRICARE, L.INTERNAL_APPEAL, 90, 0),
    ("tri_formal", P.TRICARE, L.INTERNAL_APPEAL, 60, 0),
    ("tri_hear", P.TRICARE, L.EXTERNAL_REVIEW, 60, 0),
]
NOTICES = ["2024-02-29", "2025-12-31", "2026-01-15", "2026-06-01", "2026-09-14", "2027-11-30"]


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize(("key", "plan", "level", "days", "presumed"), FIXED)
def test_day_windows_counted_one_by_one(
    key: str, plan: PlanType, level: Level, days: int, presumed: int, notice: str
) -> None:
    start = date.fromisoformat(notice)
    clock = clocks(plan, level, letter_date=start)[key]
    assert clock.due == oracle.days_after(oracle.days_after(start, presumed), days)
    assert clock.safe_due == oracle.days_after(start, days)
    assert clock.arithmetic.startswith(notice)
    assert f"= {clock.due}" in clock.arithmetic


@pytest.mark.parametrize("notice", [*NOTICES, "2026-08-31", "2026-08-30", "2025-08-29"])
def test_month_windows_counted_one_by_one(notice: str) -> None:
    start = date.fromisoformat(notice)
    assert clocks(P.FEHB, letter_date=start)["fehb_l1"].due == oracle.months_or_last_day(start, 6)
    state = clocks(P.COMMERCIAL, L.INTERNAL_APPEAL, letter_date=start)["ext_state"]
    assert state.due == oracle.months_or_last_day(start, 4)


# 20 windows x 11 further notices: month ends, leap days, turns of the year, ten years apart.
FURTHER = [
    "2020-02-28", "2023-02-28", "2024-02-28", "2024-12-31", "2025-03-01", "2026-02-28",
    "2026-07-04", "2026-10-31", "2026-11-27", "2028-02-29", "2036-12-30",
]  # fmt: skip


@pytest.mark.parametrize("notice", FURTHER)
@pytest.mark.parametrize(("key", "plan", "level", "days", "presumed"), FIXED)
def test_220_more_windows_by_the_independent_count(
    key: str, plan: PlanType, level: Level, days: int, presumed: int, notice: str
) -> None:
    start = date.fromisoformat(notice)
    clock = clocks(plan, level, letter_date=start)[key]
    assert clock.due == oracle.days_after(oracle.days_after(start, presumed), days)
    assert clock.safe_due == oracle.days_after(start, days)


@given(DATES)
def test_federal_external_review_on_any_day(receipt: date) -> None:
    clock = clocks(P.SELF_FUNDED, L.INTERNAL_APPEAL, received=receipt)["ext_fed"]
    assert clock.due == oracle.four_months(receipt)
    assert clock.safe_due is not None
    assert clock.safe_due <= clock.due


def test_federal_external_review_on_every_day_of_five_years() -> None:
    for n in range(5 * 366):
        receipt = date(2024, 1, 1) + timedelta(days=n)
        clock = clocks(P.SELF_FUNDED, L.INTERNAL_APPEAL, received=receipt)["ext_fed"]
        assert clock.due == oracle.four_months(receipt), receipt


@given(st.integers(1987, 2100))
def test_holidays_are_those_of_the_statute(year: int) -> None:
    assert set(federal_holidays(year)) == oracle.legal_holidays(year)


def test_published_part_d_and_qic_examples() -> None:
    """60 days from receipt, presumed 5 days after the notice: 65 in all; QIC 180 and 5."""
    part_d = clocks(P.MEDICARE_PART_D, letter_date=date(2026, 9, 14))["d_l1"]
    assert (part_d.due, part_d.safe_due) == (date(2026, 11, 18), date(2026, 11, 13))
    qic = clocks(P.ORIGINAL_MEDICARE, L.INTERNAL_APPEAL, letter_date=date(2026, 6, 1))["mac_l2"]
    assert qic.due == date(2026, 12, 3)


def test_arithmetic_is_printed_in_words() -> None:
    clock = clocks(P.SELF_FUNDED, letter_date=NOTICE)["erisa_l1"]
    assert clock.arithmetic == "2026-09-14 + 180 days = 2027-03-13"


def test_known_receipt_moves_the_last_day_but_not_the_safe_day() -> None:
    clock = clocks(P.SELF_FUNDED, letter_date=NOTICE, received=date(2026, 9, 20))["erisa_l1"]
    assert (clock.due, clock.safe_due) == (date(2027, 3, 19), date(2027, 3, 13))
    early = clocks(P.MEDICARE_PART_D, letter_date=NOTICE, received=date(2026, 9, 16))["d_l1"]
    assert (early.due, early.safe_due) == (date(2026, 11, 15), date(2026, 11, 13))


def test_receipt_before_the_notice_date_is_flagged() -> None:
    clock = clocks(P.SELF_FUNDED, letter_date=NOTICE, received=date(2026, 9, 1))["erisa_l1"]
    assert clock.due == date(2026, 9, 1) + timedelta(days=180)
    assert "before the notice date" in (clock.conflict or "")


@pytest.mark.parametrize("plan", list(P))
@pytest.mark.parametrize("level", list(L))
def test_without_any_date_nothing_is_due_and_the_missing_date_is_named(
    plan: PlanType, level: Level
) -> None:
    for clock in deadlines(ClockFacts(plan, level)):
        assert clock.due is None
        assert clock.missing or clock.arithmetic in ("nothing to file", "no time limit")


def test_notice_windows_need_the_notice_date_even_where_receipt_is_known() -> None:
    clock = clocks(P.MEDICAID, received=NOTICE)["mcd_l1"]
    assert clock.due is None
    assert clock.missing == "letter_date"


class TestWhatTheLetterSays:
    def test_shorter_than_the_minimum_is_a_defect_and_the_safe_day(self) -> None:
        clock = clocks(P.SELF_FUNDED, letter_date=NOTICE, stated_window=Window(60, "days"))
        assert clock["erisa_l1"].due == date(2027, 3, 13)
        assert clock["erisa_l1"].safe_due == date(2026, 11, 13)
        assert "defect" in (clock["erisa_l1"].conflict or "")

    def test_longer_is_honoured(self) -> None:
        clock = clocks(P.SELF_FUNDED, letter_date=NOTICE, stated_window=Window(12, "months"))
        assert clock["erisa_l1"].due == date(2027, 9, 14)
        assert clock["erisa_l1"].safe_due == date(2027, 3, 13)
        assert "more time" in (clock["erisa_l1"].conflict or "")

    @pytest.mark.parametrize("days", [60, 65])
    def test_medicare_notices_say_60_or_65_and_mean_the_same(self, days: int) -> None:
        facts = {"letter_date": NOTICE, "stated_window": Window(days, "days")}
        clock = clocks(P.MEDICARE_ADVANTAGE, **facts)["ma_l1"]
        assert (clock.due, clock.safe_due) == (date(2026, 11, 18), date(2026, 11, 13))
        assert clock.conflict is None

    def test_printed_last_day(self) -> None:
        later = clocks(P.MEDICAID, letter_date=NOTICE, stated_deadline=date(2026, 12, 1))["mcd_l1"]
        assert (later.due, later.safe_due) == (date(2026, 12, 1), date(2026, 11, 13))
        assert "prints the last day 2026-12-01" in later.arithmetic
        sooner = clocks(P.MEDICAID, letter_date=NOTICE, stated_deadline=date(2026, 10, 1))["mcd_l1"]
        assert (sooner.due, sooner.safe_due) == (date(2026, 11, 13), date(2026, 10, 1))

    def test_printed_day_alone_is_used_without_a_notice_date(self) -> None:
        clock = clocks(P.SELF_FUNDED, stated_deadline=date(2027, 1, 4))["erisa_l1"]
        assert clock.due == clock.safe_due == date(2027, 1, 4)
        assert clock.missing is None

    def test_printed_day_before_the_notice_is_refused(self) -> None:
        clock = clocks(P.SELF_FUNDED, letter_date=NOTICE, stated_deadline=date(2025, 3, 1))
        assert clock["erisa_l1"].due == date(2027, 3, 13)
        assert "cannot be right" in (clock["erisa_l1"].conflict or "")

    def test_a_letter_that_contradicts_itself(self) -> None:
        clock = clocks(
            P.SELF_FUNDED,
            letter_date=NOTICE,
            stated_window=Window(180, "days"),
            stated_deadline=date(2026, 10, 14),
        )["erisa_l1"]
        assert "contradicts itself" in (clock.conflict or "")
        assert (clock.due, clock.safe_due) == (date(2027, 3, 13), date(2026, 10, 14))

    def test_a_state_may_choose_its_hearing_window(self) -> None:
        facts = {"letter_date": NOTICE, "stated_window": Window(120, "days")}
        clock = clocks(P.MEDICAID, L.INTERNAL_APPEAL, **facts)["mcd_sfh"]
        assert clock.due == clock.safe_due == date(2027, 1, 12)
        assert clock.conflict is None

    def test_unknown_coverage_follows_the_letter(self) -> None:
        facts = {"letter_date": NOTICE, "stated_window": Window(60, "days")}
        clock = clocks(P.UNKNOWN, **facts)["erisa_l1"]
        assert clock.due == clock.safe_due == date(2026, 11, 13)

    def test_the_65_days_of_a_medicare_notice_are_not_counted_from_receipt(self) -> None:
        """They hold the five days of the mail; from a receipt that is proven, 60 days count."""
        facts = ClockFacts(
            PlanType.MEDICARE_PART_D,
            Level.INITIAL,
            date(2026, 9, 1),
            stated_window=Window(65, "days"),
            received=date(2026, 9, 12),
        )
        clock = deadlines(facts)[0]
        assert clock.due == date(2026, 11, 11)
        assert clock.conflict is None

    def test_unknown_coverage_with_a_very_short_window_is_to_be_checked(self) -> None:
        facts = ClockFacts(PlanType.UNKNOWN, Level.INITIAL, date(2026, 9, 14),
                           stated_window=Window(10, "days"))  # fmt: skip
        clock = deadlines(facts)[0]
        assert (clock.due, clock.safe_due) == (date(2027, 3, 13), date(2026, 9, 24))
        assert "less time (2026-09-24) than any federal rule" in (clock.conflict or "")

    def test_unknown_coverage_without_a_window_keeps_the_shortest_day_safe(self) -> None:
        clock = clocks(P.UNKNOWN, letter_date=NOTICE)["erisa_l1"]
        assert (clock.due, clock.safe_due) == (date(2027, 3, 13), date(2026, 11, 13))

    def test_the_window_belongs_to_the_second_internal_level_where_one_is_offered(self) -> None:
        found = deadlines(
            ClockFacts(
                P.SELF_FUNDED,
                L.INTERNAL_APPEAL,
                letter_date=NOTICE,
                stated_window=Window(60, "days"),
                second_level=True,
            )
        )
        assert found[0].key == "erisa_l2"
        assert found[0].due == date(2026, 11, 13)
        four = next(clock for clock in found if clock.key == "ext_fed")
        assert four.conflict is None


class TestOtherClocks:
    def test_continuation_is_the_later_of_ten_days_and_the_change(self) -> None:
        change = date(2026, 10, 1)
        clock = clocks(P.MEDICAID, letter_date=NOTICE, effective=change)["mcd_cont"]
        assert (clock.due, clock.safe_due) == (change, date(2026, 9, 24))
        assert clock.kind == "continuation"

    def test_fee_for_service_keeps_benefits_before_the_change(self) -> None:
        facts = {"letter_date": NOTICE, "regime": "medicaid_ffs"}
        assert clocks(P.MEDICAID, **facts)["mcd_ffs_cont"].due is None
        found = clocks(P.MEDICAID, effective=date(2026, 10, 1), **facts)
        assert found["mcd_ffs_cont"].due == date(2026, 9, 30)
        assert "90 days" in (found["mcd_ffs"].missing or "")

    def test_suit_against_opm_ends_with_the_third_year(self) -> None:
        facts = {"date_of_service": date(2026, 3, 2)}
        clock = clocks(P.FEHB, L.EXTERNAL_REVIEW, **facts)["fehb_suit"]
        assert clock.due == date(2029, 12, 31)
        assert clocks(P.FEHB, L.EXTERNAL_REVIEW)["fehb_suit"].missing == "date_of_service"

    def test_part_c_goes_to_the_reviewer_by_itself_and_part_d_does_not(self) -> None:
        part_c = clocks(P.MEDICARE_ADVANTAGE, L.INTERNAL_APPEAL, letter_date=NOTICE)
        assert part_c["ma_ire"].due is None
        assert "files nothing" in part_c["ma_ire"].who
        open_part = clocks(
            P.MEDICARE_ADVANTAGE, L.INTERNAL_APPEAL, letter_date=NOTICE, is_drug=True
        )
        assert open_part["d_ire"].due == date(2026, 11, 18)

    @pytest.mark.parametrize(
        ("plan", "key", "urgent", "due"),
        [
            (P.MEDICARE_PART_D, "plan_d_appeal", False, date(2026, 10, 8)),
            (P.MEDICARE_PART_D, "plan_d_appeal", True, date(2026, 10, 4)),
            (P.MEDICARE_ADVANTAGE, "plan_ma_appeal", False, date(2026, 10, 31)),
            (P.SELF_FUNDED, "plan_erisa_appeal", True, date(2026, 10, 4)),
            (P.MEDICAID, "plan_mcd_appeal", False, date(2026, 10, 31)),
            (P.FEHB, "plan_fehb_appeal", False, date(2026, 10, 31)),
        ],
    )
    def test_the_plans_own_clock_starts_with_the_filing(
        self, plan: PlanType, key: str, urgent: bool, due: date
    ) -> None:
        waiting = clocks(plan, letter_date=NOTICE, urgent=urgent)[key]
        assert (waiting.kind, waiting.due) == ("plan", None)
        assert "filed" in (waiting.missing or "")
        running = clocks(plan, letter_date=NOTICE, urgent=urgent, filed=date(2026, 10, 1))[key]
        assert running.due == due

    def test_a_first_decision_after_its_time_is_flagged(self) -> None:
        asked = {"request_date": date(2026, 9, 1), "letter_date": NOTICE}
        late = clocks(P.MEDICARE_PART_D, **asked)["plan_d_initial"]
        assert (late.due, "10 days after" in (late.conflict or "")) == (date(2026, 9, 4), True)
        assert clocks(P.SELF_FUNDED, **asked)["plan_erisa_initial"].conflict is None

    def test_formulary_exception_has_no_time_limit(self) -> None:
        facts = {"regime": "aca_individual", "category": DenialCategory.NON_FORMULARY}
        found = clocks(P.COMMERCIAL, is_drug=True, letter_date=NOTICE, **facts)
        assert found["ehb_exc"].due is None
        assert found["ehb_exc"].missing is None
        assert "ehb_exc" not in clocks(P.COMMERCIAL, letter_date=NOTICE, **facts)

    def test_urgent_tricare_has_three_days(self) -> None:
        assert "tri_exp" not in clocks(P.TRICARE, letter_date=NOTICE)
        assert clocks(P.TRICARE, letter_date=NOTICE, urgent=True)["tri_exp"].due == date(
            2026, 9, 17
        )

    def test_the_next_step_stands_first_and_later_steps_wait(self) -> None:
        found = deadlines(ClockFacts(P.MEDICARE_PART_D, L.INITIAL, letter_date=NOTICE))
        ours = [clock for clock in found if clock.kind == "ours"]
        assert [clock.key for clock in ours] == ["d_l1", "d_ire", "med_alj", "med_mac", "med_court"]
        assert all(clock.due is None and clock.missing for clock in ours[1:])


@given(
    st.sampled_from(list(P)),
    st.sampled_from([None, *L]),
    st.one_of(st.none(), st.dates()),
    st.one_of(st.none(), st.dates()),
    st.one_of(st.none(), st.dates()),
    st.one_of(
        st.none(),
        st.builds(
            Window, st.integers(-5, 10**6), st.sampled_from(["days", "months", "fortnights"])
        ),
    ),
    st.sampled_from([None, *DenialCategory]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, *law.regimes()]),
)
def test_any_facts_give_honest_clocks(
    plan: PlanType,
    level: Level | None,
    notice: date | None,
    received: date | None,
    printed: date | None,
    window: Window | None,
    category: DenialCategory | None,
    urgent: bool,
    is_drug: bool,
    regime: str | None,
) -> None:
    found = deadlines(
        ClockFacts(
            plan,
            level,
            letter_date=notice,
            received=received,
            stated_deadline=printed,
            stated_window=window,
            category=category,
            urgent=urgent,
            is_drug=is_drug,
            regime=regime,
        )
    )
    assert len({clock.key for clock in found}) == len(found)
    for clock in found:
        assert (clock.due is None) == (clock.safe_due is None)
        if clock.due is not None and clock.safe_due is not None:
            assert clock.safe_due <= clock.due
            assert str(clock.due) in clock.arithmetic
            assert clock.missing is None
        assert clock.arithmetic
        assert clock.confidence in "ABC"


def test_every_key_of_the_master_table_is_there_and_used() -> None:
    keys = {
        *("erisa_l1", "erisa_l2", "aca_ind_l1", "aca_grp_l1", "ext_fed", "ext_state", "ehb_exc"),
        *("mac_l1", "mac_l2", "med_alj", "med_mac", "med_court", "ma_l1", "ma_ire", "d_l1"),
        *("d_ire", "mcd_l1", "mcd_cont", "mcd_sfh", "mcd_sfh_cont", "mcd_ffs", "mcd_ffs_cont"),
        *("fehb_l1", "fehb_opm", "fehb_suit", "tri_l1", "tri_mn2", "tri_formal", "tri_hear"),
    }
    used = {key for r in law.regimes().values() for step in r.path for key in step.clocks}
    assert keys <= set(filing_clocks())
    assert used == set(filing_clocks())


def test_decision_clocks_name_known_regimes_and_always_have_a_last_resort() -> None:
    for clock in decision_clocks().values():
        assert set(clock.regimes) <= set(law.regimes())
        assert clock.variant(frozenset(), date(2026, 6, 1)) is not None
        assert re.match(r"plan_", clock.id)
