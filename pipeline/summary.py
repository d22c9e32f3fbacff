"""The table at the end of a batch. Shows file names as given and case ids; no patient's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.vocabulary import RouteName
from pipeline.batch import Batch
from pipeline.errors import sentence
from pipeline.progress import spell_seconds
from pipeline.sources import Found
from pipeline.store.cases import Outcome, StoredCase

_WIDE = 180
"""Columns of the table where the output is no terminal."""
_LEAST_TABLE = 120
"""Columns below which a case is a paragraph instead of a row."""
_COLUMNS = (
    ("File", 30), ("Case", 12), ("Payer", 28), ("Drug or service", 24), ("Reason", 18),
    ("Route", 18), ("Sure", 4), ("Due", 10),
)  # fmt: skip
"""Heads and the widest each may be."""
_NONE = "–"


def print_summary(batch: Batch, found: Found, seconds: float) -> None:
    """Print what became of each file, the counts, and where the packets are."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE, no_color=True)
    names = short_names([outcome.path for outcome in batch.outcomes])
    lines = [
        line
        for name, outcome in zip(names, batch.outcomes, strict=True)
        for line in _lines_of(name, outcome)
    ]
    if lines and console.width >= _LEAST_TABLE:
        console.print(_table(lines))
    for line in lines if console.width < _LEAST_TABLE else ():
        console.print(_paragraph(line), soft_wrap=True)
    failed = [(n, o) for n, o in zip(names, batch.outcomes, strict=True) if o.error]
    if failed:
        console.print(_quarantined(failed))
    for folder in found.unreadable:
        console.print(
            f"Not looked into: {escape(str(folder))}. Give this user permission to read it.",
            soft_wrap=True,
        )
    for text in _counts(batch, found, seconds):
        console.print(escape(text), soft_wrap=True)


def short_names(paths: Sequence[str]) -> list[str]:
    """File names; with as much of their folders as tells files of one name apart."""
    times = Counter(Path(path).name for path in paths)
    return [Path(path).name if times[Path(path).name] == 1 else str(Path(path)) for path in paths]


@dataclass(frozen=True, slots=True)
class _Line:
    """A case as the summary shows it."""

    file: str
    case: str
    payer: str
    drug: str
    reason: str
    route: str
    sure: str
    due: str
    notes: str


def _lines_of(name: str, outcome: Outcome) -> list[_Line]:
    return [_line(name, outcome, case) for case in outcome.cases if case.route]


def _line(name: str, outcome: Outcome, case: StoredCase) -> _Line:
    route = case.route
    notes = list(route["reasons"]) if route["route"] == RouteName.HUMAN_REVIEW else []
    if outcome.known_as is not None:
        same = outcome.known_as == name
        notes.insert(
            0, "duplicate, received before" if same else f"duplicate of {outcome.known_as}"
        )
    if case.same_as is not None:
        notes.insert(0, f"probably the same as case {case.same_as}")
    if route["urgent"]:
        notes.insert(0, f"urgent: {route['urgent_because'] or 'a clock ends soon'}")
    sure = case.confidence
    return _Line(
        file=name,
        case=case.id,
        payer=case.value("payer") or _NONE,
        drug=case.value("drug") or case.value("drug_generic") or case.value("service") or _NONE,
        reason=(case.value("denial_category") or _NONE).replace("_", " "),
        route=route["route"].replace("_", " "),
        sure=_NONE if sure is None else f"{sure:.0%}",
        due=case.due.isoformat() if case.due else _NONE,
        notes="; ".join(notes),
    )


def _table(lines: Sequence[_Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head, widest in _COLUMNS:
        fixed = head in ("Case", "Due", "Sure")
        table.add_column(head, overflow="fold", no_wrap=fixed, max_width=widest)
    table.add_column("Notes", overflow="fold", ratio=1)
    for line in lines:
        table.add_row(*(escape(getattr(line, each.name)) for each in fields(line)))
    return table


def _paragraph(line: _Line) -> str:
    """A case on a narrow terminal."""
    due = f", due {line.due}" if line.due != _NONE else ""
    told = (
        f"{line.file}: case {line.case}, {line.route} ({line.sure} sure){due}",
        f"    {line.payer} · {line.drug} · {line.reason}",
        *([f"    {line.notes}"] if line.notes else []),
    )
    return escape("\n".join(told))


def _quarantined(failed: Sequence[tuple[str, Outcome]]) -> Table:
    table = Table(
        title="Quarantined", title_justify="left", header_style="bold", box=box.SIMPLE_HEAD,
        pad_edge=False,
    )  # fmt: skip
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
    routes = Counter(case.route["route"].replace("_", " ") for case in cases.values())
    letters = sum(any(n.endswith("letter.pdf") for n in c.packet or ()) for c in cases.values())
    pages = sum(outcome.pages or 0 for outcome in outcomes if outcome.known_as is None)
    looks = sum(outcome.second_looks for outcome in outcomes if outcome.known_as is None)
    twice = f" ({looks} with a second look)" if looks else ""
    told = ", ".join(f"{count} {route}" for route, count in routes.most_common())
    lines = [
        f"{counted(len(outcomes), 'file')}, {counted(pages, 'page')}{twice} in "
        f"{spell_seconds(seconds)}: "
        f"{counted(len(cases), 'case')}{f' ({told})' if told else ''}, "
        f"{counted(letters, 'letter')} drafted, {counted(again, 'duplicate')}, "
        f"{failed} quarantined."
    ]
    if found.skipped:
        kinds = ", ".join(f"{n} {suffix}" for suffix, n in sorted(found.skipped.items()))
        lines.append(f"Not letters by their ending, left alone: {kinds}.")
    if any(case.packet for case in cases.values()):
        lines.append(f"Packets: {batch.out}, one folder a case.")
    return lines


def counted(number: int, thing: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
