"""Reading: a file's bytes to a `Document` of pages, lines and words with their places."""

from extractors.reading.limits import Limits
from extractors.reading.reader import read_document

__all__ = ["Limits", "read_document"]
