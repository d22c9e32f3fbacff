"""Interface texts: every one of them is in the Spanish catalogue, and the places in it are kept."""

from __future__ import annotations

import re
from pathlib import Path

from models.fields import FIELD_SPECS
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType, RouteName
from pipeline.store.people import Role
from pipeline.store.reviews import Status
from review.shown import catalogue, masked, translated, words

TEMPLATES = Path(__file__).parents[2] / "review" / "templates"
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


def test_translations_keep_their_places() -> None:
    for english, spanish in catalogue("es").items():
        places = re.findall(r"\{\w+\}", english)
        assert sorted(places) == sorted(re.findall(r"\{\w+\}", spanish)), english


def test_a_patient_is_masked() -> None:
    assert masked("Ilse Bramwell") == "I••• B•••"
    assert masked(None) == ""
    assert translated("es", "not in any catalogue") == "not in any catalogue"
