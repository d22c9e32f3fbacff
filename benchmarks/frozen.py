"""The frozen test sets of made letters and papers: which they are, and that they stay the same.

`python -m benchmarks.frozen` writes `frozen.json` and `frozen_papers.json`: a hash of the text and
label of each. A change of the generator changes a set, and must be made on purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generator.letter import Letter, letters
from benchmarks.generator.papers import papers

HERE = Path(__file__).parent
WORDINGS = "held_out"


@dataclass(frozen=True, slots=True)
class FrozenSet:
    """One set: the seed of its members, how many are in the manifest, and what makes them."""

    seed: int
    count: int
    make: Callable[[int, int, str], Iterator[tuple[str, Letter]]]
    manifest: Path

    def members(self, count: int | None = None) -> Iterator[tuple[str, Letter]]:
        return self.make(self.seed, self.count if count is None else count, WORDINGS)

    def hashes(self, count: int | None = None) -> Iterator[tuple[str, str]]:
        """Name and hash of each member."""
        for name, letter in self.members(count):
            label = json.dumps(letter.label, sort_keys=True, ensure_ascii=False)
            yield name, hashlib.sha256(f"{letter.text()}\n{label}".encode()).hexdigest()


SETS: Mapping[str, FrozenSet] = {
    "letters": FrozenSet(2027, 120, letters, HERE / "frozen.json"),
    "papers": FrozenSet(3031, 128, papers, HERE / "frozen_papers.json"),
}
"""The letters are the older set, whose figures go on; the papers are of other kinds."""


def main() -> None:
    for one in SETS.values():
        kept = {"seed": one.seed, "wordings": WORDINGS, "letters": dict(one.hashes())}
        one.manifest.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
