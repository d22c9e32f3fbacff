"""What a person enters for a case: kept, read back, and the case decided again under it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from models.clinical import CaseAnswers, Clinic, ClinicalFacts
from models.clinical_form import FactsError, facts_in, facts_out
from models.document import Document, Line, Page, PageSource, Word
from models.errors import UsageError
from models.fields import Evidence, Field, Fields
from models.geometry import Box
from models.serial import case_out, dump
from pipeline import facts_file
from pipeline.cli import cli
from pipeline.deciding import decide
from pipeline.entering import decide_again, enter
from pipeline.home import Home, load_settings
from pipeline.isolation import jobs
from pipeline.packets import Packets
from pipeline.store.cases import Cases, StoredCase
from pipeline.store.database import Database, open_database
from pipeline.store.documents import Documents
from pipeline.store.entries import Entries
from pipeline.store.schema import DocumentRow
from pipeline.store.states import State

TODAY = date(2026, 11, 22)
PLACE = Box(72, 100, 300, 112)
WORDS = "We denied Tecartus because it is not medically necessary."
SHA = "ab" * 32


class Here:
    """The workers' own calls, made in this process."""

    def call(self, name: str, *args: Any, seconds: float) -> Any:
        return getattr(jobs, name)(*args)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'denialdesk.db'}")
    yield opened
    opened.close()


@pytest.fixture
def kept(database: Database) -> StoredCase:
    """A stored denial whose kind of private coverage is open."""
    page = Page(1, 612, 792, (Line(tuple(Word(w, PLACE) for w in WORDS.split())),), PageSource.TEXT)
    values = {
        "document_kind": "denial", "level": "initial", "plan_type": "commercial",
        "payer": "Example Health Plan", "drug": "Tecartus", "denial_category": "medical_necessity",
        "denial_categories": ("medical_necessity",), "letter_date": date(2026, 10, 30),
        "member_id": "XEB123456789", "patient_name": "Rosalind Quillfeather",
    }  # fmt: skip
    fields = Fields({k: Field(v, 0.97, (Evidence(1, WORDS, PLACE),)) for k, v in values.items()})
    with database.session() as session:
        session.add(DocumentRow(sha256=SHA, source="a.txt", size=1, state=State.RECEIVED))
    documents = Documents(database)
    reading = zlib.compress(dump(Document("a.txt", SHA, "text/plain", (page,))))
    assert documents.save_reading(SHA, reading, 1, "text/plain", [])
    body = case_out(decide((page,), fields, TODAY))
    assert documents.save_letters(SHA, [body])
    assert documents.save_cases(SHA, [body])
    return Cases(database).of(SHA)[0]


def entered(database: Database, case: StoredCase, facts: ClinicalFacts, **more: Any) -> Any:
    return enter(database, Here(), case, facts, TODAY, **more)  # type: ignore[arg-type]  # Here


def test_entries_are_kept_with_a_version(database: Database, kept: StoredCase) -> None:
    entries = Entries(database)
    assert entries.of(kept.id).version == 0
    assert entries.save(kept.id, ClinicalFacts(diagnosis="one")) == 1
    assert entries.save(kept.id, ClinicalFacts(diagnosis="two"), was=1) == 2
    assert entries.save(kept.id, ClinicalFacts(diagnosis="late"), was=1) is None
    assert entries.of(kept.id).facts.diagnosis == "two"
    assert entries.of_all([kept.id, "none"]) == {kept.id: ClinicalFacts(diagnosis="two")}


def test_a_case_that_is_not_there_takes_no_entries(database: Database) -> None:
    with pytest.raises(UsageError, match="no such case"):
        Entries(database).save("0" * 12, ClinicalFacts())


def test_facts_alone_leave_the_decision(database: Database, kept: StoredCase) -> None:
    after = entered(database, kept, ClinicalFacts(diagnosis="lymphoma"))
    assert (after.version, after.body) == (kept.version, kept.body)


def test_the_answer_to_the_question_settles_the_law(database: Database, kept: StoredCase) -> None:
    assert kept.body["law"]["regime"] is None
    choices = {choice["regime"] for choice in kept.body["law"]["choices"]}
    assert "erisa_self_funded" in choices
    facts = ClinicalFacts(
        entered_by="Dana Whitlock", answers=CaseAnswers("erisa_self_funded", date(2026, 11, 3))
    )
    after = entered(database, kept, facts)
    assert after.version == kept.version + 1
    law, first = after.body["law"], after.body["deadlines"][0]
    assert law["regime"] == "erisa_self_funded"
    assert law["question"] is None
    assert law["reasons"][0].startswith("A person answered (Dana Whitlock): the coverage is")
    assert first["opens"] == "2026-11-03"
    assert first["citation"].startswith("29 CFR 2560.503-1")
    assert after.body["fields"] == kept.body["fields"]
    taken_back = entered(database, after, ClinicalFacts())
    assert {**taken_back.body} == {**kept.body}


