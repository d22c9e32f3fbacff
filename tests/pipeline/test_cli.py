"""The command line: quick help, JSON on standard output and nothing else, plain errors."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from desk_calls import clean_env, command

from models.errors import Damaged, StoreError, UsageError
from models.fields import FIELD_SPECS
from pipeline import errors
from pipeline.cli import COMMANDS, cli
from pipeline.errors import sentence

LETTER = """Example Health Plan
March 3, 2026
Dear Sam Sample,
Member ID: XEH100200300
We have denied your request for Ocrevus because it is not medically necessary.
You may appeal within 180 days of receiving this notice.
"""


def call(*args: str | Path, cwd: Path, fakes: bool = False) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*command(fakes), *map(str, args)], env=clean_env(cwd / "home"), cwd=cwd,
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip


def test_help_is_quick_and_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['denialdesk', '--help']\n"
        "from pipeline import cli\n"
        "try: cli.main()\n"
        "finally: print(sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr)"
    )
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert "extract" in done.stdout
    for heavy in ("prefect", "spacy", "pandas", "cv2", "sqlalchemy", "rich", "pydantic"):
        assert f"'{heavy}'" not in done.stderr
    assert min(times) < 0.8  # seconds of computing: the machine may have other work


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output


def test_version() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output.startswith("denialdesk ")


def test_extract_prints_the_contracts_json_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "é letter.txt").write_text(LETTER)
    done = call("extract", "é letter.txt", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.decode("utf-8"))
    assert found["document"]["source"] == "é letter.txt"
    assert "é letter.txt".encode() in done.stdout
    assert set(found["document"]) == {"source", "sha256", "pages", "second_looks", "warnings"}
    (case,) = found["cases"]
    assert {"pages", "fields", "deadlines", "law", "route"} <= set(case)
    assert list(case["fields"]) == list(FIELD_SPECS)
    assert case["fields"]["member_id"]["value"] == "XEH100200300"
    for field in case["fields"].values():
        assert field["value"] in (None, [], False) or field["evidence"] or field["computed"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["é letter.txt"]


def test_a_temporary_folder_with_a_long_name_will_do(tmp_path: Path) -> None:
    """A socket's path holds some hundred characters."""
    scratch = tmp_path / ("x" * 90)
    scratch.mkdir()
    (tmp_path / "letter.txt").write_text(LETTER)
    done = subprocess.run(
        [*command(True), "extract", "letter.txt"], cwd=tmp_path, capture_output=True, text=True,
        env={**clean_env(tmp_path / "home"), "TMPDIR": str(scratch)}, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not list(scratch.iterdir())


def test_extract_keeps_the_order_and_tells_what_cannot_be_read(tmp_path: Path) -> None:
    for name, text in {"c": "pages 1\nslow 1", "a": "pages 2", "b": "crash", "d": ""}.items():
        (tmp_path / f"{name}.txt").write_text(text)
    order = ["c.txt", "a.txt", "b.txt", "d.txt"]
    done = call("extract", *order, "--jsonl", cwd=tmp_path, fakes=True)
    assert done.returncode == 3
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["document"]["source"] for line in lines] == order
    kinds = [line["document"].get("error", {}).get("kind") for line in lines]
    assert kinds == [None, None, "damaged", "empty"]
    assert all(line["cases"] == [] for line in lines[2:])
    assert set(lines[3]["document"]["error"]) == {"kind", "message"}
    done = call("extract", *order[:2], "--json", cwd=tmp_path, fakes=True)
    assert done.returncode == 0
    assert [each["document"]["pages"] for each in json.loads(done.stdout)] == [1, 2]


def test_extract_of_one_bad_file_is_still_json(tmp_path: Path) -> None:
    (tmp_path / "notes.xyz").write_bytes(b"\x00\x01\x02" * 100)
    done = call("extract", "notes.xyz", cwd=tmp_path)
    assert done.returncode == 3
    found = json.loads(done.stdout)
    assert found["cases"] == []
    assert found["document"]["error"]["kind"] == "wrong_type"
    assert done.stderr == b""


def test_errors_become_codes_and_single_lines(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DENIALDESK_HOME", str(tmp_path))

    def raising(error: BaseException) -> int:
        def main() -> None:
            raise error

        return errors.run(main)

    assert raising(UsageError("the call is wrong", "write it right")) == 2
    assert raising(StoreError("the disk is full", "make room")) == 1
    assert raising(Damaged("the file is damaged", "scan it again")) == 3
    assert raising(KeyboardInterrupt()) == 130
    assert errors.run(lambda: 3) == 3
    assert errors.run(lambda: None) == 0
    assert raising(ValueError("Jane Example, member 12345")) == 1
    err = capfd.readouterr().err
    assert len(err.splitlines()) == 5
    assert "The disk is full. Make room." in err
    assert "Jane" not in err
    (log,) = (tmp_path / "logs").iterdir()
    kept = log.read_text()
    assert "ValueError" in kept
    assert "in main" in kept
    assert "Jane" not in kept
    assert log.stat().st_mode & 0o077 == 0


def test_output_that_nobody_reads_any_more_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("pages 1")
    run = " ".join(f"'{part}'" for part in command(fakes=True))
    done = subprocess.run(
        ["bash", "-c", f"{run} extract a.txt | true"],
        cwd=tmp_path, env=clean_env(tmp_path / "home"), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("message", "mend", "said"),
    [
        ("the file is empty", "scan it again", "The file is empty. Scan it again."),
        ("The disk is full.", "", "The disk is full."),
        ("x.csv is a folder", "Name a file.", "x.csv is a folder. Name a file."),
    ],
)
def test_messages_are_sentences(message: str, mend: str, said: str) -> None:
    assert sentence(message, mend) == said


def test_a_malformed_entry_of_the_user_refuses_the_start(tmp_path: Path) -> None:
    entries = tmp_path / "desk" / "knowledge"
    entries.mkdir(parents=True)
    (entries / "mine.toml").write_text("payers = [")
    (tmp_path / "l.txt").write_text(LETTER)
    done = call("--home", tmp_path / "desk", "process", "l.txt", "--out", "o", cwd=tmp_path)
    assert done.returncode == 1
    assert b"mine.toml" in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "o").exists()
