"""A report as one HTML file with everything in it, pictures of the misses too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from models.fields import FIELD_SPECS
from pipeline.evaluate.diagram import reliability_svg
from pipeline.evaluate.pages import (
    BIN_HEAD,
    DAMAGE_HEAD,
    FIELD_HEAD,
    REVIEW_HEAD,
    bin_rows,
    damage_rows,
    field_rows,
    notes,
    percent,
    review_rows,
    shown,
    summary_line,
)
from pipeline.evaluate.shots import TAKEN

_DATA = Path(__file__).parent / "data"


@cache
def _template() -> Template:
    loader = FileSystemLoader(_DATA)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return made.get_template("report.html.j2")


def as_html(report: Mapping[str, Any]) -> str:
    """The figures and every miss. It quotes the letters: for use on this machine."""
    split = report["splitting"]["wrong"]
    return _template().render(
        summary=summary_line(report),
        tiles=_tiles(report),
        field_head=FIELD_HEAD,
        field_rows=field_rows(report),
        notes=notes(report),
        damage_head=DAMAGE_HEAD,
        damage_rows=damage_rows(report),
        diagram=Markup(reliability_svg(report["calibration"]["bins"])),
        bin_head=BIN_HEAD,
        bin_rows=bin_rows(report),
        review_head=REVIEW_HEAD,
        review_rows=review_rows(report),
        matrix=matrix(report["confusion"]),
        unread=[[row["file"], row["error"]] for row in report["unread"]],
        split=[[row["file"], row["expected"], row["found"]] for row in split],
        misses=_misses(report["misses"]),
        miss_count=len(report["misses"]),
        taken=TAKEN,
    )


def _tiles(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is asked first, with its figure."""
    sure = report["calibration"]
    unseen = report["unseen"]["all_fields"]
    return [
        ("F1 of key fields, %", percent(report["key_fields"]["f1"])),
        ("F1 of all fields, %", percent(report["all_fields"]["f1"])),
        ("calibration error (ECE)", "-" if sure["ece"] is None else f"{sure['ece']:.3f}"),
        ("could be taken unseen, %", percent(sure["auto_accept"])),
        ("over their thresholds, %", percent(unseen["rate"])),
        ("of those right, %", percent(unseen["precision"])),
        ("sent to a person first, %", percent(report.get("review", {}).get("share"))),
    ]


def matrix(confusion: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Labels down, values found across; a cell's depth is its share of its row."""
    counts = {(row["expected"], row["got"]): row["count"] for row in confusion}
    counts.pop(("None", "None"), None)
    labels = sorted({expected for expected, _ in counts}, key=_none_last)
    found = sorted({*(got for _, got in counts), *labels}, key=_none_last)
    rows = []
    for label in labels:
        whole = sum(counts.get((label, got), 0) for got in found)
        rows.append((_named(label), [
            {
                "count": counts.get((label, got), 0),
                "right": label == got,
                "depth": round(0.12 + 0.5 * counts.get((label, got), 0) / whole, 2),
            }
            for got in found
        ]))  # fmt: skip
    return {"found": [_named(name) for name in found], "rows": rows}


def _none_last(name: str) -> tuple[bool, str]:
    return name == "None", name


def _named(name: str) -> str:
    return "(none)" if name == "None" else name.replace("_", " ")


def _misses(misses: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """By field, in the contract's order; the surest of themselves first: they do the harm."""
    held: dict[str, list[dict[str, Any]]] = {}
    for miss in misses:
        told = {"expected": shown(miss["expected"]), "got": shown(miss["got"])}
        held.setdefault(miss["field"], []).append({"pictures": [], **miss, **told})
    for rows in held.values():
        rows.sort(key=lambda row: -row["confidence"])
    return [(spec.label, held[key]) for key, spec in FIELD_SPECS.items() if key in held]
