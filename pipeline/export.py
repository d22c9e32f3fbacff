"""Cases as a table, one row a case: XLSX, CSV, Parquet or JSON, by the file's ending.

Dates are dates. Text that a spreadsheet would take for a formula is made plain text: letters are
written by strangers.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from models.errors import UsageError
from models.fields import FIELD_SPECS, FieldKind
from pipeline.store.blobs import disk_fault
from pipeline.store.cases import StoredCase

if TYPE_CHECKING:
    import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_MOST_CELL = 32_767
"""Characters that a cell of a workbook may hold."""
_WIDEST = 60
_DAYS = tuple(key for key, spec in FIELD_SPECS.items() if spec.kind is FieldKind.DATE)


def export(cases: Sequence[StoredCase], path: Path) -> None:
    """Write cases to `path`, replacing it only once all is written.

    Raises UsageError for an ending that is none of `.xlsx .csv .parquet .json`, StoreError
    where the file cannot be written.
    """
    writer = check_ending(path)
    partial = path.with_name(f".{secrets.token_hex(4)}{path.suffix.lower()}")
    try:
        writer(frame_of(cases), partial)
        partial.replace(path)
    except OSError as broken:
        raise disk_fault(broken, f"{path}") from broken
    finally:
        partial.unlink(missing_ok=True)


def check_ending(path: Path) -> Callable[[pd.DataFrame, Path], None]:
    """The writer for a file's ending. Raises UsageError where there is none."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(
            f"{path.name} has no ending that says how to write it",
            f"Use one of {', '.join(_WRITERS)}.",
        )
    return writer


def frame_of(cases: Sequence[StoredCase]) -> pd.DataFrame:
    """Cases as a frame with one row each, its dates typed and its texts as the letter has them."""
    import pandas as pd

    frame = pd.DataFrame([_row(case) for case in cases], columns=list(_columns()))
    for key in (*_DAYS, "due"):
        frame[key] = pd.to_datetime(frame[key], errors="coerce").astype("datetime64[s]")
    frame["received"] = pd.to_datetime(frame["received"]).astype("datetime64[s]")
    for key in ("appeal_window_value", "version"):
        frame[key] = frame[key].astype("Int64")
    for key in ("urgent", "expedited_offered"):
        frame[key] = frame[key].astype("boolean")
    frame["confidence"] = frame["confidence"].astype("float64")
    return frame


def _columns() -> tuple[str, ...]:
    fields = tuple(key for key in FIELD_SPECS if key != "appeal_window")
    window = ("appeal_window_value", "appeal_window_unit")
    decided = ("route", "route_rule", "review_reasons", "urgent", "due", "due_step", "law")
    return ("case", "file", "pages", "received", *decided, "confidence", *fields, *window,
            "version", "packet")  # fmt: skip


def _row(case: StoredCase) -> dict[str, Any]:
    route = case.route
    row: dict[str, Any] = {
        "case": case.id,
        "file": case.source,
        "pages": ", ".join(str(page) for page in case.body["pages"]),
        "received": case.created_at.replace(tzinfo=None),
        "route": route["route"],
        "route_rule": route["rule"],
        "review_reasons": "; ".join(route["reasons"]) or None,
        "urgent": case.body["urgent"],
        "due": case.due,
        "due_step": case.due_step,
        "law": case.body["law"]["regime"],
        "confidence": case.confidence,
        "version": case.version,
        "packet": ", ".join(case.packet or ()) or None,
    }
    for key, spec in FIELD_SPECS.items():
        value = case.value(key)
        if spec.kind is FieldKind.WINDOW:
            row["appeal_window_value"] = value["value"] if value else None
            row["appeal_window_unit"] = value["unit"] if value else None
        else:
            row[key] = (", ".join(value) or None) if isinstance(value, list) else value
    return row


def safe_cell(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; other values as they are."""
    if not isinstance(value, str):
        return value
    plain = "".join(c for c in value if c in "\n\t" or c >= " ")[: _MOST_CELL - 1]
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA_STARTS) else plain


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    made = frame.copy()
    for name in made.columns:
        if made[name].dtype.kind == "O" or str(made[name].dtype).startswith(("str", "object")):
            made[name] = [safe_cell(v) if isinstance(v, str) else None for v in made[name]]
    return made


def _private(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _csv(frame: pd.DataFrame, path: Path) -> None:
    _private(path)
    # The mark at the start tells Excel that the file is UTF-8.
    _safe(frame).to_csv(path, index=False, encoding="utf-8-sig", date_format="%Y-%m-%d")


def _json(frame: pd.DataFrame, path: Path) -> None:
    _private(path)
    made = frame.copy()
    for name in made.select_dtypes("datetime").columns:
        made[name] = made[name].dt.strftime("%Y-%m-%d")
    made.to_json(path, orient="records", indent=2, force_ascii=False)


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    _private(path)
    frame.to_parquet(path, index=False)


def _xlsx(frame: pd.DataFrame, path: Path) -> None:
    import pandas as pd
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    _private(path)
    safe = _safe(frame)
    with pd.ExcelWriter(
        path, engine="openpyxl", date_format="yyyy-mm-dd", datetime_format="yyyy-mm-dd"
    ) as writer:
        safe.to_excel(writer, sheet_name="Cases", index=False, freeze_panes=(1, 1))
        sheet = writer.sheets["Cases"]
        sheet.auto_filter.ref = sheet.dimensions
        for at, name in enumerate(safe.columns, 1):
            longest = max([len(name), *(len(_shown(value)) for value in safe[name])])
            sheet.column_dimensions[get_column_letter(at)].width = min(longest + 2, _WIDEST)
            sheet.cell(1, at).font = Font(bold=True)
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if cell.data_type == "f":  # belt and braces: nothing of ours is a formula
                    cell.data_type = "s"


def _shown(value: Any) -> str:
    return str(value)[:10] if hasattr(value, "isoformat") else str(value)


_WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = MappingProxyType(
    {".xlsx": _xlsx, ".csv": _csv, ".parquet": _parquet, ".json": _json}
)
