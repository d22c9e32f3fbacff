"""The measuring tools measure what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import common
from benchmarks.accuracy import write_gold
from benchmarks.memory import held_by
from benchmarks.scanned_pages import write_images
from pipeline.evaluate.labels import find_labelled

HOLD = "import sys; kept = b'x' * 40_000_000; print('ready', flush=True); sys.stdin.read()"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_memory_of_a_home_is_that_of_its_processes(tmp_path: Path) -> None:
    environment = {"DENIALDESK_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert 40 < held_by(tmp_path) < 120
        assert held_by(tmp_path / "other") == 0
        child.communicate()
    assert held_by(tmp_path) == 0


def test_letters_and_their_page_images(tmp_path: Path) -> None:
    common.write_letters(tmp_path / "in", 2, seed=3, damages=("scan", "clean"))
    assert len(list((tmp_path / "in").iterdir())) == 2
    images = write_images(tmp_path / "in", tmp_path / "images")
    assert len(images) >= 2
    assert all(path.read_bytes().startswith(b"P5") for path in images)


def test_generated_gold_can_be_measured(tmp_path: Path) -> None:
    write_gold(tmp_path, 4)
    assert {item.damage for item in find_labelled(tmp_path)} == {"clean", "scan", "fax", "photo"}


def test_a_failed_run_measures_nothing() -> None:
    with pytest.raises(SystemExit, match="nothing was measured"):
        common.check(common.Run(1.0, 1))


def test_figures_are_published_without_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "DOCS", tmp_path)
    common.publish("memory", "Memory", ["| a | b |"])
    page = (tmp_path / "memory.md").read_text()
    assert page.startswith("# Memory\n")
    assert str(Path.home()) not in page
    assert str(common.ROOT) not in page
