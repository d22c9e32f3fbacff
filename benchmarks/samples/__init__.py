"""The documents of `sample_docs/`, made from the letters written here."""
