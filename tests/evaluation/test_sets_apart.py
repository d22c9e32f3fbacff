"""Training, calibration and the frozen test set are different letters in different words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import calibrate, frozen, service_fit
from benchmarks.ablation import PARTS, spread
from benchmarks.first_looks import keep, kept, look_at
from benchmarks.generator.letter import make_letter
from benchmarks.generator.papers import make_paper
from extractors.extraction import extract_fields
from extractors.reading import Limits, read_document
from models.document import PageRole


@pytest.mark.parametrize("name", frozen.SETS)
def test_the_frozen_letters_are_those_of_the_manifest(name: str) -> None:
    chosen = frozen.SETS[name]
    kept = json.loads(chosen.manifest.read_text())
    assert (kept["seed"], kept["wordings"]) == (chosen.seed, "held_out")
    assert len(kept["letters"]) == chosen.count
    for letter, digest in chosen.hashes(12):
        assert kept["letters"][letter] == digest


def test_seeds_are_used_for_one_thing() -> None:
    measured = [one.seed for one in frozen.SETS.values()]
    fitted = [calibrate.DAMAGED_SEED, calibrate.CLEAN_SEED, calibrate.PAPER_SEED]
    fitted.append(service_fit.MADE_SEED)
    assert len({*measured, *fitted}) == len(measured) + len(fitted)


def test_calibration_is_fitted_on_wordings_that_the_frozen_set_never_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, str]] = []

    def noted(seed: str, wordings: str = "all") -> object:
        made.append((seed, wordings))
        return make_letter(seed, wordings)

    monkeypatch.setattr(calibrate, "make_letter", noted)
    [job] = calibrate.jobs(0, 1, 0, tmp_path)
    calibrate.read(job)
    assert made == [(f"{calibrate.CLEAN_SEED}/0", "train")]


def test_papers_are_calibrated_in_training_wordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, str, str]] = []

    def noted(seed: str, kind: str, wordings: str = "all") -> object:
        made.append((seed, kind, wordings))
        return make_paper(seed, kind, wordings)

    monkeypatch.setattr(calibrate, "make_paper", noted)
    [job] = calibrate.jobs(0, 0, 1, tmp_path)
    calibrate.read(job)
    assert made == [(f"{calibrate.PAPER_SEED}/0", "fax_back", "train")]


def test_calibration_never_sees_the_frozen_half(tmp_path: Path) -> None:
    names = {job.name for job in calibrate.written_jobs(tmp_path)}
    looked = {look.letter for look in kept()}
    assert looked <= names == {path.name for path in (calibrate.WRITTEN).glob("*.txt")}
    assert calibrate.WRITTEN.name == "dev"


def test_parts_are_taken_away_from_the_pages() -> None:
    document = read_document(make_letter("apart/1").pdf(), "a.pdf", Limits(workers=1))
    pages = document.pages
    text = " ".join(" ".join(page.text for page in pages).split())
    for name, part in PARTS.items():
        left = part.pages(pages)
        assert extract_fields(left)["document_kind"].value, name
        if name != "without places on the page":
            assert " ".join(" ".join(page.text for page in left).split()) == text
    assert {page.role for page in PARTS["without page roles"].pages(pages)} == {PageRole.BODY}
    assert not any(page.tables for page in PARTS["without ruled tables"].pages(pages))


def test_spread_of_times() -> None:
    assert spread([0.1] * 19 + [1.0]) == (0.1, 1.0)
    assert spread([0.2]) == (0.2, 0.2)


def test_a_first_look_is_kept_once(tmp_path: Path) -> None:
    looks = list(kept())
    assert len({(look.letter, look.program) for look in looks}) == len(looks)
    with pytest.raises(SystemExit):
        calibrate.keep_first_looks([looks[0].letter], "later", tmp_path)


def test_a_kept_look_tells_what_was_seen(tmp_path: Path) -> None:
    name = min(path.name for path in calibrate.WRITTEN.glob("*.txt"))
    job = calibrate.Job("written", name, "text", tmp_path)
    _, label, document = calibrate.read(job)
    seen = list(calibrate.rows(job, label, document))
    keep([look_at(job.name, "now", document.pages)], tmp_path / "looks.gz")
    [look] = kept(tmp_path / "looks.gz")
    again = list(calibrate.judged_rows("written", job.name, label, look.choices))
    for one, other in zip(again, seen, strict=True):
        assert (one.key, one.right, one.found) == (other.key, other.right, other.found)
        assert one.signs == pytest.approx(other.signs, abs=0.02)
