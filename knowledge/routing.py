"""What to do with a case: the contract's route table (`data/routes.toml`), first rule that fits.

Conditions are worked out here, each with its reasons in words; the table says which of them
choose which route, for which kinds, levels and reasons of denial. Urgency is found apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from knowledge import law
from knowledge.law_entries import member_of, only
from knowledge.signals import Signal, kinds
from knowledge.steps import wrong_step
from knowledge.tables import Row, entries
from models.case import Deadline, LawFinding, Route
from models.errors import KnowledgeError
from models.fields import FIELD_SPECS, Field, Fields
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType, RouteName

SOON = timedelta(days=7)
POSTDATED = timedelta(days=31)
LONG_PAST = timedelta(days=5 * 366)
SURE = 0.6
DRUG_CODE = re.compile(r"[JQC]\d{4}")
RULE_KEYS = ("id", "route", "kinds", "levels", "categories", "if", "rule")
KEY_FIELD_KEYS = ("id", "label", "any_of", "kinds", "risk", "empty", "least_empty", "blank")
WHEN_EMPTY = ("stop", "if_sure", "pass")
ONE_TIME_KEYS = ("id", "generic_endings", "except", "brands", "hcpcs")
Thresholds = Callable[[str, float], float]
"""Field and risk (0 to 1) -> the least confidence with which no more of its values are wrong."""
URGENT_SIGNALS = ("delay_would_harm", "handled_as_urgent")
PRIVATE = frozenset((PlanType.COMMERCIAL, PlanType.SELF_FUNDED, PlanType.UNKNOWN))


def by_chance(key: str, risk: float) -> float:
    """The threshold of any field where no calibration tells it: the chance itself."""
    return 1.0 - risk


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """All that a route hangs on. `unreadable` are page numbers; `contradictions` those found in
    deciding the law; `clinician_urgent` a person's word that delay would harm; `least` how sure
    a field has to be at a risk; `language` that of the letter, in words, where it is no English."""

    fields: Fields
    law: LawFinding
    deadlines: tuple[Deadline, ...]
    signals: tuple[Signal, ...]
    today: date
    unreadable: tuple[int, ...] = ()
    contradictions: tuple[str, ...] = ()
    clinician_urgent: bool = False
    least: Thresholds = by_chance
    language: str | None = None

    @property
    def kind(self) -> str | None:
        return self.fields.text("document_kind")

    @property
    def level(self) -> Level | None:
        value = self.fields.text("level")
        return Level(value) if value else None

    @property
    def category(self) -> DenialCategory | None:
        value = self.fields.text("denial_category")
        return DenialCategory(value) if value else None

    @property
    def plan_type(self) -> PlanType:
        return PlanType(self.fields.text("plan_type") or PlanType.UNKNOWN)

    def quoted(self, key: str) -> tuple[str, ...]:
        """The letter's words for a signal, in quotes."""
        return tuple(dict.fromkeys(f"“{s.text}”" for s in self.signals if s.key == key))


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One row of the route table."""

    id: str
    route: RouteName
    kinds: tuple[DocumentKind, ...]
    levels: tuple[Level, ...]
    categories: tuple[DenialCategory, ...]
    conditions: tuple[str, ...]
    rule: str

    def fits(self, facts: RouteFacts) -> bool:
        return (
            (not self.kinds or facts.kind in self.kinds)
            and (not self.levels or facts.level in self.levels)
            and (not self.categories or facts.category in self.categories)
            and all(CONDITIONS[name](facts) for name in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class KeyField:
    """A fact that a case cannot do without, the fields that give it, and at which risk.

    `risk`: of the letters drafted without a person's look, this share may have it wrong.
    `when_empty` is one of WHEN_EMPTY; `least_empty` how sure the reader must be that the letter
    does not state it; `blank` what is then said of it."""

    label: str
    any_of: tuple[str, ...]
    kinds: tuple[DocumentKind, ...]
    risk: float
    when_empty: str
    least_empty: float
    blank: str

    def trouble(self, fields: Fields, least: Thresholds = by_chance) -> str | None:
        """What is wrong with it, in words, or None."""
        there = [key for key in self.any_of if fields[key].value not in (None, ())]
        if any(_trusted(fields[key], least(key, self.risk)) for key in there):
            return None
        if there:
            return self._unsure(fields, max(there, key=lambda key: fields[key].confidence), least)
        return None if self._may_stay_blank(fields) else f"{self.label} was not found"

    def _unsure(self, fields: Fields, key: str, least: Thresholds) -> str:
        """How sure the surest of its fields is, and how sure it would have to be. Percents are
        rounded apart, so that they never read alike."""
        needed = min(math.ceil(100 * least(key, self.risk)), 100)
        sure = min(int(100 * fields[key].confidence), needed - 1)
        return f"{self.label} is unsure ({sure}%, needed {needed}%)"

    def left_blank(self, fields: Fields) -> str | None:
        """What to say where the letter is answered without it, or None."""
        return None if self._there(fields) or not self.blank else self.blank

    def _there(self, fields: Fields) -> list[Field]:
        return [fields[key] for key in self.any_of if fields[key].value not in (None, ())]

    def _may_stay_blank(self, fields: Fields) -> bool:
        if self.when_empty == "if_sure":
            return _trusted(fields[self.any_of[0]], self.least_empty)
        return self.when_empty == "pass"


@dataclass(frozen=True, slots=True)
class OneTime:
    """Treatments given once, by name and code; `repeated` have such a name but are not."""

    generic_endings: tuple[str, ...]
    repeated: tuple[str, ...]
    brands: tuple[str, ...]
    hcpcs: tuple[str, ...]


def choose(facts: RouteFacts) -> Route:
    """The route of the first rule that fits, with its reasons, and whether it is urgent."""
    rule = next(rule for rule in rules() if rule.fits(facts))
    reasons = [why for name in rule.conditions for why in CONDITIONS[name](facts)]
    because = None
    if rule.route is not RouteName.NONE:
        reasons += [*_left_blank(facts), *_ended(facts)]
        because = urgent_because(facts)
    harm = because is not None and harm_because(facts) is not None
    return Route(rule.route, rule.rule, tuple(reasons), because is not None, because, harm)


def harm_because(facts: RouteFacts) -> str | None:
    """Why delay would harm, in words, or None."""
    if facts.clinician_urgent:
        return "the clinician says that delay would harm"
    for key in URGENT_SIGNALS:
        if words := facts.quoted(key):
            return f"{kinds()[key].means}: {words[0]}"
    return None


def urgent_because(facts: RouteFacts) -> str | None:
    """Why the case is urgent, in words: delay would harm, or a clock ends within 7 days."""
    if (harm := harm_because(facts)) is not None:
        return harm
    for clock in _binding(facts):
        ends = "runs to" if clock.due is None or clock.due >= facts.today else "ran out on"
        for day, what in ((clock.due, ends), (clock.safe_due, "has its safe day on")):
            if day is not None and abs(day - facts.today) <= SOON:
                return f"the time for the {clock.step} {what} {day}, {_when(day, facts.today)}"
    return None


def _when(day: date, today: date) -> str:
    left = (day - today).days
    if left == 0:
        return "today"
    return f"{abs(left)} day{'s' * (abs(left) > 1)} {'from now' if left > 0 else 'ago'}"


def _binding(facts: RouteFacts) -> tuple[Deadline, ...]:
    """The clocks that press: the next step's, and continuation where a service is ending."""
    ending = bool(facts.quoted("service_ending"))
    return tuple(
        clock
        for clock in facts.deadlines
        if clock.kind == "ours" or (clock.kind == "continuation" and ending)
    )


