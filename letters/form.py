"""What a person may fill in for a case: the blanks of its papers, the rows of its criteria table,
and the question that settles its law."""

from __future__ import annotations

from datetime import date

from letters.compose import sheets, tables
from letters.compose.matter import HISTORY, Matter
from letters.compose.routes import asks_criteria, asks_history
from letters.packet import compose
from models.case import DenialCase
from models.clinical import CaseForm, ClinicalFacts, FormCriterion, OpenBlank
from models.letter import Blank, Letter

IN_TABLES = frozenset({"criterion", "therapy", "finding"})
"""Blanks that are cells of a table which the form has as rows of its own."""


def case_form(
    case: DenialCase, case_id: str, today: date, facts: ClinicalFacts | None = None
) -> CaseForm:
    """The form of a case, with what was entered so far. Empty of blanks where the case's route
    writes no letter."""
    entered = facts or ClinicalFacts()
    bare = Matter(case, case_id, today)
    return CaseForm(
        facts=entered,
        blanks=_blanks(bare, entered),
        criteria=_criteria(bare, entered) if asks_criteria(bare) else (),
        asks_history=asks_history(bare),
        question=case.law.question or "",
        choices=case.law.choices,
    )


def _blanks(bare: Matter, facts: ClinicalFacts) -> tuple[OpenBlank, ...]:
    """Every blank of the papers once, in their order, as long as nobody had entered anything."""
    first: dict[str, Blank] = {}
    papers: dict[str, list[str]] = {}
    for paper in compose(bare):
        for blank in (*_signer(bare, paper), *paper.blanks()):
            if blank.key.partition(".")[0] not in IN_TABLES:
                first.setdefault(blank.key, blank)
                papers.setdefault(blank.key, []).append(paper.kind)
    return tuple(
        OpenBlank(
            key,
            sheets.blank_label(blank),
            tuple(papers[key]),
            blank.lines,
            facts.answer(key) or ("(treatment so far)" if _told_by_table(key, facts) else ""),
        )
        for key, blank in first.items()
    )


def _signer(bare: Matter, paper: Letter) -> tuple[Blank, ...]:
    """A place for another signer than the prescriber whom the notice names."""
    known = bare.field("provider_name") if "signer_known" in bare.flags else None
    if known is None or not paper.addressee:
        return ()
    named = bare.case.fields.text("provider_name")
    return (Blank("prescriber.name", f"name and degree, if another signs than {named}"),)


def _told_by_table(key: str, facts: ClinicalFacts) -> bool:
    return key in HISTORY and bool(facts.prior_therapies)


def _criteria(bare: Matter, facts: ClinicalFacts) -> tuple[FormCriterion, ...]:
    answers = {entry.number: entry for entry in facts.criteria}
    rows = []
    for number, criterion in enumerate(tables.criteria(bare), 1):
        row = FormCriterion(number, criterion.words, bool(criterion.evidence))
        if entry := answers.get(number):
            row = FormCriterion(
                number, row.words, row.quoted, entry.answer, entry.where, entry.have
            )
        rows.append(row)
    return tuple(rows)


def unused(form: CaseForm) -> tuple[str, ...]:
    """Keys of entries that found no place in the case's papers, so that a slip is seen."""
    keys, rows = {blank.key for blank in form.blanks}, {row.number for row in form.criteria}
    strange = [key for key in form.facts.other if key not in keys and not _is_cell(key, rows)]
    strange += [f"criteria, number {c.number}" for c in form.facts.criteria if c.number not in rows]
    return tuple(strange)


def _is_cell(key: str, rows: set[int]) -> bool:
    head, _, rest = key.partition(".")
    return head == "criterion" and rest.partition(".")[0] in {str(number) for number in rows}
