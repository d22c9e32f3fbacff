"""An installation measured on its own letters: what the machine read against a person's word.

Only fields on which a person has said something are scored, whether the value was set or found
right as it stood; nobody has looked at the others. A case goes by its id: no name of a file, which
may be a patient's, gets into the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Protocol

from pipeline.evaluate.compare import judge
from pipeline.evaluate.run import Result

RECEIVED = "received"


class Word(Protocol):
    """What holds for one field of one case, as `pipeline.store.corrections.Correction` keeps it:
    a person's `value`, and what the `machine` had read."""

    @property
    def case_id(self) -> str: ...
    @property
    def pages(self) -> tuple[int, ...]: ...
    @property
    def key(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def machine(self) -> Any: ...
    @property
    def machine_confidence(self) -> float: ...


def results_of(words: Iterable[Word]) -> Iterator[Result]:
    """A result for every case that a person has worked on, in the order of their ids."""
    ordered = sorted(words, key=lambda word: word.case_id)
    for case_id, held in groupby(ordered, key=lambda word: word.case_id):
        judged = tuple(
            judge(word.key, word.value, word.machine, word.machine_confidence) for word in held
        )
        yield Result(case_id, RECEIVED, (judged,), 1, 1, 0, 0.0, 0.0)