def _ended(facts: RouteFacts) -> list[str]:
    """What to say where the time for the next step has run out."""
    return [
        f"the time for the {clock.step} ended on {clock.due} ({_when(clock.due, facts.today)}):"
        " a late request needs good cause, where it is taken at all"
        for clock in _binding(facts)
        if clock.due is not None and clock.due < facts.today
    ][:1]


def _trusted(field: Field, least: float) -> bool:
    return field.set_by is not None or field.confidence >= least


def _unreadable(facts: RouteFacts) -> tuple[str, ...]:
    return tuple(f"page {number} could not be read well enough" for number in facts.unreadable)


def _other_language(facts: RouteFacts) -> tuple[str, ...]:
    """Until a person has said what the document is."""
    if facts.language is None or facts.fields["document_kind"].set_by is not None:
        return ()
    return (f"the letter is written in {facts.language}: what could be read of it stands here",)


def _unsure(facts: RouteFacts) -> tuple[str, ...]:
    troubles = (
        known.trouble(facts.fields, facts.least)
        for known in key_fields()
        if facts.kind is None or facts.kind in known.kinds
    )
    return tuple(trouble for trouble in troubles if trouble is not None)


def _left_blank(facts: RouteFacts) -> tuple[str, ...]:
    notes = (known.left_blank(facts.fields) for known in key_fields() if facts.kind in known.kinds)
    already = _unsure(facts)
    return tuple(note for note in notes if note is not None and not already)


