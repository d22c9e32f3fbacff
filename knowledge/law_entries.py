"""The typed entries of the law files, and how a row becomes one; look-ups: `knowledge.law`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from knowledge import citations
from knowledge.tables import Provenance, Row
from models.case import Excluded
from models.errors import KnowledgeError
from models.vocabulary import DenialCategory, PlanType

CONFIDENCE_ORDER = "ABC"
LAWS = (
    "claims_procedure",
    "erisa",
    "aca",
    "aca_group",
    "aca_individual",
    "federal_external",
    "state_external",
    "medicare",
    "part_c",
    "part_d",
    "original_medicare",
    "medicaid",
    "medicaid_mco",
    "medicaid_ffs",
    "chip",
    "fehb",
    "tricare",
)
"""Bodies of law that a regime may grant rights by. `claims_procedure` is 29 CFR 2560.503-1,
which reaches coverage outside of ERISA through the Affordable Care Act's rules."""
GRANT_KEYS = ("law", "says", "ask", "cite")
REGIME_KEYS = (
    *("id", "name", "plan_types", "stands_for", "laws", "through", "mirror", "sections_only"),
    "cite",
    *("appeal_word", "member_word", "appeal_to", "levels", "path", "reviewers"),
    *("excluded", "assumption", "shortest"),
)
INSURERS_RULE = "45 CFR 147.136"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReviewBody:
    """Who reviews outside of the plan after a decision at level `after`.

    `automatic`: the plan must send the case there; the member files nothing."""

    after: str
    body: str
    what: str
    request: str
    citation: str
    confidence: str
    automatic: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a regime's ladder; `of` is the contract's level of that decision."""

    name: str
    by: str
    of: str | None


@dataclass(frozen=True, slots=True)
class PathStep:
    """The filing clocks of one step; `after` are the levels of the letter that opens it."""

    after: tuple[str, ...]
    clocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Regime:
    """One body of appeal law. `laws` name what it grants; `through` is the rule that brings the
    ERISA claims procedure to it where it is not ERISA itself; `mirror` is the regulation that says
    for it what 45 CFR 147.136 says for insurers, paragraph by paragraph; of the laws in
    `sections_only` no paragraph is printed, as it is open which one applies. `assumption` is what
    to say where this regime only stands for an undecided one; `shortest` the days then safe."""

    id: str
    name: str
    plan_types: tuple[PlanType, ...]
    stands_for: tuple[PlanType, ...]
    laws: tuple[str, ...]
    through: str
    mirror: str | None
    sections_only: tuple[str, ...]
    citation: str
    appeal_word: str
    member_word: str
    appeal_to: str
    levels: tuple[Step, ...]
    path: tuple[PathStep, ...]
    reviewers: tuple[ReviewBody, ...]
    excluded: tuple[Excluded, ...]
    assumption: str | None
    shortest: int | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Entry:
    """A sourced fact in our own words, with its citation as it may be printed."""

    id: str
    says: str
    citation: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Right:
    """A right under one regime. `says` asserts it and needs `citation`; both are empty where no
    rule of the regime is known, and then only `ask`, a request, can be written."""

    id: str
    title: str
    ask: str
    says: str
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class NoticeElement:
    """Something that a denial must contain. `cues` are patterns of wording that show it is
    there; `when` limits it (`medical_judgment`, `missing_information`, `urgent`, `payment`)."""

    id: str
    label: str
    defect: str
    cues: tuple[str, ...]
    when: str | None
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Amount:
    """Dollars that must be in controversy for a Medicare hearing and for court."""

    year: int
    hearing: int
    court: int | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ExceptionRoute:
    """A way to ask for an exception instead of appealing. `standard` is what the prescriber has
    to state; hours count from the supporting statement."""

    id: str
    regimes: tuple[str, ...]
    categories: tuple[DenialCategory, ...]
    request: str
    standard: str
    clock: str
    duration: str
    citation: str
    provenance: Provenance


def entry_of(row: Row) -> Entry:
    says = row.maybe("says") or row.maybe("name") or row.maybe("step") or row.maybe("standard")
    return Entry(row.id, says or "", citations.checked(row), row.provenance())


@dataclass(frozen=True, slots=True)
class Grant:
    """What one body of law says of a right or a notice element."""

    law: str
    says: str
    ask: str | None
    citation: str
    provenance: Provenance


def grants_of(row: Row, known: Regime | None) -> tuple[Grant, ...]:
    """The grants under a regime's laws; all of them where no regime is given."""
    found = []
    for raw in row.rows("grants"):
        inherited = {key: row.raw[key] for key in ("source", "as_of") if key in row.raw}
        grant = Row({**inherited, **raw.raw}, raw.where, row.file)
        only(grant, GRANT_KEYS)
        law = grant.text("law")
        if law not in LAWS:
            raise KnowledgeError(f"{grant.where}: no law {law!r}", f"Use one of {', '.join(LAWS)}")
        if known is not None and known.mirror and law == "aca_group":
            mirrored = grant.text("cite", "").replace(INSURERS_RULE, known.mirror)
            grant = Row({**grant.raw, "cite": mirrored}, grant.where, grant.file)
        cite, provenance = citations.checked(grant), grant.provenance()
        if known is not None and law in known.sections_only:
            cite = citations.printed(cite, "C")
        if known is None or law in known.laws:
            says = grant.text("says", "")
            found.append(Grant(law, says, grant.maybe("ask"), cite, provenance))
    return tuple(found)


