"""The drug that was denied, told apart from alternatives, drugs tried before and examples.

Every drug name in the letter is a mention; its place and the words before it say what part it
plays. Mentions of one ingredient stand together; the one best asked for is the denied drug.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from extractors.candidates import Candidate
from extractors.lexicon.drug_index import DrugName, drug_index, plain_generic
from extractors.line_verdicts import LineVerdict, granted_places, line_verdicts
from extractors.meaning.drug_mentions import (
    ASKED,
    LABELLED,
    OTHER,
    Mention,
    labelled_mentions,
    told_mentions,
)
from extractors.meaning.passages import Passage
from extractors.nlp.analysis import Analysis, Pair

LEAST_BESIDE = 3.2
LEAST = 1.45
"""A name is the denied drug where the weights of its best mentions reach this."""

BRANDED = 1.8
"""A brand printed for the denied ingredient is shown where its place weighs this much."""


@dataclass(frozen=True, slots=True)
class DrugFinding:
    """The denied drug: as printed, its ingredient, the mention that shows it, and the rest."""

    candidates: tuple[Candidate, ...]
    denied: Mention | None
    labels: tuple[Pair, ...]
    """Label rows that name the drug, so that they are not read as a service."""


def find_drug(analysis: Analysis, passages: tuple[Passage, ...]) -> DrugFinding:
    """`drug` and `drug_generic`, the best reading first."""
    index = drug_index()
    labelled = tuple(labelled_mentions(analysis, index))
    taken = {(m.start, m.end) for m, _ in labelled}
    told = [m for m in told_mentions(analysis, passages, index) if (m.start, m.end) not in taken]
    verdicts = line_verdicts(analysis)
    paid = granted_places(verdicts)
    mentions = [
        replace(m, weight=OTHER, role="on a line that was paid") if _within(m.start, paid) else m
        for m in [*(m for m, _ in labelled), *told]
    ]
    groups: dict[str, list[Mention]] = {}
    for mention in _joined(mentions):
        groups.setdefault(mention.group, []).append(mention)
    for group in groups.values():
        if paid and _granted(group, paid, verdicts):
            group[:] = [replace(m, weight=min(m.weight, OTHER)) for m in group]
    ranked = sorted(groups.values(), key=lambda g: (-_total(g), g[0].start))
    least = LEAST_BESIDE if _procedure(analysis) else LEAST
    best = [group for group in ranked if _total(group) >= least]
    exact = [group for group in best if any(m.exact for m in group)]
    best = exact or best
    if not best:
        return DrugFinding((), None, ())
    found: list[Candidate] = []
    for place, group in enumerate(best[:3]):
        found.extend(_candidates(group, 1.0 if place == 0 else 0.4))
    denied = _shown(best[0])
    names = {denied.group}
    rows = tuple(pair for mention, pair in labelled if mention.group in names)
    return DrugFinding(tuple(found), denied, rows)


def _granted(
    group: list[Mention], paid: tuple[tuple[int, int], ...], verdicts: tuple[LineVerdict, ...]
) -> bool:
    """Whether a line approves or pays the drug and none refuses it: it is not what was denied."""
    refused = any(v.refused and v.holds(m.start) for m in group for v in verdicts)
    return not refused and any(_within(m.start, paid) for m in group)


def _procedure(analysis: Analysis) -> bool:
    """Whether the letter labels a procedure's code and no drug's: a drug in it was only used."""
    coded = any(re.match(r"\D{0,8}(?:\d{5}|\d{4}T)\b", p.value) for p in analysis.pairs_of("hcpcs"))
    return coded and re.search(r"\b[JQ]\d{4}\b", analysis.text) is None


def _within(offset: int, places: Iterable[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in places)


def _total(group: list[Mention]) -> float:
    weights = sorted((m.weight for m in group), reverse=True)
    best, rest = weights[0], weights[1:3]
    worst = min(weights[-1], 0.0)
    return best + 0.3 * sum(w for w in rest if w > 0) + 0.15 * worst


def _shown(group: list[Mention]) -> Mention:
    """The mention to quote: the best placed; a brand beside it, or as well placed, goes first."""
    best = max(group, key=lambda m: (m.weight, -m.start))
    brands = [m for m in group if m.drug is not None and m.drug.is_brand]
    near = [m for m in brands if abs(m.start - best.end) < 60 or abs(best.start - m.end) < 60]
    least = 0.9 * ASKED if best.weight >= LABELLED - 1.5 else BRANDED
    well = [m for m in brands if m.weight >= least]
    return (near or well or [best])[0]


def _spelt(mention: Mention) -> str:
    """The name as printed; one damaged by reading in the lexicon's spelling."""
    if mention.exact or mention.drug is None:
        return mention.printed
    name = mention.drug.name
    return name.capitalize() if mention.printed[:1].isupper() else name


def _candidates(group: list[Mention], factor: float) -> Iterator[Candidate]:
    shown = _shown(group)
    score = min(0.55 + _total(group) / 14, 0.98) * factor * (1.0 if shown.exact else 0.8)
    because = f"drug {shown.role}"
    yield Candidate("drug", _spelt(shown), shown.start, shown.end, score, because)
    for other in group:
        if other.printed.lower() != shown.printed.lower():
            yield Candidate("drug", other.printed, other.start, other.end, score * 0.5, because)
    generic = plain_generic(shown.drug.generic) if shown.drug is not None else None
    if generic:
        plain = [m for m in group if m.drug is not None and not m.drug.is_brand]
        at = plain[0] if plain else shown
        because += "; ingredient printed" if plain else "; ingredient by its brand"
        yield Candidate("drug_generic", generic, at.start, at.end, score, because)


def _joined(mentions: list[Mention]) -> list[Mention]:
    """A name in brackets after another is the same drug: both take the better weight. A class
    before a name in brackets gives way to the name."""
    ordered = sorted(mentions, key=lambda m: m.start)
    out: list[Mention] = []
    named: dict[str, float] = {}
    for mention in ordered:
        last = out[-1] if out else None
        if last is not None and 0 <= mention.start - last.end <= 3:
            weight = max(last.weight, mention.weight)
            if last.drug is None and mention.drug is not None:
                classes = {last.printed.lower()}
                weight = max(
                    m.weight
                    for m in (*ordered, mention)
                    if m.printed.lower() in classes or m is mention
                )
                named[last.printed.lower()] = weight
                out.append(replace(mention, weight=weight))
                continue
            if (
                last.drug is not None
                and mention.drug is not None
                and _same(last.drug, mention.drug)
            ):
                if weight > last.weight:
                    out[-1] = replace(last, weight=weight)
                mention = replace(mention, weight=weight, drug=_merged(last.drug, mention.drug))
                out[-1] = replace(out[-1], drug=_merged(mention.drug, last.drug))
        out.append(mention)
    return [m for m in out if m.drug is not None or m.printed.lower() not in named]


def _same(a: DrugName, b: DrugName) -> bool:
    return a.generic == b.generic or a.is_brand != b.is_brand


def _merged(keep: DrugName | None, own: DrugName | None) -> DrugName | None:
    """`own` under the ingredient of whichever of both is no brand (it is the printed one)."""
    if keep is None or own is None:
        return own
    printed = keep if not keep.is_brand else own
    return replace(own, generic=printed.generic)
