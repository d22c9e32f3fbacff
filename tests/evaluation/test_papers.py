"""Papers of the generator: their labels say what is printed, and where it stands."""

from __future__ import annotations

import re

import pytest

from benchmarks.generator.dice import table
from benchmarks.generator.papers import kinds, make_paper, papers
from benchmarks.generator.places import places
from extractors.reading import Limits, read_document
from pipeline.evaluate.compare import plain_text

AS_PRINTED = ("patient_name", "member_id", "reference_number", "claim_number", "payer", "drug")


def words(text: str) -> str:
    return plain_text(re.sub(r"\s+", " ", text))


@pytest.mark.parametrize("kind", kinds())
def test_what_is_labelled_is_printed(kind: str) -> None:
    for seed in ("a/1", "a/2", "a/3"):
        paper = make_paper(seed, kind)
        text = words(paper.text())
        for key in AS_PRINTED:
            value = paper.label.get(key)
            forms = [value, *paper.label["accept"].get(key, ())]
            assert value is None or any(words(form) in text for form in forms), (key, value)
        unlabelled = next(r for r in table("papers")["papers"] if r["id"] == kind).get("unlabelled")
        assert not set(unlabelled or ()) & set(paper.label)


def test_a_reason_is_labelled_only_where_it_is_told() -> None:
    for _, paper in papers(11, 32):
        told = paper.label.get("denial_category")
        assert told is None or told == paper.scene.reasons[0]
        assert paper.scene.denies or told is None


def test_one_of_the_boxes_is_ticked() -> None:
    text = make_paper("boxes/2", "fax_back").text()
    ticked = re.findall(r"(?:\[X\]|☒|\(x\)|_X_|☑) (\w+)", text)
    assert "Denied" in ticked
    assert "Approved" not in ticked


def test_two_drugs_have_one_label_with_both_reasons() -> None:
    paper = make_paper("two/1", "several_drugs")
    second = paper.scene.extra["second"]["brand"]
    assert second in paper.label["accept"]["drug"]
    assert second.lower() in paper.text().lower()
    assert len(paper.label["denial_categories"]) == 2


def test_values_have_boxes_on_the_words() -> None:
    paper = make_paper("where/1", "form_notice")
    document = read_document(paper.pdf(), "form.pdf", Limits(workers=1))
    member = paper.label["member_id"]
    [place] = paper.boxes()["member_id"]
    page = document.pages[place["page"] - 1]
    [word] = [w for line in page.lines for w in line.words if w.text == member]
    left, top, right, bottom = place["bbox"]
    assert left == pytest.approx(word.box.x0, abs=2)
    assert right == pytest.approx(word.box.x1, abs=2)
    assert word.box.top - 4 <= top < bottom <= word.box.bottom + 4


def test_what_is_not_printed_has_no_place() -> None:
    assert places(make_paper("where/2", "dismissal").pdf(), {"npi": ["1999999999"]}) == {}


def test_the_same_seed_is_the_same_paper() -> None:
    one, again = (make_paper("same/1", "side_column") for _ in range(2))
    assert one.label == again.label
    assert one.pdf() == again.pdf()


def test_spanish_papers_write_spanish_dates() -> None:
    assert re.search(r"\d de \w+ de 20\d\d", make_paper("es/1", "spanish_letter").text())
