"""From labelled folders to reports: pairing, two letters in one file, comparison of reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.errors import UsageError
from pipeline.commands.evaluate import evaluate
from pipeline.evaluate.html_page import as_html, matrix
from pipeline.evaluate.labels import find_labelled, read_label
from pipeline.evaluate.pages import as_markdown, as_text
from pipeline.evaluate.report import compare_reports, make_report
from pipeline.evaluate.run import Result, judge_letters, measure

LETTER = """Aetna
March 3, 2026
Re: Member ID: W123456789
Dear Member: Your request for Ocrevus is denied. It is not medically necessary.
You may appeal within 180 days of this letter.
"""


def label(folder: Path, name: str, values: object, *suffixes: str) -> None:
    (folder / f"{name}.json").write_text(json.dumps(values))
    for suffix in suffixes:
        (folder / f"{name}.{suffix}").write_text(LETTER)


def field(value: object, confidence: float = 0.9) -> dict[str, object]:
    return {"value": value, "confidence": confidence}


def test_labels_find_their_documents(tmp_path: Path) -> None:
    label(tmp_path, "a", {"payer": "Aetna"}, "txt", "pdf")
    label(tmp_path, "b", {"payer": "Aetna", "about": {"damage": "fax"}}, "txt")
    label(tmp_path, "c", {"payer": "Aetna"})
    found = find_labelled(tmp_path)
    assert [(item.path.name, item.damage) for item in found] == [
        ("a.pdf", "unknown"),
        ("b.txt", "fax"),
    ]
    assert len(find_labelled(tmp_path, every=True)) == 3
    assert [i.path.suffix for i in find_labelled(tmp_path, ["txt"])] == [".txt", ".txt"]


def test_a_folder_without_labels_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"NAME\.json"):
        find_labelled(tmp_path)
    label(tmp_path, "bad", ["no", "label"], "txt")
    with pytest.raises(UsageError, match=r"bad\.json"):
        find_labelled(tmp_path)


def test_keys_that_are_absent_are_not_scored() -> None:
    told = read_label({"payer": "Aetna", "drug": None, "note": "x", "accept": {"npi": ["1"]}})
    assert told.keys == ("payer", "drug")


def test_a_letter_that_was_not_found_has_missed_everything() -> None:
    labels = [read_label({"payer": "Aetna"}), read_label({"payer": "Cigna"})]
    first, second = judge_letters(labels, [{"payer": field("Aetna")}])
    assert first[0].outcome == "right"
    assert second[0].outcome == "missed"


def test_a_value_may_stand_in_a_field_that_accepts_it() -> None:
    told = read_label({"reference_number": "CLM-1", "accept": {"claim_number": ["CLM-1"]}})
    right = {"claim_number": field("clm 1", 0.7)}
    wrong = {"claim_number": field("CLM-2")}
    [[judged]] = judge_letters([told], [right])
    assert (judged.key, judged.outcome, judged.confidence) == ("reference_number", "right", 0.7)
    [[missed]] = judge_letters([told], [wrong])
    assert missed.outcome == "missed"
    strict = read_label({"reference_number": "CLM-1", "claim_number": None, "accept": told.accept})
    assert judge_letters([strict], [right])[0][1].outcome == "missed"


def report_of(value: str) -> dict[str, object]:
    judged = judge_letters([read_label({"payer": "Aetna"})], [{"payer": field(value)}])
    return make_report([Result("a.txt", "clean", judged, 1, 1, 2, 0.4, 0.1)])


def test_reports_say_the_same_in_every_form() -> None:
    made = report_of("Cigna")
    assert made["fields"]["payer"]["wrong"] == 1  # type: ignore[index]
    assert made["time"]["read_seconds_a_page"] == 0.2  # type: ignore[index]
    assert "payer *" in as_text(made)
    assert "| payer * |" in as_markdown(made)
    page = as_html(made)
    assert '<dd class="taken">Cigna</dd>' in page
    assert "<circle" in page, "the reliability diagram"
    assert "Cigna" not in as_markdown(made), "a report to show around quotes no letter"


def test_html_of_hostile_words_is_escaped() -> None:
    assert "<script>" not in as_html(report_of("<script>alert(1)</script>"))


def test_two_reports_compared() -> None:
    rows = compare_reports(report_of("Cigna"), report_of("Aetna"))
    payer = next(row for row in rows if row["name"] == "field: payer")
    assert (payer["before"], payer["after"], payer["change"]) == (0.0, 1.0, 1.0)


def test_the_command_measures_writes_and_compares(tmp_path: Path) -> None:
    label(tmp_path, "a", {"member_id": "W123456789", "drug_generic": "ocrelizumab"}, "txt")
    report = tmp_path / "out" / "report.json"
    report.parent.mkdir()
    run = CliRunner().invoke(
        evaluate, [str(tmp_path), "--report", str(report), "--workers", "1", "--misses"]
    )
    assert run.exit_code == 0, run.output
    made = json.loads(report.read_text())
    assert made["documents"] == 1
    assert made["fields"]["drug_generic"]["right"] == 1
    again = CliRunner().invoke(evaluate, ["--compare", str(report), str(report)])
    assert again.exit_code == 0
    assert "0.0" in again.output


def test_a_file_that_cannot_be_read_is_counted_and_named(tmp_path: Path) -> None:
    label(tmp_path, "a", {"payer": "Aetna"}, "txt")
    (tmp_path / "a.txt").write_bytes(b"")
    run = CliRunner().invoke(evaluate, [str(tmp_path), "--json", "--workers", "1"])
    made = json.loads(run.output)
    assert made["fields"]["payer"]["missed"] == 1
    assert made["unread"][0]["file"] == "a.txt"


def test_a_folder_is_compared_with_an_earlier_report(tmp_path: Path) -> None:
    label(tmp_path, "a", {"member_id": "W123456789"}, "txt")
    old = tmp_path / "old.json"
    first = CliRunner().invoke(evaluate, [str(tmp_path), "--report", str(old), "--workers", "1"])
    assert first.exit_code == 0, first.output
    label(tmp_path, "a", {"member_id": "W999999999"}, "txt")
    run = CliRunner().invoke(evaluate, [str(tmp_path), "--compare", str(old), "--workers", "1"])
    assert run.exit_code == 0, run.output
    changed = next(line for line in run.output.splitlines() if "field: member_id" in line)
    assert changed.split()[-3:] == ["100.0", "0.0", "-100.0"]


def test_what_is_no_report_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text('["no", "report"]')
    with pytest.raises(UsageError, match="is no report"):
        evaluate.main(["--compare", str(tmp_path / "old.json")], standalone_mode=False)


def test_the_risk_is_the_callers(tmp_path: Path) -> None:
    judged = [
        judge_letters([read_label({"payer": "Aetna"})], [{"payer": field(value, sure)}])
        for value, sure in [*[("Aetna", 0.95)] * 9, ("Cigna", 0.9)]
    ]
    results = [Result(f"{n}.txt", "clean", one, 1, 1, 1, 0.1, 0.1) for n, one in enumerate(judged)]
    assert make_report(results)["fields"]["payer"]["threshold"] == 0.95
    lax = make_report(results, risk=0.1)
    assert lax["fields"]["payer"]["threshold"] == 0.9
    assert "90% of them right" in as_text(lax)


def test_reasons_taken_for_others_are_a_matrix() -> None:
    made = matrix(
        [
            {"expected": "step_therapy", "got": "step_therapy", "count": 3},
            {"expected": "step_therapy", "got": "None", "count": 1},
            {"expected": "None", "got": "None", "count": 9},
        ]
    )
    assert made["found"] == ["step therapy", "(none)"]
    [(name, cells)] = made["rows"]
    assert name == "step therapy"
    assert [(cell["count"], cell["right"]) for cell in cells] == [(3, True), (1, False)]


def test_letters_sent_to_a_person_are_counted_with_the_first_reason(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Re: your claim\n\nWe have denied this request.\n")
    (tmp_path / "a.json").write_text('{"document_kind": "denial"}')
    result = measure(find_labelled(tmp_path)[0])
    assert [name for name, _ in result.routes] == ["human_review"]
    made = make_report([result])
    assert made["review"]["sent"] == made["review"]["letters"] == 1
    [why] = made["review"]["why"]
    assert not any(sign.isdigit() for sign in why)
    assert "1 sent to a person first" in as_text(made)
    assert why in as_text(made)
    del made["review"]
    assert "sent to a person" not in as_text(made), "a report of an earlier version"
