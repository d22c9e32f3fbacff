"""Letters received twice: a new letter's fingerprint against those of all cases."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from extractors.fingerprint import ALIKE, PLACES, Fingerprint, back, same_letter
from pipeline.store.schema import CaseRow

_NUMBER = np.dtype("<u4")


def columns_of(mark: Fingerprint) -> dict[str, Any]:
    """The columns that hold a fingerprint."""
    return {
        "sketch": np.array(mark.sketch, dtype=_NUMBER).tobytes() if mark.sketch else None,
        "marks": {
            "numbers": sorted(mark.numbers), "words": mark.words, "told": dict(mark.told)
        },
    }  # fmt: skip


def earlier_copy(session: Session, mark: Fingerprint) -> str | None:
    """The first case whose letter is probably the same, None where there is none.

    All sketches are read, half a kilobyte each; the rest only of the letters worded alike.
    """
    if not mark.sketch:
        return None
    rows = session.execute(
        select(CaseRow.id, CaseRow.sketch)
        .where(CaseRow.sketch.is_not(None))
        .order_by(CaseRow.created_at, CaseRow.sha256, CaseRow.ordinal)
    ).all()
    if not rows:
        return None
    known = np.frombuffer(b"".join(row.sketch for row in rows), dtype=_NUMBER)
    agree = (known.reshape(-1, PLACES) == np.array(mark.sketch, dtype=_NUMBER)).mean(axis=1)
    for at in map(int, np.flatnonzero(agree >= ALIKE)):
        case = session.get_one(CaseRow, rows[at].id)
        sketch = tuple(int(v) for v in known[at * PLACES : (at + 1) * PLACES])
        if case.marks and same_letter(mark, back({"sketch": sketch, **case.marks})):
            return case.same_as or case.id
    return None
