"""A report as words: terminal text, Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.fields import FIELD_SPECS

Row = Sequence[str]
_WIDEST = 60


def percent(figure: float | None) -> str:
    return "-" if figure is None else f"{100 * figure:.1f}"


def _number(figure: float | None, places: int = 2) -> str:
    return "-" if figure is None else f"{figure:.{places}f}"


def field_rows(report: Mapping[str, Any]) -> list[Row]:
    """Per field, then key fields and all fields together."""
    rows: list[Row] = []
    for key, row in report["fields"].items():
        mark = " *" if FIELD_SPECS[key].is_key else ""
        rows.append([key + mark, *_scores(row), percent(row["auto_accept"]), _number(row["ece"])])
    rows.append(["key fields *", *_scores(report["key_fields"]), "", ""])
    sure = report["calibration"]
    last = [percent(sure["auto_accept"]), _number(sure["ece"])]
    rows.append(["all fields", *_scores(report["all_fields"]), *last])
    return rows


def _scores(row: Mapping[str, Any]) -> list[str]:
    return [
        *(percent(row[name]) for name in ("precision", "recall", "f1")),
        str(row["support"]),
        *(str(row[name]) for name in ("wrong", "missed", "invented")),
    ]


FIELD_HEAD = [
    "field",
    "prec",
    "recall",
    "F1",
    "labels",
    "wrong",
    "missed",
    "invented",
    "auto",
    "ECE",
]
DAMAGE_HEAD = ["damage", "documents", "F1 all", "F1 key", "s/page", "s/letter"]
BIN_HEAD = ["confidence", "values", "mean confidence", "right"]
REVIEW_HEAD = ["sent to a person first, since", "letters"]
MISS_HEAD = ["file", "field", "what", "expected", "got", "confidence"]


def damage_rows(report: Mapping[str, Any]) -> list[Row]:
    """Per kind of damage."""
    return [
        [
            name,
            str(row["documents"]),
            percent(row["all_fields"]["f1"]),
            percent(row["key_fields"]["f1"]),
            _number(row["time"]["read_seconds_a_page"]),
            _number(row["time"]["extract_seconds_a_letter"], 3),
        ]
        for name, row in report["damage"].items()
    ]


def bin_rows(report: Mapping[str, Any]) -> list[Row]:
    """The reliability table: how often values of a given confidence are right."""
    return [
        [
            f"{one['low']:.1f} to {one['high']:.1f}",
            str(one["count"]),
            _number(one["confidence"]),
            _number(one["accuracy"]),
        ]
        for one in report["calibration"]["bins"]
    ]


def review_rows(report: Mapping[str, Any]) -> list[Row]:
    """Why letters go to a person before anything is written; the first reason of each."""
    return [[why, str(count)] for why, count in report.get("review", {}).get("why", {}).items()]


def miss_rows(report: Mapping[str, Any]) -> list[Row]:
    """Every field that is not right. Quotes the letters."""
    return [
        [
            miss["file"], miss["field"], miss["outcome"], shown(miss["expected"]),
            shown(miss["got"]), _number(miss["confidence"]),
        ]
        for miss in report["misses"]
    ]  # fmt: skip


def shown(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, Mapping):
        return f"{value.get('value')} {value.get('unit')}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def summary_line(report: Mapping[str, Any]) -> str:
    """One line: how much was measured, how fast, what could not be read or was split wrongly."""
    time = report["time"]
    parts = [
        f"{report['documents']} documents, {report['letters']} letters, {time['pages']} pages",
        f"{time['second_looks']} of them read again where they read badly",
        f"reading {_number(time['read_seconds_a_page'])} s a page",
        f"extracting {_number(time['extract_seconds_a_letter'], 3)} s a letter",
    ]
    review = report.get("review", {"letters": 0})
    if review["letters"]:
        parts.append(f"{review['sent']} sent to a person first ({percent(review['share'])}%)")
    if report["unread"]:
        parts.append(f"{len(report['unread'])} could not be read")
    if report["splitting"]["wrong"]:
        parts.append(f"{len(report['splitting']['wrong'])} split into the wrong number of letters")
    return "; ".join(parts)


def notes(report: Mapping[str, Any]) -> str:
    """What the columns mean, and what is taken at the thresholds that were settled beforehand."""
    right = f"{100 * (1 - report['risk']):g}%"
    taken = report["unseen"]["all_fields"]
    said = (
        f"* key field. auto: share of the values given that could be taken unseen with {right} of "
        "them right. ECE: expected calibration error. A wrong value counts in precision and in "
        "recall."
    )
    if taken["values"]:
        said += (
            f" At the thresholds settled with the calibration {percent(taken['rate'])}% of the "
            f"values are taken, of which {percent(taken['precision'])}% are right."
        )
    return said


def text_table(head: Row, rows: Iterable[Row]) -> str:
    """Columns, the first to the left and the others to the right."""
    table = [[_short(cell) for cell in row] for row in [head, *rows]]
    wide = [max(len(row[n]) for row in table) for n in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(w) if n == 0 else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in table
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _short(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else cell[: _WIDEST - 1] + "…"


def as_text(report: Mapping[str, Any]) -> str:
    parts = [
        text_table(FIELD_HEAD, field_rows(report)),
        text_table(DAMAGE_HEAD, damage_rows(report)),
        text_table(BIN_HEAD, bin_rows(report)),
        *(text_table(REVIEW_HEAD, rows) for rows in [review_rows(report)] if rows),
        summary_line(report),
        notes(report),
    ]
    return "\n\n".join(parts)


def markdown_table(head: Row, rows: Iterable[Row]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def as_markdown(report: Mapping[str, Any]) -> str:
    """The figures without the misses, so that it can be shown around."""
    parts = [
        summary_line(report) + ".",
        markdown_table(FIELD_HEAD, field_rows(report)),
        markdown_table(DAMAGE_HEAD, damage_rows(report)),
        markdown_table(BIN_HEAD, bin_rows(report)),
        *(markdown_table(REVIEW_HEAD, rows) for rows in [review_rows(report)] if rows),
        notes(report),
    ]
    return "\n\n".join(parts) + "\n"
