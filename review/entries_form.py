"""The letter screen's form as plain values, in the shape that the clinical facts are read from.

Names of inputs are paths: `diagnosis`, `clinic.name`, `prior_therapies.2.name`,
`criteria.3.answer`, `other.KEY`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
TEXTS = ("diagnosis", "diagnosis_code", "rationale", "urgency")
TABLES = ("clinic", "prescriber")
LISTS = ("prior_therapies", "measurements")


def facts_from_form(given: Mapping[str, str], who: str) -> Json:
    """What was filled in; rows that are empty are left out."""
    raw: Json = {"entered_by": who}
    rows: dict[str, dict[int, Json]] = {name: {} for name in (*LISTS, "criteria")}
    for path, value in given.items():
        said = value.strip()
        if not said:
            continue
        head, _, rest = path.partition(".")
        if head in TEXTS and not rest:
            raw[head] = said
        elif head in TABLES and rest:
            raw.setdefault(head, {})[rest] = said
        elif head in rows:
            number, _, name = rest.partition(".")
            if number.isdigit() and name:
                rows[head].setdefault(int(number), {})[name] = said
        elif head == "answers" and rest:
            raw.setdefault("answers", {})[rest] = said
        elif head == "other" and rest:
            raw.setdefault("other", {})[rest] = said
    for name in LISTS:
        if rows[name]:
            raw[name] = [rows[name][number] for number in sorted(rows[name])]
    if criteria := _criteria(rows["criteria"]):
        raw["criteria"] = criteria
    if "urgent" in raw.get("answers", {}):
        raw["answers"]["urgent"] = raw["answers"]["urgent"] == "yes"
    return raw


def _criteria(rows: Mapping[int, Json]) -> list[Json]:
    made = []
    for number in sorted(rows):
        row = dict(rows[number])
        if "have" in row:
            row["have"] = row["have"] == "yes"
        made.append({"number": number, **row})
    return made
