"""The pipeline's components. Each adds one layer to `doc.user_data`, from the view put there."""

from __future__ import annotations

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from extractors.columns import column_pairs
from extractors.nlp.sections import sections
from extractors.nlp.segments import segments
from extractors.nlp.sentences import sentences
from extractors.nlp.tokens import letter_tokenizer
from extractors.pairs import find_pairs

COMPONENTS = ("letter_cells", "letter_pairs", "letter_sections", "letter_sentences")


@Language.component("letter_cells")
def letter_cells(doc: Doc) -> Doc:
    """Lines cut into cells at wide gaps and table rules."""
    doc.user_data["segments"] = segments(doc.user_data["view"])
    return doc


@Language.component("letter_pairs")
def letter_pairs(doc: Doc) -> Doc:
    """Labels with their values."""
    view, cells = doc.user_data["view"], doc.user_data["segments"]
    pairs = (*find_pairs(view, cells), *column_pairs(view, cells))
    doc.user_data["pairs"] = tuple(sorted(pairs, key=lambda p: (p.label_start, p.value_start)))
    return doc


@Language.component("letter_sections")
def letter_sections(doc: Doc) -> Doc:
    """Headings and the parts under them."""
    doc.user_data["sections"] = sections(doc.user_data["view"], doc.user_data["segments"])
    return doc


@Language.component("letter_sentences")
def letter_sentences(doc: Doc) -> Doc:
    """Sentences, bullets and label rows."""
    data = doc.user_data
    data["sentences"] = sentences(data["view"], data["segments"], data["pairs"], data["sections"])
    return doc


def build() -> Language:
    """Blank English with our tokenizer and our components."""
    nlp = spacy.blank("en")
    nlp.tokenizer = letter_tokenizer(nlp)
    for name in COMPONENTS:
        nlp.add_pipe(name)
    return nlp
