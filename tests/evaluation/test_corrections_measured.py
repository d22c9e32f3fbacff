"""An installation measures itself: what the machine read against what persons said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from review_bench import LETTER, ReviewBench

from pipeline.cli import cli
from pipeline.evaluate.compare import Outcome
from pipeline.evaluate.corrected import results_of
from pipeline.home import Home, load_settings
from pipeline.reviewing import Change
from pipeline.store.corrections import Corrections
from pipeline.store.database import open_database


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation in which a person corrected one field and accepted another."""
    root = tmp_path / "home"
    database = open_database(load_settings(Home(root).prepare(), {}).database_url)
    bench = ReviewBench(tmp_path, database)
    [case] = bench.process(LETTER)
    seen = bench.review.case(case)
    seen = bench.review.set_fields(
        case, seen.version, {"member_id": Change("MHP440218870")}, "Kim Rowe"
    )
    bench.review.accept(case, seen.version, ["claim_number"], "Kim Rowe")
    judged = [
        each for result in results_of(Corrections(database).all()) for each in result.all_judged
    ]
    assert {each.key: each.outcome for each in judged} == {
        "member_id": Outcome.WRONG,
        "claim_number": Outcome.RIGHT,
    }
    database.close()
    return root


def test_corrections_are_measured(home: Path) -> None:
    run = CliRunner().invoke(cli, ["--home", str(home), "eval", "--from-corrections", "--json"])
    assert run.exit_code == 0, run.output
    made = json.loads(run.output)
    assert made["fields"]["member_id"]["wrong"] == 1
    assert made["fields"]["claim_number"]["right"] == 1
    assert set(made["fields"]) == {"member_id", "claim_number"}, "what nobody looked at: unscored"
    assert "letter0" not in run.output, "no name of a file"


def test_a_word_taken_back_is_not_measured(home: Path) -> None:
    database = open_database(load_settings(Home(home), {}).database_url)
    bench = ReviewBench(home.parent, database)
    [held] = {each.case_id for each in Corrections(database).all()}
    seen = bench.review.case(held)
    bench.review.undo(held, seen.version, "member_id", "Kim Rowe")
    [result] = results_of(Corrections(database).all())
    assert [each.key for each in result.all_judged] == ["claim_number"]
    database.close()


def test_a_home_without_reviews_says_what_to_do(tmp_path: Path) -> None:
    run = CliRunner().invoke(cli, ["--home", str(tmp_path / "h"), "eval", "--from-corrections"])
    assert run.exit_code != 0
    assert "reviewed" in str(run.output) + str(run.exception)