def test_an_answer_may_overrule_the_plan_type(database: Database, kept: StoredCase) -> None:
    after = entered(database, kept, ClinicalFacts(answers=CaseAnswers("part_d")))
    assert after.body["deadlines"][0]["key"] == "d_l1"
    assert after.body["fields"]["plan_type"]["value"] == "commercial"


def test_a_clinicians_word_makes_it_urgent(database: Database, kept: StoredCase) -> None:
    after = entered(database, kept, ClinicalFacts(urgency="the tumor grows"))
    assert after.body["urgent"] is True
    assert entered(database, after, ClinicalFacts()).body["urgent"] is False


def test_who_saw_an_older_version_changes_nothing(database: Database, kept: StoredCase) -> None:
    entered(database, kept, ClinicalFacts(diagnosis="one"))
    assert entered(database, kept, ClinicalFacts(diagnosis="two"), was=0) is None
    assert Entries(database).of(kept.id).facts.diagnosis == "one"


def test_a_coverage_that_is_none_is_refused(database: Database, kept: StoredCase) -> None:
    with pytest.raises(FactsError, match="there is no 'hmo'"):
        entered(database, kept, ClinicalFacts(answers=CaseAnswers("hmo")))
    assert Entries(database).of(kept.id).version == 0


def test_entries_outlive_a_document_read_again(database: Database, kept: StoredCase) -> None:
    entered(database, kept, ClinicalFacts(answers=CaseAnswers("fehb")))
    after = decide_again(database, Here(), kept.id, TODAY)  # type: ignore[arg-type]  # Here
    assert after.body["law"]["regime"] == "fehb"
    with database.session() as session:
        session.get_one(DocumentRow, SHA).state = State.READ
    Documents(database).save_letters(SHA, [kept.body])
    assert Entries(database).of(kept.id).facts.answers.coverage == "fehb"


# --- the file -------------------------------------------------------------------------------


def test_the_practice_s_letterhead_stands_where_a_case_names_no_other(
    kept: StoredCase, tmp_path: Path
) -> None:
    (tmp_path / "denialdesk.toml").write_text(
        'clinic_name = "Harbor Infusion Center"\nclinic_fax = "800-555-0199"\n'
    )
    clinic = load_settings(Home(tmp_path), {}).clinic
    packets = Packets(tmp_path / "out", Here(), clinic)  # type: ignore[arg-type]
    packets.write(kept, TODAY)
    written = (tmp_path / "out" / kept.id / "case.json").read_text("utf-8")
    assert "Harbor Infusion Center" in written
    assert "800-555-0199" in written
    own = ClinicalFacts(clinic=Clinic(name="Elm Street Oncology"))
    packets.write(kept, TODAY, afresh=True, entries=own)
    packets.close()
    written = (tmp_path / "out" / kept.id / "case.json").read_text("utf-8")
    assert "Harbor Infusion Center" not in written
    assert "Elm Street Oncology" in written
    assert "800-555-0199" in written


def test_the_example_is_whole_and_may_be_read(tmp_path: Path) -> None:
    path = tmp_path / "facts.toml"
    path.write_text(facts_file.example(), encoding="utf-8")
    facts = facts_file.read_facts(path)
    assert facts.prior_therapies
    assert facts.criteria
    assert facts.answers.received
    assert facts.clinic.address == "12 Harbor Street, Sampletown, EX 00001"
    assert set(facts_out(facts)) == set(ClinicalFacts.__dataclass_fields__)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"diagnosis = lymphoma", "is not written as TOML"),
        (b"diagnosis = '\xff\xfe'", "no text in UTF-8"),
        (b"diagnos = 'x'", "there is no entry 'diagnos'"),
        (b"#" * (facts_file.MOST_BYTES + 1), "too large"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=told) as refused:
        facts_file.read_facts(path)
    assert refused.value.mend


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        facts_file.read_facts(tmp_path / "none.toml")


def test_the_command_prints_the_example_and_the_form(
    database: Database, kept: StoredCase, tmp_path: Path
) -> None:
    env = {"DENIALDESK_HOME": str(tmp_path), "DENIALDESK_TODAY": "2026-11-22"}
    said = CliRunner().invoke(cli, ["letter", "--facts-example"], env=env)
    assert said.output == facts_file.example()
    Entries(database).save(kept.id, facts_in({"diagnosis": 'quote " and \\ here', "answers": {}}))
    printed = CliRunner().invoke(
        cli, ["letter", kept.id, "--facts-form"], env=env, catch_exceptions=False
    )
    (tmp_path / "form.toml").write_text(printed.output, encoding="utf-8")
    back = facts_file.read_facts(tmp_path / "form.toml")
    assert back.diagnosis == 'quote " and \\ here'
    assert '# coverage = "erisa_insured"' in printed.output
    assert "clinic" in printed.output
