"""The law's data: typed, cited as a letter may print it, and refused where it is wrong."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from knowledge import citations, clock_tables, law, regime, routing, signals, tables
from models.errors import KnowledgeError
from models.vocabulary import DenialCategory, Level, PlanType

REGIMES = tuple(law.regimes())


class TestCitations:
    @pytest.mark.parametrize(
        ("cite", "confidence", "shown"),
        [
            ("45 CFR 147.136(d)(2)(i)", "A", "45 CFR 147.136(d)(2)(i)"),
            ("45 CFR 147.136(d)(2)(i)", "C", "45 CFR 147.136"),
            ("45 CFR 147.136(d)(3)(i)(A)", "A", "45 CFR 147.136"),
            ("45 CFR 147.136(d)(3)(iv)", "A", "45 CFR 147.136(d)(3)(iv)"),
            ("45 CFR 147.136(c)(2)(vi)", "A", "45 CFR 147.136"),
            ("29 CFR 2560.503-1(h)(3)(v)", "A", "29 CFR 2560.503-1"),
            ("29 CFR 2560.503-1(h)(3)(iv)", "A", "29 CFR 2560.503-1(h)(3)(iv)"),
            ("29 CFR 2560.503-1(m)(1)(iii)", "A", "29 CFR 2560.503-1"),
            ("5 CFR 890.105(e)(1)(i)", "B", "5 CFR 890.105"),
            ("32 CFR 199.10(d)", "B", "32 CFR 199.10"),
            ("SSA 1927(d)(5)(A)", "B", "Social Security Act section 1927(d)(5)(A)"),
            ("29 CFR 2560.503-1; 29 CFR 2560.503-1(h)(1)", "A", "29 CFR 2560.503-1(h)(1)"),
            ("", "A", ""),
        ],
    )
    def test_printed(self, cite: str, confidence: str, shown: str) -> None:
        assert citations.printed(cite, confidence) == shown

    def test_no_entry_prints_a_paragraph_that_was_not_read_again(self) -> None:
        for one in law.all_citations():
            ((section, paragraph),) = citations.parts(one)
            held = citations.held_back().get(section, ())
            assert not (paragraph and citations.ALL in held), one
            assert not (paragraph and paragraph.startswith(held)), one

    @pytest.mark.parametrize(
        "never",
        [
            *("29 CFR 2560.503-1(b)(4)", "29 CFR 2560.503-1(l)(1)", "29 CFR 2560.503-1(m)(8)"),
            *("45 CFR 147.136(b)(2)(ii)(C)", "45 CFR 147.136(b)(2)(iii)", "45 CFR 147.136(e)"),
            *("42 CFR 422.566(d)", "42 CFR 423.590(f)", "42 CFR 438.420(c)", "42 CFR 431.244(f)"),
            *("42 CFR 405.950(", "42 CFR 422.584(", "5 CFR 890.105(", "32 CFR 199.10("),
        ],
    )
    def test_paragraphs_on_the_list_are_nowhere(self, never: str) -> None:
        assert len(law.all_citations()) > 100
        assert not [one for one in law.all_citations() if one.startswith(never)]

    def test_what_is_no_citation_is_refused(self) -> None:
        with pytest.raises(ValueError, match="half"):
            citations.parts("45 CFR 147.136(half")


class TestRegimes:
    def test_every_plan_type_has_one_that_stands_for_it(self) -> None:
        for plan in PlanType:
            stand_ins = [r.id for r in law.regimes().values() if plan in r.stands_for]
            assert len(stand_ins) == 1, plan
            assert plan in law.working(None, plan).plan_types

    @pytest.mark.parametrize("key", REGIMES)
    def test_rights_have_a_citation_or_assert_nothing(self, key: str) -> None:
        rights = law.rights_for(key)
        assert len(rights) >= 10
        for right in rights:
            assert right.ask
            assert bool(right.says) == bool(right.citation), right.id

    def test_rights_speak_the_law_of_their_regime(self) -> None:
        for key, part in (("part_c", "42 CFR 422"), ("part_d", "42 CFR 423")):
            cited = [right.citation for right in law.rights_for(key) if right.citation]
            assert all(one.startswith(part) for one in cited)
        for key in ("part_c", "part_d", "medicaid_mco", "fehb", "tricare"):
            assert not any(
                "2560" in r.citation or "147.136" in r.citation for r in law.rights_for(key)
            )

    def test_coverage_outside_of_erisa_borrows_its_claims_procedure(self) -> None:
        individual = law.right("consider_everything", "aca_individual")
        assert individual is not None
        assert individual.citation == "29 CFR 2560.503-1(h)(2)(iv); 45 CFR 147.136(b)(3)(i)"
        employer = law.right("consider_everything", "erisa_self_funded")
        assert employer is not None
        assert employer.citation == "29 CFR 2560.503-1(h)(2)(iv)"
        assert law.right("plan_documents", "aca_individual") is None

    def test_self_funded_plans_are_cited_their_own_regulation(self) -> None:
        right = law.right("codes", "erisa_self_funded")
        assert right is not None
        assert right.citation.startswith("29 CFR 2590.715-2719(b)(2)(ii)(E)(1)")

    def test_the_part_c_reviewer_changed_in_may_2026(self) -> None:
        before = law.external_review_body("part_c", Level.INTERNAL_APPEAL, date(2026, 4, 30))
        after = law.external_review_body("part_c", Level.INTERNAL_APPEAL, date(2026, 5, 1))
        newest = law.external_review_body("part_c", Level.INTERNAL_APPEAL)
        assert before is not None
        assert after is not None
        assert before.body.startswith("MAXIMUS")
        assert after.body.startswith("C2C")
        assert newest == after
        assert after.automatic

    def test_no_outside_review_after_a_first_private_decision(self) -> None:
        assert law.external_review_body("erisa_insured", Level.INITIAL) is None

    def test_exception_routes(self) -> None:
        step = law.exception_route("part_d", DenialCategory.STEP_THERAPY)
        assert step is not None
        assert step.citation == "42 CFR 423.578(b)(5)(ii)"
        assert law.exception_route("erisa_self_funded", DenialCategory.NON_FORMULARY) is None
        listed = law.exception_route("aca_individual", DenialCategory.NON_FORMULARY)
        stepped = law.exception_route("aca_individual", DenialCategory.STEP_THERAPY)
        assert listed is not None
        assert stepped is not None
        assert (listed.citation, stepped.citation) == ("45 CFR 156.122(c)", "")
        assert law.exception_route("part_d", DenialCategory.DUPLICATE) is None

    def test_entries_by_id(self) -> None:
        assert law.citation("ext_fed") == "45 CFR 147.136(d)(2)(i)"
        assert law.citation("codes", "erisa_insured").startswith("45 CFR 147.136(b)(2)(ii)(E)")
        with pytest.raises(KnowledgeError, match="no entry 'nonsense'"):
            law.entry("nonsense")
        with pytest.raises(KnowledgeError, match="no regime"):
            law.regime("nonsense")

    def test_notice_elements(self) -> None:
        erisa = {element.id for element in law.notice_elements("erisa_self_funded")}
        individual = {element.id for element in law.notice_elements("aca_individual")}
        assert erisa - individual == {"notice_civil_action"}
        assert len(erisa) == 13
        assert all(re.compile(c) for e in law.notice_elements("part_d") for c in e.cues)
        assert law.notice_elements(None, PlanType.UNKNOWN) == ()


READERS = {
    "law_regimes.toml": lambda: (law.regimes.cache_clear(), law.regimes()),
    "law_rights.toml": lambda: (law._rights.cache_clear(), law.rights_for("erisa_insured")),
    "law_clocks.toml": lambda: (
        clock_tables.filing_clocks.cache_clear(),
        clock_tables.filing_clocks(),
    ),
    "law_decisions.toml": lambda: (
        clock_tables.decision_clocks.cache_clear(),
        clock_tables.decision_clocks(),
    ),
    "law_table.toml": lambda: (regime.table.cache_clear(), regime.table()),
    "signals.toml": lambda: (signals.kinds.cache_clear(), signals.kinds()),
    "routes.toml": lambda: (routing.rules.cache_clear(), routing.rules(), routing.key_fields()),
}


@pytest.mark.parametrize(
    ("file", "right", "wrong", "entry"),
    [
        ("law_regimes.toml", 'plan_types = ["tricare"]', 'plan_types = ["tricar"]', "tricare"),
        ("law_regimes.toml", 'appeal_word = "recon', 'apeal_word = "recon', "part_c"),
        ("law_rights.toml", 'law = "erisa", says', 'law = "erisae", says', "full_fair_review"),
        ("law_rights.toml", "(h)(1)", "(h(1)", "full_fair_review"),
        ("law_clocks.toml", "count = 180", 'count = "180"', "erisa_l1"),
        ("law_clocks.toml", 'from = "receipt"', 'from = "reciept"', "erisa_l1"),
        ("law_clocks.toml", 'step = "internal appeal"\n', "", "erisa_l1"),
        ("law_decisions.toml", 'when = ["urgent"]', 'when = ["urgnt"]', "plan_erisa_initial"),
        ("law_table.toml", 'regime = "part_d"', 'regime = "part_e"', "part_e"),
        ("law_table.toml", 'any = ["part_b_drug"]', 'any = ["part_b"]', "ma_part_b_drug"),
        ("signals.toml", '"administrative services only"', '"administrative (only"', "self_funded"),
        ("routes.toml", 'if = ["unsure"]', 'if = ["unsur"]', "unsure"),
        ("routes.toml", 'route = "appeal"', 'route = "apeal"', "second_internal_level"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(
    file: str, right: str, wrong: str, entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in tables.DATA.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        if path.name == file:
            assert right in text
            text = text.replace(right, wrong, 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", tmp_path)
    try:
        with pytest.raises(KnowledgeError) as raised:
            READERS[file]()
    finally:
        monkeypatch.undo()
        for reader in READERS.values():
            reader()
    assert entry in str(raised.value)
    assert raised.value.mend


def test_every_entry_is_sourced_and_dated() -> None:
    for entry_id in law._all_rows():
        provenance = law.entry(entry_id).provenance
        assert provenance.source
        assert provenance.as_of >= date(2026, 1, 1)
        assert provenance.confidence in tables.CONFIDENCES


class TestRules:
    def test_every_topic_has_rules_that_hold_somewhere(self) -> None:
        for topic in law.topics():
            found = law.rules(topic)
            assert found
            assert all(entry.says.endswith(".") for entry in found)

    def test_rules_hold_for_their_regimes_only(self) -> None:
        assert law.rules("ma_criteria", "part_c")
        assert not law.rules("ma_criteria", "erisa_insured")
        assert not law.rules("surprise_billing", "part_c")
        assert {e.id for e in law.rules("prior_authorization", "part_d")} == set()

    def test_amounts_in_controversy(self) -> None:
        now = law.amount_in_controversy(2026)
        assert now is not None
        assert (now.hearing, now.court) == (200, 1960)
        assert law.amount_in_controversy(1999) is None

    def test_a_state_s_own_review(self) -> None:
        assert law.state_review("NY", "erisa_insured") is not None
        assert law.state_review("NY", "erisa_self_funded") is None
        assert law.state_review("ZZ") is None
