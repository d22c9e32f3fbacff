"""Letters received twice: a new letter's fingerprint against those of all cases.

The sketches of all cases are kept in memory, half a kilobyte each, and brought up to date at each
letter by what was stored lately. They only lead to candidates: what counts is read from the rows.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from extractors.fingerprint import ALIKE, PLACES, Fingerprint, back, same_letter
from pipeline.store.schema import CaseRow

_NUMBER = np.dtype("<u4")
_LATE = timedelta(minutes=2)
"""How much later than its case's time a row may become visible: a long transaction, a clock that
is behind. What comes later still is noticed by the number of cases."""


def columns_of(mark: Fingerprint) -> dict[str, Any]:
    """The columns that hold a fingerprint."""
    return {
        "sketch": np.array(mark.sketch, dtype=_NUMBER).tobytes() if mark.sketch else None,
        "marks": {
            "numbers": sorted(mark.numbers), "words": mark.words, "told": dict(mark.told)
        },
    }  # fmt: skip


def earlier_copy(session: Session, mark: Fingerprint) -> str | None:
    """The first case whose letter is probably the same, None where there is none."""
    if not mark.sketch:
        return None
    alike = _known(session).alike(session, np.array(mark.sketch, dtype=_NUMBER))
    wanted = select(  # not their bodies: of a payer's template there may be thousands
        CaseRow.id, CaseRow.same_as, CaseRow.sketch, CaseRow.marks,
        CaseRow.created_at, CaseRow.sha256, CaseRow.ordinal,
    )  # fmt: skip
    found = [
        case
        for at in range(0, len(alike), 500)
        for case in session.execute(wanted.where(CaseRow.id.in_(alike[at : at + 500])))
    ]
    for case in sorted(found, key=lambda case: (case.created_at, case.sha256, case.ordinal)):
        if case.sketch is None or not case.marks:
            continue
        sketch = tuple(int(value) for value in np.frombuffer(case.sketch, dtype=_NUMBER))
        if same_letter(mark, back({"sketch": sketch, **case.marks})):
            return str(case.same_as or case.id)
    return None


class _Sketches:
    """The sketches of one store's cases."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: list[str] = []
        self._place: dict[str, int] = {}
        self._rows: NDArray[np.uint32] = np.zeros((0, PLACES), dtype=_NUMBER)
        self._newest: datetime | None = None

    def alike(self, session: Session, sketch: NDArray[np.uint32]) -> list[str]:
        """Ids of the cases worded alike, perhaps of some that are gone since."""
        with self._lock:
            self._bring_up_to_date(session)
            held = self._rows[: len(self._ids)]
            agree = (held == sketch).mean(axis=1) if len(held) else np.empty(0)
            return [self._ids[at] for at in map(int, np.flatnonzero(agree >= ALIKE))]

    def _bring_up_to_date(self, session: Session) -> None:
        wanted = select(CaseRow.id, CaseRow.sketch, CaseRow.created_at)
        if self._newest is None:
            self._take_in(session, wanted)
        else:
            self._take_in(session, wanted.where(CaseRow.created_at >= self._newest - _LATE))
        number = session.execute(select(func.count()).select_from(CaseRow)).scalar_one()
        if number == len(self._ids):
            return
        there = {*session.scalars(select(CaseRow.id))}  # some were deleted, or came late
        self._keep_only(there)
        missing = sorted(there - self._place.keys())
        for at in range(0, len(missing), 500):
            self._take_in(session, wanted.where(CaseRow.id.in_(missing[at : at + 500])))

    def _take_in(
        self, session: Session, wanted: Select[tuple[str, bytes | None, datetime]]
    ) -> None:
        for case, sketch, created in session.execute(wanted):
            at = self._place.setdefault(case, len(self._ids))
            if at == len(self._ids):
                self._ids.append(case)
                if at >= len(self._rows):
                    more = np.zeros((max(1024, 2 * len(self._rows)), PLACES), dtype=_NUMBER)
                    more[: len(self._rows)] = self._rows
                    self._rows = more
            self._rows[at] = np.frombuffer(sketch, dtype=_NUMBER) if sketch else 0
            self._newest = max(self._newest or created, created)

    def _keep_only(self, there: set[str]) -> None:
        kept = [at for at, case in enumerate(self._ids) if case in there]
        self._rows = self._rows[kept]
        self._ids = [self._ids[at] for at in kept]
        self._place = {case: at for at, case in enumerate(self._ids)}


_stores: WeakKeyDictionary[Engine, _Sketches] = WeakKeyDictionary()
_stores_lock = threading.Lock()


def _known(session: Session) -> _Sketches:
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    with _stores_lock:
        return _stores.setdefault(engine, _Sketches())