def _contradiction(facts: RouteFacts) -> tuple[str, ...]:
    fields, found = facts.fields, list(facts.contradictions)
    notice, printed = fields.day("letter_date"), fields.day("appeal_deadline")
    if notice is not None and printed is not None and printed < notice:
        found.append(f"the printed last day {printed} lies before the notice date {notice}")
    if notice is not None and notice > facts.today + POSTDATED:
        found.append(f"the notice date {notice} lies in the future")
    if notice is not None and notice < facts.today - LONG_PAST:
        found.append(f"the notice date {notice} lies more than five years back")
    address, spoken = fields.text("appeal_address") or "", facts.quoted("reviewer_speaks")
    found.extend(wrong_step(facts.level, address, spoken))
    reason = fields["denial_category"]
    if facts.kind == DocumentKind.APPROVAL and reason.value and reason.confidence >= SURE:
        found.append("the document reads as an approval, but gives a reason for a denial")
    return tuple(found)


def _second_level(facts: RouteFacts) -> tuple[str, ...]:
    return tuple(f"{kinds()['second_level'].means}: {w}" for w in facts.quoted("second_level")[:1])


def _private(facts: RouteFacts) -> tuple[str, ...]:
    return ("private coverage may have two internal levels",) if _is_private(facts) else ()


def _is_private(facts: RouteFacts) -> bool:
    return facts.plan_type in PRIVATE and facts.law.regime != "aca_individual"


def _outside_review(facts: RouteFacts) -> tuple[str, ...]:
    body = law.external_review_body(facts.law.regime, facts.level, facts.today, facts.plan_type)
    return () if body is None else (f"next reviewer: {body.body}",)


def _unit_mismatch(facts: RouteFacts) -> tuple[str, ...]:
    fields, found = facts.fields, []
    codes = fields.items_of("hcpcs")
    named = " ".join(filter(None, (fields.text("drug"), fields.text("drug_generic"))))
    if given_once(named, codes):
        found.append("the treatment is given once, so a limit on its quantity can hardly be meant")
    # Where the plan weighed the dose itself, its count of units is no slip of billing.
    if facts.quoted("dose_judged"):
        return tuple(found)
    if words := facts.quoted("billed_units"):
        found.append(f"{kinds()['billed_units'].means}: {words[0]}")
    counted = facts.quoted("unit_numbers") or facts.quoted("packages")
    if counted and any(DRUG_CODE.fullmatch(code) for code in codes):
        found.append(f"the drug stands with a HCPCS code and a count ({counted[0]})")
    return tuple(found)


def given_once(names: str, codes: tuple[str, ...] = ()) -> bool:
    """Whether a drug, by its names or HCPCS codes, is a treatment that is given once."""
    words = set(re.findall(r"[a-z0-9]+", names.lower()))
    return any(
        (
            any(w in known.brands or w.endswith(known.generic_endings) for w in words)
            and not words.intersection(known.repeated)
        )
        or any(code in known.hcpcs for code in codes)
        for known in one_time()
    )


