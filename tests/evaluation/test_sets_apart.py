"""Training, calibration and the frozen test set are different letters in different words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import accuracy, calibrate, frozen
from benchmarks.ablation import PARTS, spread
from benchmarks.generator.letter import make_letter
from extractors.extraction import extract_fields
from extractors.reading import Limits, read_document
from models.document import PageRole


def test_the_frozen_letters_are_those_of_the_manifest() -> None:
    kept = json.loads(frozen.MANIFEST.read_text())
    assert (kept["seed"], kept["wordings"]) == (accuracy.SEED, "held_out")
    assert len(kept["letters"]) == frozen.COUNT
    for name, digest in frozen.hashes(12):
        assert kept["letters"][name] == digest


def test_seeds_are_used_for_one_thing() -> None:
    assert accuracy.SEED not in {calibrate.DAMAGED_SEED, calibrate.CLEAN_SEED}
    assert calibrate.DAMAGED_SEED != calibrate.CLEAN_SEED


def test_calibration_is_fitted_on_wordings_that_the_frozen_set_never_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, str]] = []

    def noted(seed: str, wordings: str = "all") -> object:
        made.append((seed, wordings))
        return make_letter(seed, wordings)

    monkeypatch.setattr(calibrate, "make_letter", noted)
    [job] = calibrate.jobs(0, 1, tmp_path)
    calibrate.read(job)
    assert made == [(f"{calibrate.CLEAN_SEED}/0", "train")]


def test_parts_are_taken_away_from_the_pages() -> None:
    document = read_document(make_letter("apart/1").pdf(), "a.pdf", Limits(workers=1))
    pages = document.pages
    text = " ".join(" ".join(page.text for page in pages).split())
    for name, less in PARTS.items():
        left = less(pages)
        assert extract_fields(left)["document_kind"].value, name
        if name != "without places on the page":
            assert " ".join(" ".join(page.text for page in left).split()) == text
    assert {page.role for page in PARTS["without page roles"](pages)} == {PageRole.BODY}
    assert not any(page.tables for page in PARTS["without ruled tables"](pages))


def test_spread_of_times() -> None:
    assert spread([0.1] * 19 + [1.0]) == (0.1, 1.0)
    assert spread([0.2]) == (0.2, 0.2)
