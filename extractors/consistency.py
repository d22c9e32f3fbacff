"""Fields that contradict each other are less sure: a table of contradictions over what was chosen.

Each factor is a decision, not a measurement: contradictions are too few in made letters to fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from extractors.lexicon.drug_index import drug_index, plain_generic
from knowledge.drugs import drugs
from models.fields import FieldValue, Window
from models.vocabulary import DocumentKind

Values = Mapping[str, FieldValue]
"""The values that were put out, by field; what was not found is absent."""
SLACK = timedelta(days=12)
"""Letters count from notice or receipt, add days for the mail, and round months."""
_MONTH_DAYS = 30.4


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Fields of which one must be wrong where `holds`, and what that takes off the chance of
    each."""

    name: str
    keys: tuple[str, ...]
    factor: float
    holds: Callable[[Values], bool]


def doubts(values: Values) -> dict[str, float]:
    """For every field that another contradicts: the factor of its chance."""
    found: dict[str, float] = {}
    for one in CONTRADICTIONS:
        if one.holds(values):
            for key in one.keys:
                found[key] = found.get(key, 1.0) * one.factor
    return found


def _day(values: Values, key: str) -> date | None:
    value = values.get(key)
    return value if isinstance(value, date) else None


def _window_against_deadline(values: Values) -> bool:
    letter, deadline = _day(values, "letter_date"), _day(values, "appeal_deadline")
    window = values.get("appeal_window")
    if letter is None or deadline is None or not isinstance(window, Window):
        return False
    days = window.value * (_MONTH_DAYS if window.unit == "months" else 1)
    return abs(letter + timedelta(days=days) - deadline) > SLACK


def _later(first: str, second: str) -> Callable[[Values], bool]:
    """Whether the day of `first` lies after that of `second`."""

    def holds(values: Values) -> bool:
        one, other = _day(values, first), _day(values, second)
        return one is not None and other is not None and one > other

    return holds


def _not_after(first: str, second: str) -> Callable[[Values], bool]:
    """Whether the day of `first` does not lie after that of `second`."""

    def holds(values: Values) -> bool:
        one, other = _day(values, first), _day(values, second)
        return one is not None and other is not None and one <= other

    return holds


def _brand_against_generic(values: Values) -> bool:
    """Two known drugs of different ingredients."""
    brand, generic = values.get("drug"), values.get("drug_generic")
    if not isinstance(brand, str) or not isinstance(generic, str):
        return False
    known, other = drug_index().named(brand), drug_index().named(generic)
    if known is None or other is None:
        return False
    return plain_generic(known.generic) != plain_generic(other.generic)


def _code_against_drug(values: Values) -> bool:
    """A code that bills other drugs only, where the drug denied has codes of its own."""
    name, codes = values.get("drug") or values.get("drug_generic"), values.get("hcpcs")
    if not isinstance(name, str) or not isinstance(codes, tuple):
        return False
    drug = drugs().named(name)
    if drug is None or not drug.hcpcs:
        return False
    billed = {known.id for code in codes for known in drugs().by_hcpcs(code)}
    same = {known.id for known in drugs().all if known.generic == drug.generic}
    return bool(billed) and not billed & same


def _approved_for_a_reason(values: Values) -> bool:
    return values.get("document_kind") == DocumentKind.APPROVAL and bool(
        values.get("denial_category")
    )


CONTRADICTIONS = (
    Contradiction(
        "the printed last day is not the window's",
        ("appeal_deadline", "appeal_window", "letter_date"),
        0.8,
        _window_against_deadline,
    ),
    Contradiction(
        "the last day is no later than the letter",
        ("appeal_deadline", "letter_date"),
        0.5,
        _not_after("appeal_deadline", "letter_date"),
    ),
    Contradiction(
        "the request came after the letter",
        ("letter_date", "request_date"),
        0.7,
        _later("request_date", "letter_date"),
    ),
    Contradiction(
        "the care on the claim came after the letter",
        ("letter_date", "date_of_service"),
        0.8,
        _later("date_of_service", "letter_date"),
    ),
    Contradiction(
        "brand and ingredient are two drugs",
        ("drug", "drug_generic"),
        0.7,
        _brand_against_generic,
    ),
    Contradiction("the code bills another drug", ("drug", "hcpcs"), 0.8, _code_against_drug),
    Contradiction(
        "an approval gives a reason for a denial",
        ("document_kind", "denial_category"),
        0.7,
        _approved_for_a_reason,
    ),
)
