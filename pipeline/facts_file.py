"""The clinical facts as a TOML file: read with every error in plain words, and printed as a form
with a case's own blanks."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import letters
from models.clinical import CaseForm, ClinicalFacts, OpenBlank
from models.clinical_form import facts_in
from models.errors import UsageError

MOST_BYTES = 1 << 20


def example() -> str:
    """A whole example, with what each entry means."""
    path = Path(letters.__file__).parent / "data" / "facts_example.toml"
    return path.read_text(encoding="utf-8")


def read_facts(path: Path) -> ClinicalFacts:
    """The entries in a file. Raises UsageError, naming the line or the entry to mend."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path.name} is too large for a form", "Is it the right file?")
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as broken:
        raise UsageError(f"{path} cannot be read ({broken.strerror})", "Name another file.") from (
            broken
        )
    except UnicodeDecodeError as broken:
        raise UsageError(f"{path.name} is no text in UTF-8", "Save it as plain text.") from broken
    except tomllib.TOMLDecodeError as broken:
        raise UsageError(
            f"{path.name} is not written as TOML: {_place(broken)}",
            "Words stand in quotes; `denialdesk letter --facts-example` prints a whole example",
        ) from None
    return facts_in(raw, path.name)


def _place(broken: tomllib.TOMLDecodeError) -> str:
    """Where and what, without the words of the line."""
    told = str(broken)
    return told if len(told) < 100 else f"{told[:100]} ..."


def form(case_id: str, made: CaseForm) -> str:
    """The form of a case as TOML: what was entered so far, and every open blank to fill in."""
    return "\n".join(_lines(case_id, made)) + "\n"


def _lines(case_id: str, made: CaseForm) -> Iterator[str]:
    facts, open_keys = made.facts, {blank.key for blank in made.blanks}
    labels = {blank.key: blank.label for blank in made.blanks}
    yield f"# Clinical facts of case {case_id}. What stays empty stays a marked blank."
    yield f"#   denialdesk letter {case_id} --facts THIS-FILE"
    yield ""
    for key in _OWN:
        yield _entry(key, getattr(facts, key), labels.get(key, _HINTS.get(key, "")))
    for table in ("clinic", "prescriber"):
        yield from ("", f"[{table}]")
        held = getattr(facts, table)
        for one in fields(held):
            hint = labels.get(f"{table}.{one.name}", "")
            yield _entry(one.name, getattr(held, one.name), hint)
    yield from _rows("prior_therapies", facts.prior_therapies, ("name", "start", "stop", "outcome"))
    yield from _rows("measurements", facts.measurements, ("name", "value", "day", "where"))
    for row in made.criteria:
        words = " ".join(row.words.split())
        yield from ("", "[[criteria]]", f"# {words[:300]}{' (usual)' if not row.quoted else ''}")
        yield f"number = {row.number}"
        yield _entry("answer", row.answer, "what the record shows")
        yield _entry("where", row.where, "document, page")
        yield f"# have = {'true' if row.have is None else str(row.have).lower()}"[
            2 if row.have is not None else 0 :
        ]
    yield from _others(made.blanks, facts, open_keys)
    yield from _answers(made)


_OWN = ("entered_by", "diagnosis", "diagnosis_code", "rationale", "urgency")
"""Entries that have a name of their own, and no place among the others."""
_HINTS = {"entered_by": "who fills this in", "diagnosis_code": "ICD-10-CM"}


def _rows(name: str, held: Iterable[Any], columns: tuple[str, ...]) -> Iterator[str]:
    filled = list(held)
    for row in filled:
        yield from ("", f"[[{name}]]")
        for column in columns:
            yield _entry(column, getattr(row, column), "")
    if not filled:
        yield from ("", f"# [[{name}]]", *(f'# {column} = ""' for column in columns))


def _others(blanks: tuple[OpenBlank, ...], facts: ClinicalFacts, listed: set[str]) -> Iterator[str]:
    yield from ("", "[other]")
    for blank in blanks:
        if blank.key not in _OWN and not blank.key.startswith(("clinic.", "prescriber.")):
            yield _entry(_quoted(blank.key), facts.other.get(blank.key, ""), blank.label)
    for key, said in facts.other.items():
        if key not in listed:
            yield _entry(_quoted(key), said, "answers no blank of this case")


def _answers(made: CaseForm) -> Iterator[str]:
    said = made.facts.answers
    yield from ("", "[answers]")
    if made.question:
        yield f"# {made.question}"
        yield from (f'# coverage = "{c.regime}"  # {c.words}' for c in made.choices)
    if said.coverage or not made.question:
        yield _entry("coverage", said.coverage, "the law, where a person knows it")
    yield f"received = {said.received}" if said.received else "# received = 2026-11-09"
    yield "# urgent = true" if said.urgent is None else f"urgent = {str(said.urgent).lower()}"


def _entry(key: str, value: str, hint: str) -> str:
    note = f"  # {' '.join(hint.split())}" if hint else ""
    return f"{key} = {json.dumps(value, ensure_ascii=False)}{note}"


def _quoted(key: str) -> str:
    return f'"{key}"' if "." in key else key
