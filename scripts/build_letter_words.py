"""Write extractors/data/letter_words.txt: the words that letters of this field are written in.

They are taken from the project's own tables and wordings, so that nothing has to be fetched: run it
again when those have grown.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("knowledge/data", "letters/data", "extractors/data")
OUT = ROOT / "extractors" / "data" / "letter_words.txt"
_WORD = re.compile(r"[A-Za-z]{3,}")


def main() -> None:
    words = {
        word.lower()
        for folder in SOURCES
        for path in sorted((ROOT / folder).glob("*.toml"))
        for word in _WORD.findall(path.read_text(encoding="utf-8"))
    }
    OUT.write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")
    print(f"{len(words)} words")


if __name__ == "__main__":
    main()
