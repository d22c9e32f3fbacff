"""The frozen test set of made letters: which they are, and that they stay the same.

`python -m benchmarks.frozen` writes `benchmarks/frozen.json`: a hash of the text and label of each
letter. A change of the generator changes the set, and must be made on purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.accuracy import SEED
from benchmarks.generator.letter import letters

MANIFEST = Path(__file__).parent / "frozen.json"
COUNT, WORDINGS = 120, "held_out"


def hashes(count: int = COUNT) -> Iterator[tuple[str, str]]:
    """Name and hash of each letter."""
    for name, letter in letters(SEED, count, wordings=WORDINGS):
        label = json.dumps(letter.label, sort_keys=True, ensure_ascii=False)
        yield name, hashlib.sha256(f"{letter.text()}\n{label}".encode()).hexdigest()


def main() -> None:
    kept = {"seed": SEED, "wordings": WORDINGS, "letters": dict(hashes())}
    MANIFEST.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
