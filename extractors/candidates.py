"""Candidates: every reading of a field that a recogniser found, before the best is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.fields import FieldValue


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value of field `key`, read at `text[start:end]` of the letter's view.

    `score` is the recogniser's own weight, 0 to 1, not yet a probability; `because` names the
    rule or cue that found it (never words of the letter). `supports` marks the member of a list
    that this span stands for.
    """

    key: str
    value: FieldValue
    start: int
    end: int
    score: float
    because: str
    supports: str | None = None

    def weighed(self, factor: float, because: str) -> Candidate:
        """The same candidate with its score multiplied and the reason noted."""
        return replace(
            self, score=min(self.score * factor, 1.0), because=f"{self.because}; {because}"
        )
