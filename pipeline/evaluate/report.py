"""The report of a measurement as plain data, and the comparison of two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.vocabulary import RouteName
from pipeline.evaluate.compare import Judged
from pipeline.evaluate.figures import (
    RISK,
    Tally,
    auto_accept,
    by_field,
    calibration_error,
    confusion,
    key_fields,
    reliability,
    taken_unseen,
    tally,
)
from pipeline.evaluate.run import Result

Report = dict[str, Any]


def make_report(results: Sequence[Result], risk: float = RISK) -> Report:
    """Everything that was measured, ready for JSON. `misses` quote letters: keep them local.
    `risk`: of the values taken unseen, so many may be wrong."""
    judged = [item for result in results for item in result.all_judged]
    damages = sorted({result.damage for result in results})
    return {
        "documents": len(results),
        "letters": sum(result.letters_expected for result in results),
        "risk": risk,
        "all_fields": _figures(judged),
        "key_fields": _figures(key_fields(judged)),
        "fields": {key: _row(key, judged, risk) for key in by_field(judged)},
        "damage": {name: _of_damage(name, results) for name in damages},
        "confusion": [
            {"expected": expected, "got": got, "count": count}
            for (expected, got), count in sorted(confusion(judged).items())
        ],
        "calibration": _calibration(judged, risk),
        "unseen": _unseen(judged),
        "review": _review(results),
        "splitting": _splitting(results),
        "unread": [{"file": r.file, "error": r.error} for r in results if r.error],
        "time": _time(results),
        "misses": [miss for result in results for miss in _misses(result)],
    }


def _numbers(counts: Tally) -> Report:
    return {
        **asdict(counts),
        "support": counts.support,
        "precision": _rounded(counts.precision),
        "recall": _rounded(counts.recall),
        "f1": _rounded(counts.f1),
    }


def _rounded(figure: float | None, places: int = 4) -> float | None:
    return None if figure is None else round(figure, places)


def _figures(judged: Iterable[Judged]) -> Report:
    return _numbers(tally(judged))


def _row(key: str, judged: Iterable[Judged], risk: float) -> Report:
    items = [item for item in judged if item.key == key]
    accepted = auto_accept(items, risk)
    return {
        **_figures(items),
        "ece": _rounded(calibration_error(reliability(items))),
        "auto_accept": _rounded(accepted.share),
        "threshold": _rounded(accepted.threshold),
    }


def _of_damage(name: str, results: Sequence[Result]) -> Report:
    of_it = [result for result in results if result.damage == name]
    judged = [item for result in of_it for item in result.all_judged]
    return {
        "documents": len(of_it),
        "all_fields": _figures(judged),
        "key_fields": _figures(key_fields(judged)),
        "fields": {key: _rounded(counts.f1) for key, counts in by_field(judged).items()},
        "time": _time(of_it),
    }


def _calibration(judged: Sequence[Judged], risk: float) -> Report:
    bins = reliability(judged)
    accepted = auto_accept(judged, risk)
    return {
        "bins": [{k: round(v, 4) for k, v in asdict(one).items()} for one in bins],
        "ece": _rounded(calibration_error(bins)),
        "auto_accept": _rounded(accepted.share),
        "threshold": _rounded(accepted.threshold),
    }


def _unseen(judged: Sequence[Judged]) -> Report:
    """What is taken without a look at the thresholds that the calibration settled beforehand."""
    from extractors.calibration import curve

    out: Report = {}
    for name, items in (("all_fields", list(judged)), ("key_fields", key_fields(judged))):
        taken = taken_unseen(items, lambda key: curve(key).accept)
        rates = {"rate": _rounded(taken.rate), "precision": _rounded(taken.precision)}
        out[name] = {**asdict(taken), **rates}
    return out


def _review(results: Iterable[Result]) -> Report:
    """How many letters go to a person before anything is written, and why."""
    routes = [route for result in results for route in result.routes]
    held = Counter(why for name, why in routes if name == RouteName.HUMAN_REVIEW)
    sent = held.total()
    return {
        "letters": len(routes),
        "sent": sent,
        "share": _rounded(sent / len(routes) if routes else None),
        "why": dict(held.most_common()),
    }


def _splitting(results: Iterable[Result]) -> Report:
    read = [result for result in results if result.error is None]
    wrong = [r for r in read if r.letters_expected != r.letters_found]
    return {
        "documents": len(read),
        "wrong": [
            {"file": r.file, "expected": r.letters_expected, "found": r.letters_found}
            for r in wrong
        ],
    }


def _time(results: Iterable[Result]) -> Report:
    read = [result for result in results if result.pages]
    pages = sum(result.pages for result in read)
    letters = sum(result.letters_found for result in read)
    reading = sum(result.read_seconds for result in read)
    extracting = sum(result.extract_seconds for result in read)
    return {
        "pages": pages,
        "second_looks": sum(result.second_looks for result in read),
        "read_seconds_a_page": _rounded(reading / pages if pages else None, 3),
        "extract_seconds_a_letter": _rounded(extracting / letters if letters else None, 3),
    }


def _misses(result: Result) -> list[Report]:
    return [
        {
            "file": result.file,
            "damage": result.damage,
            "letter": n,
            "field": item.key,
            "outcome": item.outcome.value,
            "expected": item.expected,
            "got": item.got,
            "confidence": round(item.confidence, 3),
            "pictures": [asdict(shot) for shot in result.pictures.get((n - 1, item.key), ())],
        }
        for n, letter in enumerate(result.judged, 1)
        for item in letter
        if not item.outcome.ok
    ]


def compare_reports(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Report]:
    """F1 of every field, of all, and of each damage, in two reports; what changed most first."""
    rows: list[Report] = []
    for name in ("all_fields", "key_fields"):
        rows.append(_change(name, old.get(name, {}).get("f1"), new.get(name, {}).get("f1")))
    for part in ("fields", "damage"):
        for key in sorted({*old.get(part, {}), *new.get(part, {})}):
            before, after = (_f1_of(report, part, key) for report in (old, new))
            rows.append(_change(f"{part[:-1] if part == 'fields' else part}: {key}", before, after))
    head, rest = rows[:2], rows[2:]
    rest.sort(key=lambda row: -abs(row["change"] or 0))
    return [*head, *rest]


def _f1_of(report: Mapping[str, Any], part: str, key: str) -> float | None:
    found = report.get(part, {}).get(key, {})
    figure = found.get("all_fields", found).get("f1")
    return None if figure is None else float(figure)


def _change(name: str, before: float | None, after: float | None) -> Report:
    change = None if before is None or after is None else round(after - before, 4)
    return {"name": name, "before": before, "after": after, "change": change}
