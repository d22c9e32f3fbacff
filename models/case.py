"""A denial case: one letter with its fields, the law that governs it, its clocks and its route."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.fields import Fields
from models.vocabulary import RouteName


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock. Keys, windows and citations come from the knowledge base.

    `due` is the last day under the rule, `safe_due` the day not to rely beyond; both None where
    `missing` names the fact that is needed. `kind` is `ours` (the member must act), `plan`
    (the plan must decide) or `continuation` (to keep benefits running). `conflict` tells where
    the letter and the rule disagree. `note` is what else to know: how to file, what follows where
    the plan misses its clock, what was assumed.
    """

    key: str
    step: str
    who: str
    opens: date | None
    due: date | None
    safe_due: date | None
    counts_from: str
    citation: str
    confidence: str
    arithmetic: str
    kind: str = "ours"
    missing: str | None = None
    conflict: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Excluded:
    """A body of law that does not govern the case, and why."""

    regime: str
    reason: str


@dataclass(frozen=True, slots=True)
class LawChoice:
    """One answer to the question that settles the law: a regime of the knowledge base, and the
    answer in words."""

    regime: str
    words: str


@dataclass(frozen=True, slots=True)
class LawFinding:
    """Which law governs the case. `regime` is a key of the knowledge base, or None: undecided,
    and then `question` is the one question to ask the reviewer, `choices` its answers."""

    regime: str | None
    name: str
    reasons: tuple[str, ...]
    excluded: tuple[Excluded, ...] = ()
    question: str | None = None
    citations: tuple[str, ...] = ()
    choices: tuple[LawChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """What to do with the case and the rule, in words, that chose it. `harm`: it is urgent because
    delay would harm, and not only because a clock ends soon; only then may expedited review be
    asked for."""

    name: RouteName
    rule: str
    reasons: tuple[str, ...] = ()
    urgent: bool = False
    urgent_because: str | None = None
    harm: bool = False


@dataclass(frozen=True, slots=True)
class NoticeDefect:
    """Something that the denial notice had to contain and in which it was not found. `element` is
    an id of the knowledge base, `label` names it, `citation` is the rule that asks for it."""

    element: str
    label: str
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class DenialCase:
    """One letter out of a document. `pages` count from 1 in the document as received.
    `notice_defects` is empty too where the notice could not be audited: its law undecided, or a
    page missing or hard to read."""

    pages: tuple[int, ...]
    fields: Fields
    deadlines: tuple[Deadline, ...]
    law: LawFinding
    route: Route
    notice_defects: tuple[NoticeDefect, ...] = ()
