"""The letter's language: tokens, cells, label-value pairs, sections and sentences (spaCy)."""
