"""`denialdesk deadlines` as a user calls it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from models.clinical import CaseAnswers, ClinicalFacts
from models.errors import StoreError, UsageError
from models.fields import Field, Fields
from models.serial import case_out
from pipeline.commands.deadlines import Kept, deadlines
from pipeline.deciding import decide

KEYS = {
    *("key", "step", "who", "opens", "due", "safe_due", "counts_from", "citation", "confidence"),
    *("arithmetic", "kind", "missing", "conflict", "note"),
}


def call(*options: str) -> Any:
    done = CliRunner().invoke(deadlines, [*options, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_the_contract_s_example() -> None:
    options = ("--plan-type", "self_funded", "--level", "internal_appeal")
    first = call(*options, "--received", "2026-10-30")[0]
    assert set(first) == KEYS
    assert first["key"] == "ext_fed"
    assert first["due"] == "2027-03-01"
    assert first["citation"] == "45 CFR 147.136(d)(2)(i)"
    assert first["counts_from"] == "receipt"


def test_an_unknown_date_says_which() -> None:
    first = call("--plan-type", "medicaid", "--level", "initial")[0]
    assert first["due"] is None
    assert first["missing"] == "letter_date"


@pytest.mark.parametrize("window", ["180 days", "180-day", "26 weeks", "180 calendar days"])
def test_windows_as_people_write_them(window: str) -> None:
    options = ("--plan-type", "fehb", "--level", "initial", "--letter-date", "2026-09-14")
    first = call(*options, "--stated-window", window)[0]
    assert "the letter gives" in first["arithmetic"]


def test_the_window_of_a_second_internal_appeal_is_not_the_external_reviews() -> None:
    options = ["--plan-type", "self_funded", "--level", "internal_appeal", "--letter-date"]
    options += ["2026-07-08", "--stated-window", "60 days", "--second-level"]
    second, external, *_ = call(*options)
    assert (second["key"], second["due"]) == ("erisa_l2", "2026-09-06")
    assert (external["key"], external["due"]) == ("ext_fed", "2026-11-09")
    assert external["conflict"] is None


def test_the_law_may_be_given_instead_of_the_plan_type() -> None:
    found = call("--regime", "chip", "--level", "initial", "--letter-date", "09/14/2026")
    assert found[0]["due"] == "2026-11-13"


def test_for_people_it_is_a_table() -> None:
    options = ["--plan-type", "tricare", "--level", "initial", "--letter-date", "2026-09-14"]
    done = CliRunner().invoke(deadlines, options, catch_exceptions=False)
    assert "2026-12-13" in done.output
    assert "2026-09-14 + 90 days" in done.output


@pytest.mark.parametrize(
    "options",
    [
        ["--plan-type", "hmo"],
        ["--plan-type", "fehb", "--letter-date", "soon"],
        ["--plan-type", "fehb", "--letter-date", "2026-02-30"],
        ["--plan-type", "fehb", "--stated-window", "some time"],
        ["--plan-type", "fehb", "--stated-window", "0 days"],
    ],
)
def test_a_wrong_call_is_a_usage_error(options: list[str]) -> None:
    done = CliRunner().invoke(deadlines, options)
    assert done.exit_code == 2


@pytest.mark.parametrize(
    "options",
    [[], ["--regime", "nonsense"], ["--plan-type", "fehb", "--letter-date", "0001-01-01"]],
)
def test_a_call_without_sense_says_what_to_do(options: list[str]) -> None:
    with pytest.raises(UsageError) as raised:
        CliRunner().invoke(deadlines, options, catch_exceptions=False)
    assert raised.value.mend


def test_calendar_file(tmp_path: Path) -> None:
    out = tmp_path / "clocks.ics"
    call("--plan-type", "medicare_part_d", "--letter-date", "2026-09-14", "--ics", str(out))
    raw = out.read_bytes()
    text = raw.decode().replace("\r\n ", "")
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert "DTSTART;VALUE=DATE:20261118" in text
    assert "SUMMARY:File by (safe day): redetermination request" in text
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == 2
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))


def test_a_calendar_that_cannot_be_written(tmp_path: Path) -> None:
    options = ["--plan-type", "fehb", "--ics", str(tmp_path / "no" / "such.ics")]
    with pytest.raises(StoreError, match="cannot be written"):
        CliRunner().invoke(deadlines, options, catch_exceptions=False)


class TestStoredCase:
    @pytest.fixture(autouse=True)
    def kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = {
            "document_kind": "denial",
            "plan_type": "medicare_part_d",
            "letter_date": date(2026, 9, 14),
        }
        fields = Fields({key: Field(value, 0.9) for key, value in found.items()})
        body = case_out(decide((), fields, date(2026, 11, 22)))
        entries = ClinicalFacts(answers=CaseAnswers(received=date(2026, 9, 16)))
        kept = Kept("3f9a1c0b72de", body, entries)
        monkeypatch.setattr("pipeline.commands.deadlines._kept", lambda _case: kept)

    def test_its_clocks_as_they_were_decided(self) -> None:
        first = call("3f9a")[0]
        assert (first["key"], first["due"]) == ("d_l1", "2026-11-18")

    def test_options_replace_its_facts(self) -> None:
        found = {clock["key"]: clock for clock in call("3f9a", "--filed", "2026-10-01")}
        assert found["d_l1"]["due"] == "2026-11-15"  # from the receipt that a person entered
        assert found["plan_d_appeal"]["due"] == "2026-10-08"

    def test_its_calendar_names_the_whole_id_and_nobody(self, tmp_path: Path) -> None:
        out = tmp_path / "clocks.ics"
        call("3f9a", "--ics", str(out))
        text = out.read_text().replace("\n ", "")
        assert "UID:3f9a1c0b72de-d_l1-20261118@denialdesk" in text
        assert "SUMMARY:Last day: redetermination request (3f9a1c0b72de)" in text
