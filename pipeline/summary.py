"""The table at the end of a batch. Shows file names as given and case ids; no patient's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.batch import Batch
from pipeline.errors import sentence
from pipeline.sources import Found
from pipeline.store.cases import Outcome, StoredCase

_WIDE = 160
"""Columns of the table where the output is no terminal."""


def print_summary(batch: Batch, found: Found, seconds: float) -> None:
    """Print what became of each file, the counts, and where the packets are."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE, no_color=True)
    names = short_names([outcome.path for outcome in batch.outcomes])
    if any(outcome.cases for outcome in batch.outcomes):
        console.print(_cases(batch.outcomes, names))
    failed = [(n, o) for n, o in zip(names, batch.outcomes, strict=True) if o.error]
    if failed:
        console.print(_quarantined(failed))
    for folder in found.unreadable:
        console.print(
            f"Not looked into: {escape(str(folder))}. Give this user permission to read it.",
            soft_wrap=True,
        )
    for line in _counts(batch, found, seconds):
        console.print(escape(line), soft_wrap=True)


def short_names(paths: Sequence[str]) -> list[str]:
    """File names; with as much of their folders as tells files of one name apart."""
    times = Counter(Path(path).name for path in paths)
    return [Path(path).name if times[Path(path).name] == 1 else str(Path(path)) for path in paths]


def _cases(outcomes: Sequence[Outcome], names: Sequence[str]) -> Table:
    table = Table(title="Cases", title_justify="left", header_style="bold")
    for head in ("File", "Case", "Payer", "Drug or service", "Reason", "Route", "Sure", "Due"):
        table.add_column(head, overflow="fold", no_wrap=head in ("Case", "Due"))
    table.add_column("Why a person must look", overflow="fold", ratio=1)
    for name, outcome in zip(names, outcomes, strict=True):
        for case in outcome.cases:
            if case.route:
                table.add_row(*(escape(cell) for cell in _row(name, outcome, case)))
    return table


def _row(name: str, outcome: Outcome, case: StoredCase) -> tuple[str, ...]:
    route = case.route
    urgent = " (urgent)" if route.get("urgent") else ""
    sure = case.confidence
    notes = list(route.get("reasons", ())) if route["route"] == "human_review" else []
    if outcome.known_as is not None:
        notes.insert(0, "duplicate" if outcome.known_as == name else f"same as {outcome.known_as}")
    return (
        name,
        case.id,
        case.value("payer") or "–",
        case.value("drug") or case.value("drug_generic") or case.value("service") or "–",
        (case.value("denial_category") or "–").replace("_", " "),
        route["route"].replace("_", " ") + urgent,
        "–" if sure is None else f"{sure:.2f}",
        case.due.isoformat() if case.due else "–",
        "; ".join(notes),
    )


def _quarantined(failed: Sequence[tuple[str, Outcome]]) -> Table:
    table = Table(title="Quarantined", title_justify="left", header_style="bold")
    for head in ("File", "Reason", "What to do"):
        table.add_column(head, overflow="fold")
    for name, outcome in failed:
        if outcome.error:
            _, message, mend = outcome.error
            table.add_row(escape(name), escape(sentence(message)), escape(sentence(mend)))
    return table


def _counts(batch: Batch, found: Found, seconds: float) -> list[str]:
    outcomes = batch.outcomes
    failed = sum(outcome.error is not None for outcome in outcomes)
    again = sum(outcome.known_as is not None for outcome in outcomes)
    cases = {case.id: case for outcome in outcomes for case in outcome.cases}
    packets = sum(bool(case.packet) for case in cases.values())
    review = sum(case.route.get("route") == "human_review" for case in cases.values())
    pages = sum(outcome.pages or 0 for outcome in outcomes if outcome.known_as is None)
    lines = [
        f"{len(outcomes)} files, {pages} pages in {seconds:.0f} s: {len(cases)} cases, "
        f"{packets} packets, {review} for review, {again} duplicates, {failed} quarantined."
    ]
    if found.skipped:
        kinds = ", ".join(f"{n} {suffix}" for suffix, n in sorted(found.skipped.items()))
        lines.append(f"Not letters by their ending, left alone: {kinds}.")
    if packets:
        lines.append(f"Packets: {batch.out}, one folder a case.")
    return lines
