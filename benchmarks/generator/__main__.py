"""`python -m benchmarks.generator`: letters with labels into a folder."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.generator.dice import WORDINGS
from benchmarks.generator.letter import letters
from benchmarks.generator.papers import papers

ALL = ["clean", "scan", "fax", "photo", "fax_standard", "copy", "faint", "turned"]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generator",
        description="Writes invented denial letters and their labels (NAME.pdf and NAME.json).",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--damage", default="clean", help="kinds, taken in turn: clean,scan,fax,photo ... or all"
    )
    parser.add_argument("--text", action="store_true", help="plain text instead of PDF")
    parser.add_argument("--wordings", choices=WORDINGS, default="all")
    parser.add_argument(
        "--papers", action="store_true", help="fax-backs, slips, mails, forms instead of letters"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    make = papers if args.papers else letters
    kinds = ALL if args.damage == "all" else args.damage.split(",")
    for n, (name, letter) in enumerate(make(args.seed, args.count, args.wordings)):
        kind = kinds[n % len(kinds)]
        label = {**letter.label}
        if args.text:
            kind = "text"
            suffix, data = ".txt", letter.text().encode()
        elif kind == "clean":
            suffix, data = ".pdf", letter.pdf()
            label["boxes"] = letter.boxes()
        else:
            from benchmarks.generator.damage import damaged

            day = letter.scene.days["letter_date"]
            suffix, data = damaged(letter.pdf(), kind, f"{args.seed}/{n}", day)
        label["about"] = {"damage": kind, "seed": args.seed, "number": n}
        (args.out / f"{name}{suffix}").write_bytes(data)
        text = json.dumps(label, indent=1, ensure_ascii=False)
        (args.out / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
