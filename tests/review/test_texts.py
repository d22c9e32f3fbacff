"""Interface texts: every one of them is in the Spanish catalogue, and the places in it are kept."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from error_sentences import sentences

from models.fields import FIELD_SPECS
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType, RouteName
from pipeline.store.people import Role
from pipeline.store.reviews import Status
from review.shown import catalogue, error_text, masked, told, translated, words

TEMPLATES = Path(__file__).parents[2] / "review" / "templates"
ERRORS = TEMPLATES.parent / "i18n" / "es_errors.toml"
_CALL = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')""")


def said() -> set[str]:
    """Every text that the templates ask the catalogue for."""
    found = {
        one or other
        for path in TEMPLATES.glob("*.html")
        for one, other in _CALL.findall(path.read_text())
    }
    found |= {spec.label for spec in FIELD_SPECS.values()}
    for kind in (DenialCategory, DocumentKind, Level, PlanType, RouteName, Role, Status):
        found |= {words(each.value) for each in kind}
    return found


def test_every_text_is_there_in_spanish() -> None:
    spanish = catalogue("es")
    assert not sorted(said() - set(spanish))


def test_every_error_that_a_page_may_show_is_there_in_spanish() -> None:
    known = set(tomllib.loads(ERRORS.read_text("utf-8"))["errors"])
    assert not sorted(sentences() - known)
    assert error_text("es", "The file is over 100 MB") == "El archivo pasa de 100 MB"
    assert error_text("es", "Notice date: write the date like 2026-09-14") == (
        "Fecha del aviso: escriba la fecha como 2026-09-14"
    )
    assert told("en", "the PDF has no pages", "Send it") == "The PDF has no pages. Send it."
    assert error_text("es", "never said") == "never said"


def test_codes_are_called_by_their_names() -> None:
    assert [words(each) for each in ("fehb", "medicare_part_d", "tricare", "step_therapy")] == [
        "FEHB", "Medicare Part D", "TRICARE", "Step therapy",
    ]  # fmt: skip


def test_translations_keep_their_places() -> None:
    for english, spanish in catalogue("es").items():
        places = re.findall(r"\{\w+\}", english)
        assert sorted(places) == sorted(re.findall(r"\{\w+\}", spanish)), english


def test_a_patient_is_masked() -> None:
    assert masked("Ilse Bramwell") == "I••• B•••"
    assert masked(None) == ""
    assert translated("es", "not in any catalogue") == "not in any catalogue"