def _exception_path(facts: RouteFacts) -> tuple[str, ...]:
    if not is_drug(facts.fields):
        return ()
    key = law.working(facts.law.regime, facts.plan_type).id
    found = law.exception_route(key, facts.category)
    return () if found is None else (f"{found.request}: {found.citation}",)


def is_drug(fields: Fields) -> bool:
    """Whether a drug was denied, rather than another service."""
    if any(fields[key].value for key in ("drug", "drug_generic", "ndc", "rx_number")):
        return True
    codes = fields.items_of("hcpcs")
    return not fields.text("service") and any(DRUG_CODE.fullmatch(code) for code in codes)


def _hearing_first(facts: RouteFacts) -> tuple[str, ...]:
    fair = facts.law.regime == "medicaid_ffs"
    return ("fee-for-service Medicaid has no plan appeal",) if fair else ()


CONDITIONS: Mapping[str, Callable[[RouteFacts], tuple[str, ...]]] = {
    "unreadable": _unreadable,
    "other_language": _other_language,
    "unsure": _unsure,
    "contradiction": _contradiction,
    "second_level": _second_level,
    "private": _private,
    "outside_review": _outside_review,
    "unit_mismatch": _unit_mismatch,
    "exception_path": _exception_path,
    "hearing_first": _hearing_first,
}
"""Condition -> its reasons in words; none: it does not hold."""


@cache
def rules() -> tuple[RouteRule, ...]:
    """The route table, in order."""
    return tuple(_rule(row) for row in entries("routes", "routes.toml", ()).values())


@cache
def key_fields() -> tuple[KeyField, ...]:
    """The facts that a case cannot do without."""
    return tuple(_key_field(row) for row in entries("key_fields", "routes.toml", ()).values())


@cache
def one_time() -> tuple[OneTime, ...]:
    """Treatments given once."""
    found = []
    for row in entries("one_time", "routes.toml").values():
        only(row, ONE_TIME_KEYS)
        names = (row.texts(key) for key in ("generic_endings", "except", "brands", "hcpcs"))
        found.append(OneTime(*names))
    return tuple(found)


@cache
def least_quality() -> tuple[float, int]:
    """(mean confidence, words): a page of at least so many words that is below is unreadable."""
    row = entries("reading", "routes.toml", ())["page"]
    only(row, ("id", "least", "words"))
    return row.number("least") / 100, row.number("words")


@cache
def look_risk() -> float:
    """Of the key fields that the review desk shows as sure, this share may be wrong."""
    row = entries("review", "routes.toml", ())["fields"]
    only(row, ("id", "risk"))
    return row.number("risk") / 100


def _rule(row: Row) -> RouteRule:
    only(row, RULE_KEYS)
    if strange := set(row.texts("if")) - set(CONDITIONS):
        raise KnowledgeError(f"{row.where}: no condition {min(strange)!r}", "See CONDITIONS")
    return RouteRule(
        row.id,
        member_of(row, RouteName, row.text("route")),
        tuple(member_of(row, DocumentKind, value) for value in row.texts("kinds")),
        tuple(member_of(row, Level, value) for value in row.texts("levels")),
        tuple(member_of(row, DenialCategory, value) for value in row.texts("categories")),
        row.texts("if"),
        row.text("rule"),
    )


def _key_field(row: Row) -> KeyField:
    only(row, KEY_FIELD_KEYS)
    if strange := set(row.texts("any_of")) - set(FIELD_SPECS):
        raise KnowledgeError(f"{row.where}: no field {min(strange)!r}", "Use the contract's keys")
    if row.text("empty") not in WHEN_EMPTY:
        raise row.wrong("empty", "one of " + ", ".join(WHEN_EMPTY))
    return KeyField(
        row.text("label"),
        row.texts("any_of"),
        tuple(member_of(row, DocumentKind, value) for value in row.texts("kinds")),
        row.number("risk") / 100,
        row.text("empty"),
        row.number("least_empty", 100) / 100,
        row.text("blank", ""),
    )
