"""What a letter asks for, each request with the rule behind it, if the coverage is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from knowledge import law
from letters.compose import lore
from letters.compose.matter import Matter, Part, spell_day
from models.case import NoticeDefect
from models.letter import Bullets, Paragraph, Source, SourceKind, Statement, Text
from models.vocabulary import PlanType, RouteName

TWO_PROGRAMS = (PlanType.MEDICARE_ADVANTAGE, PlanType.MEDICAID)
"""Coverage under which either of two bodies of law may govern: Part B or D, plan or state."""
URGENT_ONLY = frozenset(
    {"expedite", "expedite_first", "expedite_external", "oral_filing", "external_with_urgent"}
)
ONGOING_ONLY = frozenset({"continued_coverage"})
"""Requests that have a place only where a clock to keep benefits running stands in the case."""


def asks(
    matter: Matter, rights: Iterable[str], *, peer: bool = False, own: str | None = None
) -> Bullets:
    """The numbered requests: rights of the patient's coverage, then those of the reasons, or
    those of the stored list `own` in their place; `peer` adds a peer-to-peer discussion."""
    items = [Paragraph(s) for s in _rights(matter, rights)]
    lists = (own,) if own else tuple(f"reason.{c.value}.ask" for c in matter.categories)
    for key in lists:
        items.extend(Paragraph((s,)) for s in matter.say_all(key))
    if peer:
        items.append(Paragraph((_peer(matter),)))
    items.append(Paragraph((matter.say("asks.answer"),)))
    return Bullets(tuple(items), ordered=True)


def _peer(matter: Matter) -> Statement:
    """A peer-to-peer call: with the specialist that the knowledge base names for the drug."""
    found = lore.reviewer(matter)
    if found is None:
        return matter.say("asks.peer")
    return matter.say("asks.peer_known", reviewer=Part.plain(found.words, None, found.ref))


def _rights(matter: Matter, ids: Iterable[str]) -> Iterator[tuple[Statement, ...]]:
    for right_id in ids:
        if right_id in URGENT_ONLY and "urgent" not in matter.flags:
            continue
        if right_id in ONGOING_ONLY and not matter.may_continue:
            continue
        right = granted(matter, right_id)
        if right is not None:
            yield right_statements(right)


def granted(matter: Matter, right_id: str) -> law.Right | None:
    """A right under the law of the case. While it is open which of two public programs decided,
    the request alone, with no rule: the one cited might be the other's."""
    right = law.right(right_id, matter.case.law.regime, matter.plan_type)
    is_open = "decided" not in matter.flags and matter.plan_type in TWO_PROGRAMS
    # A judge's own time is another than that of the reviewer before.
    if right is not None and (is_open or (right_id == "expedite_external" and _is_judge(matter))):
        return replace(right, says="", citation="")
    return right


def _is_judge(matter: Matter) -> bool:
    return "judge" in matter.flags


def right_statements(right: law.Right) -> tuple[Statement, ...]:
    """The request, and what the law says of it with its citation, if it is known."""
    ref = f"law:{right.id}"
    ask = Statement((Text(right.ask),), Source(SourceKind.FORM, (ref,)))
    if not right.says or not right.citation:
        return (ask,)
    return (ask, knowledge_statement(right.says, right.citation, ref))


def knowledge_statement(says: str, citation: str, ref: str) -> Statement:
    """A sentence of the knowledge base with its citation in brackets."""
    words = f"{says.rstrip().rstrip('.')} ({citation})." if citation else says
    return Statement((Text(words),), Source(SourceKind.KNOWLEDGE, (ref,)))


def rule_statements(matter: Matter, ids: Iterable[str]) -> tuple[Statement, ...]:
    """The rules of law among `ids` that hold under the patient's coverage, if it is decided."""
    return _statements(matter, ids) if "decided" in matter.flags else ()


def undecided_statements(matter: Matter, ids: Iterable[str]) -> tuple[Statement, ...]:
    """Rules that may hold, while the kind of coverage is open; each says itself on what it
    hangs."""
    return () if "decided" in matter.flags else _statements(matter, ids)


def _statements(matter: Matter, ids: Iterable[str]) -> tuple[Statement, ...]:
    held = _rules_under(matter.regime.id)
    found = (held[rule] for rule in ids if rule in held)
    return tuple(knowledge_statement(r.says, r.citation, f"law:{r.id}") for r in found)


@cache
def _rules_under(regime: str) -> Mapping[str, law.Entry]:
    return {rule.id: rule for topic in law.topics() for rule in law.rules(topic, regime)}


def defect_statement(defects: Iterable[NoticeDefect], lead: str = "") -> Statement:
    """What was not found in the notice, each with the rule that asks for it."""
    found = tuple(defects)
    named = "; ".join(f"{d.label} ({d.citation})" if d.citation else d.label for d in found)
    words = f"{lead}{named}"
    refs = (ref for d in found for ref in (f"notice_audit:{d.element}", f"law:{d.element}"))
    return Statement(
        (Text(f"{words[:1].upper()}{words[1:]}."),),
        Source(SourceKind.COMPUTED, tuple(refs), detail="searched for on every page of the notice"),
    )


def receipt(matter: Matter) -> Statement | None:
    """The day on which the notice arrived, where a person entered it."""
    day = matter.entries.answers.received
    if day is None:
        return None
    part = Part.plain(spell_day(day), SourceKind.PERSON, "entry:answers.received")
    return matter.say("time.received", received=part)


def timeliness(matter: Matter, stored: str = "in_time") -> Statement | None:
    """That the request is in time, where that is known; a plea for good cause where it is late.
    `stored` is `in_time`, or `kept` for a letter that is no appeal itself."""
    clock = matter.next_step
    if clock is None or clock.due is None:
        return None
    if clock.due < matter.today:
        is_exception = matter.case.route.name is RouteName.EXCEPTION_REQUEST
        return matter.say("time.late_exception" if is_exception else "time.late")
    # Where notice and rule differ, the day kept is not the rule's alone.
    undecided = "decided" not in matter.flags
    either = undecided and matter.plan_type in TWO_PROGRAMS
    by_rule = clock.citation and not clock.conflict and not either
    is_open = by_rule and undecided and matter.plan_type is PlanType.UNKNOWN
    key = f"time.{stored}{'_open' if is_open else '' if by_rule else '_stated'}"
    # A shorter time that the notice gives has run out: the request says so before the plan does.
    if stored == "in_time" and clock.conflict and (clock.safe_due or clock.due) < matter.today:
        key = "time.in_time_disputed"
    said = matter.say(key, due=spell_day(clock.due), cite=clock.citation)
    return Statement(
        said.inlines,
        Source(
            SourceKind.COMPUTED,
            (*said.source.refs, f"deadline:{clock.key}", f"law:{clock.key}"),
            detail=clock.arithmetic,
        ),
    )