def right_of(row: Row, known: Regime) -> Right | None:
    grants = grants_of(row, known)
    title, ask = row.text("title"), row.text("ask")
    if not grants:
        return Right(row.id, title, ask, "", "", "C") if row.flag("ask_anyway") else None
    borrowed = known.through and any(g.law == "claims_procedure" for g in grants)
    return Right(
        row.id,
        title,
        next((g.ask for g in grants if g.ask), ask),
        grants[0].says,
        citations.joined((*(g.citation for g in grants), *((known.through,) if borrowed else ()))),
        worst(g.provenance.confidence for g in grants),
    )


def only(row: Row, known: Collection[str]) -> None:
    """Raise KnowledgeError where the entry has a key that nothing reads."""
    if slips := row.unknown_keys(known):
        raise KnowledgeError(f"{row.where}: {slips[0]} is not known", f"Keys: {', '.join(known)}")


def worst(confidences: Iterable[str]) -> str:
    return max(confidences, key=CONFIDENCE_ORDER.index)


def regime_of(row: Row) -> Regime:
    only(row, REGIME_KEYS)
    if strange := set(row.texts("laws")) - set(LAWS):
        raise KnowledgeError(f"{row.where}: no law {min(strange)!r}", "Use the names in LAWS")
    through = citations.printed(row.text("through", ""), row.text("confidence"))
    return Regime(
        row.id,
        row.text("name"),
        tuple(member_of(row, PlanType, p) for p in row.texts("plan_types")),
        tuple(member_of(row, PlanType, p) for p in row.texts("stands_for")),
        row.texts("laws"),
        through,
        row.maybe("mirror"),
        row.texts("sections_only"),
        citations.checked(row),
        row.text("appeal_word"),
        row.text("member_word"),
        row.text("appeal_to"),
        tuple(Step(s.text("name"), s.text("by"), s.maybe("of")) for s in row.rows("levels")),
        tuple(PathStep(s.texts("after"), s.texts("clocks")) for s in row.rows("path")),
        tuple(_review_body(b) for b in row.rows("reviewers")),
        tuple(Excluded(e.text("body"), e.text("reason")) for e in row.rows("excluded")),
        row.maybe("assumption"),
        row.number("shortest") if "shortest" in row else None,
        row.provenance(),
    )


def _review_body(row: Row) -> ReviewBody:
    return ReviewBody(
        row.text("after"),
        row.text("body"),
        row.text("what"),
        row.text("request"),
        citations.checked(row),
        row.text("confidence"),
        row.flag("automatic"),
        row.day("since") if "since" in row else None,
        row.day("until") if "until" in row else None,
    )


def member_of(row: Row, kind: type[T], value: str) -> T:
    """A word of a closed vocabulary. Raises KnowledgeError where it is none."""
    try:
        return kind(value)  # type: ignore[call-arg]  # an enum of texts
    except ValueError:
        raise KnowledgeError(
            f"{row.where}: {value!r} is no {kind.__name__}", "Use a word of the contract"
        ) from None
