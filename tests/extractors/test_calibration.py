from __future__ import annotations

import random
import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import calibration_fit
from benchmarks.calibration_fit import (
    NEVER,
    Fit,
    Row,
    acceptance,
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


@pytest.fixture(autouse=True)
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration_fit, "FOLDS", 3)


def made_rows(key: str, right_at: float, count: int = 400) -> list[Row]:
    """Values of every score; those at or over `right_at` are right, of those under it half."""
    dice = random.Random(key)
    rows = []
    for n in range(count):
        score = 0.5 + 0.49 * dice.random()
        right = score >= right_at or n % 2 == 0
        rows.append(Row(key, True, score, 1.0, 0.0, 1.0, right, source="blind"))
    return rows


def test_every_field_has_a_curve_that_rises() -> None:
    assert set(FIELD_SPECS) <= set(curves())
    for curve in curves().values():
        chances = [curve.chance(score / 50) for score in range(51)]
        assert all(a <= b for a, b in pairwise(chances))
        assert 0.0 <= chances[0] <= chances[-1] <= 0.99
        assert curve.chance(0.9, 0.5) <= curve.chance(0.9, 1.0)
        assert curve.chance(0.9, 0.5, {"score": 2.2}) <= curve.chance(0.9, 1.0, {"score": 2.2})
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
    bad = [told(Row("npi", True, 0.95, 0.5, 0.0, 0.8, n % 3 == 0)) for n in range(200)]
    table = fit_table([told(row) for row in made_rows("npi", 0.6)] + bad)
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
        replace(told(row), letter=str(n), source="written" if n % 5 == 0 else "letters")
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


def test_what_is_taken_keeps_to_the_risk_in_the_first_looks_of_each_program() -> None:
    row = Row("npi", True, 0.9, 1.0, 0.0, 1.0, True, source="blind", program="first")
    missed = replace(row, right=False, program="second")
    sure = [(row, 0.9)] * 900 + [(replace(missed, right=True), 0.95)] * 100 + [(missed, 0.9)] * 5
    assert accepting(sure) == 0.9
    assert acceptance(sure) == 0.95
    assert acceptance([(replace(one, key="service"), sureness) for one, sureness in sure]) == NEVER


def test_what_is_a_matter_of_judgement_is_never_taken() -> None:
    some = [told(row, **{row.key: 1.0}) for row in made_rows("npi", 0.5) + made_rows("payer", 2)]
    table = fit_table(some + [told(row) for row in made_rows("service", 0.5)])
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


def told(row: Row, **signs: float) -> Row:
    return replace(row, signs={"score": row.score * 4, **signs})


def test_a_sign_that_goes_with_errors_lowers_the_chance() -> None:
    plain = [told(row) for row in made_rows("npi", 0.5)]
    marred = [
        told(replace(row, right=n % 2 == 0), odd=1.0) for n, row in enumerate(made_rows("npi", 0.5))
    ]
    made = fit(plain + marred)
    row = told(Row("npi", True, 0.95, 1.0, 0.0, 1.0, True))
    assert made.confidence(told(row, odd=1.0)) < made.confidence(row) - 0.2
    assert made.confidence(told(row, unseen=1.0)) == made.confidence(row)


def test_what_a_sign_says_in_one_field_is_told_in_others_too() -> None:
    known = [told(row) for row in made_rows("npi", 0.5)]
    known += [told(replace(row, right=n % 2 == 0), odd=1.0) for n, row in enumerate(known)]
    made = fit(known + [told(row) for row in made_rows("rx_number", 0.5)])
    row = told(Row("rx_number", True, 0.95, 1.0, 0.0, 1.0, True))
    assert made.confidence(told(row, odd=1.0)) < made.confidence(row)


def test_a_letter_is_never_on_both_sides_of_a_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    sides: list[set[str]] = []

    def noted(rows: list[Row]) -> Fit:
        sides.append({row.letter.rsplit("/", 1)[-1] for row in rows})
        return fit(rows)

    monkeypatch.setattr(calibration_fit, "fit", noted)
    rows = [
        replace(row, source=source, letter=f"{source}/w{n % 20:03}.txt")
        for source in ("written", "blind", "older")
        for n, row in enumerate(made_rows("npi", 0.7, 60))
    ]
    crossed(rows)
    assert len(sides) == calibration_fit.FOLDS
    assert sum(20 - len(side) for side in sides) == 20


def test_the_printed_table_tells_what_the_fit_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [told(row, **{"rule label:npi": 1.0}) for row in made_rows("npi", 0.7)]
    made = fit(rows)
    printed = tmp_path / "calibration.toml"
    printed.write_text(table_text(fit_table(rows)), encoding="utf-8")
    monkeypatch.setattr(calibration, "TABLE", printed)
    calibration.curves.cache_clear()
    try:
        curve = calibration.curve("npi")
        for row in rows[:20]:
            shown = curve.chance(row.score, 1.0, row.signs)
            assert round(shown, 3) == pytest.approx(made.confidence(row), abs=0.002)
    finally:
        calibration.curves.cache_clear()
