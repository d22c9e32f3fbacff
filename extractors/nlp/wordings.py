"""Wordings by which recognisers tell one thing from another, as data (`data/wordings.toml`)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

from extractors.nlp.labels import DATA


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((DATA / "wordings.toml").read_text(encoding="utf-8"))


@cache
def wording(group: str, name: str) -> re.Pattern[str]:
    """The wordings `any` of an entry as one pattern, between its `before` and `after`; without
    regard to case unless the entry says `case = true`."""
    row = _table()[group][name]
    body = "|".join(row["any"])
    pattern = f"(?:{row.get('before', '')}(?:{body}){row.get('after', '')})"
    return re.compile(pattern, 0 if row.get("case") else re.I)


@cache
def ordered(group: str) -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    """The entries of an array in order, each as role, weight and pattern: first match decides."""
    return tuple(
        (
            row["role"],
            float(row.get("weight", 1.0)),
            re.compile(
                f"{row.get('before', '')}(?:{'|'.join(row['any'])}){row.get('after', '')}", re.I
            ),
        )
        for row in _table()[group]
    )
