"""The worked example of docs/knowledge.md does what the page says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from knowledge.check import check

PAGE = Path(__file__).parents[2] / "docs" / "knowledge.md"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "mine.toml").write_text(example[1], encoding="utf-8")
    monkeypatch.setenv("DENIALDESK_HOME", str(tmp_path))
    return tmp_path


def test_the_example_is_found_good_and_its_slips_are_found(home: Path) -> None:
    good = home / "knowledge" / "mine.toml"
    assert check((good.parent,), date(2026, 11, 22)) == []
    bad = home / "slip" / "mine.toml"
    bad.parent.mkdir()
    bad.write_text(good.read_text().replace('class = "anti_cd20"', 'class = "anti_cd2O"'))
    assert any("anti_cd2O" in str(one) for one in check((bad.parent,), date(2026, 11, 22)))


def test_the_example_gives_a_guide_with_its_own_words(home: Path) -> None:
    import subprocess
    import sys

    # A process of its own: the tables are read once a process.
    told = subprocess.run(
        [sys.executable, "-m", "pipeline", "guide", "--payer", "Harborview Health",
         "--drug", "Novelia", "--category", "step_therapy"],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert told.startswith("# Novelia (novelumab) denied by Harborview Health Cooperative: step")
    for words in ("preferred antibody does not serve", "own pharmacists first", "Infusion notes"):
        assert words in told


def test_the_counts_of_the_page_are_those_of_the_data(tmp_path: Path) -> None:
    from knowledge import codes, drugs, payers

    page = PAGE.read_text(encoding="utf-8")
    everyone = payers.payers(tmp_path).all
    names = sum(1 + len(p.aliases) + len(p.weak) for p in everyone)
    for count, of in (
        (len(everyone), "payers"),
        (names, "names"),
        (len(drugs.drugs(tmp_path).by_id), "drugs"),
        (len(drugs.drug_classes(tmp_path).by_id), "classes"),
        (len(codes.codes(tmp_path)), "reason codes"),
    ):
        assert f"{count:,} {of}" in page
