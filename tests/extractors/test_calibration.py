from __future__ import annotations

import random
import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.calibration_fit import (
    NEVER,
    Row,
    accepting,
    cautious,
    crossed,
    fit,
    fit_table,
    rising,
    table_text,
)
from extractors import calibration
from extractors.calibration import Curve, between, curves
from models.fields import FIELD_SPECS


def made_rows(key: str, right_at: float, count: int = 400) -> list[Row]:
    """Values of every score; those at or over `right_at` are right, of those under it half."""
    dice = random.Random(key)
    rows = []
    for n in range(count):
        score = 0.5 + 0.49 * dice.random()
        right = score >= right_at or n % 2 == 0
        rows.append(Row(key, True, score, 1.0, 0.0, 1.0, right))
    return rows


def test_every_field_has_a_curve_that_rises() -> None:
    assert set(FIELD_SPECS) <= set(curves())
    for curve in curves().values():
        chances = [curve.chance(score / 50) for score in range(51)]
        assert all(a <= b for a, b in pairwise(chances))
        assert 0.0 <= chances[0] <= chances[-1] <= 0.99
        assert curve.chance(0.9, 0.5) <= curve.chance(0.9, 1.0)
        assert curve.chance_absent(0.4, 1.0) <= curve.chance_absent(0.0, 1.0)


def test_points_that_fall_are_pooled() -> None:
    heights = [y for _, y in rising([(0, 0.2), (1, 0.9), (2, 0.5), (3, 0.95)], [1, 1, 1, 1])]
    assert heights == pytest.approx([0.2, 0.7, 0.7, 0.95])


def test_made_letters_are_taken_with_caution() -> None:
    assert cautious(0.9) < 0.9
    assert cautious(0.5) < 0.5
    assert cautious(1.0) <= 0.99


def test_a_field_often_wrong_gets_lower_chances() -> None:
    table = fit_table(made_rows("npi", 0.5) + made_rows("service", 0.95))
    fields = tomllib.loads(table_text(table))["fields"]
    sure, unsure = fields["npi"]["points"], fields["service"]["points"]
    assert between(sure, 0.8) > 0.9
    assert between(unsure, 0.8) < between(sure, 0.8) - 0.2
    assert all(a[1] <= b[1] for a, b in pairwise(unsure))


def test_the_fit_is_the_same_each_time() -> None:
    rows = made_rows("npi", 0.7) + made_rows("payer", 0.8)
    assert table_text(fit_table(rows)) == table_text(fit_table(list(rows)))


def test_what_is_read_badly_is_less_sure() -> None:
    bad = [Row("npi", True, 0.95, 0.5, 0.0, 0.8, n % 3 == 0) for n in range(200)]
    table = fit_table(made_rows("npi", 0.5) + bad)
    factors = table["reading"]["number"]
    assert between(factors, 0.5) < 0.6
    assert between(factors, 1.0) == 1.0


def test_a_weak_candidate_makes_absence_doubtful() -> None:
    curve = Curve(0.5, ((0.0, 0.1), (1.0, 0.9)), ((1.0, 1.0),), ((0.0, 0.8), (1.0, 0.95)), 0.5, 0.9)
    assert curve.chance_absent(0.0, 1.0) == pytest.approx(0.95)
    assert curve.chance_absent(0.5, 1.0) == pytest.approx(0.475)
    assert curve.chance_absent(0.0, 0.5) < 0.95


def test_what_is_taken_unseen_keeps_to_the_risk() -> None:
    right, wrong = (Row("npi", True, 0.9, 1.0, 0.0, 1.0, hit) for hit in (True, False))
    sure = [(right, 0.95)] * 198 + [(wrong, 0.95)] * 2 + [(right, 0.9)] * 50 + [(wrong, 0.9)] * 5
    assert accepting(sure) == 0.95
    assert accepting(sure, risk=0.03) == 0.9
    assert accepting([(right, 0.9), (wrong, 0.9)]) == NEVER, "of one confidence: taken together"


def test_what_is_taken_keeps_to_the_risk_in_every_source() -> None:
    rows = made_rows("npi", 0.5, 600) + made_rows("payer", 0.97, 600)
    named = [
        replace(row, letter=str(n), source="written" if n % 5 == 0 else "letters")
        for n, row in enumerate(rows)
    ]
    table = fit_table(named)
    sure = crossed(named)
    for source in ("written", "letters"):
        taken = [
            row.right
            for row, confidence in sure
            if row.source == source and confidence >= table["fields"][row.key]["accept"]
        ]
        assert len(taken) > 50
        assert taken.count(False) <= 0.01 * len(taken)


def test_what_is_a_matter_of_judgement_is_never_taken() -> None:
    table = fit_table(made_rows("npi", 0.5) + made_rows("service", 0.5))
    assert table["fields"]["service"]["accept"] == NEVER
    assert table["fields"]["npi"]["accept"] < 1


def test_more_risk_asks_for_less() -> None:
    for curve in curves().values():
        least = [curve.threshold(risk / 100) for risk in range(1, 21)]
        assert all(a >= b for a, b in pairwise(least))


def test_a_risk_that_no_confidence_keeps_to_takes_the_next() -> None:
    never, some = (0.01, NEVER), (0.05, 0.9)
    curve = Curve(0.5, ((0.0, 0.1),), ((1.0, 1.0),), ((0.0, 0.8),), 0.5, NEVER, least=(never, some))
    assert curve.threshold(0.01) == curve.threshold(0.03) == curve.threshold(0.2) == 0.9
    assert replace(curve, least=(never,)).threshold(0.2) == NEVER


def test_a_rule_that_errs_lowers_its_chance_and_a_new_rule_keeps_a_doubt() -> None:
    good = [replace(row, rule="label") for row in made_rows("npi", 0.5)]
    bad = [
        replace(row, rule="cue", right=n % 2 == 0) for n, row in enumerate(made_rows("npi", 0.5))
    ]
    made = fit(good + bad)
    row = Row("npi", True, 0.95, 1.0, 0.0, 1.0, True)
    told = {rule: made.confidence(replace(row, rule=rule)) for rule in ("label", "cue", "unseen")}
    assert told["cue"] < told["unseen"] < told["label"]


def test_a_close_second_reading_lowers_the_chance() -> None:
    alone = made_rows("npi", 0.5)
    close = [replace(row, left=row.score * 0.95, right=n % 3 > 0) for n, row in enumerate(alone)]
    made = fit(alone + close)
    row = Row("npi", True, 0.95, 1.0, 0.0, 1.0, True)
    assert made.confidence(replace(row, left=0.9)) < made.confidence(row) - 0.1


def test_the_printed_table_tells_what_the_fit_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [replace(row, rule="label:npi:colon") for row in made_rows("npi", 0.7)]
    made = fit(rows)
    printed = tmp_path / "calibration.toml"
    printed.write_text(table_text(fit_table(rows)), encoding="utf-8")
    monkeypatch.setattr(calibration, "TABLE", printed)
    calibration.curves.cache_clear()
    try:
        curve = calibration.curve("npi")
        for row in rows[:20]:
            told = min(curve.chance(row.score, 1.0, row.left, row.rule), 0.99)
            assert round(told, 3) == pytest.approx(made.confidence(row), abs=0.002)
    finally:
        calibration.curves.cache_clear()
