"""What a person enters to complete a case: the clinical facts that no denial states, and what
else only a person can say of it (the kind of coverage, the day on which the notice arrived).

Everything is optional and free text as it should read in the letter ("March 2025", "ECOG 1").
What is not entered stays a marked blank. `models.clinical_form` reads and prints it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date

from models.case import LawChoice


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
class CaseAnswers:
    """What decides the case and only a person knows.

    `coverage` is a regime of the knowledge base: the answer to the law's question, or a
    correction of what was decided. `received` is the day on which the notice arrived. `urgent`:
    the treating clinician says that delay would harm (None: nobody said; an entry under
    `ClinicalFacts.urgency` says so too).
    """

    coverage: str = ""
    received: date | None = None
    urgent: bool | None = None


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
    answers: CaseAnswers = CaseAnswers()

    @property
    def is_urgent(self) -> bool:
        """Whether a clinician's word makes the case urgent."""
        said = self.answers.urgent
        return bool(self.urgency) if said is None else said

    def on_paper_of(self, practice: Clinic) -> ClinicalFacts:
        """These entries with the practice's own letterhead, where the case's entries leave it
        open."""
        own = {f.name: getattr(self.clinic, f.name) or getattr(practice, f.name)
               for f in fields(Clinic)}  # fmt: skip
        return replace(self, clinic=Clinic(**own))

    def answer(self, key: str) -> str | None:
        """The entry for the blank `key` (`clinic.name`, `diagnosis`, `criterion.2.answer`)."""
        found = self.other.get(key)
        if found:
            return found
        head, _, rest = key.partition(".")
        if head in _ROWS:
            return self._cell(head, rest)
        if key == "prescriber.name" and self.prescriber.name:
            name, degree = self.prescriber.name, self.prescriber.credentials
            return f"{name}, {degree}" if degree and degree not in name else name
        holder = {"clinic": self.clinic, "prescriber": self.prescriber}.get(head)
        if holder is not None:
            return getattr(holder, rest, "") or None
        value = getattr(self, key, "") if key in _PLAIN else self._measured(key)
        return value or None

    def holds(self, key: str) -> bool:
        """Whether there is an entry that a statement may rest on under `key`: a blank's, a whole
        table's (`prior_therapies`), or a tick's (`criterion.2.have`)."""
        if key in _TABLES:
            return bool(getattr(self, key))
        if key == "answers.received":
            return self.answers.received is not None
        head, _, rest = key.partition(".")
        if head == "criterion" and rest.endswith(".have"):
            return any(
                str(c.number) == rest.partition(".")[0] and c.have is not None
                for c in self.criteria
            )
        return self.answer(key) is not None

    def _measured(self, key: str) -> str:
        """The finding that a blank asks for by name: `ecog` by "ECOG performance status"."""
        asked = set(key.split("_"))
        for found in self.measurements:
            if asked <= set(re.findall(r"[a-z0-9]+", found.name.lower())):
                return f"{found.value} ({found.day})" if found.day else found.value
        return ""

    def _cell(self, head: str, rest: str) -> str | None:
        number, _, part = rest.partition(".")
        if head == "criterion":
            rows: tuple[object, ...] = tuple(
                entry for entry in self.criteria if str(entry.number) == number
            )
        else:
            held: tuple[object, ...] = getattr(self, _ROWS[head])
            rows = held[int(number) - 1 :][:1] if number.isdigit() and int(number) else ()
        value = getattr(rows[0], part, "") if rows else ""
        return value or None if isinstance(value, str) else None


_PLAIN = frozenset({"diagnosis", "diagnosis_code", "rationale", "urgency", "entered_by"})
_ROWS = {"criterion": "criteria", "therapy": "prior_therapies", "finding": "measurements"}
_TABLES = frozenset({"prior_therapies", "measurements"})


@dataclass(frozen=True, slots=True)
class OpenBlank:
    """One thing that a case's papers leave for a person to say.

    `key` is the entry that answers it (`ClinicalFacts.answer`), `label` says it in words that
    stand alone, `papers` are the file stems in which it stands, `lines` the room that the letter
    leaves. `value` is the entry, "" while there is none.
    """

    key: str
    label: str
    papers: tuple[str, ...] = ()
    lines: int = 0
    value: str = ""


@dataclass(frozen=True, slots=True)
class FormCriterion:
    """A row of the criteria table to answer: its number, its words, and what was entered.
    `quoted`: the notice's own words, else what is usual for the class of drug."""

    number: int
    words: str
    quoted: bool
    answer: str = ""
    where: str = ""
    have: bool | None = None


@dataclass(frozen=True, slots=True)
class CaseForm:
    """All that a person may fill in for a case, with what was entered so far in `facts`.

    `blanks` leaves out the cells of tables that `criteria`, `facts.prior_therapies` and
    `facts.measurements` stand for. `asks_history`: the letter has a table of treatment so far.
    `question` and `choices`: what would settle the law ("" and () where it is decided).
    """

    facts: ClinicalFacts
    blanks: tuple[OpenBlank, ...] = ()
    criteria: tuple[FormCriterion, ...] = ()
    asks_history: bool = False
    question: str = ""
    choices: tuple[LawChoice, ...] = ()

    @property
    def open(self) -> tuple[OpenBlank, ...]:
        """The blanks that nobody has filled in yet."""
        return tuple(blank for blank in self.blanks if not blank.value)
