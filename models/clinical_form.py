"""The clinical facts as plain values (JSON, TOML) in and out, checked, with every problem in words.

One schema for the file of the command line, the web form and the store: the fields of
`models.clinical.ClinicalFacts`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from models.clinical import (
    CaseAnswers,
    Clinic,
    ClinicalFacts,
    CriterionAnswer,
    Measurement,
    Prescriber,
    PriorTherapy,
)
from models.errors import UsageError
from models.serial import plain

Json = dict[str, Any]
T = TypeVar("T")
LONGEST = 4000
"""Characters of one entry."""
MOST_ROWS = 60
_KEY = re.compile(r"[a-z][a-z_0-9]*(?:\.[a-z_0-9]+)*")
_ICD = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was entered: where (`prior_therapies 2, start`) and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class FactsError(UsageError):
    """Entries that cannot be taken; `problems` names each, by its place and never its words."""

    kind = "facts"

    def __init__(self, problems: tuple[Problem, ...], about: str = "The clinical facts") -> None:
        told = "; ".join(str(problem) for problem in problems)
        super().__init__(
            f"{about} cannot be taken: {told}",
            "Mend that and try again; `denialdesk letter --facts-example` prints a whole example",
        )
        self.problems = problems


def facts_in(raw: Mapping[str, Any], about: str = "The clinical facts") -> ClinicalFacts:
    """The typed entries of plain values. Raises FactsError, which names all that is wrong."""
    reader = _Reader()
    facts = reader.facts(raw)
    if reader.problems:
        raise FactsError(tuple(reader.problems), about)
    return facts


def facts_out(facts: ClinicalFacts) -> Json:
    """The entries as plain values, without what was left empty; `facts_in` reads them back."""
    found = {key: _pruned(value) for key, value in plain(facts).items()}
    return {key: value for key, value in found.items() if value not in ("", None, [], {})}


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item not in ("", None)}
    return [_pruned(item) for item in value] if isinstance(value, list) else value


class _Reader:
    """Collects problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def facts(self, raw: Any) -> ClinicalFacts:
        if not isinstance(raw, Mapping):
            self.wrong("", "a table of entries is expected")
            return ClinicalFacts()
        self.strangers("", raw, tuple(f.name for f in fields(ClinicalFacts)))
        made = ClinicalFacts(
            **{key: self.text(key, raw.get(key, "")) for key in _TEXTS},
            prior_therapies=self.rows("prior_therapies", raw, PriorTherapy),
            measurements=self.rows("measurements", raw, Measurement),
            criteria=self.criteria(raw),
            prescriber=self.table("prescriber", raw, Prescriber),
            clinic=self.table("clinic", raw, Clinic),
            other=self.other(raw.get("other", {})),
            answers=self.answers(raw.get("answers", {})),
        )
        return self.checked(made)

    def wrong(self, where: str, what: str) -> None:
        self.problems.append(Problem(where, what))

    def strangers(self, where: str, raw: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in raw:
            if key not in known:
                self.wrong(where, f"there is no entry {str(key)[:40]!r}; known: {', '.join(known)}")

    def text(self, where: str, value: Any) -> str:
        """An entry as one line of words; dates and numbers as a person would write them."""
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date):
            return f"{value:%B} {value.day}, {value.year}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return f"{value:g}" if isinstance(value, float) else str(value)
        if not isinstance(value, str):
            self.wrong(where, "words in quotes are expected")
            return ""
        said = _one_line(value, ", " if where.endswith("address") else " ")
        if len(said) > LONGEST:
            self.wrong(where, f"{len(said)} characters are too many (at most {LONGEST})")
        return said

    def table(self, name: str, raw: Mapping[str, Any], kind: type[T]) -> T:
        return self.record(name, raw.get(name, {}), kind)

    def record(self, where: str, value: Any, kind: type[T]) -> T:
        """A record of texts."""
        names = tuple(f.name for f in fields(kind))  # type: ignore[arg-type]  # a dataclass
        needed = [f.name for f in fields(kind) if f.default is MISSING]  # type: ignore[arg-type]
        if not isinstance(value, Mapping):
            self.wrong(where, f"a table with {', '.join(names)} is expected")
            value = {}
        self.strangers(where, value, names)
        made = {key: self.text(f"{where}, {key}", value.get(key, "")) for key in names}
        for key in needed:
            if not made[key]:
                self.wrong(where, f"{key} is missing")
        return kind(**made)

    def rows(self, name: str, raw: Mapping[str, Any], kind: type[T]) -> tuple[T, ...]:
        return tuple(
            self.record(f"{name} {n}", value, kind)
            for n, value in enumerate(self.listed(name, raw.get(name, [])), 1)
        )

    def listed(self, name: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            self.wrong(name, f"a list is expected: write [[{name}]] above each one")
            return []
        if len(value) > MOST_ROWS:
            self.wrong(name, f"{len(value)} are too many for a letter (at most {MOST_ROWS})")
        return value[:MOST_ROWS]

    def criteria(self, raw: Mapping[str, Any]) -> tuple[CriterionAnswer, ...]:
        found: dict[int, CriterionAnswer] = {}
        for n, value in enumerate(self.listed("criteria", raw.get("criteria", [])), 1):
            where = f"criteria {n}"
            if not isinstance(value, Mapping):
                self.wrong(where, "a table with number, answer, where, have is expected")
                continue
            self.strangers(where, value, ("number", "answer", "where", "have"))
            number, have = value.get("number"), value.get("have")
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                self.wrong(where, "number is the row of the criteria table, from 1")
                continue
            if number in found:
                self.wrong(where, f"criterion {number} is answered twice")
            if have is not None and not isinstance(have, bool):
                self.wrong(f"{where}, have", "true or false is expected")
                have = None
            found[number] = CriterionAnswer(
                number,
                self.text(f"{where}, answer", value.get("answer", "")),
                self.text(f"{where}, where", value.get("where", "")),
                have,
            )
        return tuple(found[number] for number in sorted(found))

    def other(self, value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            self.wrong("other", "a table of blanks and their entries is expected")
            return {}
        found = {}
        for key, said in value.items():
            if not _KEY.fullmatch(str(key)):
                self.wrong("other", f"{str(key)[:40]!r} is not the key of a blank")
            elif words := self.text(f"other, {key}", said):
                found[str(key)] = words
        return found

    def answers(self, value: Any) -> CaseAnswers:
        if not isinstance(value, Mapping):
            self.wrong("answers", "a table with coverage, received, urgent is expected")
            return CaseAnswers()
        self.strangers("answers", value, ("coverage", "received", "urgent"))
        urgent = value.get("urgent")
        if urgent is not None and not isinstance(urgent, bool):
            self.wrong("answers, urgent", "true or false is expected")
            urgent = None
        coverage = self.text("answers, coverage", value.get("coverage", ""))
        return CaseAnswers(coverage, self.day("answers, received", value.get("received")), urgent)

    def day(self, where: str, value: Any) -> date | None:
        if value in (None, ""):
            return None
        if isinstance(value, datetime):
            value = value.date()
        try:
            found = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.wrong(where, "a day is expected, like 2026-11-03")
            return None
        if not 1990 <= found.year < 2100:
            self.wrong(where, f"the year {found.year} cannot be")
        return found

    def checked(self, made: ClinicalFacts) -> ClinicalFacts:
        """What can be checked by its form alone: the NPI's check digit, the shape of a code."""
        npi = re.sub(r"[\s-]", "", made.prescriber.npi)
        if npi and not is_npi(npi):
            self.wrong("prescriber, npi", "that is no NPI: ten digits of which the last is a check")
        code = made.diagnosis_code.replace(" ", "")
        if code and not all(_ICD.fullmatch(one) for one in code.split(",")):
            self.wrong("diagnosis_code", "an ICD-10-CM code is expected, like C83.10")
        return replace(made, prescriber=replace(made.prescriber, npi=npi))


_TEXTS = ("entered_by", "diagnosis", "diagnosis_code", "rationale", "urgency")


def is_npi(digits: str) -> bool:
    """Whether ten digits are a National Provider Identifier (Luhn over 80840 and the digits)."""
    if not (len(digits) == 10 and digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for n, digit in enumerate(reversed(f"80840{digits}")):
        value = int(digit) * (1 + n % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _one_line(value: str, between: str) -> str:
    """The words on one line; an address typed on several lines keeps them apart by commas."""
    joined = ""
    for line in filter(None, map(_plain_words, value.splitlines())):
        gap = "" if not joined else " " if joined[-1] in ",;" else between
        joined += f"{gap}{line}"
    return joined


def _plain_words(line: str) -> str:
    kept = "".join(
        c for c in line if c == "\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co")
    )
    return " ".join(kept.split())
