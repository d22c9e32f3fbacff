"""The check of the knowledge base: ours is clean, and each kind of slip is found and named."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from knowledge import tables
from knowledge.check import check
from knowledge.drugs import drugs
from knowledge.payers import payers

HEAD = '[defaults]\nsource = "mine"\nas_of = 2026-01-02\nconfidence = "B"\n'
PAYER = '[[payers]]\nid = "x"\nname = "Xanadu Health"\nfamily = "Xanadu"\nkind = "insurer"\n'


def findings(tmp_path: Path, text: str, today: date | None = None) -> list[str]:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    tables.read_toml.cache_clear()
    return [str(finding) for finding in check([tmp_path], today)]


def test_our_knowledge_is_clean() -> None:
    assert [str(finding) for finding in check([])] == []


def test_a_good_entry_of_a_user_passes(tmp_path: Path) -> None:
    assert findings(tmp_path, HEAD + PAYER + 'roles = ["payer"]\n', date(2026, 11, 22)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + PAYER + 'roles = ["king"]\n', "roles 'king' is not known"),
        (HEAD + PAYER + 'roles = ["payer"]\nstates = ["ZZ"]\n', "states 'ZZ' is not known"),
        (HEAD + PAYER + 'roles = ["payer"]\ncolour = "red"\n', "colour is read by nobody"),
        (
            HEAD + PAYER + 'roles = ["payer"]\naliases = ["UHC"]\n',
            "'UHC' also names unitedhealthcare",
        ),
        (HEAD + PAYER + 'roles = ["payer"]\nplan_types = ["gold"]\n', "plan_types is ['gold']"),
        (HEAD + PAYER + 'roles = ["payer"]\n' + PAYER + "roles = []\n", "the id stands twice"),
        (PAYER + 'roles = ["payer"]\n', "source is missing"),
        (HEAD.replace("B", "Z") + PAYER + 'roles = ["payer"]\n', "confidence is 'Z'"),
        (HEAD.replace("2026-01-02", "2031-01-02") + PAYER + 'roles = ["payer"]\n', "lies ahead"),
        (HEAD.replace("2026-01-02", '"soon"') + PAYER, "as_of is 'soon'"),
        (HEAD + '[[payors]]\nid = "x"\n', "[[payors]] is no table"),
        (HEAD + '[[payers]]\nname = "x"\n', "has no id"),
        (HEAD + '[[drugs]]\nid = "ocrevus"\nclass = "ms"\n', "class 'ms' is not known"),
        (HEAD + '[[drugs]]\nid = "ocrevus"\nhcpcs = ["2350"]\n', "'2350' is no HCPCS"),
        (HEAD + '[[drugs]]\nid = "ocrevus"\nbrands = ["Botox"]\n', "brand 'Botox' also names"),
        (HEAD + '[[classes]]\nid = "tnf"\nquantity = "Give 5 mg/kg."\n', "a dose stands in"),
        (
            HEAD
            + '[[particulars]]\nid = "ocrevus.medical_necessity"\narguments = ["Say {x y}."]\n',
            "a place is ill formed",
        ),
        (HEAD + '[[codes]]\nid = "CARC 50"\nreason = "why"\n', "reason is 'why'"),
        ("[[payers]\n", "not valid TOML"),
    ],
)
def test_each_slip_is_found_and_named(tmp_path: Path, text: str, said: str) -> None:
    found = findings(tmp_path, text, date(2026, 11, 22))
    assert any(said in finding for finding in found), found
    assert all("\n" not in finding for finding in found)


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    from pipeline.commands.knowledge import knowledge

    (tmp_path / "mine.toml").write_text(HEAD + '[[payors]]\nid = "x"\n', encoding="utf-8")
    result = CliRunner().invoke(knowledge, ["check", "--folder", str(tmp_path)])
    assert "[[payors]] is no table" in result.output
    assert "1 to mend" in result.output


def test_users_entries_lie_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENIALDESK_HOME", str(tmp_path))
    assert tables.user_folders() == ()
    (tmp_path / "knowledge").mkdir()
    assert tables.user_folders() == (tmp_path / "knowledge",)


@pytest.mark.parametrize("load", [payers, drugs])
def test_loading_is_quick(load: Callable[[], object]) -> None:
    best = 1.0
    for _ in range(5):
        tables.read_toml.cache_clear()
        start = time.process_time()
        load.__wrapped__()  # type: ignore[attr-defined]  # past the cache
        best = min(best, time.process_time() - start)
    assert best < 0.25  # processor time; about 0.05 on a quiet machine
