"""Precision, recall, calibration and auto-accept on counts that can be checked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.compare import Judged, Outcome
from pipeline.evaluate.figures import (
    auto_accept,
    by_field,
    calibration_error,
    confusion,
    key_fields,
    reliability,
    tally,
)

ANY = st.builds(
    Judged,
    key=st.sampled_from(["payer", "service", "denial_category"]),
    outcome=st.sampled_from(Outcome),
    expected=st.just("a"),
    got=st.just("b"),
    confidence=st.floats(0, 1),
)


def some(
    outcome: Outcome, count: int = 1, confidence: float = 0.9, key: str = "payer"
) -> list[Judged]:
    return [Judged(key, outcome, "a", "b", confidence)] * count


def test_a_wrong_value_counts_twice() -> None:
    counts = tally([*some(Outcome.RIGHT, 6), *some(Outcome.WRONG, 2), *some(Outcome.MISSED, 2)])
    assert counts.support == 10
    assert counts.precision == pytest.approx(6 / 8)
    assert counts.recall == pytest.approx(6 / 10)
    assert counts.f1 == pytest.approx(12 / (12 + 2 * 2 + 2))


def test_an_empty_field_counts_for_nothing() -> None:
    counts = tally(some(Outcome.EMPTY, 5))
    assert (counts.precision, counts.recall, counts.f1, counts.support) == (None, None, None, 0)


def test_an_invented_value_hurts_precision_alone() -> None:
    counts = tally([*some(Outcome.RIGHT), *some(Outcome.INVENTED)])
    assert counts.precision == 0.5
    assert counts.recall == 1.0


def test_auto_accept_stops_where_precision_falls() -> None:
    sure = (
        some(Outcome.RIGHT, 99, 0.99) + some(Outcome.WRONG, 1, 0.98) + some(Outcome.WRONG, 100, 0.5)
    )
    accepted = auto_accept(sure)
    assert accepted.threshold == 0.98
    assert accepted.share == pytest.approx(100 / 200)
    assert auto_accept(some(Outcome.WRONG, 3)).threshold is None


def test_equal_confidences_are_taken_together() -> None:
    mixed = some(Outcome.RIGHT, 5, 0.9) + some(Outcome.WRONG, 5, 0.9)
    assert auto_accept(mixed).share == 0.0


def test_calibration_of_a_liar_and_of_an_honest_one() -> None:
    liar = some(Outcome.WRONG, 10, 1.0)
    honest = some(Outcome.RIGHT, 8, 0.8) + some(Outcome.WRONG, 2, 0.8)
    assert calibration_error(reliability(liar)) == pytest.approx(1.0)
    assert calibration_error(reliability(honest)) == pytest.approx(0.0)
    assert calibration_error([]) is None


def test_key_fields_and_confusion() -> None:
    judged = [
        Judged("denial_category", Outcome.WRONG, "step_therapy", "other", 0.5),
        Judged("denial_category", Outcome.RIGHT, "step_therapy", "non_formulary", 0.5),
        Judged("service", Outcome.RIGHT, "x", "x", 0.5),
    ]
    assert {item.key for item in key_fields(judged)} == {"denial_category"}
    taken = confusion(judged)
    assert taken[("step_therapy", "other")] == 1
    assert taken[("step_therapy", "step_therapy")] == 1


@given(st.lists(ANY, max_size=60))
def test_figures_stay_between_none_and_all(judged: list[Judged]) -> None:
    counts = tally(judged)
    for figure in (counts.precision, counts.recall, counts.f1):
        assert figure is None or 0 <= figure <= 1
    assert sum(t.support for t in by_field(judged).values()) == counts.support
    error = calibration_error(reliability(judged))
    assert error is None or 0 <= error <= 1
    accepted = auto_accept(judged)
    assert 0 <= accepted.share <= 1
