"""Where labelled values stand, and the pictures of what went wrong."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from benchmarks.generator.letter import make_letter
from extractors.reading import Limits, read_document
from models.document import Line, Page, PageSource, Word
from models.geometry import Box
from pipeline.commands.evaluate import evaluate
from pipeline.evaluate.finding import find_value
from pipeline.evaluate.labels import find_labelled
from pipeline.evaluate.run import measure
from pipeline.evaluate.shots import LABELLED, TAKEN


def page(*lines: str) -> Page:
    """Words ten points wide a character, a line every twenty points."""
    made = []
    for n, text in enumerate(lines):
        words, at = [], 50.0
        for word in text.split():
            words.append(Word(word, Box(at, 20.0 * n, at + 10 * len(word), 20.0 * n + 12)))
            at += 10 * len(word) + 10
        made.append(Line(tuple(words)))
    return Page(3, 612, 792, tuple(made), PageSource.TEXT)


@pytest.mark.parametrize(
    ("key", "value", "words", "line"),
    [
        ("member_id", "ZGP 804-417-226", "ZGP804417226", 1),
        ("member_id", "ZGP804417226", "ID:ZGP804417226.", 1),
        ("patient_name", "Ada O'Rourke", "Ada O'Rourke", 1),
        ("letter_date", "2026-09-03", "September 3, 2026", 1),
        ("letter_date", "2026-09-03", "9/3/26", 1),
        ("appeal_window", {"value": 60, "unit": "days"}, "sixty (60) calendar days", 1),
        ("hcpcs", ["J9999", "J2350"], "J2350", 1),
    ],
)
def test_a_value_is_found_however_it_is_printed(
    key: str, value: object, words: str, line: int
) -> None:
    pages = [page("Notice of your plan", f"it says {words} here", "and no more")]
    found = find_value(key, value, pages)
    assert found is not None
    assert found.page == 3
    assert found.box.top == 20.0 * line
    assert found.box.x0 == 50 + 20 + 10 + 40 + 10, "not the words before it"


def test_what_is_not_printed_is_not_found() -> None:
    pages = [page("Member Ada Brown", "step_therapy")]
    assert find_value("patient_name", "Ada Rourke", pages) is None
    assert find_value("denial_category", "step_therapy", pages) is None
    assert find_value("member_id", None, pages) is None


def test_a_value_over_two_lines_is_framed_on_its_first() -> None:
    found = find_value("service", "lumbar spine fusion", [page("for lumbar", "spine fusion now")])
    assert found is not None
    assert found.box.bottom == 12


def _generated(folder: Path, changed: dict[str, object]) -> None:
    letter = make_letter("shots/1", scene={"kind": "denial", "level": "initial"})
    label = {"letter_date": letter.label["letter_date"], **changed}
    (folder / "a.pdf").write_bytes(letter.pdf())
    (folder / "a.json").write_text(json.dumps(label))


def test_a_wrong_value_is_pictured_where_it_was_taken(tmp_path: Path) -> None:
    _generated(tmp_path, {"payer": "Nowhere Mutual"})
    [item] = find_labelled(tmp_path)
    result = measure(item, pictures=True)
    [shot] = result.pictures[0, "payer"]
    assert shot.shows == (TAKEN,)
    strip = Image.open(io.BytesIO(base64.b64decode(shot.webp))).convert("RGB")
    assert strip.width == 640
    colours = {colour for _, colour in strip.getcolors(1 << 24) or []}
    assert any(red > 140 and blue < 90 for red, _, blue in colours), "a frame is drawn"
    assert measure(item).pictures == {}


def test_a_missed_value_is_pictured_where_it_stands(tmp_path: Path) -> None:
    letter = make_letter("shots/1", scene={"kind": "denial", "level": "initial"})
    document = read_document(letter.pdf(), "a.pdf", Limits(workers=1))
    word = next(w.text for p in document.pages for w in p.words if len(w.text) > 6)
    _generated(tmp_path, {"ndc": word})
    [item] = find_labelled(tmp_path)
    shots = measure(item, pictures=True).pictures[0, "ndc"]
    assert LABELLED in {name for shot in shots for name in shot.shows}


def test_the_html_report_holds_the_pictures(tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    _generated(gold, {"payer": "Nowhere Mutual"})
    report = tmp_path / "report.html"
    run = CliRunner().invoke(evaluate, [str(gold), "--report", str(report), "--workers", "1"])
    assert run.exit_code == 0, run.output
    text = report.read_text()
    assert "data:image/webp;base64," in text
    assert "Nowhere Mutual" in text
    assert [path.name for path in tmp_path.iterdir()] == ["gold", "report.html"] or len(
        list(tmp_path.iterdir())
    ) == 2, "no partial file stays"
