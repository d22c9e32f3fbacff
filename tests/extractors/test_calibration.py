from __future__ import annotations

import random
import tomllib
from itertools import pairwise

import pytest

from benchmarks.calibration_fit import (
    NEVER,
    Row,
    accepting,
    cautious,
    fit_table,
    rising,
    table_text,
)
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


def test_a_field_may_be_stricter_than_all_together_never_laxer() -> None:
    table = fit_table(made_rows("npi", 0.5) + made_rows("service", 0.97))
    fields = tomllib.loads(table_text(table))["fields"]
    everywhere = table["defaults"]["accept"]
    assert all(row["accept"] >= everywhere for row in fields.values())
    assert fields["service"]["accept"] >= fields["npi"]["accept"]
