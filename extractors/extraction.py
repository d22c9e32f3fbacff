"""A letter's pages in, its fields out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from extractors import (
    appeal_addresses,
    claim_blocks,
    claim_lines,
    codes,
    contacts,
    date_fields,
    dosing,
    identifiers,
    lone_names,
    next_step,
    patients,
    procedures,
    providers,
    spoken_ids,
    windows,
)
from extractors.calibration import curves
from extractors.candidates import Candidate
from extractors.choosing import Choice, choose, weigh
from extractors.letter_view import LetterView
from extractors.nlp import analysis as nlp
from extractors.nlp.analysis import Analysis
from models.document import Page, PageRole
from models.fields import Fields
from models.vocabulary import Level

Scorer = Callable[[Analysis, Sequence[Candidate]], Sequence[Candidate]]
"""Gives every candidate its final score, 0 to 1, from whatever it can see of the letter."""

NAMED = 0.45
"""From this score on a company is the plan or its administrator, and no provider."""

_RECOGNISERS: tuple[Callable[[Analysis], Iterable[Candidate]], ...] = (
    date_fields.find_date_fields,
    claim_lines.find_claim_dates,
    claim_blocks.find_block_dates,
    identifiers.find_identifiers,
    spoken_ids.find_spoken_ids,
    identifiers.find_npi,
    identifiers.find_ndc,
    patients.find_patient,
    providers.find_provider,
    lone_names.find_lone_names,
    lone_names.find_practices,
    procedures.find_hcpcs,
    codes.find_diagnoses,
)


def rule_scores(analysis: Analysis, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """The recognisers' own scores, as they are."""
    return candidates


def find_candidates(analysis: Analysis) -> tuple[Candidate, ...]:
    """Every candidate of every field, in no order."""
    from extractors import meaning

    if not analysis.sentences:
        return ()
    told = tuple(meaning.find_all(analysis))
    found = _no_claim_lines(candidate for find in _RECOGNISERS for candidate in find(analysis))
    level = max(
        (c for c in told if c.key == "level" and c.value), key=lambda c: c.score, default=None
    )
    known = str(level.value) if level is not None else Level.INITIAL.value
    times = tuple(windows.find_windows(analysis))
    found.extend(next_step.find_appeal_window(analysis, known, times))
    later = next_step.later_step_is_next(analysis, known, times)
    found.extend(contacts.find_appeal_numbers(analysis, later))
    found.extend(appeal_addresses.find_appeal_address(analysis, later))
    found = claim_blocks.refused_claim(analysis, _own_codes(analysis, told, found))
    places = _drug_places(analysis, told)
    found.extend(dosing.find_strength(analysis, places))
    found.extend(dosing.find_quantity(analysis, places))
    return (*told, *_no_payers(told, found))


def _own_codes(
    analysis: Analysis, told: Sequence[Candidate], found: list[Candidate]
) -> list[Candidate]:
    """Without procedures' codes that bill other drugs than the denied one."""
    generics = [c for c in told if c.key == "drug_generic"]
    denied = max(generics, key=lambda c: c.score, default=None)
    codes = [c for c in found if c.key == "hcpcs"]
    others = [c for c in found if c.key != "hcpcs"]
    name = str(denied.value) if denied is not None else None
    return [*others, *procedures.without_others(analysis, codes, name)]


def _no_claim_lines(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Without letter dates that are the day of service on a claim's line."""
    found = list(candidates)
    lines = {c.start for c in found if c.key == "date_of_service" and c.because == "claim_line"}
    return [c for c in found if c.key != "letter_date" or c.start not in lines]


def _drug_places(analysis: Analysis, told: Sequence[Candidate]) -> list[tuple[int, int]]:
    """Wherever the denied drug is named, by its brand or its ingredient."""
    drugs = [c for c in told if c.key in {"drug", "drug_generic"} and c.end > c.start]
    best = max((c.score for c in drugs), default=0.0)
    names = {str(c.value) for c in drugs if c.score >= 0.8 * best and c.value}
    places = [(c.start, c.end) for c in drugs if c.score >= 0.8 * best]
    for name in names:
        pattern = re.compile(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", re.I)
        places.extend(match.span() for match in pattern.finditer(analysis.text))
    return sorted(set(places))


def _no_payers(told: Sequence[Candidate], found: list[Candidate]) -> list[Candidate]:
    """Without persons that are plans or administrators, such as `Prime Therapeutics`."""
    companies = [
        set(str(c.value).lower().split())
        for c in told
        if c.key in {"payer", "administrator"} and c.score >= NAMED
    ]
    return [
        c
        for c in found
        if c.key not in {"patient_name", "provider_name"}
        or not any(_words(c) <= company for company in companies)
    ]


def _words(candidate: Candidate) -> set[str]:
    """A name's words, without the speck of a logo that was read before them."""
    words = str(candidate.value).lower().split()
    return set(words[1:] if len(words) > 1 and len(words[0]) < 3 else words)


_TELLS_NOTHING = frozenset(
    {PageRole.TAGLINES, PageRole.NONDISCRIMINATION, PageRole.COVER, PageRole.BLANK}
)


def _telling(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """The pages that facts of the letter stand on: a fax cover has a date and a number of its own,
    a notice the telephone of whom to complain to. All pages where there is no other."""
    return tuple(page for page in pages if page.role not in _TELLS_NOTHING) or pages


def looked_at(pages: tuple[Page, ...]) -> Analysis:
    """One letter's pages as recognisers see them."""
    return nlp.analyse(LetterView.of(_telling(pages)))


def extract_fields(pages: tuple[Page, ...], scorer: Scorer = rule_scores) -> Fields:
    """All fields of `models.fields.FIELD_SPECS` for the pages of one letter."""
    analysis = looked_at(pages)
    return choose(analysis.view, scorer(analysis, find_candidates(analysis)))


def weigh_fields(pages: tuple[Page, ...]) -> dict[str, Choice]:
    """What `extract_fields` chooses, with the scores from which its confidences are told."""
    analysis = looked_at(pages)
    return weigh(analysis.view, find_candidates(analysis))


def warm_up() -> None:
    """Loads pipeline, vocabularies and code lists once, so that the first letter is not slow."""
    from extractors import meaning

    nlp.warm_up()
    curves()
    codes.icd10_codes()
    meaning.warm_up()
