"""Names looked up in a letter: drugs here; payers in `knowledge.payers`."""
