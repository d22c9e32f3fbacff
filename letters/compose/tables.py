"""The tables of a letter: treatment so far, findings, and the criteria one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from letters.compose import quotes, wording
from letters.compose.argument import shortened
from letters.compose.lore import particulars, usual_criteria
from letters.compose.matter import Matter, Part
from models.fields import Evidence
from models.letter import Block, Grid, Heading, Paragraph, Source, SourceKind, Statement
from models.vocabulary import DenialCategory

MOST_CRITERIA = 14
"""A table grows beyond this only for what the notice itself states."""
MOST_QUOTED = 60
CRITERION_WORDS = 70
EMPTY_ROWS = 3
# "(1) ...", "1. ...", "a) ...", "• ...", "- ..." inside a reason: criteria in a row.
_ITEM = re.compile(r"(?:(?<=\s)|^|(?<=[:;]))(?:\(?(?:\d{1,2}|[a-h]|i{1,3}|iv|v)[.)]|[•▪◦–-])\s+")


_REQUIRES = re.compile(
    r"\b(?:requir|must|criteri|limit|at least|only (?:if|when|for|after)|unless|"
    r"exceed|maximum|failure of|fail(?:ed)? |trial of|documentation of|under the age|older than|"
    r"(?:may|can) be (?:approved|covered)|(?:approved|covered) (?:only|when|if|for)|"
    r"plan (?:covers|pays for|allows) \w|needed for|other drugs .{0,40}first)",
    re.IGNORECASE,
)


_EXCEEDS = re.compile(
    r"\b(?:exceed\w*|over|above|more than)\b.{0,60}\b(?:limit|maximum|allow)", re.I
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One requirement: the notice's words with their place, or the usual one of knowledge."""

    words: str
    evidence: tuple[Evidence, ...] = ()
    ref: str = ""


def history(matter: Matter) -> Iterator[Block]:
    """The patient's earlier treatment, with blank rows where no person has entered any."""
    yield Heading(wording.text("history.heading"))
    columns = ("name", "start", "stop", "outcome")
    rows = []
    entered = matter.entries.prior_therapies
    for n, therapy in enumerate(entered, 1):
        cells = (getattr(therapy, column) for column in columns)
        rows.append(
            tuple(
                _cell(matter, f"history.{column}", f"therapy.{n}.{column}", words)
                for column, words in zip(columns, cells, strict=True)
            )
        )
    for n in range(len(rows) + 1, EMPTY_ROWS + 1 if not entered else 0):
        rows.append(tuple(_cell(matter, f"history.{c}", f"therapy.{n}.{c}", "") for c in columns))
    yield Grid(
        tuple(wording.text(f"history.col_{column}") for column in columns),
        tuple(rows),
        (0.28, 0.19, 0.19, 0.34),
    )
    yield from _findings(matter)


def _findings(matter: Matter) -> Iterator[Block]:
    """Measurements that a person entered."""
    if not matter.entries.measurements:
        return
    yield Heading(wording.text("findings.heading"))
    columns = ("name", "value", "day", "where")
    yield Grid(
        tuple(wording.text(f"findings.col_{column}") for column in columns),
        tuple(
            tuple(
                _cell(matter, f"findings.{c}", f"finding.{n}.{c}", getattr(found, c))
                for c in columns
            )
            for n, found in enumerate(matter.entries.measurements, 1)
        ),
        (0.32, 0.23, 0.2, 0.25),
    )


def _cell(matter: Matter, key: str, name: str, words: str) -> Paragraph:
    """An entered value, else the blank that the stored wording describes."""
    if words:
        part = Part.plain(words, SourceKind.PERSON, f"entry:{name}")
        return Paragraph((_alone(part),))
    stored = wording.sentence(key) if wording.has(key) else None
    match = wording.PLACE.search(stored.text) if stored else None
    part = matter.blank(name, match.group(2) if match else name)
    return Paragraph((_alone(part, key),))


def _alone(part: Part, key: str = "cell") -> Statement:
    return Statement(
        part.inlines,
        Source(part.kind or SourceKind.FORM, part.refs or (f"wording:{key}",), part.evidence),
    )


def schedule(matter: Matter) -> Iterator[Block]:
    """Label, order and record side by side, to fill in; the drug's own columns where it has
    any."""
    own = particulars(matter, DenialCategory.QUANTITY_LIMIT)
    stored = tuple(one.text for one in wording.sentences("schedule.columns"))
    header = own.columns if own is not None and own.columns else stored
    rows = tuple(
        tuple(_cell(matter, "schedule.cell", f"schedule.{n}.{m}", "") for m in range(len(header)))
        for n in range(1, EMPTY_ROWS + 1)
    )
    yield Heading(wording.text("schedule.heading"))
    yield Paragraph((matter.say("schedule.lead"),))
    yield Grid(header, rows, tuple(1 / len(header) for _ in header))


