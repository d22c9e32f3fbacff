"""`python -m benchmarks.samples [DIR]`: writes the sample documents and their labels."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.samples.files import as_file
from benchmarks.samples.markup import HERE, Sample, read_letter

LETTERS = HERE / "letters"
SAMPLE_DOCS = HERE.parent.parent / "sample_docs"
TOGETHER: dict[str, tuple[tuple[str, ...], str, str]] = {
    "two_letters": (("express_two_a", "express_two_b"), "pdf", "scan")
}
"""Files that hold several letters: name, the letters, kind, damage."""


def files() -> dict[str, tuple[tuple[str, ...], str, str]]:
    """Every sample file: name to (letters, suffix, damage)."""
    within = {name for names, _, _ in TOGETHER.values() for name in names}
    single = sorted(path.stem for path in LETTERS.glob("*.letter") if path.stem not in within)
    out = dict(TOGETHER)
    for name in single:
        front = read_letter(LETTERS / f"{name}.letter").front
        for kind in front["files"]:
            out[name] = ((name,), kind, front["damage"])
    return dict(sorted(out.items()))


def labels(samples: list[Sample], damage: str) -> dict[str, Any]:
    """The label of a file: the letter's own keys, or a list of them under `letters`."""
    about = {"damage": damage, "origin": "invented"}
    if len(samples) == 1:
        return {**samples[0].label(), "about": about}
    return {"letters": [sample.label() for sample in samples], "about": about}


def make(out: Path) -> None:
    """Writes all of them into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for name, (letters, kind, damage) in files().items():
        samples = [read_letter(LETTERS / f"{letter}.letter") for letter in letters]
        (out / f"{name}.{kind}").write_bytes(as_file(samples, kind, damage, name))
        text = json.dumps(labels(samples, damage), indent=1, ensure_ascii=False)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE_DOCS)
