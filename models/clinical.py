"""What a person enters to complete a letter: the clinical facts that no denial states.

Everything is optional and free text as it should read in the letter ("March 2025", "ECOG 1").
What is not entered stays a marked blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PriorTherapy:
    """One earlier treatment, as the chart has it."""

    name: str
    start: str = ""
    stop: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One finding that answers a criterion: a laboratory value, a score, a weight."""

    name: str
    value: str
    day: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Prescriber:
    """The physician who signs."""

    name: str = ""
    credentials: str = ""
    specialty: str = ""
    npi: str = ""
    phone: str = ""
    fax: str = ""


@dataclass(frozen=True, slots=True)
class Clinic:
    """The letterhead."""

    name: str = ""
    address: str = ""
    phone: str = ""
    fax: str = ""


@dataclass(frozen=True, slots=True)
class CriterionAnswer:
    """What the record says to criterion number `number` (from 1, as the letter's table counts)."""

    number: int
    answer: str = ""
    where: str = ""
    have: bool | None = None


@dataclass(frozen=True, slots=True)
class ClinicalFacts:
    """A person's entries for one case. `other` answers any further blank by its key."""

    entered_by: str = ""
    diagnosis: str = ""
    diagnosis_code: str = ""
    rationale: str = ""
    urgency: str = ""
    prior_therapies: tuple[PriorTherapy, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    prescriber: Prescriber = Prescriber()
    clinic: Clinic = Clinic()
    criteria: tuple[CriterionAnswer, ...] = ()
    other: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_filled(self) -> bool:
        """Whether a person entered anything."""
        return self != ClinicalFacts()

    def answer(self, key: str) -> str | None:
        """The entry for the blank `key` (`clinic.name`, `diagnosis`, `criterion.2.answer`)."""
        found = self.other.get(key)
        if found:
            return found
        head, _, rest = key.partition(".")
        if head == "criterion":
            return self._criterion(rest)
        holder = {"clinic": self.clinic, "prescriber": self.prescriber}.get(head)
        if holder is not None:
            return getattr(holder, rest, "") or None
        value = getattr(self, key, "") if key in _PLAIN else ""
        return value or None

    def _criterion(self, rest: str) -> str | None:
        number, _, part = rest.partition(".")
        for entry in self.criteria:
            if str(entry.number) == number and part in ("answer", "where"):
                return getattr(entry, part) or None
        return None


_PLAIN = frozenset({"diagnosis", "diagnosis_code", "rationale", "urgency", "entered_by"})
