"""Labels in Spanish are known, with their accents and without."""

from __future__ import annotations

import pytest

from extractors.extraction import extract_fields
from extractors.nlp.tokens import plain_phrase
from extractors.reading import Limits, read_document

LETTER = """Plan de Salud Ejemplo

Fecha del aviso: 14 de septiembre de 2026

Nombre del miembro: Ana Ruelas
{id}: XQP004417
Número de caso: RQ7719024
Medicamento solicitado: Rinvoq
Médico: Rafael Iyengar, MD

Revisamos la solicitud de este medicamento. No podemos aprobarlo.
"""


@pytest.mark.parametrize(
    "label",
    ["Número de identificación", "NUMERO DE IDENTIFICACION", "N.º de miembro", "Nº de miembro"],
)
def test_spanish_labels(label: str) -> None:
    text = LETTER.replace("{id}", label)
    pages = read_document(text.encode(), "carta.txt", Limits(workers=1)).pages
    fields = extract_fields(pages)
    assert fields.text("member_id") == "XQP004417"
    assert fields.text("reference_number") == "RQ7719024"
    assert fields.text("patient_name") == "Ana Ruelas"
    assert fields.text("drug") == "Rinvoq"
    assert str(fields.day("letter_date")) == "2026-09-14"
    assert "Iyengar" in (fields.text("provider_name") or "")


def test_accents_are_not_compared() -> None:
    assert plain_phrase("Número de Identificación") == plain_phrase("numero de identificacion")
    assert plain_phrase("N.º 7") == ("number", "7")
