"""Letters in text as damaged pages: whole, the same again, and measured against their labels."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from benchmarks.paged import PageReader, as_pages, goal_rows, lost, measured
from benchmarks.paper import SANS, SERIF, TYPEWRITER, Faces, Look, look_of, on_paper
from pipeline.evaluate.compare import Outcome, plain_id
from pipeline.evaluate.labels import find_labelled

LETTER = """Tallgrass Health
Appeals Unit

October 3, 2026

Member ID:   TGX 449 1027     Drug:   Otezla

We denied this request because the records do not show that two other drugs were tried first.
"""
LONG = "The plan pays for what is told. " * 9


def words_of(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as made:
        return [page.get_textpage().get_text_range() for page in made]


@pytest.mark.parametrize("faces", [SERIF, SANS, TYPEWRITER])
def test_a_letter_goes_to_paper_whole(faces: Faces) -> None:
    look = Look(faces, letterhead="center", numbered=True)
    text = f'Head "A" #1 \\ $x\n\nMember   X1  |   7\n\n{LONG}\fSecond page'
    pages = words_of(on_paper(text, look))
    assert len(pages) == 2
    assert plain_id(pages[0]) == plain_id(f"Head A 1 x Member X1 7 {LONG} Page 1 of 2")
    assert "Second page" in pages[1]


def test_a_table_that_is_too_wide_is_set_smaller() -> None:
    wide = "   ".join(f"column{n:02}" for n in range(10))
    (page,) = words_of(on_paper(wide, Look(SANS, size=12)))
    assert plain_id(page) == plain_id(wide)
    assert len(page.split("\r\n")) == 1


def test_the_same_seed_is_the_same_page() -> None:
    assert as_pages(LETTER.encode(), "scan", "a.txt", date(2026, 10, 9)) == as_pages(
        LETTER.encode(), "scan", "a.txt", date(2026, 10, 9)
    )
    assert len({look_of(f"{n}").faces for n in range(40)}) == 3


def test_what_a_page_costs_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LETTER, encoding="utf-8")
    label = {"drug": "Otezla", "member_id": "TGX4491027", "letter_date": "2026-10-03"}
    (tmp_path / "a.json").write_text(json.dumps(label), encoding="utf-8")
    found = find_labelled(tmp_path, ("txt",))
    as_text, fax = measured(found, ("text", "fax"), tmp_path / "cache")
    assert [as_text.damage, fax.damage] == ["text", "fax"]
    assert fax.read_seconds > 0
    wrong = [one for one in fax.all_judged if not one.outcome.ok]
    assert len(list(lost([as_text, fax]))) == len(wrong) <= 1
    assert [row[0] for row in goal_rows([as_text, fax])] == [
        "F1 key fields, fax",
        "F1 all fields, fax",
    ]
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    PageReader("fax", {"a.txt": date(2026, 10, 3)}, tmp_path / "cache")(LETTER.encode(), "a.txt")
    assert kept == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    missing = replace(fax, judged=((replace(fax.judged[0][0], outcome=Outcome.MISSED),),))
    assert list(lost([as_text, missing]))
