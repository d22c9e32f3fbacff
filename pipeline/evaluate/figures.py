"""Figures over judged fields: precision, recall, F1, calibration, what could be accepted unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from models.fields import FIELD_SPECS
from pipeline.evaluate.compare import Judged, Outcome

BINS = 10
RISK = 0.01
"""Of the values taken unseen, so many may be wrong."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one field or of many. `support` is how many values the labels hold."""

    right: int = 0
    empty: int = 0
    wrong: int = 0
    missed: int = 0
    invented: int = 0

    @property
    def support(self) -> int:
        return self.right + self.wrong + self.missed

    @property
    def precision(self) -> float | None:
        found = self.right + self.wrong + self.invented
        return self.right / found if found else None

    @property
    def recall(self) -> float | None:
        return self.right / self.support if self.support else None

    @property
    def f1(self) -> float | None:
        """2 TP / (2 TP + FP + FN); a wrong value is in FP and in FN."""
        all_counted = 2 * self.right + 2 * self.wrong + self.missed + self.invented
        return 2 * self.right / all_counted if all_counted else None


def tally(judged: Iterable[Judged]) -> Tally:
    """The counts of any fields together (micro-averaged)."""
    counts = Counter(item.outcome for item in judged)
    return Tally(*(counts[outcome] for outcome in Outcome))


def by_field(judged: Iterable[Judged]) -> dict[str, Tally]:
    """The counts of each field that was labelled, in the contract's order."""
    kept: dict[str, list[Judged]] = {}
    for item in judged:
        kept.setdefault(item.key, []).append(item)
    return {key: tally(kept[key]) for key in FIELD_SPECS if key in kept}


def key_fields(judged: Iterable[Judged]) -> list[Judged]:
    """Those of the fields that decide a case."""
    return [item for item in judged if FIELD_SPECS[item.key].is_key]


@dataclass(frozen=True, slots=True)
class Bin:
    """Values whose confidence lies between `low` and `high`."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def _given(judged: Iterable[Judged]) -> list[Judged]:
    """The fields for which a value was given."""
    told = (Outcome.RIGHT, Outcome.WRONG, Outcome.INVENTED)
    return [item for item in judged if item.outcome in told]


def reliability(judged: Iterable[Judged], bins: int = BINS) -> list[Bin]:
    """Confidence against the share that is right, in equal bins; empty bins are left out."""
    held: dict[int, list[Judged]] = {}
    for item in _given(judged):
        held.setdefault(min(int(item.confidence * bins), bins - 1), []).append(item)
    return [
        Bin(
            n / bins,
            (n + 1) / bins,
            len(items),
            sum(i.confidence for i in items) / len(items),
            sum(i.outcome.ok for i in items) / len(items),
        )
        for n, items in sorted(held.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error: the mean gap of confidence and accuracy, weighed by count."""
    total = sum(b.count for b in bins)
    return sum(b.count * abs(b.confidence - b.accuracy) for b in bins) / total if total else None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The largest share of the values given that can be taken unseen at the risk allowed:
    those with at least `threshold` confidence. None: no threshold reaches it."""

    threshold: float | None
    share: float
    values: int


def auto_accept(judged: Iterable[Judged], risk: float = RISK) -> Accepted:
    """How many values could be taken without a look, if no more than `risk` of those may be
    wrong."""
    items = sorted(_given(judged), key=lambda item: -item.confidence)
    right, best, threshold = 0, 0, None
    for n, item in enumerate(items, 1):
        right += item.outcome.ok
        last_of_its_confidence = n == len(items) or items[n].confidence < item.confidence
        if last_of_its_confidence and right / n >= 1 - risk - 1e-9:
            best, threshold = n, item.confidence
    return Accepted(threshold, best / len(items) if items else 0.0, len(items))


@dataclass(frozen=True, slots=True)
class Taken:
    """The values given that are sure enough by a threshold settled beforehand."""

    values: int
    taken: int
    right: int

    @property
    def rate(self) -> float | None:
        return self.taken / self.values if self.values else None

    @property
    def precision(self) -> float | None:
        return self.right / self.taken if self.taken else None


def taken_unseen(judged: Iterable[Judged], threshold: Callable[[str], float]) -> Taken:
    """What is taken without a look at each field's own `threshold`, and how much is right."""
    given = _given(judged)
    sure = [item for item in given if item.confidence >= threshold(item.key)]
    return Taken(len(given), len(sure), sum(item.outcome.ok for item in sure))


def confusion(judged: Iterable[Judged], key: str = "denial_category") -> Counter[tuple[str, str]]:
    """How often which label was taken for which value; accepted answers count as the label."""
    return Counter(
        (str(item.expected), str(item.expected if item.outcome.ok else item.got))
        for item in judged
        if item.key == key
    )
