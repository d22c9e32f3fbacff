"""Whose coverage decision it is, and who acts for them.

Known names come from the payer lexicon. Names that no list knows are found by where a payer's
name stands: letterhead, payer labels, signature, and sentences in which the plan speaks of
itself. A benefit manager, reviewer or claims administrator is never the payer where a plan is
named beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractors.candidates import Candidate
from extractors.meaning.passages import Passage
from extractors.meaning.payer_namings import Naming, known_namings, unknown_namings
from extractors.meaning.payer_wordings import DEPARTMENT, MEDICARE_FOR, PRODUCT, PROGRAMMES, TRICARE
from extractors.meaning.plans import PlanProof
from extractors.meaning.sponsors import sponsor_namings, told_administrators
from extractors.nlp.analysis import Analysis
from knowledge.names import squash
from knowledge.payers import Payer, payers

NAMED = 0.55
"""From this weight on an insurer is named as one that may decide: no sponsor goes before it."""


def find_payers(
    analysis: Analysis, passages: tuple[Passage, ...], decides: bool = True
) -> tuple[tuple[Candidate, ...], tuple[PlanProof, ...]]:
    """Candidates of `payer`, `payer_family`, `administrator`; and what the brand tells of the plan.

    Mail that decides nothing may come from anyone: then only names of the lexicon count.
    """
    known = list(known_namings(analysis, passages))
    unknown = [
        n
        for n in unknown_namings(analysis, passages, known)
        if decides or n.how == "beside its label"
    ]
    namings = [n for n in known if not _inside_another(n, unknown)] + unknown
    groups: dict[str, list[Naming]] = {}
    for naming in namings:
        groups.setdefault(naming.group, []).append(naming)
    plans = {k: g for k, g in groups.items() if _may_pay(g[0].who)}
    helpers = {k: g for k, g in groups.items() if _helps(g[0].who)}
    told = [c for c in told_administrators(analysis) if squash(str(c.value)) not in plans]
    insurers = (n for n in known if _may_pay(n.who) and n.weight >= NAMED)
    alone = not any(n.who is not None and n.who.kind not in PROGRAMMES for n in insurers)
    if alone and (helpers or told):
        for naming in sponsor_namings(analysis):
            if not decides and "label" not in naming.how:
                continue
            plans.setdefault(naming.group, []).append(naming)
    plans = _one_programme(plans)
    ranked = sorted(plans.values(), key=lambda g: (-_total(g), g[0].start))
    ranked = _underwriter_first(analysis, _program_behind(ranked))
    found: list[Candidate] = []
    brands: list[PlanProof] = []
    for place, group in enumerate(ranked[:3]):
        found.extend(_payer_candidates(group, 1.0 if place == 0 else 0.4))
        who = group[0].who
        if place == 0 and who is not None and who.plan_type is not None:
            at = group[0]
            brands.append(
                PlanProof(who.plan_type.value, 0.8, at.start, at.end, "brand sells it only")
            )
    chosen = ranked[0][0].group if ranked else None
    mac = any("mac" in g[0].who.roles for g in helpers.values() if g[0].who is not None)
    if programme := _programme_served(analysis, ranked, mac):
        found.extend(programme)
        chosen = None
    found.extend(_helper_candidates(helpers, chosen))
    found.extend(told)
    return tuple(found), tuple(brands)


def _one_programme(groups: dict[str, list[Naming]]) -> dict[str, list[Naming]]:
    """Without `Medicaid` alone where a state's own programme is named."""
    states = [
        k
        for k, g in groups.items()
        if g[0].who is not None and g[0].who.kind == "medicaid_programme" and g[0].who.states
    ]
    return {k: g for k, g in groups.items() if not (states and k == "medicaid")}


def _programme_served(
    analysis: Analysis, ranked: list[list[Naming]], mac: bool
) -> tuple[Candidate, ...]:
    """The programme whose contractor writes: TRICARE by its regional contractor, Medicare by one
    that calls itself its contractor. The contractor is then an administrator."""
    first = ranked[0] if ranked else []
    if first and first[0].who is not None and first[0].who.kind == "tricare_contractor":
        match, name = TRICARE.search(analysis.text), "TRICARE"
        start, end = match.span() if match else (0, 0)
    else:
        sure = first and _total(first) >= 0.8 and first[0].who is not None
        match, name = (None if sure else MEDICARE_FOR.search(analysis.text)), "Medicare"
        if match is None and mac and not first:
            match = re.search(r"\b(?P<who>(?:MEDICARE|Medicare))\b", analysis.text)
        start, end = match.span("who") if match else (0, 0)
    if match is None:
        return ()
    because = "programme whose contractor writes"
    return (
        Candidate("payer", name, start, end, 1.0, because),
        Candidate("payer_family", name, start, end, 1.0, because),
    )


