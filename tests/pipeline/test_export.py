"""Cases as tables: one row each, dates as dates, nothing that a spreadsheet would run."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fake_jobs
import pandas as pd
import pytest
from fake_jobs import orders_in, route
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from models.errors import UsageError
from models.fields import FIELD_SPECS
from pipeline.export import export, frame_of, safe_cell
from pipeline.store.cases import StoredCase, next_due

ATTACKS = ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "  =1")


def case(number: int, **values: Any) -> StoredCase:
    (letter,) = fake_jobs.extract(b"letters 1")
    (body,) = route(b"", [letter], date(2026, 1, 1))
    for key, value in values.items():
        body["fields"][key] = {"value": value, "confidence": 0.5, "evidence": []}
    return StoredCase(
        id=f"{number:012x}", sha256="0" * 64, source="a.pdf", ordinal=0, version=1, body=body,
        packet=("x/letter.pdf",), due=next_due(body["deadlines"]),
        created_at=datetime(2026, 9, 14, 12, tzinfo=UTC), media_type=None,
    )  # fmt: skip


CASES = [
    case(1, letter_date="2026-09-14", hcpcs=["J2350", "J0000"], expedited_offered=True,
         appeal_window={"value": 180, "unit": "days"}, member_id="000123"),
    case(2, payer=ATTACKS[0], patient_name="Zoë Ångström", letter_date="1890-01-01"),
]  # fmt: skip


def test_every_field_has_its_column() -> None:
    columns = set(frame_of(CASES).columns)
    assert set(FIELD_SPECS) - {"appeal_window"} <= columns
    assert {"case", "route", "due", "appeal_window_value", "appeal_window_unit"} <= columns


def test_a_workbook_has_dates_text_and_widths(tmp_path: Path) -> None:
    export(CASES, tmp_path / "cases.xlsx")
    sheet = load_workbook(tmp_path / "cases.xlsx").active
    assert sheet is not None
    head = {cell.value: cell.column for cell in sheet[1]}

    def cell(row: int, name: str) -> Any:
        return sheet.cell(row + 1, head[name])

    assert cell(1, "letter_date").is_date
    assert cell(1, "letter_date").value.date() == date(2026, 9, 14)
    assert cell(1, "due").value.date() == date(2027, 3, 5)
    assert cell(1, "member_id").value == "000123"
    assert cell(1, "appeal_window_value").value == 180
    assert cell(1, "expedited_offered").value is True
    assert cell(2, "payer").value == "'=1+1"
    assert cell(2, "payer").data_type == "s"
    assert sheet.max_row == 3
    letter = cell(1, "payer").column_letter
    assert 15 < sheet.column_dimensions[letter].width <= 60


def test_csv_parquet_and_json_hold_the_same_cases(tmp_path: Path) -> None:
    for ending in ("csv", "parquet", "json"):
        export(CASES, tmp_path / f"c.{ending}")
    read = pd.read_csv(tmp_path / "c.csv", dtype={"member_id": str}, encoding="utf-8-sig")
    assert read["member_id"][0] == "000123"
    assert read["letter_date"][0] == "2026-09-14"
    assert read["payer"][1] == "'=1+1"
    assert read["patient_name"][1] == "Zoë Ångström"
    table = pd.read_parquet(tmp_path / "c.parquet")
    assert table["due"].dtype.kind == "M"
    assert table["payer"][1] == "=1+1"
    rows = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert rows[0]["letter_date"] == "2026-09-14"
    assert rows[1]["hcpcs"] is None


def test_no_cases_give_an_empty_table(tmp_path: Path) -> None:
    for ending in ("xlsx", "csv", "parquet", "json"):
        export([], tmp_path / f"c.{ending}")
    assert list(pd.read_parquet(tmp_path / "c.parquet").columns) == list(frame_of(CASES).columns)


def test_an_unknown_ending_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.xlsx"):
        export(CASES, tmp_path / "cases.doc")
    export(CASES, tmp_path / "cases.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["cases.csv"]


@pytest.mark.parametrize("text", ATTACKS)
def test_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text).lstrip(" ")[:1] not in "=+-@\t\r"


@given(st.text(max_size=50))
def test_no_text_starts_a_formula(text: str) -> None:
    made = safe_cell(text)
    assert not made.lstrip().startswith(("=", "+", "-", "@"))
    assert all(c >= " " or c in "\n\t" for c in made)


def test_the_fakes_speak_the_contract() -> None:
    assert orders_in("pages 3\nhang") == {"pages": "3", "hang": ""}
