"""The letters written blind are labelled by the contract: what a label says stands in the text."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.written import (
    BATCHES,
    FIRST,
    HALVES,
    WRITTEN,
    batch,
    batch_table,
    field_table,
    figures,
    results,
)
from models.fields import FIELD_SPECS, FieldKind
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType
from pipeline.evaluate.compare import plain, plain_id

LABELS = sorted(path for half in HALVES for path in (WRITTEN / half).glob("*.json"))
CHOICES = {
    "document_kind": DocumentKind,
    "level": Level,
    "plan_type": PlanType,
    "denial_category": DenialCategory,
}
DERIVED = frozenset({"payer_family", "drug_generic"})
PRINTED = (FieldKind.TEXT, FieldKind.ID, FieldKind.PHONE, FieldKind.LIST)
LOOKALIKES = str.maketrans("l1|0", "iiio")


def read(path: Path) -> dict[str, Any]:
    label: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return label


def letters_and_digits(text: str, noisy: bool) -> str:
    """As the contract compares; behind noise as an eye reads it."""
    kept = plain_id(text)
    return kept.translate(LOOKALIKES) if noisy else kept


@pytest.mark.parametrize("path", LABELS, ids=lambda path: path.stem)
def test_a_label_keeps_to_the_contract(path: Path) -> None:
    label = read(path)
    assert set(label) - {"accept", "about"} <= set(FIELD_SPECS)
    assert set(label.get("accept", {})) <= set(label)
    for key, choice in CHOICES.items():
        for value in [label.get(key), *label.get("accept", {}).get(key, [])]:
            assert value is None or value in set(choice), key
    for key, value in label.items():
        if key not in FIELD_SPECS or value is None:
            continue
        kind = FIELD_SPECS[key].kind
        if kind is FieldKind.DATE:
            date.fromisoformat(value)
        if kind is FieldKind.WINDOW:
            assert value["value"] > 0
            assert value["unit"] in ("days", "months")
        if kind is not FieldKind.FLAG and value != []:
            assert plain(key, value) is not None, key
    reasons, primary = label.get("denial_categories"), label.get("denial_category")
    if reasons is not None:
        assert set(reasons) <= set(DenialCategory)
        assert primary == (reasons[0] if reasons else None)
    assert label["about"]["kind"]
    assert label["about"]["hard"]


@pytest.mark.parametrize("path", LABELS, ids=lambda path: path.stem)
def test_what_is_labelled_stands_in_the_text(path: Path) -> None:
    label = read(path)
    noisy = label["about"]["damage"] == "noise"
    text = letters_and_digits(path.with_suffix(".txt").read_text(encoding="utf-8"), noisy)
    for key, value in label.items():
        if key not in FIELD_SPECS or FIELD_SPECS[key].kind not in PRINTED or not value:
            continue
        if key in DERIVED or key == "denial_categories":
            continue
        for one in value if isinstance(value, list) else [value]:
            assert letters_and_digits(one, noisy) in text, f"{key}: {one}"


def test_every_year_of_a_date_is_printed() -> None:
    for path in LABELS:
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        for key, value in read(path).items():
            if key in FIELD_SPECS and FIELD_SPECS[key].kind is FieldKind.DATE and value:
                day = date.fromisoformat(value)
                years = rf"(?<!\d)(?:{day.year}|{day:%y})(?!\d)|\d{{4}}{day:%y}|{day:%Y%m%d}"
                printed = re.search(years, text)
                assert printed, path
                assert re.search(rf"(?<!\d)0?{day.day}(?!\d)|{day:%m%d}", text), path


def test_the_halves_are_alike() -> None:
    halves = [[read(path) for path in LABELS if path.parent.name == half] for half in HALVES]
    assert abs(len(halves[0]) - len(halves[1])) <= 1
    for key in ("document_kind", "denial_category", "plan_type", "level"):
        counts = [Counter(label.get(key) for label in half) for half in halves]
        for value in counts[0] | counts[1]:
            assert abs(counts[0][value] - counts[1][value]) <= max(4, len(LABELS) // 15), value
    with_drug = [sum(bool(label.get("drug")) for label in half) for half in halves]
    assert abs(with_drug[0] - with_drug[1]) <= len(LABELS) // 20


def test_no_letter_stands_twice() -> None:
    texts = [path.with_suffix(".txt").read_text(encoding="utf-8") for path in LABELS]
    assert len(set(texts)) == len(texts)
    assert {path.stem for path in LABELS} == {
        path.stem for half in HALVES for path in (WRITTEN / half).glob("*.txt")
    }


def test_measured_against_the_first_run(tmp_path: Path) -> None:
    for path in LABELS[:2]:
        for one in (path, path.with_suffix(".txt")):
            (tmp_path / one.name).write_bytes(one.read_bytes())
    found = results(tmp_path, 1)
    assert len(found) == 2
    assert [len(batch(found, *numbers)) for numbers in BATCHES.values()] == [2, 0, 0, 0, 0]
    now = figures(found)
    first = json.loads((WRITTEN / FIRST).read_text(encoding="utf-8"))
    assert set(first) == set(BATCHES)
    shown = batch_table(first, dict.fromkeys(BATCHES, dict.fromkeys(HALVES, now)))
    for name in BATCHES:
        assert f"{100 * first[name]['frozen']['key_fields']['f1']:.1f}" in shown
    assert f"{100 * now['all_fields']['f1']:.1f}" in field_table(dict.fromkeys(HALVES, now))