def _inside_another(known: Naming, unknown: list[Naming]) -> bool:
    """Whether a known name is but the tail of a longer one: Keystone [Valley Health Plan]."""
    return any(n.who is None and n.start < known.start and known.end <= n.end for n in unknown) or (
        known.who is not None
        and known.who.kind in PROGRAMMES
        and any(n.start <= known.start and known.end <= n.end for n in unknown)
    )


def _may_pay(who: Payer | None) -> bool:
    return who is None or who.is_payer


def _helps(who: Payer | None) -> bool:
    return who is not None and who.is_administrator


def _total(group: list[Naming]) -> float:
    """The best place counts most; being named often adds a little."""
    best = max(n.weight for n in group)
    return min(best, 0.99) + 0.02 * min(len(group), 5)


_UNDERWRITES = re.compile(
    r"\b(?:[Uu]nderwritten|[Ii]nsured|UNDERWRITTEN|INSURED) (?:by|BY)\s+(?:the\s+)?"
    r"(?P<who>[A-Z][\w&'’.-]*(?:[ \n][A-Z&][\w&'’-]*|[ \n](?:of|and)){0,6}[ \n]"
    r"(?:Company|COMPANY|Insurance|Corporation|"
    r"Inc|Life|Assurance|Mutual|HMO|Plan)\b\.?)"
)


def _underwriter_first(analysis: Analysis, ranked: list[list[Naming]]) -> list[list[Naming]]:
    """The insurer that a letter says underwrites goes before a head that no list knows, such as a
    school's programme; a brand of the lexicon stays first."""
    if not ranked or ranked[0][0].who is not None or "letterhead" not in ranked[0][0].how:
        return ranked
    match = _UNDERWRITES.search(analysis.text)
    if match is None:
        return ranked
    name, start, end = " ".join(match["who"].split()), match.start("who"), match.end("who")
    known = payers().named(name)
    first = [Naming(name, known, start, end, 0.93, "as underwriter")]
    return [first, *(g for g in ranked if g[0].group != first[0].group)]


def _program_behind(ranked: list[list[Naming]]) -> list[list[Naming]]:
    """Programmes (Medicare, Medicaid) are named in every letter of theirs; a plan goes first."""
    programmes = [g for g in ranked if g[0].who is not None and g[0].who.kind in PROGRAMMES]
    others = [g for g in ranked if g not in programmes]
    if others and _total(others[0]) >= 0.5:
        return [*others, *programmes]
    return ranked


def _payer_candidates(group: list[Naming], factor: float) -> Iterator[Candidate]:
    shown = _fullest(group)
    score = min(_total(group), 0.98) * factor
    yield Candidate("payer", shown.name, shown.start, shown.end, score, f"payer {shown.how}")
    who = shown.who
    family = who.family if who is not None else _family(shown.name)
    if family:
        because = "family of the payer" if who is not None else "family by its name"
        yield Candidate("payer_family", family, shown.start, shown.end, score, because)


def _fullest(group: list[Naming]) -> Naming:
    """The fullest corporate name printed: not a product's, not an abbreviation."""
    decent = [n for n in group if n.weight >= 0.3] or group
    proper = [n for n in decent if not PRODUCT.search(n.name)] or decent
    proper = [n for n in proper if not DEPARTMENT.search(n.name)] or proper
    return max(proper, key=lambda n: (len(squash(n.name)), n.weight, -n.start))


def _family(name: str) -> str | None:
    lowered = squash(name)
    if "bluecross" in lowered or "blueshield" in lowered:
        return "Blue Cross Blue Shield"
    return "Medicaid" if "medicaid" in lowered else None


_ACTS = frozenset({"named as administrator", "in the signature", "speaking of itself"})
"""Places in which an insurer that is not the payer acts for it."""


def _helper_candidates(helpers: dict[str, list[Naming]], payer: str | None) -> Iterator[Candidate]:
    for key, group in helpers.items():
        who = group[0].who
        if key == payer or who is None:
            continue
        if who.is_payer and max(n.weight for n in group) < 0.6:
            continue
        if who.is_payer and payer is not None and not any(n.how in _ACTS for n in group):
            continue  # an insurer that is named beside the payer: a former plan, another case
        shown = _fullest(group)
        total = 0.98 if any(n.how == "named as administrator" for n in group) else _total(group)
        score = min(0.45 + 0.5 * total, 0.95) * (0.6 if who.is_payer else 1.0)
        yield Candidate(
            "administrator",
            shown.name,
            shown.start,
            shown.end,
            score,
            f"acts for a payer; {shown.how}",
        )


def payer_candidates(found: Iterable[Candidate]) -> Iterable[Candidate]:
    """Best first by field."""
    return sorted(found, key=lambda c: (c.key, -c.score))