def criteria(matter: Matter) -> tuple[Criterion, ...]:
    """What has to be met: as the notice states it, then what is usual for the drug's class."""
    quoted = tuple(_quoted(matter))
    usual = (Criterion(words, ref=ref) for words, ref in usual_criteria(matter))
    return (*quoted[:MOST_QUOTED], *tuple(usual)[: max(0, MOST_CRITERIA - len(quoted))])


def quoted_items(matter: Matter) -> Iterator[Criterion]:
    """What the notice's reasons list, item by item, or each reason whole."""
    for passage in quotes.reasons(matter):
        for words in split_criteria(passage.words):
            yield Criterion(words, passage.evidence)


def _quoted(matter: Matter) -> Iterator[Criterion]:
    """Those that state a requirement: a bare conclusion is answered above, not in the table."""
    for passage in quotes.reasons(matter):
        items = split_criteria(passage.words)
        for words in items:
            if len(items) > 1 or _states_requirement(words):
                yield Criterion(words, passage.evidence)


def _states_requirement(words: str) -> bool:
    """Whether a sentence says what is required: "exceeds the limit" alone names no limit."""
    if not _REQUIRES.search(words):
        return False
    return not _EXCEEDS.search(words) or any(c.isdigit() for c in words)


def split_criteria(text: str) -> tuple[str, ...]:
    """The numbered or bulleted requirements of a reason, else the reason whole."""
    flat = " ".join(text.split())
    starts = [match.end() for match in _ITEM.finditer(flat)]
    if len(starts) < 2:
        return (flat,) if flat else ()
    marks = [match.start() for match in _ITEM.finditer(flat)]
    ends = [*marks[1:], len(flat)]
    items = (
        flat[start:end].strip(" ;,").removesuffix(" and").removesuffix(" or").strip(" ;,")
        for start, end in zip(starts, ends, strict=True)
    )
    return tuple(item for item in items if item)


def criteria_table(matter: Matter) -> Iterator[Block]:
    """Criterion, what the record shows (to fill in), where, have or missing."""
    found = criteria(matter)
    yield Heading(wording.text("criteria.heading"))
    quoted = sum(1 for c in found if c.evidence)
    key = (
        "none" if not found else "usual" if not quoted else "quoted" if quoted == len(found)
        else "mixed"
    )  # fmt: skip
    yield Paragraph((matter.say(f"criteria.{key}"),))
    rows = [_row(matter, n, criterion) for n, criterion in enumerate(found, 1)]
    for n in range(len(rows) + 1, (EMPTY_ROWS if not rows else len(rows)) + 1):
        rows.append(_row(matter, n, None))
    yield Grid(
        tuple(wording.text(f"criteria.col_{c}") for c in ("criterion", "answer", "where", "have")),
        tuple(rows),
        (0.38, 0.32, 0.16, 0.14),
    )


def _row(matter: Matter, number: int, criterion: Criterion | None) -> tuple[Paragraph, ...]:
    return (
        Paragraph((_criterion(matter, number, criterion),)),
        _cell(matter, "criteria.answer", f"criterion.{number}.answer", ""),
        _cell(matter, "criteria.where", f"criterion.{number}.where", ""),
        Paragraph((_have(matter, number),)),
    )


def _criterion(matter: Matter, number: int, criterion: Criterion | None) -> Statement:
    if criterion is None:
        cell = matter.blank(f"criterion.{number}.words", "criterion, from the plan's policy")
        return matter.say("criteria.empty", cell=cell)
    words, was_cut = shortened(criterion.words, CRITERION_WORDS)
    if was_cut:
        words = f"{words} {wording.text('decision.cut')}"
    if not criterion.evidence:
        part = Part.plain(words, SourceKind.KNOWLEDGE, criterion.ref)
        return matter.say("criteria.from_class", words=part)
    part = Part.plain(f"“{words}”", SourceKind.DENIAL, "field:denial_categories")
    part = Part(part.inlines, part.refs, criterion.evidence, part.kind)
    page = matter.place_of(criterion.evidence[0]).rpartition(" ")[2]
    return matter.say("criteria.from_notice", words=part, page=page)


def _have(matter: Matter, number: int) -> Statement:
    entered = next((c.have for c in matter.entries.criteria if c.number == number), None)
    if entered is None:
        return matter.say("criteria.have")
    key = "criteria.have_yes" if entered else "criteria.have_no"
    said = matter.say(key)
    ref = f"entry:criterion.{number}.have"
    return Statement(said.inlines, Source(SourceKind.PERSON, (*said.source.refs, ref)))
